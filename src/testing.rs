//! What the tests of several rooms need: a clock that stands, a section of kronos.toml, and the services' own descriptions.

use crate::clock::Clock;
#[cfg(test)]
use crate::event::{Event, EventKey, Status};
use crate::kind::Section;
use crate::secret::SecretSource;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

/// A clock that stands at one moment.
pub struct Still(pub DateTime<Utc>);

#[async_trait(?Send)]
impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }

    async fn sleep(&self, _length: TimeDelta) {}
}

/// A moment in RFC 3339.
#[cfg(test)]
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// An event that has nothing but a title and a beginning.
#[cfg(test)]
pub fn event() -> Event {
    Event {
        key: EventKey::new("https://space.example/events/1"),
        uuid: None,
        title: "Rust night".into(),
        description: None,
        begins: at("2026-11-26T18:00:00Z"),
        ends: None,
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

/// A section of kronos.toml without secrets from outside, at the moment `now`.
pub fn section(name: &str, keys: &str, now: DateTime<Utc>) -> Section {
    Section {
        name: name.into(),
        table: keys.parse().unwrap(),
        secrets: SecretSource::default(),
        folder: PathBuf::from("/"),
        clock: Rc::new(Still(now)),
        timeout: Duration::from_secs(5),
        templates: Vec::new(),
    }
}

/// A path of the folder beside the crate that holds contracts and examples; `None`, with a message, where it is missing.
///
/// # Panics
/// If it is missing while the environment variable CI is set: there nothing that it proves may be skipped.
#[cfg(test)]
pub fn shared(path: &str) -> Option<PathBuf> {
    let found = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(path);
    if found.exists() {
        return Some(found);
    }
    let missing = found.display();
    assert!(std::env::var_os("CI").is_none(), "{missing} is missing");
    println!("skipped: {missing} is missing");
    None
}
