//! Events as messages and back, and what the section may say.

use super::apply::edit;
use super::config::Config;
use super::{Matrix, list, render};
use crate::consumer::{Consumer, Field, ItemState};
use crate::event::{Description, Event, Place, Status};
use crate::kind::Section;
use crate::matrix::{Credentials, LARGEST_EVENT, RoomEvent};
use crate::testing;
use chrono::TimeDelta;
use serde_json::{Value, json};

const US: &str = "@kronos:example.org";
const TOKEN: &str =
    "homeserver = \"https://m.example\"\nroom = \"#events:example.org\"\naccess_token = \"t\"";

fn section(keys: &str) -> Section {
    testing::section("room", keys, testing::at("2026-11-20T10:00:00Z"))
}

/// An event that has nothing but its times.
fn event(title: &str) -> Event {
    Event {
        title: title.into(),
        ends: Some(testing::at("2026-11-26T21:00:00Z")),
        timezone: Some(chrono_tz::Tz::Europe__Berlin),
        ..testing::event()
    }
}

fn rendering(event: &Event) -> crate::consumer::Rendering {
    render::render(
        event,
        TimeDelta::days(30),
        &crate::template::Templates::default(),
    )
}

/// An event of the room: number `at`, sent in that second.
fn sent(at: i64, sender: &str, content: &Value) -> RoomEvent {
    RoomEvent {
        event_id: format!("${at}"),
        sender: sender.into(),
        kind: "m.room.message".into(),
        origin_server_ts: at * 1000,
        content: content.clone(),
        unsigned: Value::Null,
    }
}

fn items(events: &[RoomEvent]) -> Vec<crate::consumer::Item> {
    let found = list::messages(events.to_vec(), US);
    found
        .iter()
        .map(|message| message.item("!r:example.org"))
        .collect()
}

fn full() -> Event {
    Event {
        description: Some(Description::Html("<p>Bring a <b>laptop</b>.</p>".into())),
        place: Some(Place {
            name: Some("Hackerspace".into()),
            street: Some("Steinstr. 23".into()),
            locality: Some("Karlsruhe".into()),
            ..Place::default()
        }),
        online: Some("https://meet.example/rust?a=1&b=2".into()),
        capacity: Some(12),
        ..event("Rust night")
    }
}

#[test]
fn a_message_tells_what_when_where_and_ends_with_the_events_address() {
    let event = full();
    let payload = rendering(&event).payload;
    let lines: Vec<&str> = payload["body"].as_str().unwrap().lines().collect();
    assert_eq!(lines[0], "Rust night");
    assert_eq!(lines[2], "Hackerspace, Steinstr. 23, Karlsruhe");
    assert_eq!(lines[4], "Bring a laptop.");
    assert_eq!(
        lines[6..8],
        ["Places: 12", "Online: https://meet.example/rust?a=1&b=2"]
    );
    assert_eq!(*lines.last().unwrap(), event.key.as_str());
    let html = payload["formatted_body"].as_str().unwrap();
    assert!(html.starts_with("<p><b>Rust night</b><br>"), "{html}");
    assert!(html.contains("<p>Bring a <b>laptop</b>.</p>"), "{html}");
    assert!(html.contains("<a href=\"https://meet.example/rust?a=1&amp;b=2\">https://meet.example/rust?a=1&amp;b=2</a>"), "{html}");
    assert!(
        html.ends_with(&format!("<p><a href=\"{0}\">{0}</a></p>", event.key)),
        "{html}"
    );
    assert_eq!(payload["m.mentions"], json!({}));
}

#[test]
fn what_was_sent_compares_equal_to_what_is_rendered_also_after_an_edit() {
    for wished in [full(), event("Plain")] {
        let wanted = rendering(&wished);
        let first = sent(1, US, &rendering(&event("Before")).payload);
        let fresh = items(&[sent(1, US, &wanted.payload)]);
        let edited = items(&[sent(2, US, &edit("$1", &wanted.payload)), first]);
        for item in [&fresh[0], &edited[0]] {
            assert_eq!(item.fields, wanted.fields);
            assert_eq!(item.begins, Some(wanted.begins));
            assert_eq!(item.marker.as_ref(), Some(&wished.key));
            assert_eq!(item.remote_id, "$1");
        }
    }
}

#[test]
fn markup_alone_is_a_difference() {
    let with = |html: &str| Event {
        description: Some(Description::Html(html.into())),
        ..event("Rust night")
    };
    let (plain, bold) = (
        rendering(&with("<p>now</p>")),
        rendering(&with("<p><b>now</b></p>")),
    );
    assert_eq!(plain.payload["body"], bold.payload["body"]);
    assert_ne!(
        plain.fields[&Field::Description],
        bold.fields[&Field::Description]
    );
}

