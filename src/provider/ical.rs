//! Events from a calendar file (RFC 5545) at a web address or on this machine.
//!
//! A calendar is one group. Asking for it is reading it: a web address is asked at most once a reading, conditionally.

use super::{Finding, Kind, Missing, Probe, Provider, Reading, Want};
use crate::check::{Line, clock};
use crate::event::{Event, EventKey};
use crate::http::{Failure, Http};
use crate::kind::{KindError, Section};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;

mod calendar;
mod content;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod moment;
mod recurrence;
mod series;
mod source;
mod structure;
mod zone;

use calendar::Contents;
use series::Window;
use source::{Fetched, Source, Stamp};

/// What ended longer ago than this is left out.
const BEFORE: TimeDelta = TimeDelta::days(14);
/// Series are followed this far.
const AHEAD: TimeDelta = TimeDelta::days(90);
/// So many of a calendar's problems are logged one by one.
const WARNINGS: usize = 20;

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "ical",
    example: r##"# [providers.holidays]
# type = "ical"
# url = "https://example.org/calendar.ics"     # or path = "events.ics"; it stands in every text that is shared
"##,
    build,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    url: Option<String>,
    path: Option<PathBuf>,
}

/// One calendar.
struct Calendar {
    name: String,
    source: Source,
    http: Http,
    taken: RefCell<Option<Probe>>,
}

fn build(section: &Section) -> Result<Box<dyn Provider>, KindError> {
    let settings: Settings = section.parse()?;
    let (name, source) = match (settings.url, settings.path) {
        (Some(text), None) => {
            let url = section.service_url("url", &text)?;
            if url.fragment().is_some() {
                return Err(KindError::value(
                    "url",
                    format!("{text:?} names a part of a page"),
                    "leave out # and what follows it",
                ));
            }
            (text, Source::Web(url))
        }
        (None, Some(path)) => (
            path.display().to_string(),
            Source::File(source::absolute(&section.path(&path))),
        ),
        (Some(_), Some(_)) => {
            return Err(KindError::value(
                "path",
                "stands beside url",
                "leave one of them out",
            ));
        }
        (None, None) => {
            return Err(KindError::value(
                "url",
                "is missing",
                "write url = \"https://…\" or path = \"events.ics\"",
            ));
        }
    };
    let agent = concat!("kronos/", env!("CARGO_PKG_VERSION"));
    Ok(Box::new(Calendar {
        name,
        source,
        http: Http::new(section.clock.clone(), section.timeout, agent),
        taken: RefCell::new(None),
    }))
}

impl Calendar {
    fn contents(&self, bytes: &[u8], now: DateTime<Utc>, past: bool) -> Result<Contents, Failure> {
        let window = Window {
            since: now - BEFORE,
            until: now + AHEAD,
            past,
        };
        let shown = self.source.shown();
        let contents = calendar::read(bytes, &self.source.base(), window)
            .map_err(|problem| Failure::Broken(format!("{shown}: {problem}")))?;
        for problem in contents.problems.iter().take(WARNINGS) {
            tracing::warn!(calendar = %shown, "{problem}");
        }
        if let Some(more) = contents.problems.len().checked_sub(WARNINGS + 1) {
            tracing::warn!(calendar = %shown, "{} more events cannot be used", more + 1);
        }
        Ok(contents)
    }

    /// What stands in the calendar now, by key; an error where that does not show what does not stand there.
    async fn look(&self) -> Result<(HashMap<EventKey, Event>, Option<String>), Failure> {
        let now = self.http.clock().now();
        match self.source.fetch(&self.http, None).await? {
            Fetched::New(bytes, _) => {
                let contents = self.contents(&bytes, now, true)?;
                let events = contents.events.into_iter();
                Ok((
                    events.map(|event| (event.key.clone(), event)).collect(),
                    contents.problems.into_iter().next(),
                ))
            }
            Fetched::Same => Err(Failure::Broken(format!(
                "{}: answered 304",
                self.source.shown()
            ))),
        }
    }
}

#[async_trait(?Send)]
impl Provider for Calendar {
    fn identity(&self) -> String {
        match &self.source {
            Source::Web(url) => format!("ical:{url}"),
            Source::File(path) => format!("ical:{}", path.display()),
        }
    }

    fn groups(&self) -> Vec<String> {
        vec![self.name.clone()]
    }

    async fn probe(&self, groups: &[String]) -> Vec<Result<Option<Probe>, Failure>> {
        groups.iter().map(|_| Ok(None)).collect()
    }

    async fn read(
        &self,
        _group: &str,
        want: &Want<'_>,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Reading, Failure> {
        self.taken.replace(None);
        let stamp = want.stored.filter(|_| !want.whole).and_then(Stamp::of);
        let since = want.now - BEFORE;
        let (bytes, stamp) = match self.source.fetch(&self.http, stamp.as_ref()).await? {
            Fetched::New(bytes, stamp) => (bytes, stamp),
            Fetched::Same => {
                self.taken.replace(want.stored.cloned());
                return Ok(Reading {
                    whole: false,
                    complete: true,
                    since,
                });
            }
        };
        let contents = self.contents(&bytes, want.now, false)?;
        let complete = contents.problems.is_empty();
        if complete {
            self.taken.replace(Some(stamp.probe(contents.uids)));
        }
        contents.events.into_iter().for_each(sink);
        Ok(Reading {
            whole: true,
            complete,
            since,
        })
    }

    fn taken(&self, _group: &str) -> Option<Probe> {
        self.taken.borrow().clone()
    }

    async fn confirm(&self, missing: &[Missing]) -> Vec<Finding> {
        if missing.is_empty() {
            return Vec::new();
        }
        let looked = self.look().await;
        let judge = |missing: &Missing| match &looked {
            Err(failure) => Finding::Unknown(failure.to_string()),
            Ok((events, problem)) => match (events.get(&missing.key), problem) {
                (Some(event), _) => Finding::Visible {
                    begins: event.begins,
                    ends: event.ends,
                    group: Some(self.name.clone()),
                },
                (None, Some(problem)) => Finding::Unknown(problem.clone()),
                (None, None) => Finding::Hidden,
            },
        };
        missing.iter().map(judge).collect()
    }

    fn owns(&self, key: &EventKey) -> bool {
        key.as_str()
            .strip_prefix(&self.source.base())
            .is_some_and(|rest| rest.starts_with('#'))
    }

    fn requests(&self) -> u64 {
        self.http.requests()
    }

    fn refusals(&self) -> u64 {
        self.http.refusals()
    }

    async fn check(&self, offline: bool) -> Vec<Line> {
        if offline && matches!(self.source, Source::Web(_)) {
            return Vec::new();
        }
        let mut lines = match self.look().await {
            Err(failure) => vec![Line::of("calendar", Err(failure))],
            Ok((events, None)) => vec![Line::holds(
                "calendar",
                format!("can be read, {} events", events.len()),
            )],
            Ok((events, Some(problem))) => vec![Line::warns(
                "calendar",
                format!(
                    "{} events can be read, but {problem}; correct it, or nothing is taken for deleted",
                    events.len()
                ),
            )],
        };
        lines.extend(clock(&self.http));
        lines
    }
}

#[cfg(test)]
mod tests;
