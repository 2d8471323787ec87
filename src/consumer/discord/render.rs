//! An event in Discord's terms: a scheduled event of type EXTERNAL.
//!
//! Source of the limits: Discord's OpenAPI document (v10), `ExternalScheduledEventCreateRequest`; that an EXTERNAL event
//! needs an end and a place: Discord API docs, "Guild Scheduled Event".

use super::{fields, texts};
use crate::consumer::{Field, Rendering};
use crate::event::{Description, Event, Status};
use crate::template::{Page, Templates};
use crate::text::{self, Document, web};
use chrono::{SubsecRound, TimeDelta};
use serde_json::json;
use std::collections::BTreeMap;

/// The longest name, in UTF-16 units.
pub(super) const NAME: usize = 100;
/// The longest description, in UTF-16 units.
pub(super) const DESCRIPTION: usize = 1_000;
/// The longest location, in UTF-16 units.
pub(super) const LOCATION: usize = 100;
/// Rises when the same event and configuration render differently.
const VERSION: u32 = 1;
/// `GUILD_ONLY`: the only one there is.
const PRIVACY_LEVEL: u8 = 2;
/// What an event is called of whose title nothing remains.
const NAMELESS: &str = "Event";
/// Where an event takes place that names no place.
const PLACELESS: &str = "See description";
/// Where an event takes place whose address on the web is too long for the location.
const ONLINE: &str = "Online";
/// The key of the payload that holds the picture's URL. It is not sent as such.
pub(super) const PICTURE: &str = "image_url";
/// `EXTERNAL`: takes place outside Discord.
pub(super) const ENTITY_TYPE: u8 = 3;

/// Changes with whatever changes what [`render`] gives.
pub(super) fn version(default_length: TimeDelta) -> String {
    format!("discord-{VERSION} {}s", default_length.num_seconds())
}

/// What Discord is to show of `event`; one without an end lasts `default_length`.
pub(super) fn render(event: &Event, default_length: TimeDelta, templates: &Templates) -> Rendering {
    let mut page = templates.page(event, None);
    let name = page.text(&texts::NAME, NAME, || name(event));
    let location = page.text(&texts::LOCATION, LOCATION, || location(event));
    let description = description(event, &mut page);
    // Discord keeps milliseconds and shows minutes; whole seconds compare without surprises.
    let begins = event.begins.trunc_subsecs(0);
    let ends = event
        .ends
        .map(|ends| ends.trunc_subsecs(0))
        .filter(|ends| *ends > begins)
        .unwrap_or(begins + default_length);
    let mut payload = json!({
        "name": name,
        "description": description,
        "privacy_level": PRIVACY_LEVEL,
        "entity_type": ENTITY_TYPE,
        "channel_id": null,
        "entity_metadata": { "location": location },
        "scheduled_start_time": fields::moment(begins),
        "scheduled_end_time": fields::moment(ends),
    });
    let mut shown = BTreeMap::from([
        (Field::Title, fields::line(&name)),
        (Field::Description, fields::block(&description)),
        (Field::Location, fields::line(&location)),
        (Field::Begins, fields::moment(begins)),
        (Field::Ends, fields::moment(ends)),
        (Field::Status, status(event).into()),
    ]);
    if let Some(picture) = &event.picture {
        payload[PICTURE] = json!(picture);
        shown.insert(Field::Picture, picture.clone());
    }
    Rendering {
        payload,
        fields: shown,
        begins,
        ends,
        opens: None,
        draft: false,
        problem: page.problem(),
    }
}

/// A live item is scheduled, whether it is tentative (its name says so) or under way.
fn status(event: &Event) -> &'static str {
    match event.status {
        Status::Cancelled => "cancelled",
        Status::Confirmed | Status::Tentative => fields::SCHEDULED,
    }
}

fn name(event: &Event) -> String {
    let title = text::line(&event.title);
    let title = match title.trim() {
        "" => NAMELESS,
        title => title,
    };
    match event.status {
        Status::Tentative => clip(&format!("Tentative: {title}"), NAME),
        Status::Confirmed | Status::Cancelled => clip(title, NAME),
    }
}

fn location(event: &Event) -> String {
    let place = event
        .place
        .as_ref()
        .and_then(|place| place.line())
        .map(|line| clip(&text::line(&line), LOCATION))
        .filter(|line| !line.is_empty() && !event.online_only);
    let online = || match online(event) {
        Some(url) if text::length(&url) <= LOCATION => Some(url),
        Some(_) => Some(ONLINE.into()),
        None => event.online_only.then(|| ONLINE.into()),
    };
    place.or_else(online).unwrap_or_else(|| PLACELESS.into())
}

/// The text, then the marker alone on the last line, for which room is kept.
fn description(event: &Event, page: &mut Page<'_>) -> String {
    let marker = event.key.as_str();
    let room = DESCRIPTION.saturating_sub(text::length(marker) + 2);
    let text = page.text(&texts::DESCRIPTION, room, || text(event, room));
    [text.as_str(), marker]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// What is said of the event, then what has no field of its own at Discord. Room is given to these lines first, each whole or not
/// at all, and what remains to the text.
fn text(event: &Event, mut room: usize) -> String {
    let mut lines = Vec::new();
    for line in lines_of(event) {
        // The first line also needs the blank line that parts it from the text.
        let needed = text::length(&line) + if lines.is_empty() { 0 } else { 1 };
        if needed <= room {
            room -= needed;
            lines.push(line);
        }
    }
    let text = match &event.description {
        Some(Description::Html(html)) => Document::html(html),
        Some(Description::Plain(plain)) => Document::plain(plain),
        None => Document::default(),
    };
    let parting = if lines.is_empty() { 0 } else { 2 };
    let text = match room.checked_sub(parting) {
        Some(room) if room > 0 => text.to_markdown(room),
        _ => String::new(),
    };
    [text.trim(), &lines.join("\n")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn lines_of(event: &Event) -> Vec<String> {
    let online = online(event)
        .filter(|url| location(event) != *url)
        .map(|url| format!("Online: {url}"));
    let register = event
        .participation
        .as_deref()
        .and_then(web)
        .map(|url| format!("Register: {url}"));
    let places = event.capacity.map(|places| format!("Places: {places}"));
    [places, online, register].into_iter().flatten().collect()
}

fn online(event: &Event) -> Option<String> {
    event.online.as_deref().and_then(web)
}

/// At most `limit` units, without white space that Discord would trim.
fn clip(line: &str, limit: usize) -> String {
    text::cut(line, limit).trim().to_string()
}

#[cfg(test)]
mod tests;
