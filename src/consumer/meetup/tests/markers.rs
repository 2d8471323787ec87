//! How kronos finds its own mark again in what Meetup made of the description.

use super::super::node::marker;
use super::*;

fn marker_of(description: &str) -> Option<String> {
    let item = node(json!({ "description": description })).item(now());
    item.marker.map(|key| key.as_str().to_string())
}

#[test]
fn the_marker_survives_being_read_back_as_markdown() {
    let escaped = KEY.replace('-', "\\-").replace('.', "\\.");
    for description in [
        format!("Two talks\\.\n\n[{escaped}]({KEY})"),
        format!("Two talks\\.\n\n[{escaped}]({escaped})\n"),
        format!("Two talks\\.\n\n[Details and sign\\-up]({KEY})"),
        format!("Two talks.\n\n<{KEY}>"),
        format!("Two talks.\n{KEY}  \n\n"),
        format!("[{KEY}]({KEY})"),
    ] {
        assert_eq!(
            marker_of(&description).as_deref(),
            Some(KEY),
            "{description}"
        );
    }
}

#[test]
fn a_marker_with_a_query_and_a_fragment_survives_as_well() {
    let key = "https://example.org/calendar.ics?a=1&b=2#uid_1%40example.org";
    assert_eq!(
        marker_of(&format!("Text\n\n[{key}]({key})")).as_deref(),
        Some(key)
    );
    let referenced = key.replace('&', "&amp;").replace('_', "\\_");
    assert_eq!(
        marker_of(&format!("Text\n\n[x]({referenced})")).as_deref(),
        Some(key)
    );
}

#[test]
fn a_url_in_what_a_person_wrote_is_no_marker_but_a_link() {
    for description in [
        format!("Two talks, see {KEY}"),
        format!("[Two talks]({KEY}) and more"),
        format!("[{KEY}]({KEY})\n\nSee you there"),
        format!("[a](https://a.example/) [b]({KEY})"),
    ] {
        let item = node(json!({ "description": description })).item(now());
        assert_eq!(item.marker, None, "{description}");
        assert!(item.links.contains(&KEY.to_string()), "{description}");
    }
}

#[test]
fn a_description_without_a_url_has_no_marker() {
    assert_eq!(marker(""), None);
    assert_eq!(marker("Two talks."), None);
}
