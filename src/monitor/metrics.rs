//! The metrics of the last run, as node-exporter's textfile collector reads them.
//!
//! Source: Prometheus docs, "Exposition formats", text-based format. Those of a run are gauges: they tell of the last run,
//! not of all.

use crate::exit::Exit;
use crate::report::{OperationOutcome, Report};
use crate::text::shown;
use chrono::{DateTime, Utc};
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Every outcome that an operation can have, so that one that does not occur is 0 and not missing.
const OUTCOMES: [(OperationOutcome, &str); 5] = [
    (OperationOutcome::Done, "done"),
    (OperationOutcome::Failed, "failed"),
    (OperationOutcome::Unknown, "unknown"),
    (OperationOutcome::Withheld, "withheld"),
    (OperationOutcome::Waiting, "waiting"),
];

/// What the report of a run does not tell.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// When the last run ended in which all was done, this one included.
    pub last_success: Option<DateTime<Utc>>,
    /// How many deliveries of each consumer stand how: its name, the word, the number.
    pub deliveries: Vec<(String, &'static str, usize)>,
    /// How many requests of the last run each service refused: `provider` or `consumer`, its name, the number.
    pub refusals: Vec<(&'static str, String, u64)>,
    /// The size of the database.
    pub database_bytes: u64,
}

/// The metrics of a run.
pub fn metrics(report: &Report, exit: Exit, totals: &Totals) -> String {
    let mut text = Text(String::new());
    let seconds = |at: DateTime<Utc>| at.timestamp_millis() as f64 / 1000.0;
    let length = (report.finished - report.started).num_milliseconds() as f64 / 1000.0;
    text.one(
        "build_info",
        "The version of kronos.",
        &[("version", env!("CARGO_PKG_VERSION"))],
        1.0,
    );
    text.one(
        "last_run_timestamp_seconds",
        "When the last run ended.",
        &[],
        seconds(report.finished),
    );
    if let Some(at) = totals.last_success {
        let help = "When the last run ended in which all was done (exit code 0).";
        text.one("last_success_timestamp_seconds", help, &[], seconds(at));
    }
    text.one(
        "run_duration_seconds",
        "How long the last run took.",
        &[],
        length,
    );
    text.one(
        "run_exit_code",
        "The exit code of the last run.",
        &[],
        exit.code().into(),
    );
    text.one(
        "database_size_bytes",
        "The size of the database.",
        &[],
        totals.database_bytes as f64,
    );

    let groups = || {
        report.providers.iter().flat_map(|provider| {
            let groups = provider.groups.iter();
            groups.map(|group| (provider.name.as_str(), group))
        })
    };
    text.family("events", "Events that stand in a group.");
    for (provider, group) in groups() {
        let labels = [("provider", provider), ("group", &group.group)];
        text.sample("events", &labels, group.events as f64);
    }
    text.family(
        "group_read",
        "Whether a group could be read in the last run.",
    );
    for (provider, group) in groups() {
        let labels = [("provider", provider), ("group", &group.group)];
        text.sample(
            "group_read",
            &labels,
            f64::from(u8::from(group.error.is_none())),
        );
    }
    text.family(
        "operations",
        "Operations of the last run by what came of them.",
    );
    for consumer in &report.consumers {
        for (outcome, word) in OUTCOMES {
            let of_it = consumer
                .operations
                .iter()
                .filter(|operation| operation.outcome == outcome);
            let labels = [("consumer", consumer.name.as_str()), ("outcome", word)];
            text.sample("operations", &labels, of_it.count() as f64);
        }
    }
    text.family(
        "deliveries",
        "Events at a consumer by how they stand there.",
    );
    for (consumer, state, count) in &totals.deliveries {
        let labels = [("consumer", consumer.as_str()), ("state", state)];
        text.sample("deliveries", &labels, *count as f64);
    }
    text.family("requests", "Requests that the last run sent to a service.");
    for provider in &report.providers {
        let sum: u64 = provider.groups.iter().map(|group| group.requests).sum();
        text.sample("requests", &[("provider", &provider.name)], sum as f64);
    }
    for consumer in &report.consumers {
        text.sample(
            "requests",
            &[("consumer", &consumer.name)],
            consumer.requests as f64,
        );
    }
    text.family(
        "refusals",
        "Requests of the last run that a service refused, limits of rate included.",
    );
    for (side, name, count) in &totals.refusals {
        text.sample("refusals", &[(side, name)], *count as f64);
    }
    text.0
}

/// Replaces the file at `path`, readable by everybody: the collector runs as another user, and must never read half a file.
///
/// # Errors
/// What the system said; the old file stays.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // The collector reads only what ends in .prom.
    let mut file = tempfile::Builder::new()
        .prefix(".kronos-")
        .tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.persist(path)?;
    Ok(())
}

/// Metrics in the making.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    fn one(&mut self, name: &str, help: &str, labels: &[(&str, &str)], value: f64) {
        self.family(name, help);
        self.sample(name, labels, value);
    }

    /// Begins a metric that goes up and down.
    pub fn family(&mut self, name: &str, help: &str) {
        let _ = writeln!(
            self.0,
            "# HELP kronos_{name} {help}\n# TYPE kronos_{name} gauge"
        );
    }

    /// Begins a metric that only grows while the process lives; its name ends in `_total`.
    pub fn counter(&mut self, name: &str, help: &str) {
        let _ = writeln!(
            self.0,
            "# HELP kronos_{name} {help}\n# TYPE kronos_{name} counter"
        );
    }

    /// A value of the metric that was begun last.
    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, text)| format!("{label}=\"{}\"", escaped(text)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(self.0, "kronos_{name}{labels} {value}");
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A label's value: `\`, `"` and line feeds are escaped, and whatever could steer a terminal in which somebody looks at it.
fn escaped(text: &str) -> String {
    let lines = text
        .split('\n')
        .map(|line| shown(line).replace('\\', r"\\").replace('"', "\\\""));
    lines.collect::<Vec<_>>().join(r"\n")
}

#[cfg(test)]
mod tests;
