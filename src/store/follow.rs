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
