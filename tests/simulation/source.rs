//! The source of truth: events in two groups, as their organisers have them.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use kronos::event::{Description, Event, EventKey, Status};
use kronos::provider::Probe;
use std::collections::BTreeSet;

/// The names of the groups.
pub const GROUPS: [&str; 2] = ["a", "b"];
/// The tag for which some consumers ask.
pub const TAG: &str = "public";
/// By how much a reading may lag.
pub const LATE: TimeDelta = TimeDelta::seconds(90);
/// How far back a whole reading goes.
const WINDOW: TimeDelta = TimeDelta::days(14);

/// Who can see an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    Public,
    Hidden,
    Deleted,
}

/// One event at the source.
#[derive(Debug, Clone)]
pub struct Entry {
    pub index: usize,
    /// How often its URL changed.
    pub address: u32,
    pub group: usize,
    pub groups_ever: BTreeSet<usize>,
    /// Those in which a reading showed it.
    pub groups_shown: BTreeSet<usize>,
    pub visibility: Visibility,
    /// How often its text was edited.
    pub version: u32,
    pub begins: DateTime<Utc>,
    pub ends: Option<DateTime<Utc>>,
    pub status: Status,
    pub tagged: bool,
    pub picture: u32,
    /// In whole seconds.
    pub updated: DateTime<Utc>,
    /// Since when it can be seen in its group, with its tag or without.
    pub shown_since: Option<DateTime<Utc>>,
    /// When it was first hidden.
    pub hidden_since: Option<DateTime<Utc>>,
    /// When it was over where it is shown, by what could be seen of it last.
    pub seen_over_at: DateTime<Utc>,
}

impl Entry {
    pub fn url(&self) -> String {
        match self.address {
            0 => format!("https://source.example/events/{}", self.index),
            n => format!("https://source.example/{n}/events/{}", self.index),
        }
    }

    pub fn uuid(&self) -> String {
        format!("uuid-{}", self.index)
    }

    pub fn event(&self) -> Event {
        Event {
            key: EventKey::new(self.url()),
            uuid: Some(self.uuid()),
            title: format!("Event {} v{}", self.index, self.version),
            description: Some(Description::Plain(format!("text {}", self.version))),
            begins: self.begins,
            ends: self.ends,
            timezone: None,
            all_day: false,
            place: None,
            online: None,
            online_only: false,
            picture: Some(format!("https://source.example/{}.png", self.picture)),
            status: self.status,
            capacity: None,
            participation: None,
            tags: self.tagged.then(|| TAG.to_string()).into_iter().collect(),
            updated: Some(self.updated),
        }
    }

    /// When it is over where it is shown.
    pub fn over_at(&self) -> DateTime<Utc> {
        self.ends.unwrap_or(self.begins + TimeDelta::hours(2))
    }

    pub fn effective_end(&self) -> DateTime<Utc> {
        self.ends.unwrap_or(self.begins)
    }
}

/// All events, and how the service summed them up over time.
#[derive(Default)]
pub struct Source {
    pub entries: Vec<Entry>,
    probes: Vec<(DateTime<Utc>, Vec<Probe>)>,
    /// What stood from when on.
    past: Vec<(DateTime<Utc>, Vec<Entry>)>,
}

impl Source {
    pub fn add(&mut self, now: DateTime<Utc>, group: usize, begins: DateTime<Utc>, long: bool) {
        let index = self.entries.len();
        let mut entry = Entry {
            index,
            address: 0,
            group,
            groups_ever: BTreeSet::from([group]),
            groups_shown: BTreeSet::new(),
            visibility: Visibility::Public,
            version: 1,
            begins,
            ends: long.then(|| begins + TimeDelta::hours(3)),
            status: Status::Confirmed,
            tagged: true,
            picture: 1,
            updated: now.trunc_subsecs(0),
            shown_since: Some(now),
            hidden_since: None,
            seen_over_at: now,
        };
        entry.seen_over_at = entry.over_at();
        self.entries.push(entry);
        self.note(now);
    }

    /// An organiser changes an event.
    pub fn edit(&mut self, now: DateTime<Utc>, index: usize, change: impl FnOnce(&mut Entry)) {
        let entry = &mut self.entries[index];
        let before = (entry.visibility, entry.group, entry.tagged);
        change(entry);
        entry.updated = now.trunc_subsecs(0);
        entry.groups_ever.insert(entry.group);
        if before != (entry.visibility, entry.group, entry.tagged) {
            entry.shown_since = (entry.visibility == Visibility::Public).then_some(now);
        }
        if entry.visibility == Visibility::Hidden {
            entry.hidden_since.get_or_insert(now);
        }
        if entry.visibility == Visibility::Public {
            entry.seen_over_at = entry.over_at();
        }
        self.note(now);
    }

    /// Whether an event was over by `now` by a time that it had once.
    pub fn was_over(&self, index: usize, now: DateTime<Utc>) -> bool {
        let mut past = self.past.iter();
        past.any(|(_, entries)| {
            entries
                .get(index)
                .is_some_and(|entry| entry.over_at() <= now)
        })
    }

    fn note(&mut self, now: DateTime<Utc>) {
        let probes = (0..GROUPS.len()).map(|group| self.probe(group)).collect();
        self.probes.push((now, probes));
        self.past.push((now, self.entries.clone()));
    }

    /// What a probe says of a group now.
    pub fn probe(&self, group: usize) -> Probe {
        let newest = self
            .visible(group)
            .max_by_key(|entry| (entry.updated, entry.index));
        Probe {
            total: self.visible(group).count() as u64,
            newest: newest.map(|entry| format!("{} {}", entry.uuid(), entry.updated)),
            newest_at: newest.map(|entry| entry.updated),
        }
    }

    /// What a probe said of a group at `moment`.
    pub fn probe_at(&self, group: usize, moment: DateTime<Utc>) -> Option<Probe> {
        let (_, probes) = self.probes.iter().rev().find(|(at, _)| *at <= moment)?;
        probes.get(group).cloned()
    }

    /// The source as it was at `moment`.
    pub fn as_of(&self, moment: DateTime<Utc>) -> Self {
        let known = self.past.iter().rev().find(|(at, _)| *at <= moment);
        let entries = known
            .map(|(_, entries)| entries.clone())
            .unwrap_or_default();
        Self {
            entries,
            ..Self::default()
        }
    }

    fn visible(&self, group: usize) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .filter(move |entry| entry.group == group && entry.visibility == Visibility::Public)
    }

    /// What a whole reading of a group gives.
    pub fn whole(&self, group: usize, now: DateTime<Utc>) -> impl Iterator<Item = &Entry> {
        self.visible(group)
            .filter(move |entry| entry.effective_end() >= now - WINDOW)
    }

    /// Since when a whole reading goes.
    pub fn since(now: DateTime<Utc>) -> DateTime<Utc> {
        now - WINDOW
    }

    /// The event that an item's marker names, by its present or a former URL.
    pub fn of_marker(&self, marker: &str) -> Option<&Entry> {
        let index: usize = marker.rsplit('/').next()?.parse().ok()?;
        self.entries
            .get(index)
            .filter(|_| marker.contains("source.example"))
    }
}
