//! `kronos completions`: generated from the command line's own types.

use super::{Cli, CliError, CompletionsArgs};
use crate::exit::Exit;
use clap::CommandFactory;
use std::io::Write;

/// Prints the completions of a shell.
///
/// # Errors
/// Standard output cannot be written.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kronos", &mut text);
    print(&text)
}

/// Writes `text` to standard output.
///
/// # Errors
/// It cannot be written.
pub(super) fn print(text: &[u8]) -> Result<Exit, CliError> {
    std::io::stdout().write_all(text).map_err(|error| {
        CliError::Failed(format!("standard output cannot be written ({error})"))
    })?;
    Ok(Exit::Done)
}
