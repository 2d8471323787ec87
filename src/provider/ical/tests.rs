//! A calendar is written as text, read, and what comes of it is looked at.

use super::calendar::{Contents, read};
use super::series::Window;
use crate::event::Event;
use chrono::{DateTime, TimeDelta, Utc};

mod as_provider;
mod content;
mod hostile;
mod series;
mod times;

const BASE: &str = "https://example.org/calendar.ics";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Monday, two weeks before the clock goes back in Berlin.
fn now() -> DateTime<Utc> {
    at("2026-10-12T08:00:00Z")
}

fn window() -> Window {
    Window {
        since: now() - TimeDelta::days(14),
        until: now() + TimeDelta::days(90),
        past: false,
    }
}

/// A calendar around `body`, with the line ends that the standard asks for.
fn calendar(body: &str) -> String {
    let lines = format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//t//t//EN\n{}\nEND:VCALENDAR\n",
        body.trim()
    );
    lines.replace('\n', "\r\n")
}

/// A VEVENT with the UID `uid` and `lines`.
fn event(uid: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\nUID:{uid}\n{}\nEND:VEVENT\n", lines.trim())
}

fn contents(body: &str) -> Contents {
    read(calendar(body).as_bytes(), BASE, window()).unwrap()
}

/// The events of a calendar in which everything can be used.
fn events(body: &str) -> Vec<Event> {
    let contents = contents(body);
    assert_eq!(contents.problems, Vec::<String>::new());
    contents.events
}

fn one(lines: &str) -> Event {
    let mut events = events(&event("a", lines));
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn begins(events: &[Event]) -> Vec<String> {
    let mut all: Vec<_> = events.iter().map(|event| event.begins).collect();
    all.sort_unstable();
    all.iter()
        .map(|at| at.format("%Y-%m-%dT%H:%M").to_string())
        .collect()
}
