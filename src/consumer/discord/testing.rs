//! What the tests of this folder share: a section, an event, answers.

pub use crate::testing::{at, shared};

use super::config::Config;
use crate::clock::Clock;
use crate::event::{Description, Event, EventKey, Status};
use crate::http::Answer;
use crate::kind::Section;
use crate::secret::SecretSource;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

/// The guild and the bot of the examples.
pub const GUILD: &str = "1180200000000000001";
pub const BOT: &str = "1180199999999999901";

/// Now, in these tests: 2026-09-10T08:15:00Z.
pub fn now() -> DateTime<Utc> {
    at("2026-09-10T08:15:00Z")
}

/// A clock that sleeps in no time.
pub struct FakeClock {
    pub now: Cell<DateTime<Utc>>,
    pub slept: RefCell<Vec<TimeDelta>>,
}

impl FakeClock {
    pub fn new() -> Rc<Self> {
        Rc::new(Self {
            now: Cell::new(now()),
            slept: RefCell::default(),
        })
    }
}

#[async_trait(?Send)]
impl Clock for FakeClock {
    fn now(&self) -> DateTime<Utc> {
        self.now.get()
    }

    async fn sleep(&self, length: TimeDelta) {
        self.now.set(self.now.get() + length);
        self.slept.borrow_mut().push(length);
    }
}

pub fn section(keys: &str) -> Section {
    section_at(keys, FakeClock::new())
}

pub fn section_at(keys: &str, clock: Rc<dyn Clock>) -> Section {
    Section {
        name: "guild".into(),
        table: toml::from_str(keys).unwrap(),
        secrets: SecretSource::default(),
        folder: PathBuf::from("/"),
        clock,
        timeout: Duration::from_secs(5),
        templates: Vec::new(),
    }
}

pub fn keys(api: &str) -> String {
    format!("guild_id = \"{GUILD}\"\ntoken = \"the-token\"\napi_url = \"{api}\"")
}

pub fn config(api: &str) -> Config {
    Config::read(&section(&keys(api))).unwrap()
}

/// An event four weeks ahead, with everything that every event has.
pub fn event() -> Event {
    Event {
        key: EventKey::new(
            "https://mobilizon.example.org/events/1f0a7c52-3f2d-4f6e-9a52-7c1d2e9b8a10",
        ),
        uuid: None,
        title: "Rust Evening #42".into(),
        description: Some(Description::Plain(
            "Two talks and an open hack session.".into(),
        )),
        begins: at("2026-10-08T17:00:00Z"),
        ends: Some(at("2026-10-08T20:00:00Z")),
        timezone: None,
        all_day: false,
        place: None,
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

/// An answer that arrives now.
pub fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
    let headers = headers
        .iter()
        .map(|(name, value)| {
            (
                reqwest::header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                reqwest::header::HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    Answer {
        status,
        headers,
        body: body.into(),
        received: now(),
    }
}

/// The cases of one example file; `None`, with a message, where the examples are not at hand (and never in CI).
pub fn example(number: &str) -> Option<Vec<Case>> {
    let folder = shared("examples/discord")?;
    let file = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with(number)
        })
        .unwrap();
    let json: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let cases = json["cases"].as_array().unwrap();
    Some(cases.iter().map(Case::of).collect())
}

/// One exchange of an example file.
pub struct Case {
    pub name: String,
    pub method: String,
    pub answer: Answer,
    pub body: Value,
}

impl Case {
    fn of(case: &Value) -> Self {
        let response = &case["response"];
        let headers: Vec<(&str, &str)> = response["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let body = match (response.get("body"), response.get("body_text")) {
            (Some(body), _) => serde_json::to_vec(body).unwrap(),
            (_, Some(text)) => text.as_str().unwrap().as_bytes().to_vec(),
            _ => Vec::new(),
        };
        Self {
            name: case["name"].as_str().unwrap().into(),
            method: case["request"]["method"].as_str().unwrap().into(),
            answer: answer(response["status"].as_u64().unwrap() as u16, &headers, body),
            body: response["body"].clone(),
        }
    }
}

/// An event as Discord gives it back.
pub fn remote(id: &str) -> Value {
    json!({
        "id": id, "guild_id": GUILD, "name": "Rust Evening #42", "description": event().key.as_str(), "channel_id": null,
        "creator_id": BOT, "image": null, "scheduled_start_time": "2026-10-08T17:00:00+00:00",
        "scheduled_end_time": "2026-10-08T20:00:00+00:00", "status": 1, "entity_type": 3, "entity_id": null,
        "recurrence_rule": null, "privacy_level": 2, "entity_metadata": {"location": "Chaosdorf"}
    })
}
