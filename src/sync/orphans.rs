//! Items of ours whose event is not known, as a lost database leaves them: looked up at the source, and taken up only with proof.

use super::confirm::{self, after};
use super::prepare::Prepared;
use super::readings::Readings;
use super::wishes::wishes;
use crate::consumer::Item;
use crate::delivery::{Absence, Delivery, Desired, State, Wish};
use crate::event::{Event, EventKey, Fingerprint, Status};
use crate::provider::{Finding, Missing};
use crate::store::{GroupCommit, Membership, ReadEvent, StoreError, StoredEvent};
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// Makes deliveries of orphans that are proved to be wanted no more. What the source still shows, and what belongs to a
/// source that is not ours to ask, is left alone. Says whether there was any.
pub(super) async fn take_up(
    consumer: &mut Prepared<'_>,
    readings: &Readings,
) -> Result<bool, StoreError> {
    let now = consumer.run.now();
    let orphans: Vec<(Item, EventKey, DateTime<Utc>)> = consumer
        .draft
        .orphans
        .iter()
        .filter_map(|item| {
            Some((
                item.clone(),
                item.marker.clone()?,
                item.begins.filter(|begins| *begins > now)?,
            ))
        })
        .collect();
    let mut taken = Vec::new();
    for (item, key, begins) in orphans {
        let stored = consumer.run.store().event(&key)?;
        let verdict = match stored.filter(stands_somewhere) {
            Some(stored) => {
                unwanted(consumer, &stored, now).map_or(Verdict::NotOurs, Verdict::Goes)
            }
            None => look(consumer, readings, &item, &key, begins).await?,
        };
        match verdict {
            Verdict::Goes(wish) => {
                let known = consumer.run.store().delivery(&consumer.target, &key)?;
                let mut delivery = match known {
                    Some(mut known) => {
                        known.wish(wish, now);
                        known
                    }
                    None => Delivery::new(key, wish, now),
                };
                delivery.recognise(&item.remote_id, item.remote_url.as_deref(), now);
                // What was tried and refused is tried again in its time.
                let is_due = delivery.not_before.is_none_or(|at| at <= now);
                if is_due && delivery.state != State::Pending {
                    delivery.drifted(now);
                }
                taken.push(delivery);
            }
            // Once adopting is over nobody would ask for it before the next full run, and where no maker is named it could
            // not be told from a person's own any more.
            Verdict::Unclear => consumer.left_orphans = true,
            Verdict::NotOurs => {}
        }
    }
    consumer
        .run
        .store()
        .save_deliveries(&consumer.target, &taken)?;
    Ok(!taken.is_empty())
}

/// What is to become of an orphan.
enum Verdict {
    /// It is wanted no more.
    Goes(Wish),
    /// It is not for us to judge.
    NotOurs,
    /// Nothing could be learned in this run.
    Unclear,
}

fn stands_somewhere(stored: &StoredEvent) -> bool {
    stored
        .memberships
        .iter()
        .any(|membership| !membership.group.is_empty() && membership.gone.is_none())
}

/// The event stands, but not for this consumer, or it was moved into the past while its item lies ahead.
fn unwanted(consumer: &Prepared<'_>, stored: &StoredEvent, now: DateTime<Utc>) -> Option<Wish> {
    let all = wishes(consumer.run, stored, now);
    all.into_iter()
        .find(|(target, ..)| *target == consumer.target)
        .map(|(_, wish, _)| wish)
        .filter(|wish| wish.desired == Desired::Absent || wish.ends <= now)
}

/// The event is unknown here: the source is asked, and only its word counts.
async fn look(
    consumer: &Prepared<'_>,
    readings: &Readings,
    item: &Item,
    key: &EventKey,
    begins: DateTime<Utc>,
) -> Result<Verdict, StoreError> {
    let run = consumer.run;
    let owner = run
        .world
        .providers
        .iter()
        .find(|named| named.provider.owns(key));
    let Some(named) = owner else {
        return Ok(Verdict::NotOurs);
    };
    let identity = named.provider.identity();
    let mut groups = run
        .configured
        .iter()
        .filter(|(provider, _)| *provider == identity);
    if !named.active || !groups.all(|group| readings.whole.contains(group)) {
        return Ok(Verdict::Unclear);
    }
    let question = [Missing {
        key: key.clone(),
        uuid: None,
        group: None,
    }];
    let findings = confirm::ask(run, &*named.provider, &question).await?;
    let finding = match findings.into_iter().next() {
        Some(finding @ (Finding::Deleted | Finding::Hidden)) => finding,
        // In a group that is not ours. One that is will show it when it is read as it should be.
        Some(Finding::Visible { group: None, .. }) => return Ok(Verdict::NotOurs),
        Some(Finding::Visible { .. } | Finding::Unknown(_)) | None => return Ok(Verdict::Unclear),
    };
    let now = run.now();
    let known = run.store().event(key)?.and_then(|stored| {
        stored
            .memberships
            .into_iter()
            .find(|membership| membership.group.is_empty())
    });
    let fresh = Membership {
        provider: identity.clone(),
        group: String::new(),
        missing_count: 0,
        missing_since: None,
        gone: None,
    };
    let membership = after(&known.unwrap_or(fresh), &finding, now);
    let absence = membership.gone.unwrap_or(Absence::Hidden);
    let commit = GroupCommit {
        provider: &identity,
        group: "",
        changed: &[ReadEvent::new(tombstone(key, item, begins))],
        seen: &HashSet::new(),
        memberships: &[(key.clone(), membership)],
        memory: None,
        now,
    };
    run.store()
        .commit_group(&commit, &mut |stored| wishes(run, stored, now))?;
    readings.proved.borrow_mut().insert(key.clone());
    Ok(Verdict::Goes(Wish {
        desired: Desired::Absent,
        absence: Some(absence),
        hash: Fingerprint::of(key),
        opens: None,
        begins,
        ends: begins,
    }))
}

/// What is known of an event by its item alone.
fn tombstone(key: &EventKey, item: &Item, begins: DateTime<Utc>) -> Event {
    Event {
        key: key.clone(),
        uuid: None,
        title: item.title.clone(),
        description: None,
        begins,
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
