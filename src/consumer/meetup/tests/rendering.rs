//! An event in Meetup's terms.

use super::super::render::Shown;
use super::*;
use crate::consumer::{Field, ItemState};

fn rendered(keys: &str, event: &Event) -> (Rendering, Shown) {
    let keys = format!("group = \"g\"\naccess_token = \"t\"\n{keys}");
    let rendering = super::super::render::render(&config(&keys).unwrap(), event);
    let shown = serde_json::from_value(rendering.payload.clone()).unwrap();
    (rendering, shown)
}

const VENUES: &str = "venues = { \"hüttenstr. 25,  40215 Düsseldorf\" = \"27000123\" }";

#[test]
fn the_description_ends_in_the_marker() {
    let (_, shown) = rendered("", &event());
    let marker = format!("<p><a href=\"{KEY}\">{KEY}</a></p>");
    assert!(
        shown.description.ends_with(&marker),
        "{}",
        shown.description
    );
}

#[test]
fn the_longest_description_keeps_its_marker_and_its_limit() {
    let description = Some(Description::Plain("word ".repeat(20_000)));
    let (_, shown) = rendered(
        "",
        &Event {
            description,
            ..event()
        },
    );
    assert!(shown.description.encode_utf16().count() <= 50_000);
    assert!(shown.description.ends_with(&format!("{KEY}</a></p>")));
}

#[test]
fn links_to_join_and_to_register_stand_before_the_marker() {
    let event = Event {
        online: Some("https://meet.example.org/rust".into()),
        participation: Some("https://tickets.example.org/?a=1&b=2".into()),
        ..event()
    };
    let (rendering, shown) = rendered("", &event);
    let online = shown
        .description
        .find("<p>Online: <a href=\"https://meet.example.org/rust\">")
        .unwrap();
    let register = shown.description.find("<p>Registration: ").unwrap();
    assert!(online < register && register < shown.description.find(KEY).unwrap());
    assert_eq!(
        rendering.fields[&Field::Link],
        "https://tickets.example.org/?a=1&b=2"
    );
}

#[test]
fn a_link_that_is_none_is_left_out() {
    let participation = Some("javascript:alert(1)".into());
    let (_, shown) = rendered(
        "",
        &Event {
            participation,
            ..event()
        },
    );
    assert!(!shown.description.contains("javascript"));
}

#[test]
fn a_title_is_cut_and_never_empty() {
    let (_, long) = rendered(
        "",
        &Event {
            title: "R".repeat(200),
            ..event()
        },
    );
    assert!(
        (79..=80).contains(&long.title.encode_utf16().count()),
        "{}",
        long.title
    );
    let (_, empty) = rendered(
        "",
        &Event {
            title: String::new(),
            ..event()
        },
    );
    assert_eq!(empty.title, "Event");
}

#[test]
fn a_place_in_the_map_is_its_venue() {
    let (rendering, shown) = rendered(VENUES, &event());
    assert_eq!(shown.venue_id.as_deref(), Some("27000123"));
    assert_eq!(shown.how_to_find_us, "");
    assert_eq!(rendering.fields[&Field::Location], "venue 27000123");
}

#[test]
fn any_other_place_is_told_in_words() {
    let (_, shown) = rendered("", &event());
    assert_eq!(shown.venue_id, None);
    assert_eq!(shown.how_to_find_us, "Chaosdorf, Hüttenstr. 25, Düsseldorf");
    let (_, nowhere) = rendered(
        "",
        &Event {
            place: None,
            ..event()
        },
    );
    assert_eq!(
        (nowhere.venue_id, nowhere.how_to_find_us.as_str()),
        (None, "See description")
    );
}

#[test]
fn an_online_event_is_at_the_online_venue() {
    let online = Some("https://meet.example.org/rust".to_string());
    let only = Event {
        online: online.clone(),
        online_only: true,
        ..event()
    };
    let placeless = Event {
        online,
        place: None,
        ..event()
    };
    for event in [only, placeless] {
        let (rendering, shown) = rendered(VENUES, &event);
        assert_eq!(shown.venue_id.as_deref(), Some("online"));
        assert_eq!(shown.how_to_find_us, "https://meet.example.org/rust");
        assert!(!shown.description.contains("Online:"));
        assert_eq!(rendering.fields[&Field::Location], "online");
    }
}

