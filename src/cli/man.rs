//! `kronos man`: the man page, made of the command line's own types and of what they cannot know.

use super::{Cli, CliError};
use crate::exit::Exit;
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, italic, roman};
use std::io::Write;

/// How a command ends (`exit.rs`).
const EXITS: [(Exit, &str); 7] = [
    (
        Exit::Done,
        "Done, also when there was nothing to do, or something waits for room or confirmation or is a person's own.",
    ),
    (Exit::Failed, "Failed: nothing could be done."),
    (Exit::Usage, "The command line is wrong."),
    (
        Exit::Partial,
        "Done in part: something failed, is withheld, in conflict or not yet known, was refused in this run, a group or consumer could not be read, or the run was told to stop.",
    ),
    (
        Exit::Configuration,
        "The configuration or the credentials are wrong, found before anything was sent; kronos check: something does not hold.",
    ),
    (
        Exit::Pending,
        "A dry run found changes (only with --exit-code).",
    ),
    (Exit::Busy, "Another run is under way; try again later."),
];

/// What is read and written.
const FILES: [(&str, &str); 7] = [
    (
        "./kronos.toml, $XDG_CONFIG_HOME/kronos/kronos.toml, /etc/kronos/kronos.toml",
        "The configuration; the first that exists is taken. kronos init writes one.",
    ),
    (
        "$STATE_DIRECTORY/kronos.db, $XDG_STATE_HOME/kronos/kronos.db",
        "The database, where [store] path names no other.",
    ),
    (
        "kronos.db-wal, kronos.db-shm",
        "What belongs to the database while it is open, or after a crash.",
    ),
    (
        "kronos.db.lock",
        "Held by a run. Its presence means nothing: the system frees the lock when its holder dies.",
    ),
    (
        "kronos.db.epoch",
        "The number of the newest run, by which a lost or restored database is noticed.",
    ),
    (
        "kronos.db.checked",
        "How the database looked when the last run left it; while it does so, it is not read from end to end again.",
    ),
    (
        "$CREDENTIALS_DIRECTORY/NAME.KEY",
        "The secret KEY of the section NAME, as the service manager hands it over.",
    ),
];

/// What is read from the environment.
const ENVIRONMENT: [(&str, &str); 7] = [
    (
        "KRONOS_CONFIG",
        "The configuration, where --config names none.",
    ),
    (
        "KRONOS_NAME_KEY",
        "The secret KEY of the section NAME, e.g. KRONOS_GUILD_TOKEN, where no file and no credential holds it.",
    ),
    (
        "CREDENTIALS_DIRECTORY, STATE_DIRECTORY",
        "Set by systemd for LoadCredential= and StateDirectory=.",
    ),
    (
        "XDG_CONFIG_HOME, XDG_STATE_HOME, HOME",
        "Where the configuration and the database are looked for.",
    ),
    (
        "JOURNAL_STREAM",
        "Set by systemd: where standard error is that stream, the log has priorities and no time stamps.",
    ),
    (
        "NO_COLOR, CLICOLOR_FORCE",
        "Switch colours off, or on where there is no terminal; --color prevails.",
    ),
    (
        "SSL_CERT_FILE, SSL_CERT_DIR",
        "The certificates by which services are trusted, in place of the machine's own.",
    ),
];

/// What to begin with.
const EXAMPLES: [(&str, &str); 6] = [
    ("kronos init", "writes a commented kronos.toml."),
    (
        "kronos check",
        "says of everything whether it holds, with its mend.",
    ),
    (
        "kronos sync --dry-run",
        "shows field by field what a run would do, and sends nothing.",
    ),
    ("kronos sync", "makes a run; a timer does the same."),
    (
        "kronos preview 'Rust night' --consumer guild",
        "shows the event as people will see it there.",
    ),
    (
        "kronos status",
        "tells what is where, and what waits for whom.",
    ),
];

/// Prints the man page.
///
/// # Errors
/// Standard output cannot be written.
pub fn man() -> Result<Exit, CliError> {
    let page = page().map_err(|error| CliError::Failed(error.to_string()))?;
    super::print::print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}

fn page() -> std::io::Result<Vec<u8>> {
    let command = Cli::command().disable_help_subcommand(true);
    let man = Man::new(command.clone());
    let mut out = Vec::new();
    man.render_title(&mut out)?;
    man.render_name_section(&mut out)?;
    man.render_synopsis_section(&mut out)?;
    man.render_description_section(&mut out)?;
    man.render_options_section(&mut out)?;
    commands(command, &mut out)?;
    let exits = EXITS.map(|(exit, text)| (exit.code().to_string(), text));
    section("EXIT STATUS", &exits, &mut out)?;
    section("FILES", &FILES, &mut out)?;
    section("ENVIRONMENT", &ENVIRONMENT, &mut out)?;
    section("EXAMPLES", &EXAMPLES, &mut out)?;
    man.render_version_section(&mut out)?;
    Ok(out)
}

/// Every command with its own arguments; those that all take stand under OPTIONS.
fn commands(mut command: Command, out: &mut dyn Write) -> std::io::Result<()> {
    command.build();
    let mut roff = Roff::new();
    roff.control("SH", ["COMMANDS"]);
    for sub in command.get_subcommands() {
        roff.control("SS", [format!("kronos {}", sub.get_name()).as_str()]);
        let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
        roff.text([roman(format!("{about}."))]);
        let arguments = sub.get_arguments();
        for argument in
            arguments.filter(|argument| !argument.is_global_set() && !argument.is_hide_set())
        {
            let id = argument.get_id().as_str();
            if matches!(id, "help" | "version") {
                continue;
            }
            roff.control("TP", []);
            roff.text([bold(argument.to_string())]);
            let help = argument.get_help().map(ToString::to_string);
            roff.text([roman(help.unwrap_or_default())]);
        }
    }
    roff.to_writer(out)
}

fn section(
    title: &str,
    entries: &[(impl AsRef<str>, &str)],
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let mut roff = Roff::new();
    roff.control("SH", [title]);
    for (name, text) in entries {
        roff.control("TP", []);
        roff.text([italic(name.as_ref())]);
        roff.text([roman(*text)]);
    }
    roff.to_writer(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page without roff's escapes.
    fn text() -> String {
        String::from_utf8(page().unwrap())
            .unwrap()
            .replace("\\-", "-")
    }

    #[test]
    fn the_page_has_the_sections_that_a_man_page_has() {
        let text = text();
        let titles: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(".SH "))
            .map(|title| title.trim_matches('"'))
            .collect();
        assert_eq!(
            titles,
            [
                "NAME",
                "SYNOPSIS",
                "DESCRIPTION",
                "OPTIONS",
                "COMMANDS",
                "EXIT STATUS",
                "FILES",
                "ENVIRONMENT",
                "EXAMPLES",
                "VERSION"
            ]
        );
    }

    #[test]
    fn every_command_and_every_argument_of_it_is_told_of() {
        let text = text();
        let mut command = Cli::command();
        command.build();
        for sub in command
            .get_subcommands()
            .filter(|sub| sub.get_name() != "help")
        {
            assert!(text.contains(&format!("kronos {}", sub.get_name())));
            for argument in sub.get_arguments() {
                let long = argument.get_long().map(|long| format!("--{long}"));
                assert!(long.is_none_or(|long| text.contains(&long)), "{argument}");
            }
        }
    }

    #[test]
    fn every_exit_code_is_told_of_once() {
        let mut codes = EXITS.map(|(exit, _)| exit.code()).to_vec();
        codes.dedup();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 75]);
    }
}
