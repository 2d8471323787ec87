//! What is where, what waits and why, and how the last runs ended: one value that prints for people and serialises for programs.
//!
//! It is read from a private copy of the database and asks no service: it says what the last run left.

use crate::delivery::Delivery;
use crate::event::{Action, EventKey};
use crate::store::{RunRow, Store, StoreError};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;

mod place;
mod text;

pub use place::Place;
use place::{Known, release};

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

/// A configured consumer: its name and its target.
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
            let deliveries = deliveries(store, name.as_deref(), &target, now)?;
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
            runs: store.runs(RUNS)?.into_iter().map(run).collect(),
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
        named: &[Named<'_>],
        keys: &[EventKey],
    ) -> Result<Self, StoreError> {
        let events = keys.iter().map(|key| event(store, named, key));
        self.events = Some(events.collect::<Result<_, _>>()?);
        for consumer in &mut self.consumers {
            consumer
                .deliveries
                .retain(|delivery| keys.contains(&delivery.event));
        }
        Ok(self)
    }
}

fn run(row: RunRow) -> RunStatus {
    RunStatus {
        run: row.epoch,
        started: row.started,
        finished: row.finished,
        exit: row.exit,
        summary: row.counts,
    }
}

fn deliveries(
    store: &Store,
    name: Option<&str>,
    target: &str,
    now: DateTime<Utc>,
) -> Result<Vec<DeliveryStatus>, StoreError> {
    let known = Known::of(store, target)?;
    let rows = store.deliveries(target, now)?.into_iter();
    let shown = rows.map(|row| {
        let missing = row.stored.as_ref().and_then(|stored| {
            let lost = stored
                .memberships
                .iter()
                .find(|membership| membership.gone.is_none() && membership.missing_since.is_some());
            lost.and_then(|membership| membership.missing_since)
        });
        let event = row.stored.map(|stored| stored.event);
        delivery(
            &known,
            name,
            &row.delivery,
            event.as_ref().map(|event| event.title.as_str()),
            event.as_ref().and_then(|event| event.timezone),
            missing,
        )
    });
    Ok(shown
        .filter(|delivery| delivery.place != Place::Nowhere)
        .collect())
}

fn delivery(
    known: &Known,
    name: Option<&str>,
    delivery: &Delivery,
    title: Option<&str>,
    zone: Option<Tz>,
    missing: Option<DateTime<Utc>>,
) -> DeliveryStatus {
    let place = known.place(delivery);
    DeliveryStatus {
        event: delivery.key.clone(),
        title: title.unwrap_or(delivery.key.as_str()).to_string(),
        begins: delivery.begins,
        place,
        since: delivery.since,
        not_before: delivery.not_before,
        attempts: delivery.attempts,
        reason: known.reason(place, delivery, missing),
        remote_id: delivery.remote_id.clone(),
        remote_url: delivery.remote_url.clone(),
        release: release(place, &delivery.key, name, known.plan(&delivery.key)),
        zone,
    }
}

fn event(store: &Store, named: &[Named<'_>], key: &EventKey) -> Result<EventStatus, StoreError> {
    let stored = store.event(key)?;
    let groups = stored.iter().flat_map(|stored| &stored.memberships);
    let groups = groups
        .filter(|membership| membership.gone.is_none() && !membership.group.is_empty())
        .map(|membership| format!("{}/{}", membership.provider, membership.group))
        .collect();
    let found = stored.as_ref().map(|stored| &stored.event);
    let name_of = |target: &str| {
        let found = named.iter().find(|(_, known)| known == target);
        found.map(|(name, _)| *name)
    };
    let mut deliveries = Vec::new();
    for target in store.targets()? {
        if let Some(at) = store.delivery(&target, key)? {
            let name = name_of(&target);
            let shown = delivery(
                &Known::of(store, &target)?,
                name,
                &at,
                found.map(|event| event.title.as_str()),
                found.and_then(|event| event.timezone),
                None,
            );
            deliveries.push((name.unwrap_or(&target).to_string(), shown));
        }
    }
    let history = store.attempts(key)?.into_iter().map(|row| Tried {
        at: row.at,
        run: row.epoch,
        consumer: name_of(&row.consumer).unwrap_or(&row.consumer).to_string(),
        action: row.action,
        outcome: row.outcome,
        reason: row.reason,
    });
    Ok(EventStatus {
        event: key.clone(),
        title: found.map(|event| event.title.clone()),
        begins: found.map(|event| event.begins),
        groups,
        deliveries,
        history: history.collect(),
        zone: found.and_then(|event| event.timezone),
    })
}
