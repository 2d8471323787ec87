//! Reads the providers: probe, read, compare, confirm what is missing, and commit group by group.

use super::Run;
use super::wishes::wishes;
use crate::delivery::Absence;
use crate::event::{Event, EventKey, Fingerprint};
use crate::http::Failure;
use crate::provider::NamedProvider;
use crate::provider::{Finding, Missing, Probe, Reading, Want};
use crate::report::{GroupReport, ProviderReport};
use crate::store::{GroupCommit, GroupMemory, KnownEvent, Membership, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// A hidden event is gone after it was missing in this many complete snapshots …
const HIDDEN_SNAPSHOTS: u32 = 2;
/// … of which the first and the last lie at least so far apart.
const HIDDEN_FOR: TimeDelta = TimeDelta::hours(1);
/// Last-modified has whole seconds: a change within so much of the last reading may not have been seen by it.
const RESOLUTION: TimeDelta = TimeDelta::seconds(2);

/// What the reading of all providers came to.
#[derive(Default)]
pub(super) struct Readings {
    pub reports: Vec<ProviderReport>,
    /// Every configured group was read completely and as a whole.
    pub all_whole: bool,
    /// `(provider, group)` of those that were.
    pub whole: HashSet<(String, String)>,
    /// Labels of groups whose complete snapshot was empty.
    pub empty: HashSet<String>,
    /// Events of which this run has fresh knowledge: in a complete snapshot, or looked at singly.
    pub fresh: RefCell<HashSet<EventKey>>,
}

/// Reads all active providers, each on its own.
pub(super) async fn read(run: &Run<'_>) -> Result<Readings, StoreError> {
    let doubts: HashSet<(String, String)> = run
        .store()
        .groups_in_doubt(run.now())?
        .into_iter()
        .collect();
    let active = || run.world.providers.iter().filter(|named| named.active);
    let parts = join_all(active().map(|named| ProviderRun::new(run, named).read(&doubts))).await;
    let mut all = Readings::default();
    for part in parts {
        let part = part?;
        all.whole.extend(part.whole);
        all.empty.extend(part.empty);
        all.fresh.borrow_mut().extend(part.fresh.into_inner());
        all.reports.extend(part.reports);
    }
    all.all_whole = run.configured.iter().all(|group| all.whole.contains(group));
    Ok(all)
}

struct ProviderRun<'a> {
    run: &'a Run<'a>,
    named: &'a NamedProvider,
    identity: String,
    out: Readings,
}

/// A reading, compared with what is known.
struct Compared {
    reading: Reading,
    changed: Vec<Event>,
    seen: HashSet<EventKey>,
}

impl<'a> ProviderRun<'a> {
    fn new(run: &'a Run<'a>, named: &'a NamedProvider) -> Self {
        Self {
            run,
            named,
            identity: named.provider.identity(),
            out: Readings::default(),
        }
    }

