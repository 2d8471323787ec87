//! What `kronos check` finds: one line for each thing, whether it holds, and its mend where it does not.

use crate::http::{Failure, Http, machine_certificates};
use crate::text::shown;
use chrono::TimeDelta;
use std::io::Write;
use std::path::Path;

/// A clock that is further off than this is worth a warning.
const NOTICEABLE: TimeDelta = TimeDelta::seconds(30);
/// A clock that is further off than this breaks something: assertions for access tokens live two minutes, and a listing
/// counts as settled after as long.
const HARMFUL: TimeDelta = TimeDelta::seconds(120);

/// So many bytes a folder must take: on a full disk a file can still be made, but nothing written into it.
const ROOM: usize = 64 * 1024;

/// Whether something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It is as it should be.
    Holds,
    /// It works, but not as it should; or it could not be looked at.
    Warns,
    /// It does not work.
    Fails,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Whether it holds.
    pub level: Level,
    /// What was looked at: one or two words, within the section that it belongs to.
    pub subject: String,
    /// What was found; where it does not hold, with its mend. One line, without secrets.
    pub text: String,
}

impl Line {
    /// It holds.
    pub fn holds(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Level::Holds, subject, text)
    }

    /// It works, but something should be done, which `text` says.
    pub fn warns(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Level::Warns, subject, text)
    }

    /// It does not work; `text` says how it is mended.
    pub fn fails(subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self::new(Level::Fails, subject, text)
    }

    /// What a reading came to: its text where it succeeded, else the failure. A service that asks to be left alone for now
    /// is in order.
    pub fn of(subject: impl Into<String>, result: Result<String, Failure>) -> Self {
        match result {
            Ok(text) => Self::holds(subject, text),
            Err(limited @ Failure::Limited { .. }) => Self::warns(subject, limited.to_string()),
            Err(failure) => Self::fails(subject, failure.to_string()),
        }
    }

    fn new(level: Level, subject: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            level,
            subject: subject.into(),
            text: shown(&text.into()),
        }
    }
}

/// How this machine's clock stands to that of the service that `http` asked; nothing if the service told no time.
pub fn clock(http: &Http) -> Option<Line> {
    http.skew().map(judge)
}

/// `ahead`: by how much this machine's clock is ahead of the service's.
fn judge(ahead: TimeDelta) -> Line {
    let off = ahead.abs();
    let side = if ahead < TimeDelta::zero() {
        "behind"
    } else {
        "ahead of"
    };
    let text = format!(
        "this machine's clock is {} s {side} the service's; switch on time synchronisation (timedatectl set-ntp true)",
        off.num_seconds()
    );
    if off > HARMFUL {
        Line::fails("clock", text)
    } else if off > NOTICEABLE {
        Line::warns("clock", text)
    } else {
        Line::holds("clock", "agrees with the service's")
    }
}

/// Whether the certificates by which this machine trusts services can be read. Without them only services on this machine can
/// be asked, so that it is for those services' own lines to fail.
pub fn certificates() -> Line {
    match machine_certificates() {
        Ok(()) => Line::holds("certificates", "those of this machine can be read"),
        Err(problem) => Line::warns(
            "certificates",
            format!("{problem}; install the package ca-certificates, or set SSL_CERT_FILE"),
        ),
    }
}

/// Whether `folder` exists, and files can be made in it and take something. Leaves nothing behind.
pub fn writable(subject: &str, folder: &Path) -> Line {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let path = folder.display();
    if !folder.is_dir() {
        return Line::fails(
            subject,
            format!("{path} does not exist; make it: mkdir -p {path}"),
        );
    }
    let written = tempfile::tempfile_in(folder).and_then(|mut file| file.write_all(&[0; ROOM]));
    match written {
        Ok(()) => Line::holds(subject, format!("{path} can be written to")),
        Err(error) => Line::fails(
            subject,
            format!(
                "{path} cannot be written to ({error}); let the user running kronos own it, and see that its disk has room"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::http::scripted::{Script, says};
    use crate::http::{Method, Request};
    use serde_json::json;
    use std::rc::Rc;
    use std::time::Duration;

    #[test]
    fn a_clock_warns_after_half_a_minute_and_fails_after_two() {
        for (seconds, level) in [
            (0, Level::Holds),
            (30, Level::Holds),
            (-31, Level::Warns),
            (120, Level::Warns),
            (-121, Level::Fails),
        ] {
            assert_eq!(judge(TimeDelta::seconds(seconds)).level, level, "{seconds}");
        }
        assert!(
            judge(TimeDelta::seconds(-121))
                .text
                .contains("121 s behind")
        );
    }

    #[tokio::test]
    async fn the_clock_is_held_against_the_date_of_an_answer_that_no_cache_gave() {
        let script = Script::play(vec![
            says(200, json!({})),
            says(200, json!({}))
                .with("date", "Thu, 01 Jan 2015 00:00:00 GMT")
                .with("age", "300"),
            says(200, json!({})).with("date", "Thu, 01 Jan 2015 00:00:00 GMT"),
        ]);
        let http = Http::new(Rc::new(SystemClock), Duration::from_secs(5), "kronos");
        let url = url::Url::parse(&script.url).unwrap();
        for expected in [None, None, Some(Level::Fails)] {
            http.send(Request::new(Method::GET, url.clone()))
                .await
                .unwrap();
            assert_eq!(clock(&http).map(|line| line.level), expected);
        }
    }

    #[test]
    fn a_service_that_asks_to_be_left_alone_does_not_fail() {
        let limited = Failure::Limited {
            until: chrono::DateTime::UNIX_EPOCH,
            reason: "too often".into(),
        };
        assert_eq!(Line::of("x", Err(limited)).level, Level::Warns);
        let wrong = Failure::Wrong("no such group".into());
        assert_eq!(Line::of("x", Err(wrong)).level, Level::Fails);
    }
}
