//! The recorded shapes of answers, and what events become.

use super::{at, element, event_of, example, with};
use crate::event::{Description, Event, Status};
use crate::provider::mobilizon::normal::row;
use crate::provider::mobilizon::pages::Content;
use serde_json::{Value, json};

fn elements(name: &str) -> Option<Vec<Value>> {
    let page = example(name)?;
    let list = &page["data"]["group"]["organizedEvents"]["elements"];
    Some(list.as_array().unwrap().clone())
}

fn snapshot() -> Option<Vec<Event>> {
    let pages = ["01_group_page1", "02_group_page2", "03_group_page3"];
    let elements = pages
        .map(elements)
        .into_iter()
        .collect::<Option<Vec<_>>>()?;
    Some(elements.into_iter().flatten().map(event_of).collect())
}

fn titled<'a>(events: &'a [Event], title: &str) -> &'a Event {
    events
        .iter()
        .find(|event| event.title.contains(title))
        .unwrap()
}

#[test]
fn every_event_of_the_example_pages_is_read() {
    let Some(events) = snapshot() else { return };
    assert_eq!(events.len(), 10);
    assert!(
        events
            .iter()
            .all(|event| event.key.as_str().ends_with(event.uuid.as_ref().unwrap()))
    );
}

#[test]
fn an_event_in_a_room_keeps_all_that_can_be_shown() {
    let Some(events) = snapshot() else { return };
    let event = titled(&events, "Open Bench Night");
    assert_eq!(event.begins, at("2026-11-26T18:00:00Z"));
    assert_eq!(event.ends, Some(at("2026-11-26T22:00:00Z")));
    assert_eq!(event.timezone, Some(chrono_tz::Europe::Brussels));
    assert_eq!((event.all_day, event.online_only), (false, false));
    assert_eq!(event.capacity, Some(40));
    assert_eq!(event.tags, ["electronics", "makers"]);
    assert!(
        matches!(&event.description, Some(Description::Html(html)) if html.starts_with("<p>Bring"))
    );
    assert!(
        event
            .picture
            .as_ref()
            .unwrap()
            .contains(".webp?name=open%20bench.webp")
    );
    assert_eq!(event.updated, Some(at("2026-11-20T21:03:10Z")));
    let place = event.place.as_ref().unwrap();
    assert_eq!(
        place.line().unwrap(),
        "Copperleaf Hackspace, 14 Wolweverskaai, Ghent"
    );
    let degrees = ("51.0561203".to_string(), "3.7321954".to_string());
    assert_eq!(place.coordinates, Some(degrees), "latitude first");
}

#[test]
fn online_hybrid_and_placeless_events_are_told_apart() {
    let Some(events) = snapshot() else { return };
    let online = titled(&events, "Rust Reading Circle");
    assert!(online.online_only && online.place.is_none());
    assert_eq!(
        online.online.as_deref(),
        Some("https://meet.copperleaf.example/rust-circle")
    );
    assert_eq!(online.capacity, None);
    let hybrid = titled(&events, "Lightning talks");
    assert!(!hybrid.online_only && hybrid.place.is_some() && hybrid.online.is_some());
    let elsewhere = "https://tickets.copperleaf.example/lightning-12";
    assert_eq!(hybrid.participation.as_deref(), Some(elsewhere));
    let nowhere = titled(&events, "Mystery field trip");
    assert!(!nowhere.online_only && nowhere.place.is_none() && nowhere.online.is_none());
    let dot = titled(&events, "Antenna day").place.clone().unwrap();
    assert_eq!(dot.line().unwrap(), "51.1034, 3.8127");
}

#[test]
fn cancelled_and_tentative_events_keep_their_status() {
    let Some(events) = snapshot() else { return };
    assert_eq!(titled(&events, "TIG welding").status, Status::Cancelled);
    assert_eq!(titled(&events, "repair café").status, Status::Tentative);
    assert_eq!(titled(&events, "Board games").ends, None);
}

#[test]
fn whole_days_end_with_their_last_day() {
    let Some(events) = snapshot() else { return };
    let event = titled(&events, "spring clean");
    assert!(event.all_day);
    assert_eq!(event.begins, at("2027-02-12T23:00:00Z"));
    assert_eq!(event.ends, Some(at("2027-02-14T23:00:00Z")));
}

#[test]
fn a_long_description_and_a_title_with_markup_pass_unchanged() {
    let Some(example) = example("04_event_long_html") else {
        return;
    };
    let sent = &example["data"]["event"];
    let event = event_of(sent.clone());
    assert_eq!(event.title, sent["title"].as_str().unwrap());
    let html = sent["description"].as_str().unwrap().to_string();
    assert_eq!(event.description, Some(Description::Html(html)));
}

#[test]
fn what_a_member_sees_is_filtered() {
    let Some(elements) = elements("11_group_as_member") else {
        return;
    };
    let shared = elements
        .into_iter()
        .filter(|element| matches!(row(element.clone()).content, Content::Public(_)));
    assert_eq!(shared.count(), 1);
}

