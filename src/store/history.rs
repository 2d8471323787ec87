//! What runs leave behind: the probe of each group, the runs themselves, and what a guard withheld.

use super::{Store, StoreError, change, fingerprint, from_word, get, millis, moment, set, word};
use crate::event::{Action, EventKey, Fingerprint};
use crate::rule::{Rule, holds};
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Transaction, params};

/// What the next reading of a group is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupMemory {
    /// The probe taken before the last complete reading: its total, newest change, and when that was made.
    pub probe: Option<(u64, Option<String>, Option<DateTime<Utc>>)>,
    /// When that reading began.
    pub read_at: Option<DateTime<Utc>>,
    /// When the group was last read as a whole.
    pub whole_at: Option<DateTime<Utc>>,
    /// How many events stood in it after that reading; counted when this is stored.
    pub events: usize,
}

/// What is known of a consumer as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerMemory {
    /// The hash of all that decides how it is rendered.
    pub rendering: String,
    /// Unshared markers count as ours there.
    pub adopting: bool,
    /// As adopting, since the database was lost or restored: things may stand there that nobody remembers.
    pub lost: bool,
    /// When it was last listed and served as a whole.
    pub full_at: Option<DateTime<Utc>>,
}

/// A run, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRow {
    /// Its number.
    pub epoch: u64,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended; `None` if it was killed or is under way.
    pub finished: Option<DateTime<Utc>>,
    /// Its exit code.
    pub exit: Option<u8>,
    /// Its closing line.
    pub counts: Option<String>,
}

/// An operation that a guard withheld.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WithheldRow {
    /// The consumer's target.
    pub consumer: String,
    /// The event.
    pub key: EventKey,
    /// What was to be done.
    pub action: Action,
    /// With what.
    pub payload_hash: Fingerprint,
}

/// Under which name it is kept how a consumer was left.
fn left_at(target: &str) -> String {
    format!("left:{target}")
}

pub(super) fn store_group(
    tx: &Transaction,
    provider: &str,
    group: &str,
    memory: &GroupMemory,
) -> rusqlite::Result<()> {
    let (total, newest, newest_at) = memory
        .probe
        .clone()
        .map_or((None, None, None), |(total, newest, at)| {
            (Some(total), newest, at)
        });
    tx.prepare_cached(
        "INSERT OR REPLACE INTO source_group VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7,
         (SELECT count(*) FROM membership WHERE provider = ?1 AND name = ?2 AND gone IS NULL))",
    )?
    .execute(params![
        provider,
        group,
        total,
        newest,
        newest_at.map(millis),
        memory.read_at.map(millis),
        memory.whole_at.map(millis)
    ])
    .map(drop)
}

/// The value of `consumer.adopting` after a loss or restore; 1 is that of a consumer that is new here.
pub(super) const LOST: u8 = 2;