#[test]
fn the_newest_edit_of_ours_counts_and_of_two_at_once_the_greater_id() {
    let message = |title: &str| rendering(&event(title)).payload;
    let first = sent(1, US, &message("One"));
    let edit_at = |at, sender, title: &str| sent(at, sender, &edit("$1", &message(title)));
    let mut twin = edit_at(4, US, "Four");
    twin.event_id = "$5".into();
    twin.content = edit("$1", &message("Five"));
    let all = [
        edit_at(9, "@mallory:example.org", "Nine"),
        twin,
        edit_at(4, US, "Four"),
        edit_at(2, US, "Two"),
        first,
    ];
    let found = items(&all);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, "Five");
    let mut backwards = all.to_vec();
    backwards.reverse();
    assert_eq!(items(&backwards), found);
}

#[test]
fn what_was_redacted_says_nothing_and_other_messages_are_not_ours_to_keep() {
    let message = rendering(&event("One")).payload;
    let redacted = sent(1, US, &json!({}));
    let orphan = sent(2, US, &edit("$1", &message));
    let other = sent(3, US, &json!({"msgtype": "m.notice", "body": "Build 7"}));
    let theirs = sent(4, "@alice:example.org", &message);
    assert!(items(&[theirs, other, orphan, redacted]).is_empty());
}

#[test]
fn a_cancelled_event_is_shown_as_such_and_listed_as_such() {
    let event = Event {
        status: Status::Cancelled,
        ..event("Rust night")
    };
    let payload = rendering(&event).payload;
    assert!(
        payload["body"]
            .as_str()
            .unwrap()
            .starts_with("Cancelled: Rust night\n")
    );
    let html = payload["formatted_body"].as_str().unwrap();
    assert!(
        html.starts_with("<p><b>Cancelled: </b><del>Rust night</del>"),
        "{html}"
    );
    assert_eq!(
        items(&[sent(1, US, &payload)])[0].state,
        ItemState::Cancelled
    );
}

#[test]
fn the_longest_event_fits_into_a_message_and_its_edit() {
    let long = "漢字\"&<".repeat(20_000);
    let address = format!("https://e.example/{}", "a".repeat(900));
    let event = Event {
        title: long.clone(),
        description: Some(Description::Html(long.replace('<', "&lt;"))),
        place: Some(Place {
            name: Some(long),
            ..Place::default()
        }),
        online: Some(address.clone()),
        participation: Some(address),
        ..event("x")
    };
    let size = edit("$1", &rendering(&event).payload).to_string().len();
    assert!(size < LARGEST_EVENT - 1_000, "{size}");
}

#[test]
fn an_event_opens_so_long_before_it_begins() {
    let rust = event("Rust night");
    let opens = rendering(&rust).opens;
    assert_eq!(opens, Some(rust.begins - TimeDelta::days(30)));
}

#[test]
fn rooms_are_written_as_address_or_id() {
    for (room, fine) in [
        ("#events:example.org", true),
        ("!abc:example.org", true),
        ("!j28AIshR_-74fzuhp3PFhVnG5q4puWDr3cKGptd2WV0", true),
        ("events", false),
        ("#events", false),
        ("#:example.org", false),
        ("#ev ents:example.org", false),
        ("@alice:example.org", false),
        ("", false),
    ] {
        let keys = TOKEN.replace("#events:example.org", room);
        assert_eq!(Config::read(&section(&keys)).is_ok(), fine, "{room}");
    }
}

#[test]
fn either_a_token_or_a_user_and_a_password() {
    let bare = "homeserver = \"https://m.example\"\nroom = \"#e:example.org\"\n";
    let read = |more: &str| Config::read(&section(&format!("{bare}{more}")));
    let by = |more: &str| read(more).unwrap().credentials;
    assert!(matches!(by("access_token = \"t\""), Credentials::Token(_)));
    let password = "user = \"@k:example.org\"\npassword = \"p\"";
    assert!(matches!(by(password), Credentials::Password { .. }));
    for (more, part) in [
        ("", "access_token_file"),
        ("user = \"@k:example.org\"", "password_file"),
        ("password = \"p\"", "user = "),
        ("user = \"@k:example.org\"\naccess_token = \"t\"", "neither"),
    ] {
        let problem = read(more).err().unwrap().to_string();
        assert!(problem.contains(part), "{problem}");
    }
}

#[test]
fn each_room_has_a_device_of_its_own_which_stays() {
    let device = |room: &str| {
        let keys = TOKEN.replace("#events:example.org", room);
        Config::read(&section(&keys)).unwrap().device()
    };
    assert_eq!(device("#a:example.org"), device("#a:example.org"));
    assert_ne!(device("#a:example.org"), device("#b:example.org"));
}

#[test]
fn the_rendering_changes_with_ahead_and_the_target_is_the_room() {
    let consumer = |more: &str| Matrix::new(&section(&format!("{TOKEN}\n{more}"))).unwrap();
    let (short, long) = (consumer("ahead = \"7d\""), consumer("ahead = \"30d\""));
    assert_ne!(short.rendering_version(), long.rendering_version());
    assert_eq!(consumer("").rendering_version(), long.rendering_version());
    assert_eq!(short.target(), "matrix:#events:example.org");
}
