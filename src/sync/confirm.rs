//! What is missing is looked at singly before anything is concluded: deleted, hidden, moved, or there after all.

use super::Run;
use super::read::Compared;
use super::wishes::wishes;
use crate::delivery::Absence;
use crate::event::{Event, EventKey};
use crate::provider::{Finding, Missing, Provider};
use crate::rule::{Rule, holds};
use crate::store::{GroupCommit, KnownEvent, Membership, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, HashSet};

/// A hidden event is gone after it was missing in this many complete snapshots …
const HIDDEN_SNAPSHOTS: u32 = 2;
/// … of which the first and the last lie at least so far apart.
const HIDDEN_FOR: TimeDelta = TimeDelta::hours(1);

/// What became of the events that a complete snapshot lacks.
#[derive(Default)]
pub(super) struct Missed {
    /// Memberships that differ now.
    pub memberships: Vec<(EventKey, Membership)>,
    /// Events that are over by their new times: these drop out of snapshots, so that the stored times follow here.
    pub moved: Vec<Event>,
    /// What this run has proof of.
    pub proved: Vec<EventKey>,
    /// How many stood until now and are gone.
    pub gone: usize,
    /// Why one of them could not be looked at.
    pub unknown: Option<String>,
    /// What was found of each.
    pub looked: Vec<(EventKey, Finding)>,
}

/// Looks at what `known` holds and the complete, whole reading lacks. `stands` is the membership of what stands in the group.
pub(super) async fn missing(
    run: &Run<'_>,
    provider: &dyn Provider,
    stands: &Membership,
    compared: &Compared,
    known: &HashMap<EventKey, KnownEvent>,
    now: DateTime<Utc>,
) -> Result<Missed, StoreError> {
    // A known uuid under a new URL is no missing event: its delivery follows it.
    let moved: HashSet<&str> = compared
        .changed
        .iter()
        .filter_map(|read| read.event.uuid.as_deref())
        .collect();
    let is_missing = |event: &&KnownEvent| {
        !compared.seen.contains(&event.key)
            && (event.ends >= compared.reading.since || event.undone)
            && (event.gone.is_none() || event.undone)
            && event
                .uuid
                .as_deref()
                .is_none_or(|uuid| !moved.contains(uuid))
    };
    let mut missing: Vec<&KnownEvent> = known.values().filter(is_missing).collect();
    missing.sort_by(|a, b| a.key.cmp(&b.key));
    let mut missed = Missed::default();
    for (event, finding) in missing
        .iter()
        .zip(look(run, provider, &missing, Some(&stands.group)).await?)
    {
        missed.looked.push((event.key.clone(), finding.clone()));
        match &finding {
            Finding::Unknown(reason) => {
                tracing::warn!(event = %event.key, reason, "a missing event could not be looked at");
                missed.unknown = Some(reason.clone());
                continue;
            }
            Finding::Visible {
                begins,
                ends,
                group: Some(group),
            } if *group == stands.group => {
                if ends.unwrap_or(*begins) >= now {
                    // It stands, and the snapshot lied.
                    missed.memberships.push((event.key.clone(), stands.clone()));
                    continue;
                }
                if let Some(stored) = run.store().event(&event.key)? {
                    missed.moved.push(Event {
                        begins: *begins,
                        ends: *ends,
                        ..stored.event
                    });
                }
            }
            finding => {
                let mut shows_it = false;
                if let Finding::Visible {
                    group: Some(group), ..
                } = finding
                {
                    let group_read = (stands.provider.clone(), group.clone());
                    shows_it = run.configured.contains(&group_read);
                    // Whether that group is read in this run or not: it stands there.
                    missed.memberships.push((
                        event.key.clone(),
                        Membership {
                            group: group.clone(),
                            ..stands.clone()
                        },
                    ));
                }
                if matches!(finding, Finding::Hidden | Finding::Deleted) {
                    missed
                        .memberships
                        .extend(elsewhere(run, event, stands, now)?);
                }
                let before = event.membership(&stands.provider, &stands.group);
                let membership = match is_known_hidden(run, &before, finding, &event.key)? {
                    true => before,
                    false => after(&before, finding, now),
                };
                missed.gone += usize::from(event.gone.is_none() && membership.gone.is_some());
                missed.memberships.push((event.key.clone(), membership));
                if shows_it {
                    // What it is like there, that group's own reading tells.
                    continue;
                }
            }
        }
        missed.proved.push(event.key.clone());
    }
    Ok(missed)
}

