//! Opening the database: for a run, or as a private copy; migrated, and checked before anything is written.

use super::error::{broken, is_damage};
use super::value::{get, set};
use super::{Lock, Result, Store, StoreError, rights, side_file, stamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Each migration brings the schema from its index to the next; they are never edited, only added to.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
];

/// A run uses less than so many different statements; each is compiled once.
const STATEMENTS: usize = 128;

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
        let checked = stamp::checked(path);
        let mut store = Self::connect(Connection::open(path), path, None)?;
        if let Some(checked) = checked {
            store.checked = checked;
            return Ok(store);
        }
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

    pub(super) fn connect(
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
            checked: SystemTime::now(),
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
            // What would undo a statement that fails halfway: a file of its own for each page is the dearest part of a large write.
            db.pragma_update(None, "temp_store", "MEMORY")?;
            db.pragma_update(None, "foreign_keys", "ON")
        })?;
        if found < known {
            self.write(|tx| {
                for migration in &MIGRATIONS[found as usize..] {
                    tx.execute_batch(migration)?;
                }
                if found == 0 {
                    begin_lineage(tx)?;
                }
                tx.pragma_update(None, "user_version", known)
            })?;
        }
        self.know_itself()
    }

    /// Learns its lineage and its epoch.
    pub(super) fn know_itself(&mut self) -> Result<()> {
        self.lineage = self.sql(|db| get(db, "lineage"))?.unwrap_or_default();
        self.epoch = self.sql(|db| get(db, "epoch"))?.unwrap_or_default();
        Ok(())
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
}

/// Writes what tells a new database from every other.
pub(super) fn begin_lineage(tx: &Transaction) -> rusqlite::Result<()> {
    let lineage: String = tx
        .prepare_cached("SELECT lower(hex(randomblob(16)))")?
        .query_row([], |row| row.get(0))?;
    set(tx, "lineage", &lineage)?;
    set(tx, "epoch", &0_u64)
}
