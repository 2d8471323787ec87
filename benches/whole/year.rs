//! A year of three-hourly runs over ten thousand events and five consumers: what the database weighs. Everything that such runs
//! write is written, by a clock that is moved by hand; nothing is asked and nothing planned.

use crate::table::{Table, mib};
use chrono::{DateTime, TimeDelta, Utc};
use kronos::delivery::{Applied, Delivery, Desired, Intent, Wish};
use kronos::event::{Action, Description, Event, EventKey, Fingerprint, Status};
use kronos::store::{
    GroupCommit, GroupMemory, Lock, Membership, ReadEvent, Start, Store, StoredEvent, WishFor,
};
use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

/// So many events stand at any time …
const EVENTS: i64 = 10_000;
/// … of which so many pass each day, and as many are new.
const A_DAY: i64 = 24;
/// So many more are edited before each run.
const EDITS: i64 = 5;
const RUNS: i64 = 365 * 8;
/// As the run keeps its history.
const KEPT: TimeDelta = TimeDelta::days(60);

const CONSUMERS: [&str; 5] = [
    "discord:1",
    "discord:2",
    "meetup:rust",
    "ical:/srv/a.ics",
    "ical:/srv/b.ics",
];

/// The database after so many runs.
struct Year {
    store: Store,
    begun: DateTime<Utc>,
}

pub fn year(table: &mut Table) {
    // Where there is memory for it, so that no disk is worn out by what is only counted.
    let shared = Path::new("/dev/shm");
    let folder = if shared.is_dir() {
        tempfile::tempdir_in(shared)
    } else {
        tempfile::tempdir()
    }
    .unwrap();
    let path = folder.path().join("kronos.db");
    let lock = Lock::exclusive(&path).unwrap();
    let mut year = Year {
        store: Store::open(&path, &lock).unwrap(),
        begun: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
    };
    let mut sizes = Vec::new();
    for run in 0..=RUNS {
        year.run(run);
        if run % (RUNS / 4) == 0 {
            sizes.push(path.metadata().unwrap().len());
        }
    }
    let shown: Vec<String> = sizes.iter().map(|size| mib(*size)).collect();
    table.row(
        "database of 10,000 events, 5 consumers, after 0, 3, 6, 9 and 12 months of three-hourly runs",
        shown.join(", "),
        "at most 5 % more in the second half".into(),
        sizes[4] as f64 <= sizes[2] as f64 * 1.05,
    );
}

impl Year {
    fn run(&mut self, run: i64) {
        let now = self.begun + TimeDelta::hours(3 * run);
        let past = self
            .store
            .past((run > 0).then(|| self.store.mark()).as_ref());
        let mark = (run > 0).then(|| self.store.mark());
        self.store.begin_run(past, mark.as_ref(), now).unwrap();
        let events = self.changed(run);
        self.read(&events, now);
        for event in &events {
            CONSUMERS
                .iter()
                .for_each(|target| self.deliver(target, event, now));
        }
        self.store
            .end_run(
                now,
                "what came of it, in one line for people",
                0,
                now - KEPT,
            )
            .unwrap();
        self.store.checkpoint().unwrap();
    }

    /// The events that are new or edited in a run.
    fn changed(&self, run: i64) -> Vec<Event> {
        let last = |run: i64| EVENTS + run * A_DAY / 8;
        let new: Range<i64> = if run == 0 {
            0..last(0)
        } else {
            last(run - 1)..last(run)
        };
        let first = run * A_DAY / 8;
        let edited =
            (0..EDITS).map(|edit| first + 500 + (run * 7919 + edit * 977) % (EVENTS - 1000));
        let edited: Vec<i64> = edited.filter(|n| !new.contains(n)).collect();
        new.chain(edited)
            .map(|n| event(n, run, self.begun))
            .collect()
    }

    fn read(&mut self, events: &[Event], now: DateTime<Utc>) {
        let stands = Membership {
            provider: "mobilizon:https://space.example".into(),
            group: "group".into(),
            missing_count: 0,
            missing_since: None,
            gone: None,
        };
        let memberships: Vec<_> = events
            .iter()
            .map(|event| (event.key.clone(), stands.clone()))
            .collect();
        let memory = GroupMemory {
            probe: Some((
                EVENTS as u64,
                Some("3f2a 2026-11-26T18:00:00Z".into()),
                Some(now),
            )),
            read_at: Some(now),
            whole_at: Some(now),
            events: 0,
        };
        let changed: Vec<_> = events.iter().cloned().map(ReadEvent::new).collect();
        let commit = GroupCommit {
            provider: &stands.provider,
            group: &stands.group,
            changed: &changed,
            seen: &HashSet::new(),
            memberships: &memberships,
            memory: Some(&memory),
            now,
        };
        let mut wishes = |stored: &StoredEvent| -> Vec<WishFor> {
            let wish = wish(&stored.event);
            CONSUMERS
                .map(|target| (target.to_string(), wish.clone(), Start::Allowed))
                .to_vec()
        };
        self.store.commit_group(&commit, &mut wishes).unwrap();
    }

    /// The intent, and what came of it.
    fn deliver(&mut self, target: &str, event: &Event, now: DateTime<Utc>) {
        let mut delivery: Delivery = self.store.delivery(target, &event.key).unwrap().unwrap();
        let hash = delivery.desired_hash;
        let intent = Intent {
            action: Action::Create,
            generation: delivery.desired_gen,
            epoch: self.store.epoch(),
            payload_hash: hash,
            remote_id: None,
            idempotency_key: "ab".into(),
            begun: now,
            deadline: now,
        };
        delivery.send(now);
        self.store.begin(target, &delivery, &intent).unwrap();
        let applied = Applied {
            hash,
            fields: Default::default(),
            remote_id: Some(event.key.to_string()),
            remote_url: Some(event.key.to_string()),
            begins: None,
        };
        delivery.applied(Action::Create, applied, false, now);
        self.store
            .finish(target, &delivery, Action::Create, "applied", now)
            .unwrap();
    }
}

fn wish(event: &Event) -> Wish {
    Wish {
        desired: Desired::Present,
        absence: None,
        hash: Fingerprint::of(event),
        begins: event.begins,
        ends: event.effective_end(),
        opens: None,
    }
}

fn event(n: i64, edition: i64, begun: DateTime<Utc>) -> Event {
    let begins = begun + TimeDelta::hours(1) + TimeDelta::seconds(n * 86_400 / A_DAY);
    Event {
        key: EventKey::new(format!(
            "https://agenda.copperleaf.example/events/3f2a-91c7-4c1e-8d55-{n:012}"
        )),
        uuid: Some(format!("3f2a-91c7-4c1e-8d55-{n:012}")),
        title: format!("Open bench & repair evening no. {n}"),
        description: Some(Description::Plain(format!(
            "Edition {edition}. {}",
            "Far too much tea. ".repeat(45)
        ))),
        begins,
        ends: Some(begins + TimeDelta::hours(2)),
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
