//! Events in a calendar file (RFC 5545) to which calendar programs can subscribe.
//!
//! The file is the consumer's whole state: it is read, changed and replaced atomically, so no intent per event is needed.
//! Other people's VEVENTs in it are preserved byte for byte.

use super::{Action, Capability, Consumer, Item, Kind, Listing, Operation, Outcome, Rendering};
use crate::check;
use crate::clock::Clock;
use crate::event::{Event, Fingerprint};
use crate::http::Failure;
use crate::kind::{KindError, Section};
use crate::template::Templates;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::cell::Cell;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use url::Url;

mod change;
mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod line;
mod listing;
mod render;
mod texts;

use change::Editor;
use file::{Calendar, LARGEST, Unreadable, Unwritten};
use line::Line;

/// How often calendar programs should look again.
const REFRESH: &str = "PT1H";

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "ical",
    example: r##"# [consumers.calendar]
# type = "ical"
# path = "/srv/www/events.ics"                   # calendar programs subscribe to it; other events in it stay
"##,
    texts: texts::ALL,
    build,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    path: PathBuf,
}

/// One calendar file.
struct CalendarFile {
    /// The calendar's name, as programs show it.
    name: String,
    path: PathBuf,
    clock: Rc<dyn Clock>,
    templates: Templates,
    /// The hash of the file as it was listed or written last.
    known: Cell<Option<Fingerprint>>,
}

fn build(section: &Section) -> Result<Box<dyn Consumer>, KindError> {
    let settings: Settings = section.parse()?;
    let path = absolute(&section.path(&settings.path));
    if path.file_name().is_none() || path.is_dir() {
        return Err(KindError::value(
            "path",
            format!("{} is a folder", path.display()),
            "name a file in it, e.g. events.ics",
        ));
    }
    Ok(Box::new(CalendarFile {
        name: section.name.clone(),
        path,
        clock: section.clock.clone(),
        templates: section.templates(texts::ALL)?,
        known: Cell::new(None),
    }))
}

/// `path` made absolute, without `.` and `..`, so that one file is one target however it is written.
fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    Url::from_file_path(&path)
        .ok()
        .and_then(|url| Url::parse(url.as_str()).ok()?.to_file_path().ok())
        .unwrap_or(path)
}

impl CalendarFile {
    fn read(&self) -> Result<Calendar, Failure> {
        let shown = self.path.display();
        match Calendar::read(&self.path) {
            Ok(Some(calendar)) => Ok(calendar),
            Ok(None) => Ok(Calendar::new(&self.head())),
            Err(Unreadable::Foreign(problem)) => Err(Failure::Wrong(format!(
                "{shown}: {problem}; kronos does not overwrite what is no calendar: move it away or change path"
            ))),
            Err(Unreadable::Io(error)) if error.kind() == ErrorKind::PermissionDenied => {
                Err(Failure::Unauthorised(format!(
                    "{shown}: {error}; let the user running kronos read and write it"
                )))
            }
            Err(Unreadable::Io(error)) => Err(Failure::Broken(format!("{shown}: {error}"))),
        }
    }

    /// The calendar's own properties; RFC 7986 names what Outlook and Apple spelled with X- before.
    fn head(&self) -> Vec<Line> {
        vec![
            Line::raw("VERSION", "2.0"),
            Line::raw("PRODID", "-//kronos//kronos//EN"),
            Line::raw("CALSCALE", "GREGORIAN"),
            Line::raw("METHOD", "PUBLISH"),
            Line::text("NAME", &self.name),
            Line::text("X-WR-CALNAME", &self.name),
            Line::raw("REFRESH-INTERVAL;VALUE=DURATION", REFRESH),
            Line::raw("X-PUBLISHED-TTL", REFRESH),
        ]
    }

    fn later(&self, reason: &str) -> Outcome {
        Outcome::Later {
            retry_at: None,
            reason: format!("{}: {reason}", self.path.display()),
        }
    }

    fn write(&self, bytes: &[u8]) -> Outcome {
        if bytes.len() > LARGEST {
            return self.later(&format!(
                "it would be larger than {LARGEST} bytes; take old events out of it"
            ));
        }
        let shown = self.path.display();
        match file::write(&self.path, bytes) {
            Ok(()) => done(),
            Err(Unwritten::After(error)) => Outcome::Ambiguous(format!("{shown}: {error}")),
            Err(Unwritten::Before(error)) => match error.kind() {
                ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                    Outcome::Unauthorised(format!(
                        "{shown}: {error}; let the user running kronos write in its folder"
                    ))
                }
                ErrorKind::NotFound | ErrorKind::NotADirectory => {
                    self.later(&format!("{error}; make its folder"))
                }
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                    self.later(&format!("{error}; free some space"))
                }
                _ => self.later(&error.to_string()),
            },
        }
    }
}

