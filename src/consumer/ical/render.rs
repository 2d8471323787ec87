//! An event as the content lines of a VEVENT, and these lines as fields.

use super::line::{Line, escape};
use super::texts;
use crate::consumer::{Field, Rendering};
use crate::event::{Description, Event, Place, Status};
use crate::template::{Page, Templates};
use crate::text::{self, Document};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use url::Url;

/// Changes with what [`render`] gives for the same event.
pub const VERSION: &str = "ical 2";
/// The property by which kronos knows its own VEVENTs; its value is the event's key.
pub const KEY: &str = "X-KRONOS-KEY";
/// The longest description, in UTF-16 units; the standard sets no limit.
const LONGEST: usize = 20_000;

/// What the file is to hold of `event`, apart from UID, SEQUENCE and the time of writing.
pub fn render(event: &Event, templates: &Templates) -> Rendering {
    let mut page = templates.page(event, None);
    let lines = lines(event, &mut page);
    let (begins, ends) = times(event);
    Rendering {
        fields: fields(&lines),
        payload: payload(&lines),
        begins,
        ends,
        opens: None,
        draft: false,
        problem: page.problem(),
    }
}

/// `lines` as one text: no line holds a line break.
fn payload(lines: &[Line]) -> serde_json::Value {
    let length = |line: &Line| line.head.len() + line.value.len() + 2;
    let mut text = String::with_capacity(lines.iter().map(length).sum());
    for line in lines {
        for part in [&line.head, ":", &line.value, "\n"] {
            text.push_str(part);
        }
    }
    text.into()
}

/// The lines that a rendering's payload stands for; `None` if it is of another consumer.
pub fn of_payload(payload: &serde_json::Value) -> Option<Vec<Line>> {
    payload.as_str()?.lines().map(Line::parse).collect()
}

/// What a VEVENT's lines show, by field. Categories count as description, coordinates as location: no field of their own
/// would tell that they changed.
pub fn fields(lines: &[Line]) -> BTreeMap<Field, String> {
    let shown = |name: &str| -> Option<String> {
        let values: Vec<String> = lines
            .iter()
            .filter(|line| line.is(name))
            .map(|line| match line.parameter("TZID") {
                Some(zone) => format!("{} {zone}", line.unescaped()),
                None => line.unescaped(),
            })
            .collect();
        (!values.is_empty()).then(|| values.join("\n"))
    };
    let both = |first: &str, second: &str| match (shown(first), shown(second)) {
        (Some(first), Some(second)) => Some(format!("{first}\n{second}")),
        (first, second) => first.or(second),
    };
    [
        (Field::Title, shown("SUMMARY")),
        (Field::Description, both("DESCRIPTION", "CATEGORIES")),
        (Field::Begins, shown("DTSTART")),
        (Field::Ends, shown("DTEND")),
        (Field::Location, both("LOCATION", "GEO")),
        (Field::Online, shown("CONFERENCE")),
        (Field::Picture, shown("IMAGE")),
        (Field::Status, shown("STATUS")),
        (Field::Link, shown("URL")),
    ]
    .into_iter()
    .filter_map(|(field, value)| Some((field, value?)))
    .collect()
}

fn lines(event: &Event, page: &mut Page<'_>) -> Vec<Line> {
    let mut lines = dates(event);
    let title = page.text(&texts::SUMMARY, LONGEST, || title(event));
    lines.push(Line::text("SUMMARY", &title));
    lines.push(Line::raw("STATUS", status(event.status)));
    lines.push(Line::text("DESCRIPTION", &description(event, page)));
    let location = page.text(&texts::LOCATION, LONGEST, || {
        location(event).unwrap_or_default()
    });
    if !location.is_empty() {
        lines.push(Line::text("LOCATION", &location));
    }
    let coordinates = event
        .place
        .as_ref()
        .and_then(|place| place.coordinates.as_ref());
    if let Some((latitude, longitude)) = coordinates
        && is_number(latitude)
        && is_number(longitude)
    {
        lines.push(Line::raw("GEO", format!("{latitude};{longitude}")));
    }
    let tags: Vec<String> = event
        .tags
        .iter()
        .map(|tag| escape(&text::line(tag)))
        .filter(|tag| !tag.is_empty())
        .collect();
    if !tags.is_empty() {
        lines.push(Line::raw("CATEGORIES", tags.join(",")));
    }
    for (head, link) in [
        ("CONFERENCE;VALUE=URI", &event.online),
        ("IMAGE;VALUE=URI", &event.picture),
    ] {
        if let Some(link) = link.as_deref().and_then(web) {
            lines.push(Line::raw(head, link));
        }
    }
    lines.push(Line::raw("URL", event.key.as_str()));
    lines.push(Line::text(KEY, event.key.as_str()));
    lines
}

