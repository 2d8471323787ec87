//! The command line: its types, and which verb does what. Each verb has a file of its own.

use crate::exit::Exit;
use crate::monitor::{self, Logging};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use tracing::level_filters::LevelFilter;

mod backup;
mod check;
mod choose;
mod completions;
mod failure;
mod init;
mod key;
mod listen;
mod man;
mod measure;
mod preview;
mod print;
mod progress;
mod react;
mod relay;
mod retry;
mod run;
mod status;

pub use failure::CliError;

/// Parses the command line, does what it says, and gives the exit code.
pub fn main() -> Exit {
    let cli = Cli::parse();
    let global = &cli.global;
    monitor::start_logging(global.logging());
    let result = match &cli.command {
        Command::Sync(args) => run::run(global, args),
        Command::Status(args) => status::status(global, args),
        Command::Retry(args) => retry::retry(global, args),
        Command::Preview(args) => preview::preview(global, args),
        Command::Backup(args) => backup::backup(global, args),
        Command::Check(args) => check::check(global, args),
        Command::Relay => relay::relay(global),
        Command::Listen(args) => listen::listen(global, args),
        Command::Key { command } => key::key(global, command),
        Command::Init(args) => init::init(args),
        Command::Completions(args) => completions::completions(args),
        Command::Man => man::man(),
    };
    result.unwrap_or_else(|error| {
        error.print(global.logging());
        error.exit()
    })
}

/// Does the work of a command on this thread, to its end and no further: a name that is still being looked up, though its
/// request was given up long ago, is left behind with the process.
fn complete<T>(work: impl Future<Output = T>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Failed(error.to_string()))?;
    let value = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(value)
}

/// Runs a service on this thread: it may spawn tasks that stay there.
fn service(work: impl Future<Output = Result<Exit, CliError>>) -> Result<Exit, CliError> {
    complete(async { tokio::task::LocalSet::new().run_until(work).await })?
}

impl Global {
    fn logging(&self) -> Logging {
        let level = match (self.quiet, self.verbose) {
            (true, _) => LevelFilter::ERROR,
            (false, 0) => LevelFilter::INFO,
            (false, 1) => LevelFilter::DEBUG,
            (false, _) => LevelFilter::TRACE,
        };
        let color = match self.color {
            Color::Always => Some(true),
            Color::Never => Some(false),
            Color::Auto => None,
        };
        Logging {
            level,
            json: self.log_format == Format::Json,
            color,
        }
    }
}

/// Share events between services: what stands at the source of truth is kept true everywhere else.
#[derive(Debug, Parser)]
#[command(name = "kronos", version, about, propagate_version = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The configuration [default: ./kronos.toml, $XDG_CONFIG_HOME/kronos/kronos.toml, /etc/kronos/kronos.toml]
    #[arg(short, long, global = true, value_name = "PATH", env = "KRONOS_CONFIG")]
    pub config: Option<PathBuf>,
    /// Log more; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Log errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// How logs are written to standard error
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub log_format: Format,
    /// When colours are used
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Carry what changed at the providers to the consumers
    Sync(SyncArgs),
    /// Tell what is where, what waits and why, and how the last runs ended
    Status(StatusArgs),
    /// Release an event that was quarantined or left to you; the next run tries it again
    Retry(RetryArgs),
    /// Show an event as people will see it at a consumer; asks no consumer and changes nothing
    Preview(PreviewArgs),
    /// Write a verified copy of the database; never overwrites
    Backup(BackupArgs),
    /// Check configuration, services, permissions and folders, each with its mend
    Check(CheckArgs),
    /// Take signed messages, countersign and publish them, until it is told to stop
    Relay,
    /// Print the verified messages that relays publish, one a line, and react to them
    Listen(ListenArgs),
    /// Make, show and trust the keys of the message stream
    Key {
        /// What to do with them.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Write a commented kronos.toml; never overwrites
    Init(InitArgs),
    /// Print shell completions to standard output
    Completions(CompletionsArgs),
    /// Print the man page to standard output
    Man,
}

