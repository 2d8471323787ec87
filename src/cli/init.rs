//! `kronos init`: writes a commented kronos.toml.

use super::print::print;
use super::{CliError, InitArgs};
use crate::config::example;
use crate::exit::Exit;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;

/// Writes it, readable by its owner only, since it may come to hold secrets.
///
/// # Errors
/// The file exists already, or cannot be written.
pub fn init(args: &InitArgs) -> Result<Exit, CliError> {
    let path = args.path.display();
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => CliError::Failed(format!(
            "{path} exists already and is left as it is; name another: kronos init PATH"
        )),
        _ => CliError::Failed(format!(
            "{path} cannot be written ({error}); check the folder and its owner"
        )),
    };
    let mut file = std::fs::OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(&args.path)
        .map_err(failed)?;
    file.write_all(example().as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    print(&format!(
        "Wrote {path}. Fill in a provider and a consumer, then: kronos check --offline && kronos sync --dry-run\n"
    ))?;
    Ok(Exit::Done)
}
