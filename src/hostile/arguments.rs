//! What stands behind the command's name.

use crate::cli::Cli;
use crate::duration;
use chrono::TimeDelta;
use clap::Parser;

/// Arguments, one a line. Lengths of time, too, which stand in arguments and in the configuration.
pub(super) fn holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let arguments = std::iter::once("kronos").chain(text.lines());
    if let Err(error) = Cli::try_parse_from(arguments) {
        assert!(!error.to_string().is_empty());
    }
    for line in text.lines() {
        if let Ok(length) = duration::parse(line) {
            assert!(length >= TimeDelta::zero() && length <= TimeDelta::days(36_500));
        }
    }
}
