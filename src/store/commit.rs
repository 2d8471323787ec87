//! What one reading of a group changes is committed in one transaction, with the wishes that come of it.

use super::deliveries::{WishFor, take_wishes};
use super::events::{load, memberships_of};
use super::follow::{Follow, follow_uuid};
use super::history::store_group;
use super::{GroupMemory, Membership, Store, StoreError, StoredEvent, change, millis, word};
use crate::event::{Event, EventKey, Fingerprint};
use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};
use std::collections::{HashMap, HashSet};

/// An event as it was read, and as it is stored.
#[derive(Debug, Clone)]
pub struct ReadEvent {
    /// The event.
    pub event: Event,
    /// Its [fingerprint](Event::fingerprint).
    pub fingerprint: Fingerprint,
    document: Box<str>,
}

impl ReadEvent {
    /// Takes what was read.
    pub fn new(event: Event) -> Self {
        let document = serde_json::to_string(&event).unwrap_or_default();
        Self {
            event,
            fingerprint: Fingerprint::of_bytes(document.as_bytes()),
            document: document.into(),
        }
    }
}

/// Everything that one reading of a group changes; committed in one transaction.
pub struct GroupCommit<'a> {
    /// The provider's identity.
    pub provider: &'a str,
    /// The group's name.
    pub group: &'a str,
    /// New and changed events.
    pub changed: &'a [ReadEvent],
    /// Everything that was handed out: these keys are taken.
    pub seen: &'a HashSet<EventKey>,
    /// Memberships that differ now, by key.
    pub memberships: &'a [(EventKey, Membership)],
    /// What the next run compares with; `None` leaves it as it was.
    pub memory: Option<&'a GroupMemory>,
    /// The moment of the run.
    pub now: DateTime<Utc>,
}

impl GroupCommit<'_> {
    /// The membership of what stands in the group.
    fn stands(&self) -> Membership {
        Membership {
            provider: self.provider.into(),
            group: self.group.into(),
            missing_count: 0,
            missing_since: None,
            gone: None,
        }
    }
}

impl Store {
    /// Commits one reading of a group; `wishes` says for each touched event what the consumers are to show. Gives the former URLs
    /// of the events that stay under these, since they are still being created somewhere: by its new one each was read.
    pub fn commit_group(
        &mut self,
        commit: &GroupCommit<'_>,
        wishes: &mut dyn FnMut(&StoredEvent) -> Vec<WishFor>,
    ) -> Result<HashSet<EventKey>, StoreError> {
        self.with_room(commit.changed.len(), |store| {
            store.write_in_epoch(|tx| {
                let mut touched = Vec::new();
                let mut former = HashSet::new();
                let mut put_off = HashSet::new();
                for read in commit.changed {
                    let event = &read.event;
                    let follow = follow_uuid(tx, commit.provider, event, commit.seen)?;
                    if let Follow::NotYet(old) = follow {
                        put_off.insert(&event.key);
                        // What is to be shown of it, and where, its content decides already.
                        let event = Event {
                            key: old.clone(),
                            ..event.clone()
                        };
                        put(tx, commit.provider, &ReadEvent::new(event))?;
                        // It stands, and is missing under its old URL no more: else what waits for that would wait for ever.
                        put_membership(tx, &old, &commit.stands())?;
                        former.insert(old.clone());
                        touched.push(old);
                        continue;
                    }
                    put(tx, commit.provider, read)?;
                    touched.push(event.key.clone());
                }
                let memberships = commit.memberships.iter();
                for (key, membership) in memberships.filter(|(key, _)| !put_off.contains(key)) {
                    put_membership(tx, key, membership)?;
                    touched.push(key.clone());
                }
                touched.sort();
                touched.dedup();
                let changed: HashMap<&EventKey, &Event> = commit
                    .changed
                    .iter()
                    .map(|read| &read.event)
                    .filter(|event| !put_off.contains(&event.key))
                    .map(|event| (&event.key, event))
                    .collect();
                for key in &touched {
                    match changed.get(key) {
                        // It was stored just now, and need not be read again.
                        Some(event) => {
                            let stored = StoredEvent {
                                event: (*event).clone(),
                                provider: commit.provider.into(),
                                memberships: memberships_of(tx, key)?,
                            };
                            take_wishes(tx, key, wishes(&stored), commit.now)?;
                        }
                        None => reconsider(tx, key, wishes, commit.now)?,
                    }
                }
                // What was put off is to be read again.
                if let Some(memory) = commit.memory.filter(|_| put_off.is_empty()) {
                    store_group(tx, commit.provider, commit.group, memory)?;
                }
                Ok(former)
            })
        })
    }