fn title(event: &Event) -> String {
    match text::line(&event.title) {
        title if title.is_empty() => "Untitled event".into(),
        title => title,
    }
}

/// The value of STATUS.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "CONFIRMED",
        Status::Tentative => "TENTATIVE",
        Status::Cancelled => "CANCELLED",
    }
}

/// DTSTART and DTEND: days of the event's own zone, else UTC.
fn dates(event: &Event) -> Vec<Line> {
    if event.all_day {
        let (first, after) = days(event);
        let line = |head, day: NaiveDate| Line::raw(head, day.format("%Y%m%d").to_string());
        return vec![
            line("DTSTART;VALUE=DATE", first),
            line("DTEND;VALUE=DATE", after),
        ];
    }
    let line = |head, at: DateTime<Utc>| Line::raw(head, at.format("%Y%m%dT%H%M%SZ").to_string());
    let mut lines = vec![line("DTSTART", event.begins)];
    lines.extend(end(event).map(|ends| line("DTEND", ends)));
    lines
}

/// An end that is not later than the beginning is none (RFC 5545, 3.8.2.2).
fn end(event: &Event) -> Option<DateTime<Utc>> {
    event.ends.filter(|ends| *ends > event.begins)
}

/// The first day, and the day after the last.
fn days(event: &Event) -> (NaiveDate, NaiveDate) {
    let zone = event.timezone.unwrap_or(Tz::UTC);
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let first = day(event.begins);
    let next = first.succ_opt().unwrap_or(first);
    (first, event.ends.map_or(next, |ends| day(ends).max(next)))
}

/// When it begins and is over in the file.
fn times(event: &Event) -> (DateTime<Utc>, DateTime<Utc>) {
    let ends = if event.all_day && end(event).is_none() {
        event.begins + chrono::TimeDelta::days(1)
    } else {
        end(event).unwrap_or(event.begins)
    };
    (event.begins, ends)
}

/// What is said of the event, and the marker as the last line.
fn description(event: &Event, page: &mut Page<'_>) -> String {
    let text = page.text(&texts::DESCRIPTION, LONGEST, || said(event));
    let parts = [text.as_str(), event.key.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

/// The event's text, and what has no property that calendar programs show.
fn said(event: &Event) -> String {
    let text = match &event.description {
        Some(Description::Html(html)) => Document::html(html).to_plain(LONGEST),
        Some(Description::Plain(plain)) => Document::plain(plain).to_plain(LONGEST),
        None => String::new(),
    };
    let mut facts = Vec::new();
    if let Some(link) = event.online.as_deref().and_then(web) {
        facts.push(format!("Online: {link}"));
    }
    if let Some(link) = event.participation.as_deref().and_then(web) {
        facts.push(format!("Registration: {link}"));
    }
    if let Some(capacity) = event.capacity {
        facts.push(format!("Places: {capacity}"));
    }
    let parts = [text.trim().to_owned(), facts.join("\n")];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

/// One line for people; of an event that is online only, its address.
fn location(event: &Event) -> Option<String> {
    let named = |place: &Place| {
        let parts = [place.name.clone(), place.address()];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        let line = text::line(&parts.join(", "));
        if line.is_empty() {
            place.line().map(|line| text::line(&line))
        } else {
            Some(line)
        }
    };
    event
        .place
        .as_ref()
        .and_then(named)
        .or_else(|| event.online.as_deref().and_then(web))
}

fn is_number(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// `link`, if it is an http(s) URL, in a form that has neither spaces nor line breaks.
fn web(link: &str) -> Option<String> {
    let url = Url::parse(link.trim()).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}

/// The time that a DTSTART or DTEND stands for, as far as this machine knows its zone; days are midnights in UTC.
pub fn time(line: &Line) -> Option<DateTime<Utc>> {
    let value = line.value.trim();
    if let Ok(day) = NaiveDate::parse_from_str(value, "%Y%m%d") {
        return Some(day.and_time(NaiveTime::MIN).and_utc());
    }
    let local = value.strip_suffix('Z').unwrap_or(value);
    let local = chrono::NaiveDateTime::parse_from_str(local, "%Y%m%dT%H%M%S").ok()?;
    match line.parameter("TZID") {
        Some(zone) => {
            let zone: Tz = zone.parse().ok()?;
            Some(local.and_local_timezone(zone).earliest()?.to_utc())
        }
        None => Some(local.and_utc()),
    }
}
