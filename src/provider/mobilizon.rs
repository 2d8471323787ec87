//! Mobilizon: several groups of one instance, read without signing in.
//!
//! A run in which nothing changed costs one request for fifty groups ([`probe`](Provider::probe)); one in which a little
//! changed fetches the latest changes; otherwise, and once a day, a group is read whole. What is asked for stands in
//! `mobilizon/*.graphql`. Facts about the service come from the source of Mobilizon 5.1.

mod api;
mod changes;
mod check;
mod confirm;
mod documents;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod nearest;
mod normal;
mod pages;
mod probe;
mod read;
mod reply;
mod settings;
#[cfg(test)]
mod tests;
mod times;
mod whole;
mod wire;

pub use normal::decode;
pub use pages::{Content, Page, Row};

use super::{Finding, Kind, Missing, Probe, Provider, Reading, Want};
use crate::check::Line;
use crate::event::{Event, EventKey};
use crate::http::{Failure, Http};
use crate::kind::{KindError, Section};
use api::Api;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use settings::Settings;
use std::cell::Cell;
use std::time::Duration;

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "mobilizon",
    example: r#"[providers.space]
type = "mobilizon"
url = "https://mobilizon.example.org"     # the groups' home instance
groups = ["hackerspace", "repair-cafe"]   # as in https://mobilizon.example.org/@hackerspace; case matters
"#,
    build: |section| Ok(Box::new(Mobilizon::new(section)?)),
};

/// The longest time for one request, unless the configuration gives it less: the server's own database time-out is 30 s.
const TIMEOUT: Duration = Duration::from_secs(60);

/// One instance and its configured groups.
pub struct Mobilizon {
    api: Api,
    groups: Vec<String>,
    /// The server was found to be too old for the ordered list.
    too_old: Cell<bool>,
}

impl Mobilizon {
    /// Makes a provider of its section: the keys `url` and `groups`.
    ///
    /// # Errors
    /// Unknown or missing keys; a URL that may not be asked; group names that cannot be used.
    pub fn new(section: &Section) -> Result<Self, KindError> {
        let Settings { base, groups } = Settings::of(section)?;
        let http = Http::new(
            section.clock.clone(),
            TIMEOUT.min(section.timeout),
            concat!("kronos/", env!("CARGO_PKG_VERSION")),
        );
        Ok(Self {
            api: Api::new(http, base),
            groups,
            too_old: Cell::new(false),
        })
    }
}

#[async_trait(?Send)]
impl Provider for Mobilizon {
    fn identity(&self) -> String {
        format!("mobilizon:{}", self.api.base())
    }

    fn groups(&self) -> Vec<String> {
        self.groups.clone()
    }

    async fn probe(&self, groups: &[String]) -> Vec<Result<Option<Probe>, Failure>> {
        let (answers, too_old) = probe::probe(&self.api, groups).await;
        self.too_old.set(self.too_old.get() || too_old);
        answers
    }

    async fn read(
        &self,
        group: &str,
        want: &Want<'_>,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Reading, Failure> {
        self.reading(group, want, sink).await
    }

    async fn confirm(&self, missing: &[Missing]) -> Vec<Finding> {
        self.look(missing).await
    }

    fn owns(&self, key: &EventKey) -> bool {
        self.uuid_in(key).is_some()
    }

    fn ready_at(&self) -> Option<DateTime<Utc>> {
        self.api.ready_at()
    }

    fn requests(&self) -> u64 {
        self.api.requests()
    }

    fn refusals(&self) -> u64 {
        self.api.http().refusals()
    }

    async fn check(&self, offline: bool) -> Vec<Line> {
        if offline {
            return Vec::new();
        }
        self.checked().await
    }
}
