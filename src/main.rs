//! kronos, the command: parse, run, and tell how it ended.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    kronos::cli::main().into()
}
