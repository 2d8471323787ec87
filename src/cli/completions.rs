//! `kronos completions` and `kronos man`: generated from the command line's own types.

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

/// Prints the man page.
///
/// # Errors
/// Standard output cannot be written.
pub fn man() -> Result<Exit, CliError> {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut text)
        .map_err(|error| CliError::Failed(error.to_string()))?;
    print(&text)
}

fn print(text: &[u8]) -> Result<Exit, CliError> {
    std::io::stdout().write_all(text).map_err(|error| {
        CliError::Failed(format!("standard output cannot be written ({error})"))
    })?;
    Ok(Exit::Done)
}
