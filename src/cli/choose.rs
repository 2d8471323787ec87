//! Which providers and consumers take part in a run.

use super::{CliError, SyncArgs};
use crate::config::Config;
use crate::event::EventKey;

/// No provider or consumer (`what`) has that name.
pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> CliError {
    CliError::Usage(match known {
        [] => format!("no {what} is called {name:?}; there is none"),
        [one] => format!("no {what} is called {name:?}; there is {one}"),
        several => format!(
            "no {what} is called {name:?}; there are {}",
            several.join(", ")
        ),
    })
}

/// The only one of `found`, the events that `wanted` names, by URL and title.
///
/// # Errors
/// There is none, or there are several.
pub(super) fn only(wanted: &str, found: &[(EventKey, String)]) -> Result<EventKey, CliError> {
    match found {
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

/// Marks what the command line chose; without a choice, everything takes part.
///
/// # Errors
/// A name that the configuration does not have.
pub(super) fn choose(config: &mut Config, args: &SyncArgs) -> Result<(), CliError> {
    let providers: Vec<&str> = config
        .providers
        .iter()
        .map(|named| named.name.as_str())
        .collect();
    let consumers: Vec<&str> = config
        .consumers
        .iter()
        .map(|named| named.name.as_str())
        .collect();
    if let Some(name) = args
        .providers
        .iter()
        .find(|name| !providers.contains(&name.as_str()))
    {
        return Err(unknown("provider", name, &providers));
    }
    if let Some(name) = args
        .consumers
        .iter()
        .find(|name| !config.consumers.iter().any(|named| named.is_called(name)))
    {
        return Err(unknown("consumer", name, &consumers));
    }
    for named in &mut config.providers {
        named.active = args.providers.is_empty() || args.providers.contains(&named.name);
    }
    for named in &mut config.consumers {
        let is_chosen = args.consumers.iter().any(|name| named.is_called(name));
        named.active = args.consumers.is_empty() || is_chosen;
    }
    Ok(())
}
