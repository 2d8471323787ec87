//! `kronos retry`: releases what was quarantined or left to the operator.

use super::{CliError, Global, RetryArgs};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config};
use crate::event::EventKey;
use crate::exit::Exit;
use crate::store::{Lock, Store};
use std::rc::Rc;

/// Releases the event's deliveries; the next run tries them again.
///
/// # Errors
/// The event or consumer is not known, or several events fit.
pub fn retry(global: &Global, args: &RetryArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let config = Config::load(&config::find(global.config.clone())?, &clock)?;
    let target = match &args.consumer {
        None => None,
        Some(name) => {
            let found = config.consumers.iter().find(|named| named.name == *name);
            Some(
                found
                    .ok_or_else(|| CliError::Usage(format!("no consumer is called {name:?}")))?
                    .consumer
                    .target(),
            )
        }
    };
    let lock = Lock::exclusive(&config.store)?;
    let mut store = Store::open(&config.store, &lock)?;
    let key = find(&store, &args.event)?;
    let released = store.release(&key, target.as_deref(), clock.now())?;
    if released.is_empty() {
        anstream::println!("Nothing of {key} is held back.");
    }
    for target in released {
        let name = config
            .consumers
            .iter()
            .find(|named| named.consumer.target() == target)
            .map_or(target.as_str(), |named| &named.name);
        anstream::println!("Released {key} at {name}; the next run tries it again.");
    }
    Ok(Exit::Done)
}

fn find(store: &Store, wanted: &str) -> Result<EventKey, CliError> {
    let exact = EventKey::new(wanted);
    if store.event(&exact)?.is_some() {
        return Ok(exact);
    }
    let mut fitting = Vec::new();
    for key in store.event_keys()? {
        let Some(stored) = store.event(&key)? else {
            continue;
        };
        if stored
            .event
            .title
            .to_lowercase()
            .contains(&wanted.to_lowercase())
            || stored.event.uuid.as_deref() == Some(wanted)
        {
            fitting.push((key, stored.event.title));
        }
    }
    match fitting.as_slice() {
        [(key, _)] => Ok(key.clone()),
        [] => Err(CliError::Failed(format!(
            "no event is known by {wanted:?}; name its URL, its id or a part of its title"
        ))),
        several => {
            let list: Vec<String> = several
                .iter()
                .take(10)
                .map(|(key, title)| format!("{title} ({key})"))
                .collect();
            Err(CliError::Failed(format!(
                "{} events fit {wanted:?}: {}; name one by its URL",
                several.len(),
                list.join(", ")
            )))
        }
    }
}
