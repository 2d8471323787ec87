//! What the database file looked like when a run left it: while it does so still, it need not be read from end to end again.
//!
//! Every write changes a file's times (`stat(2)`: mtime, and ctime, which nobody can set), a copy put in its place is another
//! inode, and pages in the log carry checksums of their own. What no time tells of, a disk that forgets, is found by the whole
//! check that is made once a day.

use super::side_file;
use serde::{Deserialize, Serialize};
use std::fs::{Metadata, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// After this long the whole file is checked, however it looks.
const TRUSTED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// A file as `stat(2)` tells of it, and when it was last checked as a whole.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
    checked: SystemTime,
}

impl Stamp {
    fn of(file: &Metadata, checked: SystemTime) -> Self {
        Self {
            device: file.dev(),
            inode: file.ino(),
            size: file.size(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
            checked,
        }
    }
}

/// When the database at `path` was last checked as a whole, if that is not long ago and nobody has touched it since.
pub(super) fn checked(path: &Path) -> Option<SystemTime> {
    let text = std::fs::read(side_file(path, ".checked")).ok()?;
    let left: Stamp = serde_json::from_slice(&text).ok()?;
    let log = std::fs::metadata(side_file(path, "-wal")).map_or(0, |log| log.len());
    let found = Stamp::of(&std::fs::metadata(path).ok()?, left.checked);
    let age = SystemTime::now().duration_since(left.checked).ok()?;
    (log == 0 && found == left && age < TRUSTED_FOR).then_some(left.checked)
}

/// Remembers how the database at `path` looks now. Where that fails, the next run checks all of it.
pub(super) fn leave(path: &Path, checked: SystemTime) {
    let written = std::fs::metadata(path).and_then(|file| {
        let text = serde_json::to_vec(&Stamp::of(&file, checked)).unwrap_or_default();
        OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(side_file(path, ".checked"))?
            .write_all(&text)
    });
    if let Err(error) = written {
        tracing::debug!(%error, "the next run will check the whole database");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Lock, Store};
    use std::path::PathBuf;
    use tempfile::TempDir;

    /// A database as a run leaves it.
    fn left() -> (TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kronos.db");
        let lock = Lock::exclusive(&path).unwrap();
        let mut store = Store::open(&path, &lock).unwrap();
        store
            .begin_run(store.past(None), None, chrono::Utc::now())
            .unwrap();
        store.checkpoint().unwrap();
        (folder, path)
    }

    #[test]
    fn a_database_is_trusted_as_a_run_left_it() {
        let (_folder, path) = left();
        assert!(checked(&path).is_some());
        let lock = Lock::exclusive(&path).unwrap();
        let before = checked(&path);
        drop(Store::open(&path, &lock).unwrap());
        assert_eq!(checked(&path), before, "opening it changes nothing");
    }

    #[test]
    fn what_was_touched_replaced_or_not_written_back_is_not_trusted() {
        let (_folder, path) = left();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(checked(&path), None, "written with the same bytes");

        let (_folder, path) = left();
        let copy = path.with_extension("copy");
        std::fs::copy(&path, &copy).unwrap();
        std::fs::rename(&copy, &path).unwrap();
        assert_eq!(checked(&path), None, "another file");

        let (_folder, path) = left();
        std::fs::write(side_file(&path, "-wal"), "pages").unwrap();
        assert_eq!(checked(&path), None, "an open log");

        let (_folder, path) = left();
        std::fs::write(side_file(&path, ".checked"), "{").unwrap();
        assert_eq!(checked(&path), None, "nothing to compare with");
    }

    #[test]
    fn after_a_day_or_by_a_clock_that_went_back_it_is_not_trusted() {
        let (_folder, path) = left();
        let now = SystemTime::now();
        leave(&path, now - TRUSTED_FOR);
        assert_eq!(checked(&path), None);
        leave(&path, now + TRUSTED_FOR);
        assert_eq!(checked(&path), None);
        leave(&path, now);
        assert_eq!(checked(&path), Some(now));
    }
}
