use super::*;
use crate::consumer::discord::testing::{at, event};
use crate::event::{EventKey, Place};

const TWO_HOURS: TimeDelta = TimeDelta::hours(2);

fn shown(change: impl FnOnce(&mut Event)) -> Rendering {
    let mut event = event();
    change(&mut event);
    render(&event, TWO_HOURS, &Templates::default())
}

fn text(rendering: &Rendering, key: &str) -> String {
    rendering.payload[key].as_str().unwrap().to_string()
}

fn place_of(rendering: &Rendering) -> String {
    rendering.payload["entity_metadata"]["location"]
        .as_str()
        .unwrap()
        .to_string()
}

fn place(name: &str) -> Option<Place> {
    Some(Place {
        name: Some(name.into()),
        street: Some("Hüttenstraße 25".into()),
        locality: Some("Düsseldorf".into()),
        ..Place::default()
    })
}

#[test]
fn an_event_is_external_and_names_both_times() {
    let rendering = shown(|_| {});
    assert_eq!(rendering.payload["entity_type"], 3);
    assert_eq!(rendering.payload["privacy_level"], 2);
    assert!(rendering.payload["channel_id"].is_null());
    assert_eq!(text(&rendering, "name"), "Rust Evening #42");
    assert_eq!(
        text(&rendering, "scheduled_start_time"),
        "2026-10-08T17:00:00Z"
    );
    assert_eq!(
        text(&rendering, "scheduled_end_time"),
        "2026-10-08T20:00:00Z"
    );
    assert!(!rendering.draft);
}

#[test]
fn an_event_without_an_end_or_with_one_before_its_beginning_lasts_the_configured_length() {
    for ends in [
        None,
        Some(at("2026-10-08T17:00:00Z")),
        Some(at("2026-10-08T16:00:00Z")),
        Some(at("2026-10-08T17:00:00.900Z")),
    ] {
        let rendering = shown(|event| event.ends = ends);
        assert_eq!(
            text(&rendering, "scheduled_end_time"),
            "2026-10-08T19:00:00Z"
        );
        assert_eq!(rendering.ends, at("2026-10-08T19:00:00Z"));
    }
}

#[test]
fn the_marker_is_the_last_line_alone() {
    let description = text(&shown(|_| {}), "description");
    assert_eq!(description.lines().last(), Some(event().key.as_str()));
    assert!(
        description.ends_with(&format!("\n\n{}", event().key)),
        "{description}"
    );
}

#[test]
fn a_long_text_is_cut_and_the_marker_never() {
    for letter in ["a", "ä", "😀", "word "] {
        let rendering =
            shown(|event| event.description = Some(Description::Plain(letter.repeat(2_000))));
        let description = text(&rendering, "description");
        let length = crate::text::length(&description);
        assert!(
            (950..=DESCRIPTION).contains(&length),
            "{length} for {letter}"
        );
        assert!(
            description.ends_with(&format!("…\n\n{}", event().key)),
            "{description}"
        );
    }
}

#[test]
fn what_has_no_field_at_discord_stands_before_the_marker_and_survives_a_long_text() {
    let rendering = shown(|event| {
        event.description = Some(Description::Plain("word ".repeat(400)));
        event.capacity = Some(40);
        event.place = place("Chaosdorf");
        event.online = Some("https://meet.example.org/rust".into());
        event.participation = Some("https://tickets.example.org/42".into());
    });
    let description = text(&rendering, "description");
    let end = format!(
        "…\n\nPlaces: 40\nOnline: https://meet.example.org/rust\nRegister: https://tickets.example.org/42\n\n{}",
        event().key
    );
    assert!(description.ends_with(&end), "{description}");
    assert!(crate::text::length(&description) <= DESCRIPTION);
    assert_eq!(
        place_of(&rendering),
        "Chaosdorf, Hüttenstraße 25, Düsseldorf"
    );
}

#[test]
fn a_line_that_does_not_fit_is_left_out_whole() {
    let rendering = shown(|event| {
        event.description = None;
        event.capacity = Some(40);
        event.participation = Some(format!("https://tickets.example.org/{}", "x".repeat(950)));
    });
    assert_eq!(
        text(&rendering, "description"),
        format!("Places: 40\n\n{}", event().key)
    );
}

#[test]
fn lines_that_fill_the_description_leave_no_room_and_no_overflow() {
    for length in 860..=1_000 {
        let rendering = shown(|event| {
            event.description = Some(Description::Plain("word ".repeat(400)));
            event.participation = Some(format!("https://t.example.org/{}", "x".repeat(length)));
        });
        let description = text(&rendering, "description");
        assert!(crate::text::length(&description) <= DESCRIPTION, "{length}");
        assert!(description.ends_with(event().key.as_str()));
    }
}

