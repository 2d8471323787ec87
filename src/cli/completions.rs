//! `kronos completions`: generated from the command line's own types.

use super::print::print;
use super::{Cli, CliError, CompletionsArgs};
use crate::exit::Exit;
use clap::CommandFactory;

/// Prints the completions of a shell.
///
/// # Errors
/// Standard output cannot be written.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, CliError> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kronos", &mut text);
    print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
