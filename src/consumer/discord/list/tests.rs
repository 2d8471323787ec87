use super::*;
use crate::consumer::discord::render::render;
use crate::consumer::discord::testing::{BOT, GUILD, at, event, example, remote};
use chrono::TimeDelta;
use serde_json::{Value, json};

fn item(change: impl FnOnce(&mut Value)) -> Option<Item> {
    let mut json = remote("1547520765329408003");
    change(&mut json);
    let remote: Remote = serde_json::from_value(json).unwrap();
    remote.item(GUILD, BOT)
}

#[test]
fn the_list_of_the_examples_tells_our_event_from_a_persons() {
    let Some(cases) = example("04") else { return };
    let remotes: Vec<Remote> = serde_json::from_value(cases[0].body.clone()).unwrap();
    let items: Vec<Item> = remotes
        .into_iter()
        .filter_map(|remote| remote.item(GUILD, BOT))
        .collect();
    let [ours, other] = &items[..] else {
        panic!("{items:?}")
    };
    let url = "https://mobilizon.example.org/events/1f0a7c52-3f2d-4f6e-9a52-7c1d2e9b8a10";
    assert_eq!(ours.maker, Maker::Us);
    assert_eq!(ours.state, ItemState::Scheduled);
    assert_eq!(
        ours.remote_url.as_deref(),
        Some("https://discord.com/events/1180200000000000001/1547520765329408003")
    );
    assert_eq!(ours.marker.as_ref().map(EventKey::as_str), Some(url));
    assert_eq!(ours.links, [url]);
    assert_eq!(ours.begins, Some(at("2026-10-08T17:00:00Z")));
    assert_eq!(
        ours.fields[&Field::Location],
        "Chaosdorf, Hüttenstraße 25, Düsseldorf"
    );
    assert_eq!((other.maker, &other.marker), (Maker::Other, &None));
    assert_eq!(other.fields[&Field::Location], "");
    assert_eq!(other.fields[&Field::Ends], "");
}

/// What was sent, given back as Discord gives it.
#[test]
fn what_was_rendered_is_listed_equal() {
    let mut event = event();
    event.title = "  Rust @everyone   Evening ".into();
    event.capacity = Some(40);
    let rendering = render(
        &event,
        TimeDelta::hours(2),
        &crate::template::Templates::default(),
    );
    let payload = &rendering.payload;
    let item = item(|json| {
        json["name"] = payload["name"].clone();
        json["description"] = payload["description"].clone();
        json["entity_metadata"] = payload["entity_metadata"].clone();
        for key in ["scheduled_start_time", "scheduled_end_time"] {
            json[key] = payload[key]
                .as_str()
                .unwrap()
                .replace('Z', ".000000+00:00")
                .into();
        }
    })
    .unwrap();
    assert_eq!(item.fields, rendering.fields);
    assert_eq!(item.marker, Some(event.key));
}

#[test]
fn only_scheduled_and_active_events_are_live() {
    for (status, state) in [
        (1, Some(ItemState::Scheduled)),
        (2, Some(ItemState::Active)),
        (3, None),
        (4, None),
        (9, None),
    ] {
        assert_eq!(
            item(|json| json["status"] = status.into()).map(|item| item.state),
            state
        );
    }
}

#[test]
fn an_event_that_names_no_creator_is_not_ours() {
    assert_eq!(
        item(|json| json["creator_id"] = Value::Null).unwrap().maker,
        Maker::Other
    );
}

#[test]
fn the_marker_is_the_url_at_the_end_of_the_last_line() {
    let key = "https://a.example/events/1";
    for (description, marker) in [
        (json!("Text\n\nhttps://a.example/events/1"), Some(key)),
        (json!("https://a.example/events/1\n \n"), Some(key)),
        (json!("Text\n<https://a.example/events/1>"), Some(key)),
        (json!("Details: https://a.example/events/1"), Some(key)),
        (
            json!("https://b.example/2\n\nhttps://a.example/events/1"),
            Some(key),
        ),
        (json!("https://a.example/events/1\n\nSee you there"), None),
        (json!("See https://a.example/events/1 for more"), None),
        (json!(""), None),
        (Value::Null, None),
    ] {
        let item = item(|json| json["description"] = description.clone()).unwrap();
        assert_eq!(
            item.marker.as_ref().map(EventKey::as_str),
            marker,
            "{description}"
        );
    }
}

#[test]
fn a_marker_keeps_its_last_character_and_its_scheme() {
    for key in [
        "https://a.example/events/(1)",
        "https://a.example/e.",
        "file:///srv/events.ics#a%40b",
    ] {
        let item = item(|json| json["description"] = format!("Text\n\n{key}").into()).unwrap();
        assert_eq!(item.marker.unwrap().as_str(), key);
        assert!(item.links.iter().any(|link| link == key));
    }
}

#[test]
fn a_snowflake_tells_when_it_was_made() {
    // The example of Discord's documentation.
    assert_eq!(
        created("175928847299117063"),
        Some(at("2016-04-30T11:18:25.796Z"))
    );
    assert_eq!(created("x"), None);
}
