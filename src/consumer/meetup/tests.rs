//! What several tests need: a section, a clock that stands still, an event, the shared examples.

use super::KIND;
use super::config::Config;
use super::node::Node;
use crate::consumer::{Action, Consumer, Operation, Rendering};
use crate::event::{Description, Event, EventKey, Place, Status};
use crate::http::Answer;
use crate::kind::{KindError, Section};
use crate::testing::{at, shared};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

mod answers;
mod configuration;
mod contract;
mod examples;
mod flow;
mod markers;
mod pictures;
mod reading;
mod rendering;
mod server;
mod times;
mod tokens;

const KEY: &str = "https://mobilizon.example.org/events/1f0a7c52-3f2d-4f6e-9a52-7c1d2e9b8a10";
/// Only these tests know this key.
const PEM: &str = include_str!("test_key.pem");

fn now() -> DateTime<Utc> {
    at("2026-09-10T08:15:00Z")
}

/// A section of kronos.toml.
fn section(keys: &str) -> Section {
    crate::testing::section("city", keys, now())
}

fn config(keys: &str) -> Result<Config, KindError> {
    Config::of(&section(keys)).map(|(config, _)| config)
}

/// A consumer that asks `url` with a configured token, with `keys` besides.
fn consumer(url: &str, keys: &str) -> Box<dyn Consumer> {
    let keys = format!(
        "group = \"rust-example\"\naccess_token = \"secret\"\napi_url = \"{url}/gql-ext\"\n{keys}"
    );
    (KIND.build)(&section(&keys)).unwrap()
}

fn event() -> Event {
    Event {
        key: EventKey::new(KEY),
        uuid: None,
        title: "Rust Evening #42".into(),
        description: Some(Description::Html("<p>Two talks.</p>".into())),
        begins: at("2026-10-08T17:00:00Z"),
        ends: Some(at("2026-10-08T20:00:00Z")),
        timezone: None,
        all_day: false,
        place: Some(Place {
            name: Some("Chaosdorf".into()),
            street: Some("Hüttenstr. 25".into()),
            postal_code: Some("40215".into()),
            locality: Some("Düsseldorf".into()),
            ..Place::default()
        }),
        online: None,
        online_only: false,
        picture: None,
        status: Status::Confirmed,
        capacity: None,
        participation: None,
        tags: Vec::new(),
        updated: None,
    }
}

/// An operation on the event's item.
fn operation<'a>(
    action: Action,
    key: &'a EventKey,
    rendering: Option<&'a Rendering>,
    remote_id: Option<&'a str>,
    changed: &'a BTreeSet<crate::consumer::Field>,
) -> Operation<'a> {
    Operation {
        action,
        key,
        rendering,
        remote_id,
        item: None,
        changed,
        run: 1,
        generation: 1,
        idempotency_key: "0123456789abcdef0123456789abcdef01234567",
        now: now(),
    }
}

/// An event as Meetup lists it.
fn listed(changes: Value) -> Value {
    let mut node = json!({
        "id": "1001",
        "token": "1001",
        "title": "Rust Evening #42",
        "status": "ACTIVE",
        "dateTime": "2026-10-08T19:00:00+02:00",
        "endTime": "2026-10-08T22:00:00+02:00",
        "duration": "PT3H",
        "eventUrl": "https://www.meetup.com/rust-example/events/1001/",
        "createdTime": "2026-09-10T04:15:05-04:00",
        "description": format!("Two talks.\n\n[{0}]({0})", KEY.replace('-', "\\-")),
        "venues": [{ "id": "27000123", "venueType": "" }],
        "featuredEventPhoto": null,
    });
    for (field, value) in changes.as_object().unwrap() {
        node[field] = value.clone();
    }
    node
}

fn node(changes: Value) -> Node {
    serde_json::from_value(listed(changes)).unwrap()
}

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        headers: Default::default(),
        body: body.into(),
        received: now(),
    }
}
