//! An event as web hooks and the message stream tell of it. Pure. The shape is versioned and described in docs/webhook.md.

use super::{CANCELLED, Field, Rendering};
use crate::event::{Description, Event, EventKey, Place, Status};
use crate::text::{self, Document};
use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The version of the shape: keys may be added to it; none goes or changes its meaning.
pub(super) const SHAPE: u32 = 1;
/// Rises when the same event renders differently.
const VERSION: u32 = 1;
/// The longest description, in UTF-16 units, in either form.
const DESCRIPTION: usize = 20_000;
/// How long an event without an end counts as under way.
const LENGTH: TimeDelta = TimeDelta::hours(2);

/// Changes with whatever changes what [`render`] gives.
pub(super) fn version() -> String {
    format!("told-{SHAPE}.{VERSION}")
}

/// What a receiver is told of `event`.
pub(super) fn render(event: &Event) -> Rendering {
    let begins = event.begins.trunc_subsecs(0);
    let ends = event.ends.map(|ends| ends.trunc_subsecs(0));
    let description = event.description.as_ref().map(description);
    let line = |place: &Place| place.line().map(|line| text::line(&line));
    let payload = json!({
        "url": event.key,
        "title": text::line(&event.title),
        "status": status(event.status),
        "begins": moment(begins),
        "ends": ends.map(moment),
        "timezone": event.timezone.map(|zone| zone.name()),
        "all_day": event.all_day,
        "description": description,
        "location": event.place.as_ref().map(place),
        "online": address(&event.online),
        "online_only": event.online_only,
        "picture": address(&event.picture),
        "capacity": event.capacity,
        "registration": address(&event.participation),
        "tags": event.tags.iter().map(|tag| text::line(tag)).collect::<Vec<_>>(),
    });
    let told = [
        (Field::Title, Some(text::line(&event.title))),
        (
            Field::Description,
            description.as_ref().map(Value::to_string),
        ),
        (Field::Begins, Some(moment(begins))),
        (Field::Ends, ends.map(moment)),
        (
            Field::Timezone,
            event.timezone.map(|zone| zone.name().into()),
        ),
        (Field::Location, event.place.as_ref().and_then(line)),
        (Field::Online, address(&event.online)),
        (Field::Picture, address(&event.picture)),
        (Field::Status, Some(status(event.status).into())),
        (
            Field::Capacity,
            event.capacity.map(|places| places.to_string()),
        ),
        (Field::Link, address(&event.participation)),
    ];
    let fields: BTreeMap<Field, String> = told
        .into_iter()
        .filter_map(|(field, text)| Some((field, text?)))
        .collect();
    Rendering {
        payload,
        fields,
        opens: None,
        begins,
        ends: ends
            .filter(|ends| *ends > begins)
            .unwrap_or(begins + LENGTH),
        draft: false,
        problem: None,
    }
}

/// What is told of an event that is gone: its address alone.
pub(super) fn gone(key: &EventKey) -> Value {
    json!({"url": key})
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Tentative => "tentative",
        Status::Cancelled => CANCELLED,
    }
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// As plain text, and as HTML of p, br, b, i, a, ul and li in which nothing can run.
fn description(description: &Description) -> Value {
    let document = match description {
        Description::Html(html) => Document::html(html),
        Description::Plain(plain) => Document::plain(plain),
    };
    json!({
        "text": document.to_plain(DESCRIPTION),
        "html": document.to_simple_html(DESCRIPTION),
    })
}

/// An http(s) URL, as it can be written anywhere.
fn address(url: &Option<String>) -> Option<String> {
    url.as_deref().and_then(text::web)
}

fn place(place: &Place) -> Value {
    let parts = [
        ("name", &place.name),
        ("street", &place.street),
        ("postal_code", &place.postal_code),
        ("locality", &place.locality),
        ("region", &place.region),
        ("country", &place.country),
    ];
    let mut shown: Map<String, Value> = parts
        .into_iter()
        .map(|(name, part)| (name.to_string(), json!(part.as_deref().map(text::line))))
        .collect();
    let coordinates = place.coordinates.as_ref();
    shown.insert(
        "coordinates".into(),
        json!(
            coordinates.map(|(latitude, longitude)| [text::line(latitude), text::line(longitude)])
        ),
    );
    Value::Object(shown)
}