#[test]
fn a_key_that_fills_the_description_stands_alone_and_whole() {
    for length in [960, 980, 1_000, 1_200] {
        let key = format!("https://a.example/{}", "k".repeat(length));
        let rendering = shown(|event| event.key = EventKey::new(&key));
        assert!(text(&rendering, "description").ends_with(&key));
    }
    let key = format!("https://a.example/{}", "k".repeat(1_200));
    assert_eq!(
        text(
            &shown(|event| event.key = EventKey::new(&key)),
            "description"
        ),
        key
    );
}

#[test]
fn a_tentative_event_says_so_within_the_limit_of_the_name() {
    let rendering = shown(|event| {
        event.status = Status::Tentative;
        event.title = "Rust ".repeat(40);
    });
    let name = text(&rendering, "name");
    assert!(name.starts_with("Tentative: Rust Rust"), "{name}");
    assert!(
        name.ends_with('…') && crate::text::length(&name) <= NAME,
        "{name}"
    );
}

#[test]
fn a_title_of_which_nothing_remains_gets_a_name() {
    for title in ["", "  ", "\u{202e}\u{7}"] {
        assert_eq!(
            text(&shown(|event| event.title = title.into()), "name"),
            NAMELESS
        );
    }
}

#[test]
fn a_title_is_plain_text_that_mentions_nobody() {
    let name = text(
        &shown(|event| event.title = "*Rust* @everyone\n<@1>".into()),
        "name",
    );
    assert!(name.starts_with("*Rust* "), "{name}");
    assert!(
        !name.contains("@everyone") && !name.contains("<@") && !name.contains('\n'),
        "{name}"
    );
}

#[test]
fn a_description_mentions_nobody() {
    let rendering = shown(|event| {
        event.description = Some(Description::Html(
            "<p>@everyone <a href=\"https://a.example/@here\">x</a> &lt;@1&gt;</p>".into(),
        ));
        event.online = Some("https://meet.example.org/@everyone".into());
        event.place = place("@here");
    });
    let description = text(&rendering, "description");
    assert!(
        !description.contains("@everyone") && !description.contains("<@1"),
        "{description}"
    );
    assert!(
        description.contains("https://meet.example.org/%40everyone"),
        "{description}"
    );
    assert!(!place_of(&rendering).contains("@here"));
}

#[test]
fn a_place_comes_first_then_the_address_on_the_web_then_the_description() {
    let url = "https://meet.example.org/rust";
    let long = format!("https://meet.example.org/{}", "x".repeat(100));
    let of = |place: Option<Place>, online: Option<&str>, online_only: bool| {
        shown(|event| {
            event.place = place;
            event.online = online.map(Into::into);
            event.online_only = online_only;
        })
    };
    for (rendering, location, in_text) in [
        (
            of(place("Hub"), None, false),
            "Hub, Hüttenstraße 25, Düsseldorf",
            false,
        ),
        (
            of(place("Hub"), Some(url), false),
            "Hub, Hüttenstraße 25, Düsseldorf",
            true,
        ),
        (of(place("Hub"), Some(url), true), url, false),
        (of(None, Some(url), false), url, false),
        (of(None, Some(&long), false), ONLINE, true),
        (of(None, None, true), ONLINE, false),
        (
            of(None, Some("javascript:alert(1)"), false),
            PLACELESS,
            false,
        ),
        (of(Some(Place::default()), None, false), PLACELESS, false),
        (of(None, None, false), PLACELESS, false),
    ] {
        assert_eq!(place_of(&rendering), location);
        assert_eq!(
            text(&rendering, "description").contains("Online: https"),
            in_text,
            "{location}"
        );
    }
}

#[test]
fn a_long_place_is_cut() {
    let rendering = shown(|event| event.place = place(&"Verein ".repeat(40)));
    assert!(place_of(&rendering).ends_with('…'));
    assert!(crate::text::length(&place_of(&rendering)) <= LOCATION);
}

#[test]
fn a_picture_stands_in_the_payload_as_its_url() {
    let rendering =
        shown(|event| event.picture = Some("https://mobilizon.example.org/a.png".into()));
    assert_eq!(
        text(&rendering, PICTURE),
        "https://mobilizon.example.org/a.png"
    );
    assert_eq!(
        rendering.fields[&Field::Picture],
        "https://mobilizon.example.org/a.png"
    );
    let without = shown(|_| {});
    assert!(!without.fields.contains_key(&Field::Picture));
    assert_ne!(without.hash(), rendering.hash());
}

#[test]
fn the_same_event_renders_the_same() {
    assert_eq!(shown(|_| {}), shown(|_| {}));
    assert_ne!(version(TWO_HOURS), version(TimeDelta::hours(3)));
}
