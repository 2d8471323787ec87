//! `kronos backup`: a verified copy of the database.

use super::print::print;
use super::{BackupArgs, CliError, Global};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::sync::State;
use std::rc::Rc;

/// Writes the copy; the database itself is only read.
///
/// # Errors
/// There is no database, a run is under way, or the copy exists already or cannot be written.
pub fn backup(global: &Global, args: &BackupArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    // Needs no secret, and must be possible while a section cannot be used.
    let (config, _) = Config::examine(&config::find(global.config.clone())?, &clock)?;
    if !config.store.exists() {
        return Err(CliError::Failed(format!(
            "{} does not exist: there is nothing to copy before the first run",
            config.store.display()
        )));
    }
    let state = State::for_reading(&config.store)?;
    let size = state.store.borrow().backup(&args.path)?;
    print(&format!(
        "Copied {} to {} ({size} bytes, checked).\n",
        config.store.display(),
        args.path.display()
    ))?;
    Ok(Exit::Done)
}