fn done() -> Outcome {
    Outcome::Applied {
        remote_id: None,
        remote_url: None,
        note: None,
    }
}

#[async_trait(?Send)]
impl Consumer for CalendarFile {
    fn target(&self) -> String {
        format!("ical:{}", self.path.display())
    }

    fn capability(&self) -> Capability {
        Capability::Whole
    }

    fn rendering_version(&self) -> String {
        format!("{}{}", render::VERSION, self.templates.version())
    }

    fn render(&self, event: &Event) -> Rendering {
        render::render(event, &self.templates)
    }

    fn texts(&self, rendering: &Rendering) -> Vec<(&'static str, String)> {
        let lines = render::of_payload(&rendering.payload).unwrap_or_default();
        let shown = |name: &str| lines.iter().find(|line| line.is(name)).map(Line::unescaped);
        [
            (texts::SUMMARY.name, shown("SUMMARY")),
            (texts::LOCATION.name, shown("LOCATION")),
            (texts::DESCRIPTION.name, shown("DESCRIPTION")),
        ]
        .into_iter()
        .map(|(name, text)| (name, text.unwrap_or_default()))
        .collect()
    }

    async fn list(&self) -> Result<Listing, Failure> {
        let begun = self.clock.now();
        let calendar = self.read()?;
        self.known.set(calendar.hash());
        Ok(Listing {
            begun,
            items: listing::items(&calendar, begun),
            room: None,
        })
    }

    async fn stands(&self) -> Option<Fingerprint> {
        let file = File::open(&self.path).ok()?;
        self.known.set(Fingerprint::of_reader(file).ok());
        self.known.get()
    }

    fn left(&self) -> Option<Fingerprint> {
        self.known.get()
    }

    /// A cancelled event is found: it stands in the file and can be confirmed again there.
    async fn look(&self, remote_id: &str) -> Result<Option<Item>, Failure> {
        let mut items = self.list().await?.items.into_iter();
        Ok(items.find(|item| item.remote_id == remote_id))
    }

    fn ready_at(&self, _action: Action) -> Option<DateTime<Utc>> {
        None
    }

    async fn apply(&self, operation: &Operation<'_>) -> Outcome {
        self.replace(std::slice::from_ref(operation)).await
    }

    /// The UID of a new event is its key, so no id is given back.
    async fn replace(&self, operations: &[Operation<'_>]) -> Outcome {
        let mut calendar = match self.read() {
            Ok(calendar) => calendar,
            Err(Failure::Unauthorised(reason)) => return Outcome::Unauthorised(reason),
            Err(failure) => {
                return Outcome::Later {
                    retry_at: None,
                    reason: failure.to_string(),
                };
            }
        };
        // What somebody else wrote since the listing was not planned with.
        let is_as_listed = calendar.hash() == self.known.take();
        let mut editor = Editor::new(&mut calendar);
        for operation in operations {
            if let Err(problem) = editor.apply(operation) {
                return Outcome::Refused(problem);
            }
        }
        let bytes = match calendar.is_changed() {
            true => calendar.to_bytes(),
            false => {
                self.known.set(calendar.hash().filter(|_| is_as_listed));
                return done();
            }
        };
        drop(calendar);
        let outcome = self.write(&bytes);
        if is_as_listed && outcome == done() {
            self.known.set(Some(Fingerprint::of_bytes(&bytes)));
        }
        outcome
    }

    fn requests(&self) -> u64 {
        0
    }

    /// The file lies on this machine, so that `offline` makes no difference.
    async fn check(&self, _offline: bool) -> Vec<check::Line> {
        let listed = self.list().await.map(|listing| match self.path.exists() {
            true => format!(
                "{} events stand in {}",
                listing.items.len(),
                self.path.display()
            ),
            false => format!(
                "{} does not exist yet; the first run makes it",
                self.path.display()
            ),
        });
        // The file is replaced by one that is written beside it.
        let folder = self.path.parent().unwrap_or(Path::new("/"));
        vec![
            check::Line::of("file", listed),
            check::writable("folder", folder),
        ]
    }
}

#[cfg(test)]
mod tests;
