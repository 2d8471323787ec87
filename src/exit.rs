//! The exit codes, on which service managers and scripts rely.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, also when there was nothing to do, or something waits by itself.
    Done = 0,
    /// Nothing could be done.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Done in part: something failed, is withheld, in conflict or not yet known.
    Partial = 3,
    /// The configuration or the credentials are wrong.
    Configuration = 4,
    /// A dry run found changes (only with `--exit-code`).
    Pending = 5,
    /// Another run is under way (EX_TEMPFAIL of sysexits.h).
    Busy = 75,
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}
