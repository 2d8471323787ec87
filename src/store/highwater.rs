//! The high-water file beside the database: by it a lost or restored database is noticed.

use super::{StoreError, side_file};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The newest run that any database at this path has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HighWater {
    /// Which database: drawn at random when it was made.
    pub lineage: String,
    /// The run's number.
    pub epoch: u64,
}

impl HighWater {
    /// Reads the file beside the database at `path`; `None` if it is missing. One that cannot be understood counts as
    /// a mark of another lineage, so that the caution of a restored database applies.
    ///
    /// # Errors
    /// The file exists and cannot be read.
    pub fn read(path: &Path) -> Result<Option<Self>, StoreError> {
        let file = side_file(path, ".epoch");
        match std::fs::read(&file) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).unwrap_or(Self {
                lineage: String::new(),
                epoch: 0,
            }))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::Io {
                path: file.display().to_string(),
                error,
            }),
        }
    }

    /// Replaces the file durably.
    pub(super) fn write(&self, path: &Path) -> Result<(), StoreError> {
        let (file, draft) = (side_file(path, ".epoch"), side_file(path, ".epoch.new"));
        let io = |error| StoreError::Io {
            path: file.display().to_string(),
            error,
        };
        let text = serde_json::to_vec(self).unwrap_or_default();
        let mut out = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&draft)
            .map_err(io)?;
        out.write_all(&text)
            .and_then(|()| out.sync_all())
            .map_err(io)?;
        std::fs::rename(&draft, &file).map_err(io)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io)
    }
}
