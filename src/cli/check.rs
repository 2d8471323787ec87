//! `kronos check`: what holds and what does not, line by line, each with its mend.

use super::print::print;
use super::{CheckArgs, CliError, Global};
use crate::check::{Level, Line, certificates, writable};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Monitor};
use crate::exit::Exit;
use crate::status::Status;
use crate::sync::{State, StoreError};
use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use std::path::Path;
use std::rc::Rc;

/// A column no wider than this holds what was looked at.
const WIDEST: usize = 40;

/// Prints the lines; the exit code tells whether none of them fails.
///
/// # Errors
/// The configuration cannot be read: then nothing else can be checked.
pub fn check(global: &Global, args: &CheckArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let path = config::find(global.config.clone())?;
    let (config, wrong) = Config::examine(&path, &clock)?;
    let mut lines = Vec::new();
    if wrong.is_empty() {
        let text = format!(
            "{} can be used; its secrets are there and safe",
            path.display()
        );
        lines.push(Line::holds("configuration", text));
    }
    lines.extend(
        wrong
            .iter()
            .map(|error| Line::fails("configuration", error.to_string())),
    );
    if wrong.is_empty() && config.providers.is_empty() {
        lines.push(Line::fails(
            "providers",
            "there is none; add a section [providers.NAME]",
        ));
    }
    if wrong.is_empty() && config.consumers.is_empty() {
        lines.push(Line::fails(
            "consumers",
            "there is none; add a section [consumers.NAME]",
        ));
    }
    lines.extend(database(&config.store));
    lines.extend(monitor(&config.monitor));
    lines.extend(timer(&config, clock.now()));
    lines.push(certificates());
    lines.extend(super::complete(sections(&config, args.offline))?);
    print(&table(&lines))?;
    Ok(match lines.iter().any(|line| line.level == Level::Fails) {
        true => Exit::Configuration,
        false => Exit::Done,
    })
}

/// What each provider and consumer says of itself, all asked at the same time.
async fn sections(config: &Config, offline: bool) -> Vec<Line> {
    let providers = join_all(config.providers.iter().map(async |named| {
        let about = format!("reads {}", named.provider.identity());
        section(&named.name, about, named.provider.check(offline).await)
    }));
    let consumers = join_all(config.consumers.iter().map(async |named| {
        let about = format!("writes to {}", named.consumer.target());
        section(&named.name, about, named.consumer.check(offline).await)
    }));
    let (providers, consumers) = futures_util::join!(providers, consumers);
    providers.into_iter().chain(consumers).flatten().collect()
}

fn section(name: &str, about: String, lines: Vec<Line>) -> Vec<Line> {
    let named = lines.into_iter().map(|line| Line {
        subject: format!("{name}: {}", line.subject),
        ..line
    });
    [Line::holds(name, about)]
        .into_iter()
        .chain(named)
        .collect()
}

fn database(path: &Path) -> Vec<Line> {
    let shown = path.display();
    let folder = path
        .ancestors()
        .skip(1)
        .find(|folder| folder.exists())
        .unwrap_or(Path::new("."));
    let mut lines = vec![
        match State::for_reading(path).and_then(|state| state.verify()) {
            Ok(()) if path.exists() => Line::holds("database", format!("{shown} is sound")),
            Ok(()) => Line::holds(
                "database",
                format!("{shown} does not exist yet; the first run makes it"),
            ),
            Err(busy @ StoreError::Busy(_)) => Line::warns("database", busy.to_string()),
            Err(error) => Line::fails("database", error.to_string()),
        },
    ];
    // Opening it so changes nothing.
    if let Some(error) = path
        .exists()
        .then(|| std::fs::OpenOptions::new().append(true).open(path).err())
        .flatten()
    {
        let text =
            format!("{shown} cannot be written to ({error}); let the user running kronos own it");
        lines.push(Line::fails("database", text));
    }
    lines.push(writable("state", folder));
    lines
}

/// Whether runs are close enough for what must be shown within a certain time, as far as the last ones tell.
fn timer(config: &Config, now: DateTime<Utc>) -> Vec<Line> {
    let status = State::for_reading(&config.store)
        .and_then(|state| Status::read(&state.store.borrow(), &[], now));
    let Ok(status) = status else {
        return Vec::new();
    };
    let begun = status.runs.iter().map(|run| run.started);
    let gaps = begun
        .clone()
        .zip(begun.skip(1))
        .map(|(later, earlier)| later - earlier);
    let Some(longest) = gaps.max() else {
        return Vec::new();
    };
    let missed = config.consumers.iter().filter(|named| {
        named
            .consumer
            .window()
            .is_some_and(|window| window < longest)
    });
    missed
        .map(|named| {
            let minutes = longest.num_minutes();
            let text = format!(
                "the last runs were up to {minutes} minutes apart: it can be missed; run kronos more often"
            );
            Line::warns(named.name.clone(), text)
        })
        .collect()
}

fn monitor(monitor: &Monitor) -> Vec<Line> {
    let metrics = monitor
        .metrics_file
        .as_deref()
        .map(|file| writable("metrics", file.parent().unwrap_or(Path::new("/"))));
    let ping = monitor.ping_url.as_ref().map(|url| {
        // Asking it would count as a run.
        let host = url.host_str().unwrap_or_default();
        Line::holds(
            "ping",
            format!("{host} is told of every run; it is not asked now"),
        )
    });
    metrics.into_iter().chain(ping).collect()
}

fn table(lines: &[Line]) -> String {
    let mut text = String::new();
    let widths = lines.iter().map(|line| line.subject.chars().count());
    let width = widths.max().unwrap_or(0).min(WIDEST);
    for line in lines {
        let (word, color) = match line.level {
            Level::Holds => ("ok  ", AnsiColor::Green),
            Level::Warns => ("warn", AnsiColor::Yellow),
            Level::Fails => ("FAIL", AnsiColor::Red),
        };
        let style = Style::new().fg_color(Some(color.into()));
        text.push_str(&format!(
            "{style}{word}{style:#}  {:<width$}  {}\n",
            line.subject, line.text
        ));
    }
    text
}
