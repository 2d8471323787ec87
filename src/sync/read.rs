//! Reads the providers: probe, read, compare with what is known, and commit group by group.

use super::Run;
use super::confirm::{self, Missed};
use super::looked::Looked;
use super::readings::{GroupId, Readings, add};
use super::wishes::wishes;
use crate::event::{Event, EventKey};
use crate::http::Failure;
use crate::provider::{NamedProvider, Probe, Reading, Want};
use crate::report::{GroupReport, ProviderReport};
use crate::rule::{Rule, holds};
use crate::store::{GroupCommit, GroupMemory, KnownEvent, Membership, ReadEvent, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use std::collections::{HashMap, HashSet};

/// Last-modified has whole seconds: a change within so much of the last reading may not have been seen by it.
const RESOLUTION: TimeDelta = TimeDelta::seconds(2);

/// Reads all active providers, each on its own.
pub(super) async fn read(run: &Run<'_>) -> Result<Readings, StoreError> {
    let active = run.world.providers.iter().filter(|named| named.active);
    let parts = join_all(active.map(|named| ProviderRun::new(run, named).read())).await;
    let mut all = Readings::default();
    for part in parts {
        all.take(part?);
    }
    Ok(all)
}

struct ProviderRun<'a> {
    run: &'a Run<'a>,
    named: &'a NamedProvider,
    identity: String,
    out: Readings,
    looked: Looked,
}

/// What is known of a group, by key.
type KnownEvents = HashMap<EventKey, KnownEvent>;

/// A reading, compared with what is known.
pub(super) struct Compared {
    pub reading: Reading,
    pub changed: Vec<ReadEvent>,
    pub seen: HashSet<EventKey>,
}

impl<'a> ProviderRun<'a> {
    fn new(run: &'a Run<'a>, named: &'a NamedProvider) -> Self {
        Self {
            run,
            named,
            identity: named.provider.identity(),
            out: Readings::default(),
            looked: Looked::default(),
        }
    }

    fn id(&self, group: &str) -> GroupId {
        (self.identity.clone(), group.into())
    }

    fn doubts(&self) -> Result<HashSet<GroupId>, StoreError> {
        Ok(self
            .run
            .store()
            .groups_in_doubt(self.run.now())?
            .into_iter()
            .collect())
    }

    async fn read(mut self) -> Result<Readings, StoreError> {
        let groups = self.named.provider.groups();
        let before = self.named.provider.requests();
        let probes = match self.patience().await? {
            Some(failure) => groups.iter().map(|_| Err(failure.clone())).collect(),
            None => self
                .run
                .within(self.named.provider.probe(&groups))
                .await
                .unwrap_or_else(|| groups.iter().map(|_| Err(self.run.out_of_time())).collect()),
        };
        let mut spent = self.named.provider.requests() - before;
        let doubts = self.doubts()?;
        // What is known by its marker alone can have been in any group.
        let all_in_doubt = doubts.contains(&self.id(""));
        let mut reports = Vec::new();
        for (group, probe) in groups.iter().zip(&probes) {
            let doubt = all_in_doubt || doubts.contains(&self.id(group));
            let mut report = self.group(group, probe.clone(), doubt).await?;
            report.requests += std::mem::take(&mut spent);
            reports.push(report);
        }
        let doubts = self.doubts()?;
        for (report, probe) in reports.iter_mut().zip(probes) {
            let id = self.id(&report.group);
            if report.error.is_none() && doubts.contains(&id) && !self.out.whole.contains(&id) {
                // A change made something go: the proof that a deletion needs is a complete snapshot of this very run.
                let again = self.group(&report.group, probe, true).await?;
                report.requests += again.requests;
                report.gone += again.gone;
                report.changed += again.changed;
                report.events = again.events;
                (report.complete, report.error) = (again.complete, again.error);
            }
        }
        let labels = groups
            .iter()
            .map(|group| self.run.label(&self.identity, group));
        if labels
            .collect::<Vec<_>>()
            .iter()
            .all(|label| self.out.empty.contains(label))
        {
            // What is known by its marker alone can have been in any group: now there is none that has it.
            self.out.empty.insert(self.run.label(&self.identity, ""));
        }
        let proved = confirm::orphans(self.run, &self.identity, &*self.named.provider).await?;
        if let Some(until) = self.named.provider.ready_at() {
            self.run.store().be_patient(&self.identity, until)?;
        }
        self.out.proved.get_mut().extend(proved);
        self.doubt_what_a_look_contradicts()?;
        self.out.reports.push(ProviderReport {
            name: self.named.name.clone(),
            groups: reports,
        });
        Ok(self.out)
    }

