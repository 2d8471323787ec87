//! Why a command could not be carried out, and the exit code that says so.

use crate::config::ConfigError;
use crate::exit::Exit;
use crate::monitor::{self, Logging};
use crate::stream::KeyError;
use crate::sync::{BackupError, StoreError};

/// An error that ends a command.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The copy of the database.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A key file.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A template fails for the event that was asked for.
    #[error("{0}")]
    Template(String),
    /// The command line names something that does not exist.
    #[error("{0}")]
    Usage(String),
    /// Anything else; says what and how it is mended.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Template(_) => Exit::Configuration,
            Self::Store(StoreError::Busy(_)) => Exit::Busy,
            Self::Usage(_) => Exit::Usage,
            Self::Store(_) | Self::Backup(_) | Self::Key(_) | Self::Failed(_) => Exit::Failed,
        }
    }

    /// Prints it to standard error.
    pub fn print(&self, logging: Logging) {
        monitor::complain(logging, self, self.exit());
    }
}
