//! kronos, the command: parse, run, and tell how it ended.
#![forbid(unsafe_code)]

use std::process::ExitCode;

/// A first run makes and drops millions of small texts: the system's allocator spends a tenth of it on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kronos::cli::main().into()
}
