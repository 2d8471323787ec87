//! `kronos status`: what is where, what waits and why, and the last runs.

use super::print::{json_line, print};
use super::{CliError, Format, Global, StatusArgs};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::status::{Named, Status};
use crate::sync::State;
use std::rc::Rc;

/// Prints the status, of everything or of the events that were asked for. No file of the state changes.
///
/// # Errors
/// The configuration or the database cannot be used, a run is under way, or the event is not known.
pub fn status(global: &Global, args: &StatusArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let config = Config::load(&config::find(global.config.clone())?, &clock)?;
    let state = State::for_reading(&config.store)?;
    let named: Vec<Named<'_>> = config
        .consumers
        .iter()
        .map(|named| (named.name.as_str(), named.consumer.target()))
        .collect();
    let status = Status::read(&state.store.borrow(), &named, clock.now())?;
    let status = match &args.event {
        None => Status {
            verbose: global.verbose > 0,
            ..status
        },
        Some(wanted) => {
            let found = state.find(wanted)?;
            let mut keys: Vec<_> = found.into_iter().map(|(key, _)| key).collect();
            if keys.is_empty() {
                keys = state.store.borrow().keys_of_item(wanted)?;
            }
            if keys.is_empty() {
                return Err(CliError::Failed(format!(
                    "no event is known by {wanted:?}; name its URL, its id or a part of its title"
                )));
            }
            let providers: Vec<Named<'_>> = config
                .providers
                .iter()
                .map(|named| (named.name.as_str(), named.provider.identity()))
                .collect();
            status.of_events(&state.store.borrow(), &named, &providers, &keys)?
        }
    };
    print(&match args.format {
        Format::Text => status.to_string(),
        Format::Json => json_line(&status)?,
    })?;
    Ok(Exit::Done)
}
