//! An event under a new URL: what is known of it under the old one follows.

use super::change;
use crate::event::{Event, EventKey};
use rusqlite::Transaction;
use std::collections::HashSet;

/// Whether an event can be stored under its URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Follow {
    /// It can.
    Done,
    /// It is still being created somewhere under its old one, whose marker that item carries.
    NotYet(EventKey),
}

/// An event whose uuid is known under another URL was moved: its deliveries and their open requests follow it, so that the
/// items are kept. While one of the requests is a creation, whose item can only be known by its marker, it stays as it was.
pub(super) fn follow_uuid(
    tx: &Transaction,
    provider: &str,
    event: &Event,
    seen: &HashSet<EventKey>,
) -> rusqlite::Result<Follow> {
    let Some(uuid) = &event.uuid else {
        return Ok(Follow::Done);
    };
    let new = event.key.as_str();
    let old: Vec<String> = tx
        .prepare_cached(
            "SELECT key FROM event WHERE provider = ?1 AND uuid = ?2 AND key <> ?3
             AND NOT EXISTS (SELECT 1 FROM event WHERE key = ?3 AND uuid IS NOT NULL)",
        )?
        .query_map([provider, uuid, new], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let Some(old) = old
        .into_iter()
        .find(|old| !seen.contains(&EventKey::new(old.as_str())))
    else {
        return Ok(Follow::Done);
    };
    let is_created: bool = tx
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM intent WHERE key = ?1 AND action = 'create')",
        )?
        .query_row([&old], |row| row.get(0))?;
    if is_created {
        return Ok(Follow::NotYet(EventKey::new(old)));
    }
    let keys = [new, &old];
    forget_what_an_item_tells_better(tx, keys)?;
    change(
        tx,
        "UPDATE OR IGNORE event SET key = ?1 WHERE key = ?2",
        keys,
    )?;
    // Where its new URL is known already, by an item's marker, what stands there is that of one event now.
    change(
        tx,
        "UPDATE OR IGNORE membership SET key = ?1 WHERE key = ?2",
        keys,
    )?;
    change(tx, "DELETE FROM event WHERE key = ?1", [&old])?;
    change(tx, "UPDATE delivery SET key = ?1 WHERE key = ?2", keys)?;
    change(tx, "UPDATE intent SET key = ?1 WHERE key = ?2", keys)?;
    Ok(Follow::Done)
}

/// An item that was found with the marker of the new URL is the event's: what a restored database knew of it under the old one
/// is older. A consumer at which nothing was found so keeps what is known there under the old one.
fn forget_what_an_item_tells_better(
    tx: &Transaction,
    [new, old]: [&str; 2],
) -> rusqlite::Result<()> {
    change(
        tx,
        "DELETE FROM delivery WHERE key = ?1 AND remote_id IS NULL
         AND NOT EXISTS (SELECT 1 FROM intent i WHERE i.key = ?1 AND i.consumer = delivery.consumer)
         AND EXISTS (SELECT 1 FROM delivery o WHERE o.key = ?2 AND o.consumer = delivery.consumer AND o.remote_id IS NOT NULL)",
        [new, old],
    )?;
    for table in ["intent", "delivery"] {
        let found = "SELECT consumer FROM delivery WHERE key = ?1";
        change(
            tx,
            &format!("DELETE FROM {table} WHERE key = ?2 AND consumer IN ({found})"),
            [new, old],
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::{Applied, Delivery, Desired, Wish};
    use crate::event::Action;
    use crate::event::Fingerprint;
    use crate::store::{GroupCommit, Past, ReadEvent, Store};
    use crate::testing::event;
    use chrono::{DateTime, Utc};

    const OLD: &str = "https://space.example/events/1";
    const NEW: &str = "https://space.example/events/one";

    fn read(store: &mut Store, key: &str, uuid: Option<&str>) {
        let mut event = event();
        event.key = EventKey::new(key);
        event.uuid = uuid.map(str::to_owned);
        let commit = GroupCommit {
            provider: "mobilizon:space.example",
            group: "hackerspace",
            changed: &[ReadEvent::new(event)],
            seen: &HashSet::new(),
            memberships: &[],
            memory: None,
            now: DateTime::UNIX_EPOCH,
        };
        store.commit_group(&commit, &mut |_| Vec::new()).unwrap();
    }

    fn delivery(key: &str, item: Option<&str>) -> Delivery {
        let now: DateTime<Utc> = DateTime::UNIX_EPOCH;
        let wish = Wish {
            desired: Desired::Present,
            absence: None,
            hash: Fingerprint::of(&key),
            opens: None,
            begins: now,
            ends: now,
        };
        let hash = wish.hash;
        let mut delivery = Delivery::new(EventKey::new(key), wish, now);
        if let Some(item) = item {
            let applied = Applied {
                hash,
                fields: Default::default(),
                remote_id: Some(item.into()),
                remote_url: None,
                begins: None,
            };
            delivery.applied(Action::Create, applied, false, now);
        }
        delivery
    }

    /// What is recorded under the new URL, of what was known under the new one and under the old one before.
    fn kept(new: Option<&str>, old: Option<&str>) -> Option<String> {
        let mut store = Store::in_memory().unwrap();
        store
            .begin_run(Past::None, None, DateTime::UNIX_EPOCH)
            .unwrap();
        read(&mut store, OLD, Some("1"));
        read(&mut store, NEW, None);
        let known = [delivery(NEW, new), delivery(OLD, old)];
        store.save_deliveries("guild", &known).unwrap();
        read(&mut store, NEW, Some("1"));
        let [old, new] =
            [OLD, NEW].map(|key| store.delivery("guild", &EventKey::new(key)).unwrap());
        assert!(old.is_none());
        new.unwrap().remote_id
    }

    #[test]
    fn under_a_new_url_the_item_that_carries_it_is_kept_and_else_the_one_that_is_known() {
        assert_eq!(kept(Some("found"), Some("known")).unwrap(), "found");
        assert_eq!(kept(Some("found"), None).unwrap(), "found");
        assert_eq!(kept(None, Some("known")).unwrap(), "known");
        assert_eq!(kept(None, None), None);
    }
}
