//! kronos, the command: parse, run, and tell how it ended.
#![forbid(unsafe_code)]

use clap::Parser;
use kronos::cli::{Cli, Command, check, completions, init, retry, run};
use kronos::monitor;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    monitor::start_logging(&cli.global);
    let result = match &cli.command {
        Command::Sync(args) => run::run(&cli.global, args),
        Command::Retry(args) => retry::retry(&cli.global, args),
        Command::Check(args) => check::check(&cli.global, args),
        Command::Init(args) => init::init(args),
        Command::Completions(args) => completions::completions(args),
        Command::Man => completions::man(),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) => {
            error.print();
            error.exit().into()
        }
    }
}