    /// A reading that no answer of this run agrees with is no proof that an event is over.
    fn doubt_what_a_look_contradicts(&mut self) -> Result<(), StoreError> {
        for key in self.looked.keys() {
            let stored = self.run.store().event(key)?;
            let until = self.run.deadline;
            if stored.is_some_and(|stored| self.looked.contradicts(&stored.event, until)) {
                self.out.proved.get_mut().remove(key);
            }
        }
        Ok(())
    }

    /// Waits where the service asked for it; gives the reason if that is longer than this run can.
    async fn patience(&self) -> Result<Option<Failure>, StoreError> {
        let run = self.run;
        let asked = run.store().patience(&self.identity)?;
        let Some(until) = asked.filter(|until| *until > run.now()) else {
            return Ok(None);
        };
        if until + run.settings.request_timeout > run.deadline {
            return Ok(Some(Failure::Limited {
                until,
                reason: "the service is not asked yet".into(),
            }));
        }
        let wait = run.world.clock.sleep(until - run.now());
        run.world.stop.unless(wait).await;
        Ok(None)
    }

    async fn group(
        &mut self,
        group: &str,
        probe: Result<Option<Probe>, Failure>,
        doubt: bool,
    ) -> Result<GroupReport, StoreError> {
        let mut report = GroupReport {
            group: group.into(),
            ..GroupReport::default()
        };
        let unread = |failure: Failure, report| {
            if let Failure::Limited { until, .. } = &failure {
                self.run.store().be_patient(&self.identity, *until)?;
            }
            Ok(GroupReport {
                error: Some(failure.to_string()),
                unread: true,
                ..report
            })
        };
        let probe = match probe {
            Ok(probe) => probe,
            Err(failure) => return unread(failure, report),
        };
        let now = self.run.now();
        let memory = self.run.store().group(&self.identity, group)?;
        let whole = doubt || self.run.adopting || self.run.is_due(memory.whole_at);
        let stored = memory
            .probe
            .clone()
            .map(|(total, newest, newest_at)| Probe {
                total,
                newest,
                newest_at,
            });
        if !whole && probe.is_some() && stored == probe && is_certain(&memory, now) {
            (report.complete, report.quiet) = (true, true);
            report.events = memory.events;
            return Ok(report);
        }
        // Another group's answer may have asked for it.
        if let Some(failure) = self.patience().await? {
            return unread(failure, report);
        }
        let known = self.run.store().known(&self.identity, group, now)?;
        let known = known.into_iter().map(|event| (event.key.clone(), event));
        let known: KnownEvents = known.collect();
        let before = self.named.provider.requests();
        let compared = self
            .compare(group, whole, stored.as_ref(), probe.as_ref(), &known, now)
            .await;
        report.requests = self.named.provider.requests() - before;
        let compared = match compared {
            Ok(compared) => compared,
            Err(failure) => return unread(failure, report),
        };
        let missed = self.missed(group, &compared, &known, now).await?;
        report.requests = self.named.provider.requests() - before;
        report.complete = compared.reading.complete;
        report.changed = compared.changed.len();
        report.gone = missed.gone;
        report.quiet =
            probe.is_none() && !compared.reading.whole && report.changed == 0 && report.complete;
        if !compared.reading.complete {
            report.error = Some("the group changed while it was read, or an event in it cannot be understood; nothing is deleted on its account".into());
        }
        let probe = self.named.provider.taken(group).or(probe);
        if let Some(reason) = &missed.unknown {
            report.error = Some(format!(
                "an event that is missing could not be looked at ({reason}); the next run looks again"
            ));
        }
        let memory = if compared.reading.complete && missed.unknown.is_none() {
            Some(GroupMemory {
                probe: probe.map(|probe| (probe.total, probe.newest, probe.newest_at)),
                read_at: Some(now),
                whole_at: if compared.reading.whole {
                    Some(now)
                } else {
                    memory.whole_at
                },
                events: 0,
            })
        } else {
            // What was read is known from now on, and with it the old probe no longer tells how many are new: only a whole
            // reading does.
            memory.read_at.is_some().then_some(GroupMemory {
                whole_at: None,
                ..memory
            })
        };
        let moved = missed.moved.into_iter().map(ReadEvent::new);
        let changed: Vec<ReadEvent> = compared.changed.into_iter().chain(moved).collect();
        let commit = GroupCommit {
            provider: &self.identity,
            group,
            changed: &changed,
            seen: &compared.seen,
            memberships: &missed.memberships,
            memory: memory.as_ref(),
            now,
        };
        let mut store = self.run.store();
        let former = store.commit_group(&commit, &mut |stored| wishes(self.run, stored, now))?;
        report.events = store.standing(&self.identity, group)?;
        drop(store);
        self.out.proved.get_mut().extend(former);
        add(&mut self.out.seen, compared.seen);
        Ok(report)
    }

