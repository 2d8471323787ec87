//! Standard output.

use super::CliError;
use crate::text::shown_json;
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

/// `value` as JSON, on a line of its own that steers no terminal.
///
/// # Errors
/// It has no JSON, which no value of ours is.
pub(super) fn json_line(value: &impl serde::Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string(value).map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(shown_json(&text) + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_wrote_does_not_steer_the_terminal_in_which_json_is_read() {
        let text = "Rust\u{9b}31m\u{202e}\u{7f} nächtlich \u{1f980}";
        let line = json_line(&text).unwrap();
        assert_eq!(
            line,
            "\"Rust\\u009b31m\\u202e\\u007f nächtlich \u{1f980}\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }
}
