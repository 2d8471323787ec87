//! A calendar file in a folder of its own: what stands in it after operations, and what is listed of it.

use super::KIND;
use crate::clock::Clock;
use crate::consumer::{Action, Consumer, Item, Operation, Outcome, Rendering};
use crate::event::{Description, Event, EventKey, Place, Status};
use crate::kind::Section;
use crate::secret::SecretSource;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use tempfile::TempDir;

mod atomic;
mod operations;
mod rendering;

const KEY: &str = "https://space.example/events/0b9a";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

struct Settable(Cell<DateTime<Utc>>);

#[async_trait(?Send)]
impl Clock for Settable {
    fn now(&self) -> DateTime<Utc> {
        self.0.get()
    }

    async fn sleep(&self, _length: TimeDelta) {}
}

/// A consumer over `events.ics` in a new folder.
struct Desk {
    folder: TempDir,
    clock: Rc<Settable>,
    consumer: Box<dyn Consumer>,
}

fn build(folder: &Path, table: &str, clock: Rc<dyn Clock>) -> Result<Box<dyn Consumer>, String> {
    let section = Section {
        name: "shared, with all".into(),
        table: table.parse().unwrap(),
        secrets: SecretSource::default(),
        folder: folder.into(),
        clock,
        timeout: std::time::Duration::from_secs(5),
        templates: Vec::new(),
    };
    (KIND.build)(&section).map_err(|error| error.to_string())
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Rc::new(Settable(Cell::new(at("2026-10-12T08:00:00Z"))));
        let consumer = build(folder.path(), "path = 'events.ics'", clock.clone()).unwrap();
        Self {
            folder,
            clock,
            consumer,
        }
    }

    /// A desk on which `text` stands already.
    fn with(text: &str) -> Self {
        let desk = Self::new();
        std::fs::write(desk.path(), text).unwrap();
        desk
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("events.ics")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap()
    }

    /// The file's lines, unfolded.
    fn lines(&self) -> Vec<String> {
        self.text()
            .replace("\r\n ", "")
            .split_terminator("\r\n")
            .map(str::to_owned)
            .collect()
    }

    fn has(&self, line: &str) -> bool {
        self.lines().iter().any(|other| other == line)
    }

    async fn items(&self) -> Vec<Item> {
        self.consumer.list().await.unwrap().items
    }

    /// Carries out `action` for each event in one replacement.
    async fn act(&self, action: Action, events: &[&Event]) -> Outcome {
        let renderings: Vec<Rendering> = events
            .iter()
            .map(|event| self.consumer.render(event))
            .collect();
        let changed = BTreeSet::new();
        let operations: Vec<Operation<'_>> = events
            .iter()
            .zip(&renderings)
            .map(|(event, rendering)| Operation {
                rendering: Some(rendering),
                ..self.operation(action, &event.key, &changed)
            })
            .collect();
        self.consumer.replace(&operations).await
    }

    fn operation<'a>(
        &self,
        action: Action,
        key: &'a EventKey,
        changed: &'a BTreeSet<crate::consumer::Field>,
    ) -> Operation<'a> {
        Operation {
            action,
            key,
            rendering: None,
            remote_id: None,
            item: None,
            changed,
            run: 1,
            generation: 1,
            idempotency_key: "0123456789abcdef0123456789abcdef01234567",
            now: self.clock.now(),
        }
    }
}

fn applied() -> Outcome {
    Outcome::Applied {
        remote_id: None,
        remote_url: None,
        note: None,
    }
}

fn event(key: &str) -> Event {
    Event {
        key: EventKey::new(key),
        uuid: Some("0b9a".into()),
        title: "Rust, again; and \\more".into(),
        description: Some(Description::Plain("Bring a laptop.".into())),
        begins: at("2026-10-20T17:00:00Z"),
        ends: Some(at("2026-10-20T19:00:00Z")),
        timezone: Some(chrono_tz::Tz::Europe__Berlin),
        all_day: false,
        place: Some(Place {
            name: Some("Hall 3".into()),
            street: Some("Example Street 1".into()),
            postal_code: Some("76133".into()),
            locality: Some("Karlsruhe".into()),
            coordinates: Some(("49.0060".into(), "8.4030".into())),
            ..Place::default()
        }),
        online: Some("https://meet.example.org/rust".into()),
        online_only: false,
        picture: Some("https://space.example/a.png".into()),
        status: Status::Confirmed,
        capacity: Some(20),
        participation: Some("https://tickets.example.org/1".into()),
        tags: vec!["rust".into(), "ünder, way".into()],
        updated: None,
    }
}