    async fn compare(
        &self,
        group: &str,
        whole: bool,
        stored: Option<&Probe>,
        probe: Option<&Probe>,
        known: &KnownEvents,
        now: DateTime<Utc>,
    ) -> Result<Compared, Failure> {
        // An event that was hidden and returns counts as new again.
        let stands = |event: &&KnownEvent| event.gone.is_none() && event.missing_since.is_none();
        let uuids: HashSet<String> = known
            .values()
            .filter(|_| !whole)
            .filter(stands)
            .filter_map(|event| event.uuid.clone())
            .collect();
        let want = Want {
            whole,
            now,
            stored,
            probe,
            known: &uuids,
        };
        let (mut changed, mut seen) = (Vec::new(), HashSet::new());
        let mut sink = |event: Event| {
            seen.insert(event.key.clone());
            let known = known.get(&event.key).map(|known| known.fingerprint);
            let read = ReadEvent::new(event);
            if known != Some(read.fingerprint) {
                changed.push(read);
            }
        };
        let reading = self
            .run
            .within(self.named.provider.read(group, &want, &mut sink))
            .await;
        let reading = reading.unwrap_or_else(|| Err(self.run.out_of_time()))?;
        Ok(Compared {
            reading,
            changed,
            seen,
        })
    }

    /// Which memberships differ after a reading: what appeared stands; what is missing from a complete one is looked at first.
    async fn missed(
        &mut self,
        group: &str,
        compared: &Compared,
        known: &KnownEvents,
        now: DateTime<Utc>,
    ) -> Result<Missed, StoreError> {
        let stands = Membership {
            provider: self.identity.clone(),
            group: group.into(),
            missing_count: 0,
            missing_since: None,
            gone: None,
        };
        let stood = |key: &EventKey| known.get(key).is_some_and(KnownEvent::stands);
        let appeared = compared.seen.iter().filter(|key| !stood(key));
        // What cannot be seen by an answer of this run is missing: the reading may be older.
        let missing = Membership {
            missing_since: Some(now),
            ..stands.clone()
        };
        let membership = |key: &EventKey| match self.looked.is_unseen(key) {
            true => (!known.contains_key(key)).then(|| missing.clone()),
            false => Some(stands.clone()),
        };
        let memberships: Vec<(EventKey, Membership)> = appeared
            .filter_map(|key| Some((key.clone(), membership(key)?)))
            .collect();
        let is_complete = compared.reading.complete || !holds(Rule::CompleteSnapshot);
        if !(compared.reading.whole && is_complete) {
            return Ok(Missed {
                memberships,
                ..Missed::default()
            });
        }
        self.out.whole.insert(self.id(group));
        if compared.seen.is_empty() {
            self.out.empty.insert(self.run.label(&self.identity, group));
        }
        let provider = &*self.named.provider;
        let mut missed =
            confirm::missing(self.run, provider, &stands, compared, known, now).await?;
        missed.memberships.extend(memberships);
        let over = confirm::over(self.run, provider, group, compared, known, now).await?;
        self.looked.add(over);
        self.looked.add(std::mem::take(&mut missed.looked));
        let proved = self.out.proved.get_mut();
        add(proved, compared.seen.clone());
        // That an event is over only an answer proves.
        let over = confirm::over_by(compared, known, self.run.deadline, now);
        for key in over.filter(|key| !self.looked.is_asked(key)) {
            proved.remove(key);
        }
        proved.extend(missed.proved.drain(..));
        Ok(missed)
    }
}

/// Whether the last reading must have seen everything up to the newest change that its probe told of.
fn is_certain(memory: &GroupMemory, now: DateTime<Utc>) -> bool {
    let newest = memory
        .probe
        .as_ref()
        .and_then(|(_, _, newest_at)| *newest_at);
    memory
        .read_at
        .is_some_and(|read| read <= now && newest.is_none_or(|newest| read - newest > RESOLUTION))
}
