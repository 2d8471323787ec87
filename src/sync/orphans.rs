//! Items of ours whose event is not known, as a lost database leaves them: looked up at the source, and taken up only with proof.

use super::prepare::Prepared;
use super::read::{Readings, after};
use super::wishes::wishes;
use crate::consumer::Item;
use crate::delivery::{Absence, Delivery, Desired, State, Wish};
use crate::event::{Event, EventKey, Fingerprint, Status};
use crate::provider::{Finding, Missing};
use crate::store::{GroupCommit, Membership, StoreError, StoredEvent};
use chrono::{DateTime, Utc};

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
    consumer.undecided = false;
    for (item, key, begins) in orphans {
        let stored = consumer.run.store().event(&key)?;
        let wish = match stored.filter(stands_somewhere) {
            Some(stored) => unwanted(consumer, &stored, now),
            None => match gone(consumer, readings, &item, &key, begins).await? {
                Orphan::Unwanted(wish) => Some(wish),
                Orphan::Wanted => None,
                Orphan::Undecided => {
                    consumer.undecided = true;
                    None
                }
            },
        };
        if let Some(wish) = wish {
            let known = consumer.run.store().delivery(&consumer.target, &key)?;
            let mut delivery = match known {
                Some(mut known) => {
                    known.wish(wish, now);
                    known
                }
                None => Delivery::new(key, wish, now),
            };
            if delivery.not_before.is_some_and(|at| at > now) {
                continue; // It was tried, and is tried again in its time.
            }
            delivery.recognise(&item.remote_id, item.remote_url.as_deref());
            if matches!(delivery.state, State::Idle | State::Gone) {
                delivery.drifted(now);
            }
            taken.push(delivery);
        }
    }
    consumer
        .run
        .store()
        .save_deliveries(&consumer.target, &taken)?;
    Ok(!taken.is_empty())
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

/// What the source says of an event that is unknown here.
enum Orphan {
    /// It is gone.
    Unwanted(Wish),
    /// It stands, or is not ours to ask for.
    Wanted,
    /// Not yet known: a later run asks again.
    Undecided,
}

/// The event is unknown here: the source is asked, and only its word counts.
async fn gone(
    consumer: &Prepared<'_>,
    readings: &Readings,
    item: &Item,
    key: &EventKey,
    begins: DateTime<Utc>,
) -> Result<Orphan, StoreError> {
    let run = consumer.run;
    let Some(named) = run
        .world
        .providers
        .iter()
        .find(|named| named.active && named.provider.owns(key))
    else {
        return Ok(Orphan::Wanted);
    };
    let identity = named.provider.identity();
    let mut groups = run
        .configured
        .iter()
        .filter(|(provider, _)| *provider == identity);
    if !groups.all(|group| readings.whole.contains(group)) {
        return Ok(Orphan::Undecided);
    }
    let question = Missing {
        key: key.clone(),
        uuid: None,
        group: None,
    };
    let finding = named.provider.confirm(&[question]).await.into_iter().next();
    let finding = match finding {
        Some(finding @ (Finding::Deleted | Finding::Hidden)) => finding,
        // It stands in a group that is not ours. In one that is, a better reading will show it.
        Some(Finding::Visible { group: None, .. }) => return Ok(Orphan::Wanted),
        Some(Finding::Visible { .. } | Finding::Unknown(_)) | None => {
            return Ok(Orphan::Undecided);
        }
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
    let event = tombstone(key, item, begins);
    let commit = GroupCommit {
        provider: &identity,
        group: "",
        changed: &[event],
        memberships: &[(key.clone(), membership.clone())],
        memory: None,
        now,
    };
    run.store()
        .commit_group(&commit, &mut |stored| wishes(run, stored, now))?;
    readings.fresh.borrow_mut().insert(key.clone());
    let wish = |absence: Absence| Wish {
        desired: Desired::Absent,
        absence: Some(absence),
        hash: Fingerprint::of(key),
        begins,
        ends: begins,
    };
    let gone = membership.gone.map(wish);
    Ok(gone.map_or(Orphan::Undecided, Orphan::Unwanted))
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