    async fn read(mut self, doubts: &HashSet<(String, String)>) -> Result<Readings, StoreError> {
        let groups = self.named.provider.groups();
        let before = self.named.provider.requests();
        let probes = self
            .run
            .world
            .stop
            .unless(self.named.provider.probe(&groups))
            .await;
        let probes = probes.unwrap_or_else(|| groups.iter().map(|_| Err(stopped())).collect());
        let mut spent = self.named.provider.requests() - before;
        // What is known by its marker alone can have been in any group.
        let all_in_doubt = doubts.contains(&(self.identity.clone(), String::new()));
        let mut reports = Vec::new();
        for (group, probe) in groups.iter().zip(probes) {
            let doubt = all_in_doubt || doubts.contains(&(self.identity.clone(), group.clone()));
            let mut report = self.group(group, probe, doubt).await?;
            report.requests += std::mem::take(&mut spent);
            reports.push(report);
        }
        let identity = self.identity.clone();
        let doubts: Vec<_> = self.run.store().groups_in_doubt(self.run.now())?;
        for (_, group) in doubts.iter().filter(|(provider, _)| *provider == identity) {
            let unread = !self
                .out
                .whole
                .contains(&(self.identity.clone(), group.clone()));
            if let Some(report) = reports
                .iter_mut()
                .find(|report| report.group == *group && report.error.is_none() && unread)
            {
                // A change made something go: the proof that a deletion needs is a complete snapshot of this very run.
                let again = self.group(group, Ok(None), true).await?;
                report.requests += again.requests;
                report.gone += again.gone;
                report.changed += again.changed;
                report.complete = again.complete;
                report.error = again.error;
            }
        }
        let labels = groups
            .iter()
            .map(|group| self.run.label(&self.identity, group));
        if labels
            .into_iter()
            .all(|label| self.out.empty.contains(&label))
        {
            // What is known by its marker alone can have been in any group: now there is none that has it.
            self.out.empty.insert(self.run.label(&self.identity, ""));
        }
        self.look_at_orphans().await?;
        self.out.reports.push(ProviderReport {
            name: self.named.name.clone(),
            groups: reports,
        });
        Ok(self.out)
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
        let probe = match probe {
            Ok(probe) => probe,
            Err(failure) => {
                report.error = Some(failure.to_string());
                return Ok(report);
            }
        };
        let now = self.run.now();
        let memory = self.run.store().group(&self.identity, group)?;
        let known = self.run.store().known(&self.identity, group, now)?;
        let standing = |known: &[KnownEvent]| {
            known
                .iter()
                .filter(|event| event.membership.gone.is_none())
                .count()
        };
        let whole = doubt
            || self.run.full
            || memory
                .whole_at
                .is_none_or(|at| now - at >= self.run.settings.full_every || at > now);
        let stored = memory
            .probe
            .clone()
            .map(|(total, newest, newest_at)| Probe {
                total,
                newest,
                newest_at,
            });
        if !whole && probe.is_some() && stored == probe && is_certain(&memory, now) {
            (report.complete, report.quiet, report.events) = (true, true, standing(&known));
            return Ok(report);
        }
        let before = self.named.provider.requests();
        let compared = self
            .compare(group, whole, stored.as_ref(), probe.as_ref(), &known, now)
            .await;
        report.requests = self.named.provider.requests() - before;
        let compared = match compared {
            Ok(compared) => compared,
            Err(failure) => {
                report.error = Some(failure.to_string());
                return Ok(report);
            }
        };
        let memberships = self.memberships(group, &compared, &known, now).await;
        report.requests = self.named.provider.requests() - before;
        report.complete = compared.reading.complete;
        report.changed = compared.changed.len();
        report.gone = memberships
            .iter()
            .filter(|(key, membership)| membership.gone.is_some() && was_standing(&known, key))
            .count();
        if compared.reading.complete && compared.reading.whole {
            self.out.whole.insert((self.identity.clone(), group.into()));
            if compared.seen.is_empty() {
                self.out.empty.insert(self.run.label(&self.identity, group));
            }
        } else if !compared.reading.complete {
            report.error = Some("the group changed while it was read, or an event in it cannot be understood; nothing is deleted on its account".into());
        }
        report.quiet =
            probe.is_none() && !compared.reading.whole && report.changed == 0 && report.complete;
        let probe = self.named.provider.taken(group).or(probe);
        let memory = compared.reading.complete.then(|| GroupMemory {
            probe: probe.map(|probe| (probe.total, probe.newest, probe.newest_at)),
            read_at: Some(now),
            whole_at: if compared.reading.whole {
                Some(now)
            } else {
                memory.whole_at
            },
        });
        let commit = GroupCommit {
            provider: &self.identity,
            group,
            changed: &compared.changed,
            memberships: &memberships,
            memory: memory.as_ref(),
            now,
        };
        let mut store = self.run.store();
        store.commit_group(&commit, &mut |stored| wishes(self.run, stored, now))?;
        report.events = standing(&store.known(&self.identity, group, now)?);
        Ok(report)
    }

