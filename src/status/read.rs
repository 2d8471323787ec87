//! From the rows of the database to what is told.

use super::place::{Known, Place, release};
use super::{DeliveryStatus, EventStatus, Named, RunStatus, Tried};
use crate::delivery::Delivery;
use crate::event::EventKey;
use crate::store::{DeliveryRow, RunRow, Store, StoreError};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// A run, as it is told.
pub(super) fn run(row: RunRow) -> RunStatus {
    RunStatus {
        run: row.epoch,
        started: row.started,
        finished: row.finished,
        exit: row.exit,
        summary: row.counts,
    }
}

/// The deliveries of one consumer that are told of.
pub(super) fn deliveries(
    store: &Store,
    name: Option<&str>,
    target: &str,
    now: DateTime<Utc>,
) -> Result<Vec<DeliveryStatus>, StoreError> {
    let known = Known::of(store, target)?;
    let shown = |row: DeliveryRow| {
        let lost = row
            .memberships
            .iter()
            .find(|membership| membership.gone.is_none() && membership.missing_since.is_some());
        let missing = lost.and_then(|membership| membership.missing_since);
        let event = row.event.as_ref();
        delivery(
            &known,
            name,
            &row.delivery,
            event.map(|event| event.title.as_str()),
            event.and_then(|event| event.timezone),
            missing,
        )
    };
    let all = store.deliveries(target, now, |_| true, shown)?;
    Ok(all
        .into_iter()
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
        not_before: (delivery.not_before).filter(|_| place != Place::Stands),
        attempts: delivery.attempts,
        reason: known.reason(place, delivery, missing),
        remote_id: delivery.remote_id.clone(),
        remote_url: delivery.remote_url.clone(),
        release: release(place, &delivery.key, name, known.plan(&delivery.key)),
        zone,
    }
}

/// One event, with all that is known of it.
pub(super) fn event(
    store: &Store,
    consumers: &[Named<'_>],
    providers: &[Named<'_>],
    key: &EventKey,
) -> Result<EventStatus, StoreError> {
    let stored = store.event(key)?;
    let groups = stored.iter().flat_map(|stored| &stored.memberships);
    let groups = groups
        .filter(|membership| membership.gone.is_none() && !membership.group.is_empty())
        .map(|membership| {
            let provider = name_of(providers, &membership.provider);
            let provider = provider.unwrap_or(&membership.provider);
            format!("{provider}/{}", membership.group)
        })
        .collect();
    let found = stored.as_ref().map(|stored| &stored.event);
    let mut deliveries = Vec::new();
    for target in store.targets()? {
        if let Some(at) = store.delivery(&target, key)? {
            let name = name_of(consumers, &target);
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
        consumer: name_of(consumers, &row.consumer)
            .unwrap_or(&row.consumer)
            .to_string(),
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

/// The name of what is known by `identity`, while it is configured.
fn name_of<'a>(named: &[Named<'a>], identity: &str) -> Option<&'a str> {
    let found = named.iter().find(|(_, known)| known == identity);
    found.map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{Applied, Desired, Wish};
    use crate::event::{Action, Fingerprint};
    use crate::store::Past;
    use chrono::TimeDelta;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    fn told(delivery: Delivery) -> DeliveryStatus {
        let mut store = Store::in_memory().unwrap();
        store.begin_run(Past::None, None, day(0)).unwrap();
        store.save_deliveries("guild", &[delivery]).unwrap();
        let mut told = deliveries(&store, Some("guild"), "guild", day(1)).unwrap();
        told.remove(0)
    }

    #[test]
    fn until_when_it_waits_is_told_of_what_was_refused_and_not_of_what_stands() {
        let hash = Fingerprint::of(&"one");
        let wish = Wish {
            desired: Desired::Present,
            absence: None,
            hash,
            opens: None,
            begins: day(9),
            ends: day(9),
        };
        let applied = || Applied {
            hash,
            fields: Default::default(),
            remote_id: Some("1".into()),
            remote_url: None,
            begins: Some(day(9)),
        };
        let mut delivery = Delivery::new(EventKey::new("https://space.example/1"), wish, day(0));
        delivery.applied(Action::Create, applied(), false, day(0));
        delivery.refused("not so".into(), day(1));
        assert_eq!(told(delivery.clone()).not_before, Some(day(2)));
        delivery.found(applied(), day(1));
        assert_eq!(delivery.not_before, Some(day(2)), "it is remembered");
        assert_eq!(told(delivery).not_before, None);
    }
}