/// Looks at what lay ahead, or what stands of it somewhere still does, and is over by a complete reading: that may be older.
pub(super) async fn over(
    run: &Run<'_>,
    provider: &dyn Provider,
    group: &str,
    compared: &Compared,
    known: &HashMap<EventKey, KnownEvent>,
    now: DateTime<Utc>,
) -> Result<Vec<(EventKey, Finding)>, StoreError> {
    let changed = || compared.changed.iter().map(|read| &read.event);
    let by_key: HashMap<&EventKey, &Event> = changed().map(|event| (&event.key, event)).collect();
    let by_uuid: HashMap<&str, &Event> = changed()
        .filter_map(|event| Some((event.uuid.as_deref()?, event)))
        .collect();
    // A known uuid under a new URL is the same event.
    let as_read = |known: &KnownEvent| match compared.seen.contains(&known.key) {
        true => {
            let read = by_key.get(&known.key).map(|read| read.effective_end());
            Some((known.key.clone(), read.unwrap_or(known.ends)))
        }
        false => {
            let read = by_uuid.get(known.uuid.as_deref()?)?;
            Some((read.key.clone(), read.effective_end()))
        }
    };
    let question = |known: &KnownEvent| {
        let (key, ends) = as_read(known)?;
        let is_over = is_over(ends, Some(known.ends), run.deadline, now);
        (is_over && (known.ends > now || known.undone)).then(|| Missing {
            key,
            uuid: known.uuid.clone(),
            group: Some(group.into()),
        })
    };
    let mut over: Vec<Missing> = known.values().filter_map(question).collect();
    over.sort_by(|a, b| a.key.cmp(&b.key));
    let findings = ask(run, provider, &over).await?;
    let answer = |finding| match finding {
        // It may lie ahead, and was seen until just now: only later readings tell that it is gone.
        Finding::Hidden => Finding::Unknown("it cannot be seen".into()),
        finding => finding,
    };
    let keys = over.into_iter().map(|question| question.key);
    Ok(keys.zip(findings.into_iter().map(answer)).collect())
}

/// By a reading it is over, or will be while the run lasts though it was known to end at another time.
fn is_over(
    ends: DateTime<Utc>,
    known: Option<DateTime<Utc>>,
    deadline: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    ends <= now || ends <= deadline && known != Some(ends)
}

/// What is over by a reading, as far as that handed it out or left it as it was known.
pub(super) fn over_by<'k>(
    compared: &'k Compared,
    known: &'k HashMap<EventKey, KnownEvent>,
    deadline: DateTime<Utc>,
    now: DateTime<Utc>,
) -> impl Iterator<Item = &'k EventKey> {
    let changed = compared.changed.iter().map(|read| &read.event);
    let by_key: HashSet<&EventKey> = changed.clone().map(|event| &event.key).collect();
    let unchanged = known
        .values()
        .filter(move |event| !by_key.contains(&event.key))
        .map(|event| (&event.key, event.ends, Some(event.ends)));
    let ends = changed.map(|event| {
        let before = known.get(&event.key).map(|known| known.ends);
        (&event.key, event.effective_end(), before)
    });
    let all = ends.chain(unchanged);
    all.filter(move |(_, ends, before)| is_over(*ends, *before, deadline, now))
        .map(|(key, ..)| key)
}

/// What cannot be seen is missing in every group in which it stands, also in those that could not be read: nothing is made of
/// it, and nothing counted, until they are.
fn elsewhere(
    run: &Run<'_>,
    event: &KnownEvent,
    stands: &Membership,
    now: DateTime<Utc>,
) -> Result<Vec<(EventKey, Membership)>, StoreError> {
    let stored = run.store().event(&event.key)?;
    let all = stored.map(|stored| stored.memberships).unwrap_or_default();
    let others = all.into_iter().filter(|other| {
        let is_other = (&other.provider, &other.group) != (&stands.provider, &stands.group);
        is_other && other.gone.is_none() && other.missing_since.is_none()
    });
    let missing = |other| Membership {
        missing_since: Some(now),
        ..other
    };
    Ok(others
        .map(|other| (event.key.clone(), missing(other)))
        .collect())
}

/// Looks at the events that are known by an item's marker alone. Gives those of which there is proof; what is visible is not
/// ours to judge, and is forgotten.
pub(super) async fn orphans(
    run: &Run<'_>,
    identity: &str,
    provider: &dyn Provider,
) -> Result<Vec<EventKey>, StoreError> {
    let now = run.now();
    let known = run.store().known(identity, "", now)?;
    let mut open: Vec<&KnownEvent> = known
        .iter()
        .filter(|event| event.gone.is_none() || event.undone)
        .collect();
    open.sort_by(|a, b| a.key.cmp(&b.key));
    let (mut memberships, mut proved) = (Vec::new(), Vec::new());
    for (event, finding) in open.iter().zip(look(run, provider, &open, None).await?) {
        match finding {
            Finding::Deleted | Finding::Hidden => {
                proved.push(event.key.clone());
                let before = event.membership(identity, "");
                // A group may have been read as it was a while ago.
                memberships.extend(elsewhere(run, event, &before, now)?);
                memberships.push((event.key.clone(), after(&before, &finding, now)));
            }
            // A group of ours has it, which was not read as it should be: its item stays known until it is.
            Finding::Visible { group: Some(_), .. } if !is_read(run, &event.key)? => {}
            Finding::Visible { .. } => run.store().forget_orphan(&event.key)?,
            Finding::Unknown(_) => {}
        }
    }
    if !memberships.is_empty() {
        let commit = GroupCommit {
            provider: identity,
            group: "",
            changed: &[],
            seen: &HashSet::new(),
            memberships: &memberships,
            memory: None,
            now,
        };
        run.store()
            .commit_group(&commit, &mut |stored| wishes(run, stored, now))?;
    }
    Ok(proved)
}

