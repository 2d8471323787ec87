//! What people and their monitoring ask of the database: only reading.

use super::{Store, StoreError, from_word, moment};
use crate::event::{Action, EventKey};
use chrono::{DateTime, Utc};
use rusqlite::params;
use std::collections::HashMap;

/// How often each event is told of, at most, in its history.
const HISTORY: usize = 20;

/// One request that was sent, or one change that needed none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptRow {
    /// When.
    pub at: DateTime<Utc>,
    /// In which run.
    pub epoch: u64,
    /// At which consumer, by its target.
    pub consumer: String,
    /// What was to be done.
    pub action: Action,
    /// What came of it, in a word or two: `applied`, `later`, `no room`, `refused`, `gone`, `unauthorised`, `ambiguous`.
    pub outcome: String,
    /// Why.
    pub reason: Option<String>,
}

/// What a guard withheld last of one delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The plan's hash, which releases it.
    pub plan: String,
    /// What was to be done.
    pub action: Action,
    /// When it was withheld last.
    pub at: DateTime<Utc>,
}

impl Store {
    /// Every consumer, by its target, that anything was ever to stand at.
    pub fn targets(&self) -> Result<Vec<String>, StoreError> {
        self.sql(|db| {
            db.prepare("SELECT DISTINCT consumer FROM delivery ORDER BY consumer")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// When the last run ended in which all was done.
    pub fn last_success(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let at: Option<i64> = self.sql(|db| {
            db.query_row("SELECT max(finished) FROM run WHERE exit = 0", [], |row| {
                row.get(0)
            })
        })?;
        Ok(at.map(moment))
    }

    /// What was withheld last of each event at the consumer.
    pub fn held_back(&self, consumer: &str) -> Result<HashMap<EventKey, HeldBack>, StoreError> {
        self.sql(|db| {
            // The later row of a key replaces the earlier.
            db.prepare(
                "SELECT key, plan, action, at FROM withheld WHERE consumer = ?1 ORDER BY at, plan",
            )?
            .query_map([consumer], |row| {
                let held = HeldBack {
                    plan: row.get(1)?,
                    action: from_word(&row.get::<_, String>(2)?)?,
                    at: moment(row.get(3)?),
                };
                Ok((EventKey::new(row.get::<_, String>(0)?), held))
            })?
            .collect()
        })
    }

    /// The events whose item at some consumer has this id or address.
    pub fn keys_of_item(&self, item: &str) -> Result<Vec<EventKey>, StoreError> {
        self.sql(|db| {
            db.prepare("SELECT DISTINCT key FROM delivery WHERE remote_id = ?1 OR remote_url = ?1 ORDER BY key")?
                .query_map([item], |row| row.get::<_, String>(0).map(EventKey::new))?
                .collect()
        })
    }

    /// What was tried for an event, newest first.
    pub fn attempts(&self, key: &EventKey) -> Result<Vec<AttemptRow>, StoreError> {
        self.sql(|db| {
            db.prepare(
                "SELECT at, epoch, consumer, action, outcome, reason FROM attempt WHERE key = ?1 ORDER BY id DESC LIMIT ?2",
            )?
            .query_map(params![key.as_str(), HISTORY], |row| {
                Ok(AttemptRow {
                    at: moment(row.get(0)?),
                    epoch: row.get(1)?,
                    consumer: row.get(2)?,
                    action: from_word(&row.get::<_, String>(3)?)?,
                    outcome: row.get(4)?,
                    reason: row.get(5)?,
                })
            })?
            .collect()
        })
    }

    /// What came last of each event at the consumer, in the words of [`AttemptRow::outcome`].
    pub fn last_outcomes(&self, consumer: &str) -> Result<HashMap<EventKey, String>, StoreError> {
        self.sql(|db| {
            db.prepare("SELECT key, outcome FROM attempt WHERE consumer = ?1 ORDER BY id")?
                .query_map([consumer], |row| {
                    Ok((EventKey::new(row.get::<_, String>(0)?), row.get(1)?))
                })?
                .collect()
        })
    }
}
