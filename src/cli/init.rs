//! `kronos init`: writes a commented kronos.toml, or the templates that ship.

use super::print::print;
use super::{CliError, InitArgs};
use crate::config::{example, shipped_templates};
use crate::exit::Exit;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes it, readable by its owner only, since it may come to hold secrets.
///
/// # Errors
/// The file exists already, or cannot be written.
pub fn init(args: &InitArgs) -> Result<Exit, CliError> {
    if let Some(folder) = &args.templates {
        return templates(folder);
    }
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

/// Writes the templates that ship into `folder`, beside those that stand there.
fn templates(folder: &Path) -> Result<Exit, CliError> {
    let shown = folder.display();
    let failed = |error: std::io::Error| {
        CliError::Failed(format!(
            "{shown} cannot be written to ({error}); check the folder and its owner"
        ))
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let (mut written, mut left) = (0, 0);
    for (name, source) in shipped_templates() {
        let mut options = std::fs::OpenOptions::new();
        match options.create_new(true).write(true).open(folder.join(name)) {
            Ok(mut file) => file.write_all(source.as_bytes()).map_err(failed)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                left += 1;
                continue;
            }
            Err(error) => return Err(failed(error)),
        }
        written += 1;
    }
    print(&format!(
        "Wrote {written} templates into {shown}, left {left} that stood there. Keep those that you change, and name the folder: [templates] path\n"
    ))?;
    Ok(Exit::Done)
}
