//! Events of every ordinary shape, on which templates are tried before they are used.

use crate::event::{Description, Event, EventKey, Place, Status};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// Events, each with what is special about it: "that has no end".
pub(super) fn events() -> Vec<(Event, &'static str)> {
    let full = full();
    let bare = Event {
        ends: None,
        description: None,
        timezone: None,
        place: None,
        online: None,
        picture: None,
        capacity: None,
        participation: None,
        tags: Vec::new(),
        ..full.clone()
    };
    let online = Event {
        place: None,
        online_only: true,
        ..full.clone()
    };
    let days = Event {
        all_day: true,
        ..full.clone()
    };
    let with = |status| Event {
        status,
        ..full.clone()
    };
    vec![
        (with(Status::Tentative), "that is tentative"),
        (with(Status::Cancelled), "that is cancelled"),
        (full, "of which everything is known"),
        (bare, "of which only title and beginning are known"),
        (online, "that is online only"),
        (days, "of whole days"),
    ]
}

fn full() -> Event {
    let begins = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_783) + TimeDelta::hours(18);
    let text = |text: &str| Some(text.to_string());
    Event {
        key: EventKey::new("https://mobilizon.example.org/events/1"),
        uuid: text("1"),
        title: "Rust night".into(),
        description: Some(Description::Html("<p>Bring a laptop.</p>".into())),
        begins,
        ends: Some(begins + TimeDelta::hours(3)),
        timezone: Some(Tz::Europe__Berlin),
        all_day: false,
        place: Some(Place {
            name: text("Hackerspace"),
            street: text("Steinstr. 23"),
            postal_code: text("76133"),
            locality: text("Karlsruhe"),
            region: text("Baden-Württemberg"),
            country: text("Germany"),
            coordinates: Some(("49.00".into(), "8.40".into())),
        }),
        online: text("https://meet.example.org/rust"),
        online_only: false,
        picture: text("https://mobilizon.example.org/picture.png"),
        status: Status::Confirmed,
        capacity: Some(30),
        participation: text("https://tickets.example.org/1"),
        tags: vec!["public".into(), "rust".into()],
        updated: None,
    }
}
