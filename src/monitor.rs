//! Who is told of a run: the log.

use crate::cli::{Color, Format, Global};
use crate::exit::Exit;
use crate::report::{Report, RunOutcome};
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging to standard error. Under journald, which has its own, there are no time stamps and no colours.
pub fn start_logging(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let journald = std::env::var_os("JOURNAL_STREAM").is_some();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let colors = match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => !no_color && !journald && (forced || std::io::stderr().is_terminal()),
    };
    match global.color {
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
        Color::Auto => {}
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
    match (global.log_format, journald) {
        (Format::Json, _) => registry.with(layer.json()).init(),
        (Format::Text, true) => registry.with(layer.without_time()).init(),
        (Format::Text, false) => registry.with(layer).init(),
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
