//! Events as they were last read, and in which groups they stand.

use super::{Store, StoreError, fingerprint, from_word, json_error, millis, moment};
use crate::delivery::Absence;
use crate::event::{Event, EventKey, Fingerprint};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::HashSet;

/// The fingerprint of what a restored database knows and no reading has shown since: it is nothing's.
pub(super) const UNREAD: [u8; 32] = [0; 32];

/// An event in one group of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The provider's identity.
    pub provider: String,
    /// The group; `""` for an event that is known only by an item's marker.
    pub group: String,
    /// In how many complete snapshots in a row it was missing and could not be seen.
    pub missing_count: u32,
    /// Since when.
    pub missing_since: Option<DateTime<Utc>>,
    /// It stands here no more, for this reason.
    pub gone: Option<Absence>,
}

/// An event with its memberships.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// As it was last read.
    pub event: Event,
    /// The identity of the provider that owns the key.
    pub provider: String,
    /// Where it stands or stood.
    pub memberships: Vec<Membership>,
}

/// What a reading is compared with.
#[derive(Debug, Clone)]
pub struct KnownEvent {
    /// The key.
    pub key: EventKey,
    /// The provider's own id.
    pub uuid: Option<String>,
    /// The hash of what was last read.
    pub fingerprint: Fingerprint,
    /// When it is over for the provider.
    pub ends: DateTime<Utc>,
    /// As in its [`Membership`] in the group that was asked for.
    pub missing_count: u32,
    /// Likewise.
    pub missing_since: Option<DateTime<Utc>>,
    /// Likewise.
    pub gone: Option<Absence>,
    /// It is to be deleted somewhere, and is not yet.
    pub undone: bool,
}

impl KnownEvent {
    /// Nothing was amiss with it in the group when that was read last.
    pub fn stands(&self) -> bool {
        self.missing_count == 0 && self.missing_since.is_none() && self.gone.is_none()
    }

    /// Its membership in the group that was asked for.
    pub fn membership(&self, provider: &str, group: &str) -> Membership {
        Membership {
            provider: provider.into(),
            group: group.into(),
            missing_count: self.missing_count,
            missing_since: self.missing_since,
            gone: self.gone,
        }
    }
}

impl Store {
    /// What is known of a group, in no order.
    pub fn known(
        &self,
        provider: &str,
        group: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<KnownEvent>, StoreError> {
        self.sql(|db| {
            let undone: HashSet<String> = db
                .prepare_cached(
                    "SELECT key FROM delivery INDEXED BY delivery_state WHERE state NOT IN ('idle', 'gone') AND state <> 'linked'
                     AND (desired = 'absent' OR remote_id IS NOT NULL AND ends <= ?1)",
                )?
                .query_map([millis(now)], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            db.prepare_cached(
                "SELECT e.key, e.uuid, e.fingerprint, e.ends, m.missing_count, m.missing_since, m.gone
                 FROM membership m JOIN event e USING (key) WHERE m.provider = ?1 AND m.name = ?2",
            )?
            .query_map([provider, group], |row| {
                let key = row.get_ref(0)?.as_str()?;
                Ok(KnownEvent {
                    key: EventKey::new(key),
                    uuid: row.get(1)?,
                    fingerprint: fingerprint(row, 2)?,
                    ends: moment(row.get(3)?),
                    missing_count: row.get(4)?,
                    missing_since: row.get::<_, Option<i64>>(5)?.map(moment),
                    gone: absence(row, 6)?,
                    undone: undone.contains(key),
                })
            })?
            .collect()
        })
    }

    /// How many events stand in a group.
    pub fn standing(&self, provider: &str, group: &str) -> Result<usize, StoreError> {
        self.sql(|db| {
            db.prepare_cached("SELECT count(*) FROM membership WHERE provider = ?1 AND name = ?2 AND gone IS NULL")?
                .query_row([provider, group], |row| row.get(0))
        })
    }

    /// One event.
    pub fn event(&self, key: &EventKey) -> Result<Option<StoredEvent>, StoreError> {
        self.sql(|db| load(db, key))
    }

    /// Every event that has not long passed, e.g. to reconsider it when a configuration changed.
    pub fn event_keys(&self) -> Result<Vec<EventKey>, StoreError> {
        self.sql(|db| {
            db.prepare_cached("SELECT key FROM event ORDER BY key")?
                .query_map([], |row| row.get::<_, String>(0).map(EventKey::new))?
                .collect()
        })
    }

    /// The events that no reading has shown since a restored database was noticed: what is known of them may be older than what stands.
    pub fn unread(&self) -> Result<HashSet<EventKey>, StoreError> {
        self.sql(|db| {
            db.prepare_cached("SELECT key FROM event WHERE fingerprint = ?1")?
                .query_map([UNREAD], |row| row.get::<_, String>(0).map(EventKey::new))?
                .collect()
        })
    }

    /// Groups in the database, `(provider, group)`, that hold events which are missing, gone or moved into the past while a
    /// delivery of theirs is not done: only a complete reading of them can bring the proof that a deletion needs.
    pub fn groups_in_doubt(&self, now: DateTime<Utc>) -> Result<Vec<(String, String)>, StoreError> {
        self.sql(|db| {
            db.prepare_cached(
                "SELECT provider, name FROM membership INDEXED BY membership_missing WHERE missing_since IS NOT NULL AND gone IS NULL
                 UNION SELECT m.provider, m.name FROM delivery d INDEXED BY delivery_state CROSS JOIN membership m USING (key)
                 WHERE d.state NOT IN ('idle', 'gone') AND d.state <> 'linked'
                 AND (d.desired = 'absent' OR d.remote_id IS NOT NULL AND d.ends <= ?1)",
            )?
            .query_map([millis(now)], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })
    }
}

pub(super) fn load(db: &Connection, key: &EventKey) -> rusqlite::Result<Option<StoredEvent>> {
    let Some((event, provider)) = load_event(db, key)? else {
        return Ok(None);
    };
    Ok(Some(StoredEvent {
        event,
        provider,
        memberships: memberships_of(db, key)?,
    }))
}

/// An event, and the identity of the provider that owns its key.
pub(super) fn load_event(
    db: &Connection,
    key: &EventKey,
) -> rusqlite::Result<Option<(Event, String)>> {
    db.prepare_cached("SELECT provider, document, updated_at FROM event WHERE key = ?1")?
        .query_row([key.as_str()], |row| {
            let document = row.get_ref(1)?.as_str()?;
            let mut event: Event = serde_json::from_str(document).map_err(json_error)?;
            event.key = key.clone();
            event.updated = row.get::<_, Option<i64>>(2)?.map(moment);
            Ok((event, row.get(0)?))
        })
        .optional()
}

pub(super) fn memberships_of(db: &Connection, key: &EventKey) -> rusqlite::Result<Vec<Membership>> {
    db.prepare_cached(
        "SELECT provider, name, missing_count, missing_since, gone FROM membership WHERE key = ?1 ORDER BY provider, name",
    )?
    .query_map([key.as_str()], |row| {
        Ok(Membership {
            provider: row.get(0)?,
            group: row.get(1)?,
            missing_count: row.get(2)?,
            missing_since: row.get::<_, Option<i64>>(3)?.map(moment),
            gone: absence(row, 4)?,
        })
    })?
    .collect()
}

fn absence(row: &Row, column: usize) -> rusqlite::Result<Option<Absence>> {
    let word = row.get_ref(column)?.as_str_or_null()?;
    word.map(from_word).transpose()
}
