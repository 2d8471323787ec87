//! What kronos remembers: SQLite, opened, migrated, and written in transactions that survive a power cut.

use chrono::{DateTime, Utc};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

mod backup;
mod deliveries;
mod events;
mod highwater;
mod history;
mod lock;
mod rights;
mod status;

pub use backup::BackupError;
pub use deliveries::{DeliveryRow, Start, WishFor};
pub use events::{GroupCommit, KnownEvent, Membership, StoredEvent};
pub use highwater::HighWater;
pub use history::{ConsumerMemory, GroupMemory, RunRow, WithheldRow};
pub use lock::Lock;
pub use status::{AttemptRow, HeldBack};

/// Each migration brings the schema from its index to the next; they are never edited, only added to.
const MIGRATIONS: &[&str] = &[include_str!("store/migrations/0001.sql")];

/// A run uses about so many different statements; each is compiled once.
const STATEMENTS: usize = 64;

/// Our database broke, as opposed to a service or an event: the run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another run holds the lock.
    #[error("another run is under way ({0} is locked); wait for it to end")]
    Busy(String),
    /// The database's folder or file cannot be used.
    #[error(
        "{path}: {error}; check that the folder exists, is on a disk with room, and belongs to the user running kronos"
    )]
    Io {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is no database, or a damaged one.
    #[error(
        "{path}: the database is damaged ({error}); it was left as it is: restore a backup, or move it away and the next run adopts what stands at the consumers"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What SQLite said.
        error: rusqlite::Error,
    },
    /// A newer kronos wrote it.
    #[error(
        "{path}: the database has schema {found}, this kronos knows {known}; install the newer kronos again or restore a backup"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its schema.
        found: u64,
        /// Ours.
        known: u64,
    },
    /// SQLite could not read or write.
    #[error(
        "{path}: the database could not be used ({error}); check the disk's room and the file's owner, then run again: nothing was lost"
    )]
    Sqlite {
        /// The file.
        path: String,
        /// What SQLite said.
        error: rusqlite::Error,
    },
    /// Another run took over: this one must not send any more.
    #[error("another run took over (epoch {found}, this run is {ours}); nothing more is sent")]
    Epoch {
        /// The database's.
        found: u64,
        /// Ours.
        ours: u64,
    },
}

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
    /// Kept while the store is a private copy.
    _copy: Option<tempfile::TempDir>,
}

type Result<T> = std::result::Result<T, StoreError>;

impl Store {
    /// Opens or creates the database at `path` for a run; `_lock` shows that no other run is under way.
    ///
    /// # Errors
    /// See [`StoreError`]; a damaged or newer file is not touched.
    pub fn open(path: &Path, _lock: &Lock) -> Result<Self> {
        let io = |error| StoreError::Io {
            path: path.display().to_string(),
            error,
        };
        if path.exists() {
            rights::close_to_others(path).map_err(io)?;
        } else {
            // SQLite gives its side files the mode of the database.
            std::fs::OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .mode(0o600)
                .open(path)
                .map_err(io)?;
        }
        let store = Self::connect(Connection::open(path), path, None)?;
        // What is damaged is left as it is: found later, the run would have written to it by then.
        store.verify().inspect_err(|_| {
            let _ = store
                .db
                .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        })?;
        Ok(store)
    }

    /// A private copy of the database at `path`, for a dry run: whatever is done to it, no file of the state changes.
    /// Empty where there is no database yet.
    pub fn copy(path: &Path) -> Result<Self> {
        if !path.exists() {
            return Self::in_memory();
        }
        let io = |error| StoreError::Io {
            path: path.display().to_string(),
            error,
        };
        let folder = tempfile::Builder::new()
            .prefix("kronos-")
            .tempdir()
            .map_err(io)?;
        let copy = folder.path().join("kronos.db");
        std::fs::copy(path, &copy).map_err(io)?;
        let wal = side_file(path, "-wal");
        if wal.exists() {
            std::fs::copy(&wal, side_file(&copy, "-wal")).map_err(io)?;
        }
        Self::connect(Connection::open(&copy), path, Some(folder))
    }

    /// A database that lives as long as the value.
    pub fn in_memory() -> Result<Self> {
        Self::connect(Connection::open_in_memory(), Path::new(":memory:"), None)
    }

    /// A copy of the database as it is now, in memory: what a backup of this moment holds.
    pub fn duplicate(&self) -> Result<Self> {
        let mut copy = Connection::open_in_memory();
        self.sql(|db| match &mut copy {
            Ok(copy) => rusqlite::backup::Backup::new(db, copy)?.step(-1).map(drop),
            Err(_) => Ok(()),
        })?;
        Self::connect(copy, Path::new(":memory:"), None)
    }

    fn connect(
        db: rusqlite::Result<Connection>,
        path: &Path,
        copy: Option<tempfile::TempDir>,
    ) -> Result<Self> {
        let db = db.map_err(|error| broken(path, error))?;
        let mut store = Self {
            db,
            path: path.into(),
            lineage: String::new(),
            epoch: 0,
            _copy: copy,
        };
        store.migrate().map_err(|error| match error {
            StoreError::Sqlite { path, error } if is_damage(&error) => {
                StoreError::Damaged { path, error }
            }
            other => other,
        })?;
        Ok(store)
    }

