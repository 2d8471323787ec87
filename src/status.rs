//! What is where, what waits and why, and how the last runs ended: one value that prints for people and serialises for programs.
//!
//! It is read from a private copy of the database and asks no service: it says what the last run left.

use crate::event::{Action, EventKey};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

mod place;
mod read;
mod text;

pub use place::Place;

/// The version of the JSON's shape.
pub const VERSION: u32 = 1;
/// So many runs are told of.
const RUNS: usize = 10;

/// The status of an installation, or of the events that were asked for.
#[derive(Debug, Serialize)]
pub struct Status {
    /// [`VERSION`].
    pub version: u32,
    /// When it was read.
    pub at: DateTime<Utc>,
    /// The last runs, newest first.
    pub runs: Vec<RunStatus>,
    /// Every consumer that is configured, and those at which something still stands.
    pub consumers: Vec<ConsumerStatus>,
    /// The events that were asked for, with all that is known of them; absent where none was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventStatus>>,
    /// Also what is at rest is printed.
    #[serde(skip)]
    pub verbose: bool,
}

/// One run.
#[derive(Debug, Serialize)]
pub struct RunStatus {
    /// Its number.
    pub run: u64,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended; `None`: it was killed.
    pub finished: Option<DateTime<Utc>>,
    /// Its exit code.
    pub exit: Option<u8>,
    /// Its closing line.
    pub summary: Option<String>,
}

/// One consumer.
#[derive(Debug, Serialize)]
pub struct ConsumerStatus {
    /// Its name; `None`: it is no longer configured.
    pub name: Option<String>,
    /// What is written to.
    pub target: String,
    /// The deliveries that are not over and done, by the event's beginning.
    pub deliveries: Vec<DeliveryStatus>,
}

/// One event at one consumer.
#[derive(Debug, Serialize)]
pub struct DeliveryStatus {
    /// The event's URL.
    pub event: EventKey,
    /// Its title, as it was last read.
    pub title: String,
    /// When it begins there.
    pub begins: DateTime<Utc>,
    /// How it stands.
    pub place: Place,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Not tried before this moment.
    pub not_before: Option<DateTime<Utc>>,
    /// How often this version of the event was tried.
    pub attempts: u32,
    /// Why.
    pub reason: Option<String>,
    /// The item's id.
    pub remote_id: Option<String>,
    /// Where people see the item.
    pub remote_url: Option<String>,
    /// The command that releases it, where an operator can.
    pub release: Option<String>,
    /// In which zone its times are shown.
    #[serde(skip)]
    pub zone: Option<Tz>,
}

/// One event that was asked for.
#[derive(Debug, Serialize)]
pub struct EventStatus {
    /// Its URL.
    pub event: EventKey,
    /// Its title; `None`: only its deliveries are known.
    pub title: Option<String>,
    /// When it begins.
    pub begins: Option<DateTime<Utc>>,
    /// In which groups of its providers it stands, as `provider/group`.
    pub groups: Vec<String>,
    /// Its deliveries, with the consumer's name, or target where it has none any more.
    pub deliveries: Vec<(String, DeliveryStatus)>,
    /// What was tried for it, newest first.
    pub history: Vec<Tried>,
    /// In which zone its times are shown.
    #[serde(skip)]
    pub zone: Option<Tz>,
}

/// Something that was tried.
#[derive(Debug, Serialize)]
pub struct Tried {
    /// When.
    pub at: DateTime<Utc>,
    /// In which run.
    pub run: u64,
    /// At which consumer.
    pub consumer: String,
    /// What.
    pub action: Action,
    /// What came of it.
    pub outcome: String,
    /// Why.
    pub reason: Option<String>,
}

/// A configured consumer or provider: its name, and its target or identity.
pub type Named<'a> = (&'a str, String);

impl Status {
    /// Reads it from the database.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn read(
        store: &Store,
        named: &[Named<'_>],
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let mut consumers = Vec::new();
        let known = store.targets()?;
        let gone = known
            .into_iter()
            .filter(|target| !named.iter().any(|(_, known)| known == target))
            .map(|target| (None, target));
        let all = named
            .iter()
            .map(|(name, target)| (Some(name.to_string()), target.clone()));
        for (name, target) in all.chain(gone) {
            let deliveries = read::deliveries(store, name.as_deref(), &target, now)?;
            if name.is_some() || !deliveries.is_empty() {
                consumers.push(ConsumerStatus {
                    name,
                    target,
                    deliveries,
                });
            }
        }
        Ok(Self {
            version: VERSION,
            at: now,
            runs: store.runs(RUNS)?.into_iter().map(read::run).collect(),
            consumers,
            events: None,
            verbose: false,
        })
    }

    /// How many deliveries of each configured consumer stand how: its name, the word, the number, 0 included.
    pub fn counts(&self) -> Vec<(String, &'static str, usize)> {
        let count = |consumer: &ConsumerStatus, place: Place| {
            let of_it = consumer.deliveries.iter();
            of_it.filter(|delivery| delivery.place == place).count()
        };
        let named = self.consumers.iter().filter_map(|consumer| {
            let name = consumer.name.clone()?;
            Some(Place::ALL.map(|place| (name.clone(), place.word(), count(consumer, place))))
        });
        named
            .flatten()
            .filter(|(_, word, _)| *word != Place::Nowhere.word())
            .collect()
    }

    /// Narrows it to the events `keys`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn of_events(
        mut self,
        store: &Store,
        consumers: &[Named<'_>],
        providers: &[Named<'_>],
        keys: &[EventKey],
    ) -> Result<Self, StoreError> {
        let events = keys
            .iter()
            .map(|key| read::event(store, consumers, providers, key));
        self.events = Some(events.collect::<Result<_, _>>()?);
        for consumer in &mut self.consumers {
            consumer
                .deliveries
                .retain(|delivery| keys.contains(&delivery.event));
        }
        Ok(self)
    }
}
