//! The log on standard error: for a terminal, for the journal, or as JSON.

use crate::exit::Exit;
use crate::report::{Report, RunOutcome};
use std::fmt;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format::{self, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
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

/// Starts logging to standard error. Where that leads to the journal, which has its own, there are no time stamps and no
/// colours, and every line begins with its priority.
pub fn start_logging(logging: Logging) {
    let level = logging.level;
    let journal = leads_to_journal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let fitting = !no_color && !journal && (forced || std::io::stderr().is_terminal());
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
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colors)
        .with_target(false);
    let bare = format::format().without_time().with_target(false);
    match (logging.json, journal) {
        (true, false) => registry.with(layer.json()).init(),
        (true, true) => {
            let form = Prioritised(bare.json());
            let layer = layer.fmt_fields(JsonFields::new()).event_format(form);
            registry.with(layer).init();
        }
        (false, true) => {
            let form = Prioritised(bare.with_level(false));
            registry.with(layer.event_format(form)).init();
        }
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

/// Who reads the report on standard output and the log on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// Each has its own.
    Apart,
    /// One for both: a terminal, or a file.
    One,
    /// The journal takes both.
    Journal,
}

/// Where standard output and standard error lead.
pub fn readers() -> Readers {
    match file_of(std::io::stdout()) {
        Some(out) if file_of(std::io::stderr()) == Some(out) => match leads_to_journal() {
            true => Readers::Journal,
            false => Readers::One,
        },
        _ => Readers::Apart,
    }
}

/// Says on standard error why the command ends: a plain sentence for people, a log entry for the journal and for programs.
/// That another run is under way is no error: a timer meets it now and then.
pub fn complain(logging: Logging, error: &dyn fmt::Display, exit: Exit) {
    if logging.json || leads_to_journal() {
        match exit {
            Exit::Busy => tracing::info!("{error}"),
            _ => tracing::error!("{error}"),
        }
    } else {
        anstream::eprintln!("kronos: {error}");
    }
}

/// Whether standard error leads to the journal: the variable alone is inherited by whatever a service starts, so it names the
/// stream's device and inode (systemd.exec(5), `$JOURNAL_STREAM`).
fn leads_to_journal() -> bool {
    let Ok(named) = std::env::var("JOURNAL_STREAM") else {
        return false;
    };
    file_of(std::io::stderr()).is_some_and(|(device, inode)| named == format!("{device}:{inode}"))
}

/// The device and the inode that a stream leads to.
fn file_of(stream: impl AsFd) -> Option<(u64, u64)> {
    let stream = stream.as_fd().try_clone_to_owned().ok()?;
    let data = std::fs::File::from(stream).metadata().ok()?;
    Some((data.dev(), data.ino()))
}

/// Writes before every line the priority that the journal knows the level by (sd-daemon(3)).
struct Prioritised<F>(F);

impl<S, N, F> FormatEvent<S, N> for Prioritised<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut text = String::new();
        self.0
            .format_event(context, Writer::new(&mut text), event)?;
        let priority = priority(*event.metadata().level());
        text.lines()
            .try_for_each(|line| writeln!(writer, "<{priority}>{}", line.trim_start()))
    }
}

/// syslog's numbers.
fn priority(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        Level::DEBUG | Level::TRACE => 7,
    }
}
