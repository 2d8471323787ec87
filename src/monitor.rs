//! Who is told of a run: the log.

use crate::cli::{Color, Format, Global};
use crate::exit::Exit;
use crate::report::{Report, RunOutcome};
use std::io::IsTerminal;
use tracing::level_filters::LevelFilter;

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
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(colors)
        .with_target(false);
    match (global.log_format, journald) {
        (Format::Json, _) => builder.json().init(),
        (Format::Text, true) => builder.without_time().init(),
        (Format::Text, false) => builder.init(),
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