#[test]
fn an_event_without_an_end_lasts_the_default() {
    let (rendering, shown) = rendered(
        "default_length = \"90m\"",
        &Event {
            ends: None,
            ..event()
        },
    );
    assert_eq!(shown.duration, "PT1H30M");
    assert_eq!(rendering.ends, at("2026-10-08T18:30:00Z"));
    let backwards = Some(at("2026-10-08T16:00:00Z"));
    assert_eq!(
        rendered(
            "",
            &Event {
                ends: backwards,
                ..event()
            }
        )
        .1
        .duration,
        "PT2H"
    );
}

#[test]
fn times_are_whole_minutes() {
    let event = Event {
        begins: at("2026-10-08T17:00:30Z"),
        ends: Some(at("2026-10-08T17:00:45Z")),
        ..event()
    };
    let (rendering, shown) = rendered("", &event);
    assert_eq!(shown.start, at("2026-10-08T17:00:00Z"));
    assert_eq!(rendering.begins, shown.start);
    assert_eq!(shown.duration, "PT1M");
}

#[test]
fn a_tentative_event_and_an_unpublishing_configuration_give_drafts() {
    let tentative = Event {
        status: Status::Tentative,
        ..event()
    };
    assert!(rendered("", &tentative).0.draft);
    assert!(rendered("publish = false", &event()).0.draft);
    let (rendering, _) = rendered("", &event());
    assert!(!rendering.draft);
    assert_eq!(rendering.fields[&Field::Publication], "published");
    assert_ne!(rendering.hash(), rendered("", &tentative).0.hash());
}

#[test]
fn a_capacity_that_meetup_cannot_count_is_no_limit() {
    assert_eq!(
        rendered(
            "",
            &Event {
                capacity: Some(40),
                ..event()
            }
        )
        .1
        .rsvp_limit,
        40
    );
    assert_eq!(
        rendered(
            "",
            &Event {
                capacity: Some(u32::MAX),
                ..event()
            }
        )
        .1
        .rsvp_limit,
        0
    );
}

#[test]
fn an_item_that_shows_the_event_differs_in_no_field_that_both_tell() {
    let (rendering, _) = rendered(VENUES, &event());
    let item = node(json!({})).item(now());
    for (field, text) in &item.fields {
        assert_eq!(rendering.fields.get(field), Some(text), "{field:?}");
    }
    let told: Vec<&Field> = item.fields.keys().collect();
    assert_eq!(
        told,
        [
            &Field::Title,
            &Field::Begins,
            &Field::Ends,
            &Field::Location
        ]
    );
}

#[test]
fn only_a_draft_tells_its_publication() {
    let draft = node(json!({ "status": "DRAFT" })).item(now());
    assert_eq!(draft.fields[&Field::Publication], "draft");
    assert_eq!(draft.state, ItemState::Draft);
    let published = node(json!({})).item(now());
    assert!(!published.fields.contains_key(&Field::Publication));
    assert_eq!(published.state, ItemState::Scheduled);
}

#[test]
fn what_differs_at_meetup_differs_in_its_field() {
    let (rendering, _) = rendered(VENUES, &event());
    for (change, field) in [
        (json!({ "title": "Other" }), Field::Title),
        (
            json!({ "dateTime": "2026-10-08T19:15:00+02:00" }),
            Field::Begins,
        ),
        (json!({ "duration": "PT2H" }), Field::Ends),
        (
            json!({ "venues": [{ "id": "1", "venueType": "" }] }),
            Field::Location,
        ),
        (
            json!({ "venues": [{ "id": "1", "venueType": "online" }] }),
            Field::Location,
        ),
        (json!({ "status": "DRAFT" }), Field::Publication),
    ] {
        let item = node(change).item(now());
        assert_ne!(item.fields[&field], rendering.fields[&field], "{field:?}");
    }
}

#[test]
fn an_item_under_way_is_active_and_one_that_is_over_does_not_live() {
    let node = node(json!({}));
    assert_eq!(
        node.item(at("2026-10-08T18:00:00Z")).state,
        ItemState::Active
    );
    assert!(node.is_live(at("2026-10-08T19:59:00Z")));
    assert!(!node.is_live(at("2026-10-08T20:00:00Z")));
}
