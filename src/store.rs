//! What kronos remembers: SQLite, opened, migrated, and written in transactions that survive a power cut.

use crate::rule::{Rule, holds};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

mod backup;
mod commit;
mod deliveries;
mod error;
mod events;
mod follow;
mod highwater;
mod history;
mod lock;
mod memory;
mod open;
mod rights;
mod stamp;
mod status;
#[cfg(test)]
mod tests;
mod value;

pub use backup::BackupError;
pub use commit::{GroupCommit, ReadEvent};
pub use deliveries::{DeliveryRow, Start, WishFor};
pub use error::StoreError;
pub use events::{KnownEvent, Membership, StoredEvent};
pub use highwater::HighWater;
pub use history::{ConsumerMemory, GroupMemory, RunRow, WithheldRow};
pub use lock::Lock;
pub use status::{AttemptRow, HeldBack};

use error::broken;
use value::{change, fingerprint, from_word, get, json_error, millis, moment, set, word};

/// What the database and its high-water file tell of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Nothing: no run has ever been.
    None,
    /// They agree.
    Continued,
    /// The database was lost, only the high-water file survived.
    Lost,
    /// The database is older than the high-water file, of another lineage, or stands alone.
    RolledBack,
}

/// The database.
pub struct Store {
    db: Connection,
    path: PathBuf,
    lineage: String,
    epoch: u64,
    /// When the file was last checked as a whole.
    checked: SystemTime,
    /// Kept while the store is a private copy.
    _copy: Option<tempfile::TempDir>,
}

/// From so many rows on a change takes more memory for pages.
const MANY: usize = 1_000;
/// That memory, in KiB.
const ROOM: i32 = 16_384;
/// What SQLite takes otherwise, in KiB.
const USUAL_ROOM: i32 = 2_000;

type Result<T> = std::result::Result<T, StoreError>;

impl Store {
    /// Compares the database with its high-water file.
    pub fn past(&self, mark: Option<&HighWater>) -> Past {
        match mark {
            None if self.epoch == 0 => Past::None,
            _ if !holds(Rule::HighWater) => Past::Continued,
            None => Past::RolledBack,
            Some(_) if self.epoch == 0 => Past::Lost,
            Some(mark) if mark.epoch > self.epoch => Past::RolledBack,
            Some(mark) if mark.lineage != self.lineage && holds(Rule::Lineage) => Past::RolledBack,
            Some(_) => Past::Continued,
        }
    }

    /// Begins a run: takes the next epoch, above the high-water mark, and writes the mark after it is committed.
    /// After a loss or rollback every key counts as written to until `now`. Gives the epoch.
    pub fn begin_run(
        &mut self,
        past: Past,
        mark: Option<&HighWater>,
        now: DateTime<Utc>,
    ) -> Result<u64> {
        let epoch = self.epoch.max(mark.map_or(0, |mark| mark.epoch)) + 1;
        self.write(|tx| {
            set(tx, "epoch", &epoch)?;
            if matches!(past, Past::Lost | Past::RolledBack) {
                if holds(Rule::SettleAfterLoss) {
                    set(tx, "settle_floor", &millis(now))?;
                }
                set(tx, "deletions_from", &(epoch + 1))?;
                // By a clock that was ahead, too, it was sent before now, and what followed it is forgotten.
                change(
                    tx,
                    "UPDATE delivery SET last_mutation = ?1 - 1 WHERE last_mutation >= ?1",
                    [millis(now)],
                )?;
            }
            if past != Past::Continued {
                change(
                    tx,
                    "UPDATE consumer SET adopting = ?1, full_at = NULL",
                    [if holds(Rule::AdoptionAfterLoss) {
                        history::LOST
                    } else {
                        0
                    }],
                )?;
                // What was read before may be older than what stands at the consumers.
                change(
                    tx,
                    "UPDATE source_group SET read_at = NULL, whole_at = NULL",
                    [],
                )?;
                // So may be since when an event cannot be seen: it may have been seen, and made, meanwhile.
                change(
                    tx,
                    "UPDATE membership SET gone = NULL, missing_count = 0, missing_since = ?1
                     WHERE gone = 'hidden' OR gone IS NULL AND missing_since IS NOT NULL",
                    [millis(now)],
                )?;
                // Each event is to be read anew, and is known by this not to have been.
                change(tx, "UPDATE event SET fingerprint = ?1", [events::UNREAD])?;
            }
            change(
                tx,
                "INSERT INTO run (epoch, started) VALUES (?1, ?2)",
                params![epoch, millis(now)],
            )?;
            Ok(())
        })?;
        self.epoch = epoch;
        if self.is_durable() {
            self.mark().write(&self.path)?;
        }
        Ok(epoch)
    }

