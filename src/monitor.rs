//! Who is told of a run: the log.

use crate::exit::Exit;
use crate::report::{Report, RunOutcome};
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How much is logged, and in what form.
#[derive(Debug, Clone, Copy)]
pub struct Logging {
    /// The least level.
    pub level: LevelFilter,
    /// One JSON object a line.
    pub json: bool,
    /// Colours always or never; `None`: on a terminal, unless NO_COLOR is set.
    pub color: Option<bool>,
}

/// Starts logging to standard error. Under journald, which has its own, there are no time stamps and no colours.
pub fn start_logging(logging: Logging) {
    let level = logging.level;
    let journald = std::env::var_os("JOURNAL_STREAM").is_some();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let fitting = !no_color && !journald && (forced || std::io::stderr().is_terminal());
    let colors = logging.color.unwrap_or(fitting);
    match logging.color {
        Some(true) => anstream::ColorChoice::Always.write_global(),
        Some(false) => anstream::ColorChoice::Never.write_global(),
        None => {}
    }
    // What libraries say is theirs; only their warnings concern the operator.
    let filter = Targets::new()
        .with_target("kronos", level)
        .with_default(level.min(LevelFilter::WARN));
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colors)
        .with_target(false);
    let registry = tracing_subscriber::registry().with(filter);
    match (logging.json, journald) {
        (true, _) => registry.with(layer.json()).init(),
        (false, true) => registry.with(layer.without_time()).init(),
        (false, false) => registry.with(layer).init(),
    }
}

/// One line a run.
pub fn log_report(report: &Report, exit: Exit) {
    let (run, exit, line) = (report.run, exit.code(), report.closing());
    match report.outcome {
        RunOutcome::Done => tracing::info!(run, exit, "{line}"),
        RunOutcome::Partial => tracing::warn!(run, exit, "{line}"),
        RunOutcome::Failed => tracing::error!(run, exit, "{line}"),
    }
}
