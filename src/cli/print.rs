//! Standard output.

use super::CliError;
use std::io::{ErrorKind, Write};

/// Prints `text`, with its colours where they can be shown. A reader that has left, as `head` does, has what it wanted.
///
/// # Errors
/// It cannot be written.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Failed(format!(
            "standard output cannot be written ({error})"
        ))),
        _ => Ok(()),
    }
}

/// `value` as JSON, on a line of its own.
///
/// # Errors
/// It has no JSON, which no value of ours is.
pub(super) fn json_line(value: &impl serde::Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string(value).map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(text + "\n")
}