    /// Forgets what was known of an event by an item's marker alone; what is known of it otherwise stays.
    pub fn forget_orphan(&mut self, key: &EventKey) -> Result<(), StoreError> {
        let key = key.as_str();
        self.write_in_epoch(|tx| {
            change(
                tx,
                "DELETE FROM membership WHERE key = ?1 AND name = ''",
                [key],
            )?;
            let nowhere = "NOT EXISTS (SELECT 1 FROM membership m WHERE m.key = ?1)";
            change(
                tx,
                &format!("DELETE FROM delivery WHERE key = ?1 AND {nowhere}"),
                [key],
            )?;
            change(
                tx,
                &format!("DELETE FROM event WHERE key = ?1 AND {nowhere}"),
                [key],
            )
            .map(drop)
        })
    }

    /// Asks `wishes` anew for every event, in one transaction: the configuration or the rendering changed.
    pub fn reconsider_all(
        &mut self,
        wishes: &mut dyn FnMut(&StoredEvent) -> Vec<WishFor>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let keys = self.event_keys()?;
        self.write_in_epoch(|tx| {
            keys.iter()
                .try_for_each(|key| reconsider(tx, key, wishes, now))
        })
    }
}

/// Forgets events that ended before `before`, also by what stands there of them, and for which nothing is to be done.
pub(super) fn prune(tx: &Transaction, before: i64) -> rusqlite::Result<()> {
    change(
        tx,
        "DELETE FROM delivery WHERE ends < ?1 AND (item_begins IS NULL OR item_begins < ?1) AND state NOT IN ('sending', 'unknown')
         AND NOT EXISTS (SELECT 1 FROM event e WHERE e.key = delivery.key AND e.ends >= ?1)",
        [before],
    )?;
    change(tx, "DELETE FROM event WHERE ends < ?1 AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.key = event.key)", [before]).map(drop)
}

fn reconsider(
    tx: &Transaction,
    key: &EventKey,
    wishes: &mut dyn FnMut(&StoredEvent) -> Vec<WishFor>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    match load(tx, key)? {
        Some(stored) => take_wishes(tx, key, wishes(&stored), now),
        None => Ok(()),
    }
}

fn put(tx: &Transaction, provider: &str, read: &ReadEvent) -> rusqlite::Result<()> {
    let event = &read.event;
    tx.prepare_cached(
        "INSERT INTO event (key, provider, uuid, fingerprint, updated_at, ends, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (key) DO UPDATE SET provider = excluded.provider, uuid = excluded.uuid, fingerprint = excluded.fingerprint,
         updated_at = excluded.updated_at, ends = excluded.ends, document = excluded.document",
    )?
    .execute(params![
        event.key.as_str(),
        provider,
        event.uuid,
        read.fingerprint.as_bytes(),
        event.updated.map(millis),
        millis(event.effective_end()),
        read.document
    ])
    .map(drop)
}

fn put_membership(
    tx: &Transaction,
    key: &EventKey,
    membership: &Membership,
) -> rusqlite::Result<()> {
    tx.prepare_cached("INSERT OR REPLACE INTO membership VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![
            key.as_str(),
            membership.provider,
            membership.group,
            membership.missing_count,
            membership.missing_since.map(millis),
            membership.gone.as_ref().map(word)
        ])
        .map(drop)
}