    fn migrate(&mut self) -> Result<()> {
        let known = MIGRATIONS.len() as u64;
        let found: u64 =
            self.sql(|db| db.pragma_query_value(None, "user_version", |row| row.get(0)))?;
        if found > known {
            return Err(StoreError::Newer {
                path: self.path.display().to_string(),
                found,
                known,
            });
        }
        self.sql(|db| {
            db.busy_timeout(Duration::from_secs(5))?;
            db.set_prepared_statement_cache_capacity(STATEMENTS);
            // No value that is bound makes another plan better, so none is worth compiling a statement again.
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            db.pragma_update(None, "journal_mode", "WAL")?;
            // With NORMAL a power cut would un-log an intent whose request was sent.
            db.pragma_update(None, "synchronous", "FULL")?;
            db.pragma_update(None, "foreign_keys", "ON")
        })?;
        if found < known {
            self.write(|tx| {
                for migration in &MIGRATIONS[found as usize..] {
                    tx.execute_batch(migration)?;
                }
                if found == 0 {
                    let lineage: String =
                        tx.query_row("SELECT lower(hex(randomblob(16)))", [], |row| row.get(0))?;
                    set(tx, "lineage", &lineage)?;
                    set(tx, "epoch", &0_u64)?;
                }
                tx.pragma_update(None, "user_version", known)
            })?;
        }
        self.lineage = self.sql(|db| get(db, "lineage"))?.unwrap_or_default();
        self.epoch = self.sql(|db| get(db, "epoch"))?.unwrap_or_default();
        Ok(())
    }

    /// Compares the database with its high-water file.
    pub fn past(&self, mark: Option<&HighWater>) -> Past {
        match mark {
            None if self.epoch == 0 => Past::None,
            None => Past::RolledBack,
            Some(_) if self.epoch == 0 => Past::Lost,
            Some(mark) if mark.lineage != self.lineage || mark.epoch > self.epoch => {
                Past::RolledBack
            }
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
                set(tx, "settle_floor", &millis(now))?;
                set(tx, "deletions_from", &(epoch + 1))?;
            }
            if past != Past::Continued {
                tx.execute("UPDATE consumer SET adopting = 1, full_at = NULL", [])?;
                // What was read before may be older than what stands at the consumers.
                tx.execute(
                    "UPDATE source_group SET read_at = NULL, whole_at = NULL",
                    [],
                )?;
            }
            tx.execute(
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
        Ok(self
            .sql(|db| get::<u64>(db, "deletions_from"))?
            .unwrap_or(0)
            <= self.epoch)
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
        self.sql(|db| db.pragma_update(None, "wal_checkpoint", "TRUNCATE"))
    }

    /// Reads every page of the database and checks that it makes sense.
    pub fn verify(&self) -> Result<()> {
        let answer: String =
            self.sql(|db| db.pragma_query_value(None, "quick_check", |row| row.get(0)))?;
        if answer == "ok" {
            return Ok(());
        }
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        Err(broken(
            &self.path,
            rusqlite::Error::SqliteFailure(code, Some(answer)),
        ))
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

    /// As `write`, but only while the database's epoch is this run's.
    fn write_in_epoch<T>(
        &mut self,
        write: impl FnOnce(&Transaction) -> rusqlite::Result<T>,
    ) -> Result<T> {
        let ours = self.epoch;
        let found = self.write(|tx| {
            let found: u64 = get(tx, "epoch")?.unwrap_or_default();
            if found == ours {
                write(tx).map(Ok)
            } else {
                Ok(Err(found))
            }
        })?;
        found.map_err(|found| StoreError::Epoch { found, ours })
    }
}

fn get<T: rusqlite::types::FromSql>(db: &Connection, name: &str) -> rusqlite::Result<Option<T>> {
    db.prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

fn set(db: &Connection, name: &str, value: &dyn rusqlite::ToSql) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
    )?
    .execute(params![name, value])
    .map(drop)
}

fn broken(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.display().to_string();
    if is_damage(&error) {
        StoreError::Damaged { path, error }
    } else {
        StoreError::Sqlite { path, error }
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase)
    )
}

/// The path of a file that stands beside the database.
fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn millis(at: DateTime<Utc>) -> i64 {
    at.timestamp_millis()
}

fn moment(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(millis).unwrap_or(DateTime::UNIX_EPOCH)
}

fn fingerprint(row: &rusqlite::Row, column: &str) -> rusqlite::Result<crate::event::Fingerprint> {
    let bytes: Vec<u8> = row.get(column)?;
    crate::event::Fingerprint::from_bytes(&bytes).ok_or(rusqlite::Error::InvalidQuery)
}

/// A plain enum as the text that its serialisation gives.
fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value)
        .ok()
        .and_then(|value| value.as_str().map(String::from))
        .unwrap_or_default()
}

/// The plain enum that [`word`] wrote.
fn from_word<T: serde::de::DeserializeOwned>(word: &str) -> rusqlite::Result<T> {
    serde_json::from_value(word.into()).map_err(json_error)
}

fn json_error(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}