impl Store {
    /// What the last reading of a group left.
    pub fn group(&self, provider: &str, group: &str) -> Result<GroupMemory, StoreError> {
        let found = self.sql(|db| {
            db.prepare_cached("SELECT total, newest, newest_at, read_at, whole_at, events FROM source_group WHERE provider = ?1 AND name = ?2")?
                .query_row([provider, group], |row| {
                    let time = |index| row.get::<_, Option<i64>>(index).map(|at| at.map(moment));
                    let total: Option<u64> = row.get(0)?;
                    let (newest, newest_at) = (row.get(1)?, time(2)?);
                    Ok(GroupMemory { probe: total.map(|total| (total, newest, newest_at)), read_at: time(3)?, whole_at: time(4)?, events: row.get(5)? })
                })
                .optional()
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Every group that was ever read, `(provider, group)`.
    pub fn groups(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.sql(|db| {
            db.prepare_cached("SELECT provider, name FROM source_group")?
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        })
    }

    /// Until when the consumer's service asked us to wait.
    pub fn patience(&self, target: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.time(&format!("patience:{target}"))
    }

    /// The consumer's service asks us to wait until `at`; an earlier wish does not shorten a later one.
    pub fn be_patient(&mut self, target: &str, at: DateTime<Utc>) -> Result<(), StoreError> {
        let at = self.patience(target)?.map_or(at, |known| known.max(at));
        self.set_time(&format!("patience:{target}"), at)
    }

    /// What is known of a consumer as a whole.
    pub fn consumer(&self, target: &str) -> Result<Option<ConsumerMemory>, StoreError> {
        self.sql(|db| {
            db.prepare_cached(
                "SELECT rendering, adopting, full_at FROM consumer WHERE target = ?1",
            )?
            .query_row([target], |row| {
                Ok(ConsumerMemory {
                    rendering: row.get(0)?,
                    adopting: row.get(1)?,
                    lost: row.get::<_, u8>(1)? == LOST,
                    full_at: row.get::<_, Option<i64>>(2)?.map(moment),
                })
            })
            .optional()
        })
    }

    /// Stores how consumers, `(target, rendering)`, are rendered; a new one is adopting. They are to be served as a whole, and
    /// every group is to be read so. Consumers that are not in `configured` miss what happens from now on.
    pub fn set_renderings(
        &mut self,
        changed: &[(String, String)],
        configured: &[String],
    ) -> Result<(), StoreError> {
        self.write_in_epoch(|tx| {
            let mut known = tx.prepare_cached("SELECT target FROM consumer")?;
            let known: Vec<String> = known
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            for target in known.iter().filter(|target| !configured.contains(target)) {
                change(
                    tx,
                    "UPDATE consumer SET rendering = '' WHERE target = ?1",
                    [target],
                )?;
            }
            let floor: Option<i64> = super::get(tx, "settle_floor")?;
            let deletions_from: Option<u64> = super::get(tx, "deletions_from")?;
            // Until a run has ended since, a consumer that the database does not know may be one that it has forgotten.
            let has_ended = match deletions_from {
                Some(from) => tx
                    .prepare_cached("SELECT EXISTS (SELECT 1 FROM run WHERE finished IS NOT NULL AND epoch >= ?1 - 1)")?
                    .query_row([from], |row| row.get(0))?,
                None => true,
            };
            let is_lost = known.is_empty() || !has_ended;
            let adopting = match is_lost && floor.is_some() {
                _ if !holds(Rule::AdoptionAfterLoss) => 0,
                true => LOST,
                false => 1,
            };
            for (target, rendering) in changed {
                change(
                    tx,
                    "INSERT INTO consumer (target, rendering, adopting) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET rendering = excluded.rendering, full_at = NULL",
                    params![target, rendering, adopting],
                )?;
            }
            if !changed.is_empty() {
                change(tx, "UPDATE source_group SET whole_at = NULL", [])?;
            }
            Ok(())
        })
    }

    /// The consumers that are known by a present rendering.
    pub fn rendered(&self) -> Result<Vec<String>, StoreError> {
        self.sql(|db| {
            db.prepare_cached("SELECT target FROM consumer WHERE rendering <> ''")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
    }

    /// A complete listing, begun at `at`, was worked off: from now on only recorded items count as ours where the service names
    /// no maker.
    ///
    /// `left` tells what stands there since, if all of it is as it is to be.
    pub fn served(
        &mut self,
        target: &str,
        at: DateTime<Utc>,
        left: Option<Fingerprint>,
    ) -> Result<(), StoreError> {
        self.write_in_epoch(|tx| {
            let left = left.map(|left| left.to_string()).unwrap_or_default();
            set(tx, &left_at(target), &left)?;
            change(
                tx,
                "UPDATE consumer SET adopting = 0, full_at = ?2 WHERE target = ?1",
                params![target, millis(at)],
            )
            .map(drop)
        })
    }

    /// Whether what `stands` at the consumer now is what the run left there that last served it as a whole, and everything of
    /// ours was at rest then and still is: another listing would show nothing to be done.
    pub fn is_as_left(&self, target: &str, stands: &Fingerprint) -> Result<bool, StoreError> {
        self.sql(|db| {
            let left: Option<String> = get(db, &left_at(target))?;
            let open: bool = db
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM delivery WHERE consumer = ?1 AND state NOT IN ('idle', 'gone'))")?
                .query_row([target], |row| row.get(0))?;
            Ok(!open && left.is_some_and(|left| left == stands.to_string()))
        })
    }

    /// Records the end of this run, and forgets what is older than `kept_since`.
    pub fn end_run(
        &mut self,
        finished: DateTime<Utc>,
        counts: &str,
        exit: u8,
        kept_since: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (epoch, before) = (self.epoch(), millis(kept_since));
        self.write(|tx| {
            change(tx, "UPDATE run SET finished = ?2, counts = ?3, exit = ?4 WHERE epoch = ?1", params![epoch, millis(finished), counts, exit])?;
            change(tx, "DELETE FROM attempt WHERE at < ?1", [before])?;
            change(tx, "DELETE FROM withheld WHERE at < ?1", [before])?;
            change(tx, "DELETE FROM run WHERE started < ?1 AND epoch NOT IN (SELECT epoch FROM run ORDER BY epoch DESC LIMIT 100)", [before])?;
            super::commit::prune(tx, before)
        })
    }

    /// The newest runs, newest first.
    pub fn runs(&self, limit: usize) -> Result<Vec<RunRow>, StoreError> {
        self.sql(|db| {
            db.prepare_cached("SELECT epoch, started, finished, exit, counts FROM run ORDER BY epoch DESC LIMIT ?1")?
                .query_map([limit], |row| {
                    Ok(RunRow {
                        epoch: row.get(0)?,
                        started: moment(row.get(1)?),
                        finished: row.get::<_, Option<i64>>(2)?.map(moment),
                        exit: row.get(3)?,
                        counts: row.get(4)?,
                    })
                })?
                .collect()
        })
    }

    /// Remembers what was withheld under the plan's hash.
    pub fn withhold(
        &mut self,
        plan: &str,
        rows: &[WithheldRow],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.write_in_epoch(|tx| {
            for row in rows {
                tx.prepare_cached(
                    "INSERT OR REPLACE INTO withheld VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    plan,
                    row.consumer,
                    row.key.as_str(),
                    word(&row.action),
                    row.payload_hash.as_bytes(),
                    millis(now)
                ])?;
            }
            Ok(())
        })
    }

    /// What was withheld under a plan's hash.
    pub fn withheld(&self, plan: &str) -> Result<Vec<WithheldRow>, StoreError> {
        self.sql(|db| {
            db.prepare_cached(
                "SELECT consumer, key, action, payload_hash FROM withheld WHERE plan = ?1",
            )?
            .query_map([plan], |row| {
                Ok(WithheldRow {
                    consumer: row.get(0)?,
                    key: EventKey::new(row.get::<_, String>(1)?),
                    action: from_word(&row.get::<_, String>(2)?)?,
                    payload_hash: fingerprint(row, "payload_hash")?,
                })
            })?
            .collect()
        })
    }
}
