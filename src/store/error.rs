//! How our own database fails, as opposed to a service or an event.

use std::path::Path;

/// Our database broke, as opposed to a service or an event: the run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another run holds the lock.
    #[error("another run is under way ({0} is locked); wait for it to end")]
    Busy(String),
    /// The database's folder or file cannot be used.
    #[error(
        "{path}: {error}; check that the folder exists, that it and its files belong to the user running kronos, and that the disk has room"
    )]
    Io {
        /// Which.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is no database, or a damaged one.
    #[error(
        "{path}: the database is damaged ({error}); restore a backup, or move it away and the next run adopts what stands at the consumers"
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

/// What SQLite's error means.
pub(super) fn broken(path: &Path, error: rusqlite::Error) -> StoreError {
    let path = path.display().to_string();
    if is_damage(&error) {
        StoreError::Damaged { path, error }
    } else {
        StoreError::Sqlite { path, error }
    }
}

/// The file is damaged, or no database. SQLite checks how pages hang together; a value that is none of ours only shows when
/// it is read.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, InvalidQuery,
        Utf8Error,
    };
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | InvalidQuery
            | Utf8Error(..)
    ) || matches!(
        error.sqlite_error_code(),
        Some(DatabaseCorrupt | NotADatabase)
    )
}
