//! A verified copy of the database.

use super::error::{broken, is_damage};
use super::{Store, StoreError};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file stands there already.
    #[error("{0} exists already and is left as it is; name another file, e.g. with the date in it")]
    Exists(String),
    /// It could not be written.
    #[error("{path} cannot be written ({error}); check the folder, its owner and the disk's room")]
    Io {
        /// The copy.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The database, or the copy, is not sound.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Copies the database to `path`, readable by its owner only, and gives the copy's size in bytes.
    ///
    /// The copy is written beside `path`, checked, made durable and only then given its name, so that whatever has the name is
    /// whole. It is complete in itself: no log belongs to it.
    ///
    /// # Errors
    /// A file at `path`, which is never overwritten; a copy that cannot be written, or is not sound.
    pub fn backup(&self, path: &Path) -> Result<u64, BackupError> {
        let shown = || path.display().to_string();
        let io = |error| BackupError::Io {
            path: shown(),
            error,
        };
        if path.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(shown()));
        }
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        // Made with mode 0600; SQLite takes an empty file for none.
        let draft = tempfile::Builder::new()
            .prefix(".kronos-backup-")
            .tempfile_in(folder)
            .map_err(io)?;
        // A name that SQLite would misread would copy elsewhere.
        let name = draft
            .path()
            .to_str()
            .ok_or_else(|| io(ErrorKind::InvalidFilename.into()))?;
        self.db
            .execute("VACUUM INTO ?1", [name])
            .map_err(|error| match is_damage(&error) {
                true => broken(&self.path, error).into(),
                // What cannot be written is the copy.
                false => io(std::io::Error::other(error)),
            })?;
        verify(draft.path(), self)?;
        let file = File::open(draft.path()).map_err(io)?;
        file.sync_all().map_err(io)?;
        let size = file.metadata().map_err(io)?.len();
        draft
            .persist_noclobber(path)
            .map_err(|failed| match failed.error.kind() {
                ErrorKind::AlreadyExists => BackupError::Exists(shown()),
                _ => io(failed.error),
            })?;
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io)?;
        Ok(size)
    }
}

/// Reads every page of the copy, and holds its schema and its last run against the original's.
fn verify(copy: &Path, original: &Store) -> Result<(), StoreError> {
    let wrong = |error| broken(copy, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(copy, flags).map_err(wrong)?;
    let facts = |db: &Connection| -> rusqlite::Result<(u64, u64, u64)> {
        let schema = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let count = "SELECT (SELECT count(*) FROM delivery), (SELECT count(*) FROM event)";
        db.query_row(count, [], |row| Ok((schema, row.get(0)?, row.get(1)?)))
    };
    let answer: String = db
        .pragma_query_value(None, "quick_check", |row| row.get(0))
        .map_err(wrong)?;
    let same = facts(&db).map_err(wrong)? == original.sql(facts)?;
    if answer == "ok" && same {
        return Ok(());
    }
    let problem = match same {
        true => answer,
        false => "the copy is not the original".into(),
    };
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(wrong(rusqlite::Error::SqliteFailure(code, Some(problem))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_copy_is_whole_private_and_alone_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        let store = Store::in_memory().unwrap();
        let size = store.backup(&path).unwrap();
        let data = std::fs::metadata(&path).unwrap();
        assert_eq!(data.len(), size);
        assert_eq!(data.permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        Store::copy(&path).unwrap().verify().unwrap();
    }

    #[test]
    fn what_stands_there_is_never_overwritten_not_even_a_dangling_link() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "precious").unwrap();
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let store = Store::in_memory().unwrap();
        for path in [&file, &link] {
            let refused = store.backup(path);
            assert!(
                matches!(refused, Err(BackupError::Exists(_))),
                "{refused:?}"
            );
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_copy_that_is_not_the_original_is_found_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("copy.db");
        let store = Store::in_memory().unwrap();
        store.backup(&path).unwrap();
        store
            .db
            .execute(
                "INSERT INTO event VALUES ('k', 'p', NULL, x'00', NULL, 1, '{}')",
                [],
            )
            .unwrap();
        assert!(verify(&path, &store).is_err());
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..].fill(0xff);
        std::fs::write(&path, bytes).unwrap();
        assert!(verify(&path, &Store::in_memory().unwrap()).is_err());
    }
}
