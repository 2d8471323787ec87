//! One run at a time: a lock that the kernel frees when its holder dies.

use super::{StoreError, side_file};
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Held for as long as the value lives.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

impl Lock {
    /// Takes the lock of the database at `path` for a run, making its folder (0700) where it is missing.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another run, or a dry run that is just reading, holds it.
    pub fn exclusive(path: &Path) -> Result<Self, StoreError> {
        let io = |error| StoreError::Io {
            path: path.display().to_string(),
            error,
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(folder)
                .map_err(io)?;
        }
        let lock = side_file(path, ".lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock)
            .map_err(io)?;
        taken(file.try_lock(), path)?;
        Ok(Self { _file: Some(file) })
    }

    /// Keeps runs away while the state is read, and adds no file: before the first run there is nothing to lock.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if a run is under way.
    pub fn shared(path: &Path) -> Result<Self, StoreError> {
        let Ok(file) = File::open(side_file(path, ".lock")) else {
            return Ok(Self { _file: None });
        };
        taken(file.try_lock_shared(), path)?;
        Ok(Self { _file: Some(file) })
    }
}

fn taken(result: Result<(), TryLockError>, path: &Path) -> Result<(), StoreError> {
    match result {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Busy(path.display().to_string())),
        Err(TryLockError::Error(error)) => Err(StoreError::Io {
            path: path.display().to_string(),
            error,
        }),
    }
}