    async fn compare(
        &self,
        group: &str,
        whole: bool,
        stored: Option<&Probe>,
        probe: Option<&Probe>,
        known: &[KnownEvent],
        now: DateTime<Utc>,
    ) -> Result<Compared, Failure> {
        // An event that was hidden and returns counts as new again.
        let stands = |event: &&KnownEvent| {
            event.membership.gone.is_none() && event.membership.missing_since.is_none()
        };
        let uuids: HashSet<String> = known
            .iter()
            .filter(stands)
            .filter_map(|event| event.uuid.clone())
            .collect();
        let fingerprints: HashMap<&EventKey, Fingerprint> = known
            .iter()
            .map(|event| (&event.key, event.fingerprint))
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
            if fingerprints.get(&event.key) != Some(&event.fingerprint()) {
                changed.push(event);
            }
        };
        let reading = self
            .run
            .world
            .stop
            .unless(self.named.provider.read(group, &want, &mut sink))
            .await;
        let reading = reading.unwrap_or_else(|| Err(stopped()))?;
        Ok(Compared {
            reading,
            changed,
            seen,
        })
    }

    /// Which memberships differ after a reading: what appeared stands, what is missing is confirmed first.
    async fn memberships(
        &mut self,
        group: &str,
        compared: &Compared,
        known: &[KnownEvent],
        now: DateTime<Utc>,
    ) -> Vec<(EventKey, Membership)> {
        let stands = || Membership {
            provider: self.identity.clone(),
            group: group.into(),
            missing_count: 0,
            missing_since: None,
            gone: None,
        };
        let mut by_key: HashMap<&EventKey, &KnownEvent> =
            known.iter().map(|event| (&event.key, event)).collect();
        let mut changes = Vec::new();
        for key in &compared.seen {
            if by_key
                .remove(key)
                .is_none_or(|event| event.membership != stands())
            {
                changes.push((key.clone(), stands()));
            }
        }
        if !(compared.reading.whole && compared.reading.complete) {
            return changes;
        }
        self.out
            .fresh
            .borrow_mut()
            .extend(compared.seen.iter().cloned());
        let moved: HashSet<&str> = compared
            .changed
            .iter()
            .filter_map(|event| event.uuid.as_deref())
            .collect();
        let mut missing: Vec<&KnownEvent> = by_key
            .into_values()
            .filter(|event| event.ends >= compared.reading.since || event.undone)
            .filter(|event| {
                event
                    .uuid
                    .as_deref()
                    .is_none_or(|uuid| !moved.contains(uuid))
            })
            .filter(|event| event.membership.gone.is_none() || event.undone)
            .collect();
        missing.sort_by(|a, b| a.key.cmp(&b.key));
        let questions: Vec<Missing> = missing
            .iter()
            .map(|event| Missing {
                key: event.key.clone(),
                uuid: event.uuid.clone(),
                group: Some(group.into()),
            })
            .collect();
        if questions.is_empty() {
            return changes;
        }
        for (event, finding) in missing
            .iter()
            .zip(self.named.provider.confirm(&questions).await)
        {
            let membership = match &finding {
                Finding::Visible {
                    begins,
                    ends,
                    group: found,
                } if found.as_deref() == Some(group) => {
                    if ends.unwrap_or(*begins) < now {
                        self.move_to_the_past(event, *begins, *ends);
                    }
                    continue;
                }
                Finding::Unknown(reason) => {
                    tracing::warn!(event = %event.key, reason, "a missing event could not be looked at");
                    continue;
                }
                finding => after(&event.membership, finding, now),
            };
            self.out.fresh.borrow_mut().insert(event.key.clone());
            changes.push((event.key.clone(), membership));
            if let Finding::Visible {
                group: Some(other), ..
            } = finding
            {
                // It moved: it stands there at once, whether or not that group can be read in this run.
                let moved = Membership {
                    group: other,
                    missing_count: 0,
                    missing_since: None,
                    gone: None,
                    ..event.membership.clone()
                };
                changes.push((event.key.clone(), moved));
            }
        }
        changes
    }

    /// An event that is over by its new times drops out of snapshots: its stored times follow.
    fn move_to_the_past(
        &mut self,
        known: &KnownEvent,
        begins: DateTime<Utc>,
        ends: Option<DateTime<Utc>>,
    ) {
        let stored = self.run.store().event(&known.key);
        let Ok(Some(stored)) = stored else { return };
        let event = Event {
            begins,
            ends,
            ..stored.event
        };
        let commit = GroupCommit {
            provider: &self.identity,
            group: &known.membership.group,
            changed: &[event],
            memberships: &[],
            memory: None,
            now: self.run.now(),
        };
        let now = commit.now;
        if let Err(error) = self
            .run
            .store()
            .commit_group(&commit, &mut |stored| wishes(self.run, stored, now))
        {
            tracing::error!(%error, "an event that moved into the past could not be stored");
            return;
        }
        self.out.fresh.borrow_mut().insert(known.key.clone());
    }

    /// Events known by an item's marker alone are confirmed like missing ones.
    async fn look_at_orphans(&mut self) -> Result<(), StoreError> {
        let known = self.run.store().known(&self.identity, "", self.run.now())?;
        let open: Vec<&KnownEvent> = known
            .iter()
            .filter(|event| event.membership.gone.is_none() || event.undone)
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let now = self.run.now();
        let questions: Vec<Missing> = open
            .iter()
            .map(|event| Missing {
                key: event.key.clone(),
                uuid: event.uuid.clone(),
                group: None,
            })
            .collect();
        let mut memberships = Vec::new();
        for (event, finding) in open
            .iter()
            .zip(self.named.provider.confirm(&questions).await)
        {
            if let Finding::Deleted | Finding::Hidden = finding {
                self.out.fresh.borrow_mut().insert(event.key.clone());
                memberships.push((event.key.clone(), after(&event.membership, &finding, now)));
            }
        }
        let commit = GroupCommit {
            provider: &self.identity,
            group: "",
            changed: &[],
            memberships: &memberships,
            memory: None,
            now,
        };
        self.run
            .store()
            .commit_group(&commit, &mut |stored| wishes(self.run, stored, now))
    }
}

/// The membership of a missing event after a fresh look at it.
pub(super) fn after(membership: &Membership, finding: &Finding, now: DateTime<Utc>) -> Membership {
    let mut next = membership.clone();
    match finding {
        Finding::Deleted => next.gone = Some(Absence::Deleted),
        Finding::Hidden => {
            next.missing_count += 1;
            let since = *next.missing_since.get_or_insert(now);
            if next.missing_count >= HIDDEN_SNAPSHOTS
                && now - since >= HIDDEN_FOR
                && next.gone.is_none()
            {
                next.gone = Some(Absence::Hidden);
            }
        }
        // It stands elsewhere.
        Finding::Visible { .. } => next.gone = Some(Absence::Filtered),
        Finding::Unknown(_) => {}
    }
    next
}

fn was_standing(known: &[KnownEvent], key: &EventKey) -> bool {
    known
        .iter()
        .any(|event| event.key == *key && event.membership.gone.is_none())
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

fn stopped() -> Failure {
    Failure::Broken("not read: the run was told to stop".into())
}
