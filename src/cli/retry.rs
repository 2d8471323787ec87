//! `kronos retry`: releases what was quarantined or left to the operator.

use super::choose::{only, unknown};
use super::print::print;
use super::{CliError, Global, RetryArgs};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::sync::State;
use std::rc::Rc;

/// Releases the event's deliveries; the next run tries them again.
///
/// # Errors
/// The event or consumer is not known, or several events fit.
pub fn retry(global: &Global, args: &RetryArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let config = Config::load(&config::find(global.config.clone())?, &clock)?;
    let targets = match &args.consumer {
        None => vec![None],
        Some(name) => {
            let consumers = || config.consumers.iter();
            let named = consumers().filter(|named| named.is_called(name));
            let targets: Vec<_> = named.map(|named| Some(named.consumer.target())).collect();
            if targets.is_empty() {
                let known: Vec<&str> = consumers().map(|named| named.name.as_str()).collect();
                return Err(unknown("consumer", name, &known));
            }
            targets
        }
    };
    let state = State::for_run(&config.store)?;
    let key = only(&args.event, &state.find(&args.event)?)?;
    let mut released = Vec::new();
    for target in &targets {
        released.extend(state.release(&key, target.as_deref(), clock.now())?);
    }
    if released.is_empty() {
        print(&format!("Nothing of {key} is held back.\n"))?;
    }
    for target in released {
        let name = config
            .consumers
            .iter()
            .find(|named| named.consumer.target() == target)
            .map_or(target.as_str(), |named| &named.name);
        print(&format!(
            "Released {key} at {name}; the next run tries it again.\n"
        ))?;
    }
    Ok(Exit::Done)
}
