//! The metrics of a run, from its report and from what the database holds after it.

use crate::config::Config;
use crate::exit::Exit;
use crate::monitor::{Totals, metrics};
use crate::report::Report;
use crate::status::{Named, Status};
use crate::sync::{State, StoreError};
use std::path::Path;

/// Writes the metrics. That they cannot be written is a warning: the run is over, and went as it went.
pub(super) fn measure(file: &Path, config: &Config, state: &State, report: &Report, exit: Exit) {
    let written = totals(config, state, report)
        .map_err(|error| error.to_string())
        .and_then(|totals| {
            let text = metrics::metrics(report, exit, &totals);
            metrics::write(file, &text).map_err(|error| {
                format!("{error}; let the user running kronos write in its folder")
            })
        });
    if let Err(problem) = written {
        tracing::warn!("{} was not written: {problem}", file.display());
    }
}

fn totals(config: &Config, state: &State, report: &Report) -> Result<Totals, StoreError> {
    let store = state.store.borrow();
    let named: Vec<Named<'_>> = config
        .consumers
        .iter()
        .map(|named| (named.name.as_str(), named.consumer.target()))
        .collect();
    let providers = config.providers.iter().filter(|named| named.active);
    let providers =
        providers.map(|named| ("provider", named.name.clone(), named.provider.refusals()));
    let consumers = config.consumers.iter().filter(|named| named.active);
    let consumers =
        consumers.map(|named| ("consumer", named.name.clone(), named.consumer.refusals()));
    Ok(Totals {
        refusals: providers.chain(consumers).collect(),
        last_success: store.last_success()?,
        deliveries: Status::read(&store, &named, report.finished)?.counts(),
        database_bytes: std::fs::metadata(&config.store).map_or(0, |data| data.len()),
    })
}