const TOUCHED: &str = "2026-11-20T00:00:00Z";

fn changed(changes: Value) -> Event {
    event_of(with(element(1, TOUCHED), changes))
}

fn hidden(begins: &str, ends: Option<&str>, start: bool, end: bool) -> Event {
    let options = json!({"timezone": "Europe/Berlin", "showStartTime": start, "showEndTime": end});
    changed(json!({"beginsOn": begins, "endsOn": ends, "options": options}))
}

#[test]
fn only_public_events_that_are_no_drafts_are_shared() {
    for change in [
        json!({"draft": true}),
        json!({"visibility": "UNLISTED"}),
        json!({"visibility": "RESTRICTED"}),
        json!({"visibility": "PRIVATE"}),
        json!({"visibility": "SOMETHING_NEW"}),
    ] {
        let row = row(with(element(1, TOUCHED), change.clone()));
        assert!(matches!(row.content, Content::NotPublic), "{change}");
    }
}

#[test]
fn an_event_that_makes_no_sense_is_broken_and_still_named() {
    for change in [
        json!({"status": "POSTPONED"}),
        json!({"beginsOn": "tomorrow"}),
        json!({"title": 7}),
        json!({"visibility": null}),
        json!({"url": "javascript:alert(1)"}),
    ] {
        let row = row(with(element(1, TOUCHED), change.clone()));
        assert!(matches!(row.content, Content::Broken(_)), "{change}");
        assert_eq!(row.uuid, Some(super::uuid(1)));
    }
    assert!(matches!(row(Value::Null).content, Content::Broken(_)));
}

#[test]
fn hidden_times_of_events_from_elsewhere_are_times_all_the_same() {
    let event = hidden(
        "2026-12-01T18:00:00Z",
        Some("2026-12-01T23:00:00Z"),
        false,
        false,
    );
    assert!(!event.all_day);
    assert_eq!(event.ends, Some(at("2026-12-01T23:00:00Z")));
}

#[test]
fn one_whole_day_lasts_until_the_next_midnight_with_or_without_an_end() {
    let midnight = "2026-12-01T23:00:00Z";
    for ends in [None, Some(midnight), Some("2026-11-01T00:00:00Z")] {
        let event = hidden(midnight, ends, false, false);
        assert!(event.all_day);
        assert_eq!(event.ends, Some(at("2026-12-02T23:00:00Z")));
    }
}

#[test]
fn a_whole_day_is_as_long_as_the_clock_change_makes_it() {
    let event = hidden(
        "2027-03-27T23:00:00Z",
        Some("2027-03-27T23:00:00Z"),
        false,
        false,
    );
    assert_eq!(event.ends, Some(at("2027-03-28T22:00:00Z")), "23 hours");
}

#[test]
fn an_evening_that_lasts_into_a_chosen_last_day_ends_with_that_day() {
    let event = hidden(
        "2026-12-01T18:00:00Z",
        Some("2026-12-02T23:00:00Z"),
        true,
        false,
    );
    assert!(!event.all_day);
    assert_eq!(event.ends, Some(at("2026-12-03T23:00:00Z")));
}

#[test]
fn a_shown_end_at_an_odd_hour_makes_no_whole_day() {
    let event = hidden(
        "2026-12-01T23:00:00Z",
        Some("2026-12-02T10:00:00Z"),
        false,
        true,
    );
    assert!(!event.all_day);
    assert_eq!(event.ends, Some(at("2026-12-02T10:00:00Z")));
}

#[test]
fn an_end_before_the_beginning_is_none() {
    assert_eq!(
        changed(json!({"endsOn": "2026-11-30T18:00:00Z"})).ends,
        None
    );
}

#[test]
fn the_zone_is_the_address_s_where_the_event_names_none() {
    let event = changed(json!({
        "options": {"timezone": null}, "physicalAddress": {"timezone": "America/Toronto"}
    }));
    assert_eq!(event.timezone, Some(chrono_tz::America::Toronto));
    assert_eq!(event.place, None, "a zone alone is no place");
    let unknown = changed(json!({"options": {"timezone": "Middle/Earth"}}));
    assert_eq!(unknown.timezone, None);
}

#[test]
fn rubbish_in_optional_fields_is_left_out() {
    let event = changed(json!({
        "title": "  Rust night ", "description": " ", "onlineAddress": "ask at the door",
        "externalParticipationUrl": "mailto:a@b.example", "options": {"maximumAttendeeCapacity": -5},
        "physicalAddress": {"geom": "POINT(1 2)", "street": " "}, "tags": [null, {"title": " Rust "}, {"title": "rust"}]
    }));
    assert_eq!(event.title, "Rust night");
    assert_eq!(event.description, None);
    assert_eq!((event.online, event.participation), (None, None));
    assert_eq!((event.capacity, event.place), (None, None));
    assert_eq!(event.tags, ["rust"]);
}