    fn is_durable(&self) -> bool {
        self._copy.is_none() && self.path != Path::new(":memory:")
    }

    /// The mark that belongs beside this database.
    pub fn mark(&self) -> HighWater {
        HighWater {
            lineage: self.lineage.clone(),
            epoch: self.epoch,
        }
    }

    /// This run's number.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Until when any key may have been written to by a run that this database does not know of.
    pub fn settle_floor(&self) -> Result<Option<DateTime<Utc>>> {
        Ok(self.sql(|db| get::<i64>(db, "settle_floor"))?.map(moment))
    }

    /// Whether this run may delete at all: the run that finds a loss or rollback may not.
    pub fn may_delete(&self) -> Result<bool> {
        let from = self
            .sql(|db| get::<u64>(db, "deletions_from"))?
            .unwrap_or(0);
        Ok(from <= self.epoch || !holds(Rule::NoDeletionAfterLoss))
    }

    /// A named time of the run's bookkeeping.
    fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>> {
        Ok(self.sql(|db| get::<i64>(db, name))?.map(moment))
    }

    /// Stores a named time.
    fn set_time(&mut self, name: &str, at: DateTime<Utc>) -> Result<()> {
        self.write(|tx| set(tx, name, &millis(at)))
    }

    /// Writes what the log holds into the database file itself, so that it can be copied alone.
    pub fn checkpoint(&self) -> Result<()> {
        self.sql(|db| db.pragma_update(None, "wal_checkpoint", "TRUNCATE"))?;
        if self.is_durable() {
            stamp::leave(&self.path, self.checked);
        }
        Ok(())
    }

    /// Reads.
    fn sql<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        read(&self.db).map_err(|error| broken(&self.path, error))
    }

    /// Writes in one transaction: all of it is durable when this returns, or none of it.
    fn write<T>(&mut self, write: impl FnOnce(&Transaction) -> rusqlite::Result<T>) -> Result<T> {
        let path = self.path.clone();
        let run = || {
            let tx = self
                .db
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = write(&tx)?;
            tx.commit()?;
            Ok(value)
        };
        run().map_err(|error| broken(&path, error))
    }

    /// Does what changes so many rows. Pages that do not fit into memory are written, read and written again before the
    /// transaction is through.
    fn with_room<T>(
        &mut self,
        rows: usize,
        work: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let keep =
            |store: &Self, kib: i32| store.sql(|db| db.pragma_update(None, "cache_size", -kib));
        if rows < MANY {
            return work(self);
        }
        keep(self, ROOM)?;
        let done = work(self);
        keep(self, USUAL_ROOM)?;
        done
    }

    /// As `write`, but only while the database's epoch is this run's.
    fn write_in_epoch<T>(
        &mut self,
        write: impl FnOnce(&Transaction) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let ours = self.epoch;
        let found = self.write(|tx| {
            let found: u64 = get(tx, "epoch")?.unwrap_or_default();
            if found == ours || !holds(Rule::OwnEpoch) {
                write(tx).map(Ok)
            } else {
                Ok(Err(found))
            }
        })?;
        found.map_err(|found| StoreError::Epoch { found, ours })
    }
}

/// The path of a file that stands beside the database.
fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