/// `kronos sync`.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Send nothing that changes anything; print what the next run will do
    #[arg(long)]
    pub dry_run: bool,
    /// Read every event, even if nothing seems to have changed
    #[arg(long)]
    pub full: bool,
    /// Read only this provider (may be given several times)
    #[arg(long = "provider", value_name = "NAME")]
    pub providers: Vec<String>,
    /// Serve only this consumer (may be given several times)
    #[arg(long = "consumer", value_name = "NAME")]
    pub consumers: Vec<String>,
    /// Release what a guard withheld under this plan's hash
    #[arg(long, value_name = "PLAN")]
    pub approve: Option<String>,
    /// End a dry run with 5 if changes are pending
    #[arg(long)]
    pub exit_code: bool,
    /// How the report is written to standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `kronos status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Only this event: its URL, its id, a part of its title, or its item's address at a consumer
    pub event: Option<String>,
    /// How it is written to standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `kronos retry`.
#[derive(Debug, Args)]
pub struct RetryArgs {
    /// The event's URL, or a part of its title that fits one event only
    pub event: String,
    /// Only at this consumer
    #[arg(long, value_name = "NAME")]
    pub consumer: Option<String>,
}

/// `kronos preview`.
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// The event's URL, its id, or a part of its title that fits one event only
    pub event: String,
    /// At which consumer; a reminder is NAME/remind/TIME
    #[arg(long, value_name = "NAME")]
    pub consumer: String,
    /// How it is written to standard output
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// `kronos backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Where to write it
    pub path: PathBuf,
}

/// `kronos check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Use no network
    #[arg(long)]
    pub offline: bool,
}

/// `kronos listen`.
#[derive(Debug, Args)]
pub struct ListenArgs {
    /// Only messages whose tag begins so (may be given several times)
    #[arg(long = "tag", value_name = "PREFIX")]
    pub tags: Vec<String>,
    /// End after so many messages
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
}

/// `kronos key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key pair, ID.key and ID.key_secret; never overwrites
    New(KeyNewArgs),
    /// Show whose key a file holds
    Show(KeyFileArgs),
    /// Trust the public key of a file, in the folders that the configuration names
    Trust(KeyFileArgs),
}

/// `kronos key new`.
#[derive(Debug, Args)]
pub struct KeyNewArgs {
    /// The name to sign with; letters, digits, dots, hyphens and underscores
    pub id: String,
    /// Whose key it is
    #[arg(long)]
    pub name: Option<String>,
    /// How to reach them
    #[arg(long)]
    pub email: Option<String>,
    /// The folder to write it into
    pub dir: PathBuf,
}

/// `kronos key show` and `kronos key trust`.
#[derive(Debug, Args)]
pub struct KeyFileArgs {
    /// The key file
    pub file: PathBuf,
}

/// `kronos init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where to write it
    #[arg(default_value = "kronos.toml")]
    pub path: PathBuf,
    /// Write instead the templates that ship into this folder, to begin with; leaves those that are there
    #[arg(long, value_name = "DIR", conflicts_with = "path")]
    pub templates: Option<PathBuf>,
}

/// `kronos completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// For which shell
    pub shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    #[test]
    fn a_command_ends_although_a_thread_still_waits_for_an_answer() {
        let (answer, waiting) = mpsc::channel::<()>();
        let (told, hears) = mpsc::channel();
        let ended = complete(async {
            tokio::task::spawn_blocking(move || {
                let never = waiting.recv_timeout(Duration::from_secs(10));
                told.send(never)
            });
            Exit::Done
        });
        drop(answer);
        assert_eq!(ended.ok(), Some(Exit::Done));
        let disconnected = Ok(Err(mpsc::RecvTimeoutError::Disconnected));
        assert_eq!(hears.recv(), disconnected, "it was waited for");
    }
}