/// Whether an event is known from a group, and not by an item's marker alone.
fn is_read(run: &Run<'_>, key: &EventKey) -> Result<bool, StoreError> {
    let stored = run.store().event(key)?;
    Ok(stored.is_some_and(|stored| {
        let mut memberships = stored.memberships.iter();
        memberships.any(|membership| !membership.group.is_empty())
    }))
}

async fn look(
    run: &Run<'_>,
    provider: &dyn Provider,
    events: &[&KnownEvent],
    group: Option<&str>,
) -> Result<Vec<Finding>, StoreError> {
    let question = |event: &&KnownEvent| Missing {
        key: event.key.clone(),
        uuid: event.uuid.clone(),
        group: group.map(Into::into),
    };
    let questions: Vec<Missing> = events.iter().map(question).collect();
    ask(run, provider, &questions).await
}

/// Asks the source about single events, unless it wants to be left alone or the run has no time left.
pub(super) async fn ask(
    run: &Run<'_>,
    provider: &dyn Provider,
    questions: &[Missing],
) -> Result<Vec<Finding>, StoreError> {
    let all = |finding: Finding| questions.iter().map(|_| finding.clone()).collect();
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    if !holds(Rule::FreshProbe) {
        return Ok(all(Finding::Deleted));
    }
    let patience = run.store().patience(&provider.identity())?;
    if let Some(until) = patience.filter(|until| *until > run.now()) {
        let until = until.format("%Y-%m-%d %H:%M:%S UTC");
        let reason = format!("the source takes no question before {until}");
        return Ok(all(Finding::Unknown(reason)));
    }
    let findings = run.within(provider.confirm(questions)).await;
    Ok(findings.unwrap_or_else(|| all(Finding::Unknown(run.out_of_time().to_string()))))
}

/// It left this group before, and in another one it is confirmed that it is hidden: there is nothing more to wait for.
fn is_known_hidden(
    run: &Run<'_>,
    before: &Membership,
    finding: &Finding,
    key: &EventKey,
) -> Result<bool, StoreError> {
    if *finding != Finding::Hidden || before.gone != Some(Absence::Filtered) {
        return Ok(false);
    }
    let stored = run.store().event(key)?;
    let mut all = stored.into_iter().flat_map(|stored| stored.memberships);
    Ok(all.any(|other| other.gone == Some(Absence::Hidden)))
}

/// The membership of a missing event after a fresh look at it.
pub(super) fn after(membership: &Membership, finding: &Finding, now: DateTime<Utc>) -> Membership {
    let mut next = membership.clone();
    match finding {
        Finding::Deleted => next.gone = Some(Absence::Deleted),
        Finding::Hidden => {
            if next.gone == Some(Absence::Filtered) {
                // It had left; where it stood until it was hidden nobody knows.
                (next.gone, next.missing_count, next.missing_since) = (None, 0, None);
            }
            next.missing_count += 1;
            let since = *next.missing_since.get_or_insert(now);
            let is_confirmed = next.missing_count >= HIDDEN_SNAPSHOTS && now - since >= HIDDEN_FOR;
            if (is_confirmed || !holds(Rule::TwoSnapshots)) && next.gone.is_none() {
                next.gone = Some(Absence::Hidden);
            }
        }
        // It stands elsewhere.
        Finding::Visible { .. } => next.gone = Some(Absence::Filtered),
        Finding::Unknown(_) => {}
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_while_the_run_lasts_is_over_only_if_it_was_known_to_end_at_another_time() {
        let at = |minute| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
        let is_over = |ends, known: Option<i64>| is_over(at(ends), known.map(at), at(10), at(0));
        for known in [None, Some(0), Some(99)] {
            assert!(is_over(0, known), "it is over already");
            assert!(is_over(10, known));
            assert!(!is_over(11, known), "the run does not last so long");
        }
        assert!(!is_over(10, Some(10)), "nothing about that is new");
    }
}
