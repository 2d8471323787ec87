//! Where events come from: bytes in, [`Event`]s out. A provider never sees a consumer or the store.

use crate::check::Line;
use crate::event::{Event, EventKey};
use crate::http::Failure;
use crate::kind::{KindError, Section};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

pub mod ical;
pub mod mobilizon;

/// A service that holds groups of events.
///
/// Groups are independent of each other: a failure is told for the group in which it happened and taints no other.
#[async_trait(?Send)]
pub trait Provider {
    /// What identifies the service whatever it is called in the configuration, e.g. `mobilizon:https://space.example`.
    fn identity(&self) -> String;

    /// The configured groups, in order. A calendar has one, named by its URL or path.
    fn groups(&self) -> Vec<String>;

    /// Asks, in as few requests as can be, whether anything may have changed in each of `groups`.
    ///
    /// Gives one answer per group, in order. `Ok(None)`: the service cannot tell; read the group.
    async fn probe(&self, groups: &[String]) -> Vec<Result<Option<Probe>, Failure>>;

    /// Reads `group` and hands every public event to `sink`, at most once each.
    ///
    /// Drafts and events that are not public are left out. An error, or a [`Reading`] that is not complete, proves
    /// nothing about events that did not appear.
    async fn read(
        &self,
        group: &str,
        want: &Want<'_>,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Reading, Failure>;

    /// The probe that belongs to the reading of `group` just made, for services whose reading itself is the probe (an
    /// ETag comes with the answer). The run stores it after a complete reading; `None`: store what
    /// [`probe`](Self::probe) gave.
    fn taken(&self, group: &str) -> Option<Probe> {
        let _ = group;
        None
    }

    /// Looks freshly at events that did not appear, one [`Finding`] for each key, in order.
    async fn confirm(&self, missing: &[Missing]) -> Vec<Finding>;

    /// Whether `key` lies in this service's name space, so that [`confirm`](Self::confirm) can judge it.
    fn owns(&self, key: &EventKey) -> bool;

    /// The moment until which the service asked to be left alone in this run, if it did.
    fn ready_at(&self) -> Option<DateTime<Utc>> {
        None
    }

    /// How many requests were sent so far.
    fn requests(&self) -> u64;

    /// How many of them the service refused so far, as [`Http::refusals`](crate::http::Http::refusals) counts them.
    fn refusals(&self) -> u64 {
        0
    }

    /// What holds of this section and what does not, for `kronos check`, each with its mend. With `offline` nothing is
    /// asked of the service. Changes nothing; never fails: what cannot be reached is a line.
    ///
    /// Unless a kind knows better, its groups are probed.
    async fn check(&self, offline: bool) -> Vec<Line> {
        if offline {
            return Vec::new();
        }
        let groups = self.groups();
        let answers = self.probe(&groups).await;
        check_groups(&groups, answers)
    }
}

/// What the probes of `groups` tell, a line each.
fn check_groups(groups: &[String], answers: Vec<Result<Option<Probe>, Failure>>) -> Vec<Line> {
    let line = |(group, answer): (&String, Result<Option<Probe>, Failure>)| {
        let told = |probe: Option<Probe>| match probe {
            Some(Probe { total: 1, .. }) => "can be read, 1 event".into(),
            Some(probe) => format!("can be read, {} events", probe.total),
            None => "is read whole in every run".into(),
        };
        Line::of(format!("group {group}"), answer.map(told))
    };
    groups.iter().zip(answers).map(line).collect()
}

/// A cheap summary of a group. Two equal ones mean that nothing changed between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// How many events the group has, unfiltered.
    pub total: u64,
    /// Names the newest change (`uuid updatedAt`, an ETag, a hash).
    pub newest: Option<String>,
    /// When the newest change was made, where the service says so.
    pub newest_at: Option<DateTime<Utc>>,
}

/// How much of a group to read.
#[derive(Debug)]
pub struct Want<'a> {
    /// Read all of it, whatever the probe says.
    pub whole: bool,
    /// The run's start: the reading covers what ends later than two weeks before.
    pub now: DateTime<Utc>,
    /// The probe that was stored at the last complete reading.
    pub stored: Option<&'a Probe>,
    /// The probe taken just now, before this reading.
    pub probe: Option<&'a Probe>,
    /// The uuids known of this group; none where all of it is to be read.
    pub known: &'a HashSet<String>,
}

/// What a reading covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// All of the group was read; otherwise only what changed since the stored probe, and absence means nothing.
    pub whole: bool,
    /// Every page was valid and the distinct events add up to the total.
    pub complete: bool,
    /// Events that end before this moment are not in a whole reading.
    pub since: DateTime<Utc>,
}

/// One reading of a group, as the plan sees it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// What appeared and was new or changed.
    pub events: Vec<Event>,
    /// Whether absence from it proves anything.
    pub complete: bool,
}

/// An event that is known and did not appear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its key.
    pub key: EventKey,
    /// The provider's own id.
    pub uuid: Option<String>,
    /// The group in which it was known; `None` if it was only found by its marker.
    pub group: Option<String>,
}

/// What a fresh look at one event found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The source says that it was deleted (410).
    Deleted,
    /// It cannot be seen: 404, a draft, or not public.
    Hidden,
    /// It stands, with these times, and belongs to `group` (a configured group's name, else `None`).
    Visible {
        /// Its beginning now.
        begins: DateTime<Utc>,
        /// Its end now.
        ends: Option<DateTime<Utc>>,
        /// The configured group that it belongs to.
        group: Option<String>,
    },
    /// Nothing could be learned; says why.
    Unknown(String),
}

/// A provider under its name in the configuration.
pub struct NamedProvider {
    /// Its name.
    pub name: String,
    /// The provider.
    pub provider: Box<dyn Provider>,
    /// It is read in this run; the others keep what is known of them.
    pub active: bool,
}

/// A kind of provider: the name in `type = "…"`, what `kronos init` writes for it, and how to make one.
pub struct Kind {
    /// The value of `type`.
    pub name: &'static str,
    /// A commented example section.
    pub example: &'static str,
    /// Makes a provider of its section.
    pub build: fn(&Section) -> Result<Box<dyn Provider>, KindError>,
}

/// The table of kinds: a new provider is one file and one line here.
pub const KINDS: &[Kind] = &[mobilizon::KIND, ical::KIND];
