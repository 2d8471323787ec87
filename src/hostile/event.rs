//! An event whose every text was written by a stranger, at every consumer.

use super::{now, shown};
use crate::event::{Description, Event, EventKey, Place, Status};
use chrono::TimeDelta;

/// The event's URL where the bytes name none that a provider would take.
const KEY: &str = "https://space.example/events/00000000-0000-4000-8000-000000000001";

/// Texts, parted by a byte that no text holds. The first byte of all says what kind of event it is.
pub(super) fn holds(bytes: &[u8]) {
    shown::holds(&event(bytes));
}

pub(super) fn event(bytes: &[u8]) -> Event {
    let (kind, bytes) = bytes.split_first().unwrap_or((&0, bytes));
    let mut texts = bytes
        .split(|byte| *byte == 0xff)
        .map(|text| String::from_utf8_lossy(text).into_owned());
    let is = |bit: u8| kind & (1 << bit) != 0;
    let mut next = || texts.next().filter(|text| !text.is_empty());
    let title = next().unwrap_or_default();
    let description = next().map(|text| match is(0) {
        true => Description::Plain(text),
        false => Description::Html(text),
    });
    let place = Place {
        name: next(),
        street: next(),
        locality: next(),
        region: next(),
        coordinates: next().map(|text| (text.clone(), text)),
        ..Place::default()
    };
    // What the provider lets pass as a web address, and nothing else.
    let web = |text: Option<String>| crate::provider::mobilizon::hostile::web(text.as_deref());
    Event {
        title,
        description,
        online_only: is(1),
        online: web(next()),
        participation: web(next()),
        picture: web(next()),
        key: EventKey::new(
            crate::provider::mobilizon::hostile::key(next().as_deref()).unwrap_or(KEY.into()),
        ),
        tags: next().into_iter().collect(),
        place: (place != Place::default()).then_some(place),
        uuid: None,
        begins: now() + TimeDelta::days(2),
        ends: is(2).then(|| now() + TimeDelta::days(3)),
        timezone: is(3).then_some(chrono_tz::Europe::Berlin),
        all_day: is(4),
        status: match (is(5), is(6)) {
            (true, _) => Status::Tentative,
            (_, true) => Status::Cancelled,
            _ => Status::Confirmed,
        },
        capacity: is(7).then_some(30),
        updated: None,
    }
}
