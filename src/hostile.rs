//! What must hold whatever strangers write: one function for each parser of foreign bytes, which takes the bytes and panics where
//! something does not hold.
//!
//! The fuzz targets in `fuzz/` call these functions, and the tests here run them over the same corpus, so this is compiled for
//! the two of them only. Beside each parser stands a `hostile.rs` with what holds of it.

use crate::consumer::Outcome;
use crate::event::Event;
use crate::http::{Answer, Failure};
use crate::text;
use crate::text::oracle::deceives;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

mod arguments;
mod event;
#[cfg(test)]
mod shipped;
mod shown;
#[cfg(test)]
mod tests;
mod urls;

/// A target: its name, and what holds of any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target by the name of its file in `fuzz/fuzz_targets` and of its folder in `fuzz/corpus`.
pub const TARGETS: &[Target] = &[
    ("arguments", arguments::holds),
    ("calendar_file", crate::consumer::ical::hostile::holds),
    ("configuration", crate::config::hostile::holds),
    ("discord", discord),
    ("event", event::holds),
    ("headers", headers),
    ("ical", crate::provider::ical::hostile::holds),
    ("meetup", crate::consumer::meetup::hostile::holds),
    ("mobilizon", crate::provider::mobilizon::hostile::holds),
    ("picture", crate::picture::hostile::holds),
    ("signing_key", crate::consumer::meetup::hostile::key_holds),
    ("stream_key", crate::stream::hostile::key_holds),
    ("stream_message", crate::stream::hostile::message_holds),
    ("template", crate::template::hostile::holds),
    ("text", text_holds),
    ("urls", urls::holds),
    ("zmtp", crate::zmtp::hostile::holds),
];

/// Any answer of Discord's, about events and about messages.
fn discord(bytes: &[u8]) {
    crate::consumer::discord::hostile::holds(bytes);
    crate::consumer::discord_channel::hostile::holds(bytes);
}

/// Runs the target `name`.
///
/// # Panics
/// If something does not hold, or there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, holds) = found.unwrap_or_else(|| panic!("there is no target {name}"));
    holds(bytes);
}

/// When everything here happens.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_778)
}

/// An answer as the corpus holds it: a line with the status, headers, an empty line, the body. JSON unless it says otherwise.
pub(crate) fn answer(bytes: &[u8]) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    let (mut status, mut rest) = (None, bytes);
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = rest[..end].trim_ascii();
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        if status.is_none() {
            status = std::str::from_utf8(line)
                .ok()
                .and_then(|line| line.parse().ok());
            continue;
        }
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = HeaderName::from_bytes(parts.next().unwrap_or_default());
        let value = HeaderValue::from_bytes(parts.next().unwrap_or_default().trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    Answer {
        status: status.unwrap_or(200),
        headers,
        body: rest.to_vec(),
        received: now(),
    }
}

/// Words for people about what a stranger said: one line of bounded length that neither steers a terminal nor deceives.
pub(crate) fn sentence(text: &str) {
    assert!(!deceives(text) && !text.contains('\n'), "{text:?}");
    assert!(
        text::length(text) <= 2_000,
        "{} units: {text:.100}",
        text::length(text)
    );
}

/// A wait that a stranger asks for is bounded.
pub(crate) fn bounded(until: DateTime<Utc>) {
    assert!(until <= now() + TimeDelta::days(1), "{until}");
}

/// What every consumer shows of an event keeps its promises.
pub(crate) fn shows(event: &Event) {
    shown::holds(event);
}

/// The same of what consumers show where the template `source` stands for each of their texts.
pub(crate) fn shows_with(source: &str, event: &Event) {
    shown::holds_with(source, event);
}

/// The event of a stranger whose texts `bytes` are.
pub(crate) fn event_of(bytes: &[u8]) -> Event {
    event::event(bytes)
}

/// An event of which nothing is strange.
pub(crate) fn ordinary() -> Event {
    event::event(b"\0Rust night\xffBring a laptop.")
}

/// What holds of every failed reading.
pub(crate) fn failure(failure: &Failure) {
    sentence(&failure.to_string());
    if let Failure::Limited { until, .. } = failure {
        bounded(*until);
    }
}

/// What holds of every outcome, by the answer that it was made of.
pub(crate) fn outcome(outcome: &Outcome, answer: &Answer) {
    match outcome {
        Outcome::Applied { note, .. } => {
            assert!(answer.is_success() || matches!(answer.status, 404 | 410));
            note.iter().for_each(|note| sentence(note));
        }
        Outcome::Later { retry_at, reason } => {
            retry_at.iter().for_each(|at| bounded(*at));
            sentence(reason);
        }
        Outcome::NoRoom(reason)
        | Outcome::Refused(reason)
        | Outcome::Gone(reason)
        | Outcome::Unauthorised(reason)
        | Outcome::Ambiguous(reason) => sentence(reason),
    }
    if answer.status >= 500 {
        assert!(!matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    }
}

/// `Retry-After`, `Date`, `Age` and the content type.
fn headers(bytes: &[u8]) {
    let answer = answer(bytes);
    if let Some(at) = answer.retry_at() {
        bounded(at);
        assert!(at >= answer.received);
    }
    let kind = answer.content_type();
    assert_eq!(kind, kind.to_ascii_lowercase());
    answer.meaning();
    answer.skew();
}

/// HTML or plain text; its first byte is the limit of the outputs.
fn text_holds(bytes: &[u8]) {
    let (limit, bytes) = bytes.split_first().unwrap_or((&0, bytes));
    let limit = if *limit == u8::MAX {
        usize::MAX
    } else {
        usize::from(*limit)
    };
    text::hostile::holds(&String::from_utf8_lossy(bytes), limit);
}
