//! An event in Meetup's terms. Pure.

use super::config::Config;
use super::node::{moment, venue};
use super::{texts, times};
use crate::consumer::{Field, Rendering};
use crate::event::{Description, Event, EventKey, Status};
use crate::template::Page;
use crate::text::{self, Document};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest title, in characters (`CreateEventInput.title`).
const TITLE: usize = 80;
/// The longest description, in characters (`CreateEventInput.description`).
const DESCRIPTION: usize = 50_000;
/// What stands where nobody said where.
const NO_PLACE: &str = "See description";
/// What stands for a title of which nothing can be read.
const NO_TITLE: &str = "Event";
/// The alias of the venue of online events, and the canonical text of their location.
pub const ONLINE: &str = "online";
/// The canonical text of an event that is not published.
pub const DRAFT: &str = "draft";
/// The canonical text of an event that is published.
const PUBLISHED: &str = "published";

/// What Meetup is sent of an event; the start becomes the group's local time on sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shown {
    /// At most 80 characters.
    pub title: String,
    /// Simple HTML that ends in the marker.
    pub description: String,
    /// When it begins, in whole minutes.
    pub start: DateTime<Utc>,
    /// ISO 8601.
    pub duration: String,
    /// A venue's number, or `online`.
    pub venue_id: Option<String>,
    /// Where to find it if it has no venue, or the URL of an online event.
    pub how_to_find_us: String,
    /// How many may come; 0 is unlimited.
    pub rsvp_limit: i32,
    /// The cover picture's URL.
    pub picture: Option<String>,
    /// Whether it is to be published.
    pub published: bool,
}

/// What Meetup is to show of `event`.
pub fn render(config: &Config, event: &Event) -> Rendering {
    let begins = times::minute(event.begins);
    let length = match event.ends {
        Some(ends) if ends > event.begins => {
            (times::minute(ends) - begins).max(TimeDelta::minutes(1))
        }
        _ => config.default_length,
    };
    let mut page = config.templates.page(event, None);
    let (venue_id, mut how_to_find_us) = location(config, event);
    if venue_id.is_none() {
        how_to_find_us = page.text(&texts::PLACE, usize::MAX, || how_to_find_us);
    }
    let shown = Shown {
        title: page.text(&texts::TITLE, TITLE, || title(&event.title)),
        description: description(event, venue_id.as_deref() == Some(ONLINE), &mut page),
        start: begins,
        duration: times::iso(length),
        venue_id,
        how_to_find_us,
        rsvp_limit: event
            .capacity
            .and_then(|many| many.try_into().ok())
            .unwrap_or(0),
        picture: event.picture.clone(),
        published: config.publish && event.status != Status::Tentative,
    };
    let ends = begins.checked_add_signed(length).unwrap_or(begins);
    Rendering {
        fields: fields(&shown, event, ends),
        opens: None,
        draft: !shown.published,
        payload: serde_json::to_value(shown).unwrap_or_default(),
        begins,
        ends,
        problem: page.problem(),
    }
}

fn fields(shown: &Shown, event: &Event, ends: DateTime<Utc>) -> BTreeMap<Field, String> {
    let location = match shown.venue_id.as_deref() {
        Some(ONLINE) => ONLINE.into(),
        Some(id) => venue(id),
        None => shown.how_to_find_us.clone(),
    };
    let publication = if shown.published { PUBLISHED } else { DRAFT };
    [
        (Field::Title, Some(shown.title.clone())),
        (Field::Description, Some(shown.description.clone())),
        (Field::Begins, Some(moment(shown.start))),
        (Field::Ends, Some(moment(ends))),
        (Field::Location, Some(location)),
        (Field::Online, event.online.clone()),
        (
            Field::Capacity,
            (shown.rsvp_limit > 0).then(|| shown.rsvp_limit.to_string()),
        ),
        (Field::Link, event.participation.clone()),
        (Field::Picture, shown.picture.clone()),
        (Field::Publication, Some(publication.into())),
    ]
    .into_iter()
    .filter_map(|(field, value)| Some((field, value?)))
    .collect()
}

fn title(title: &str) -> String {
    match text::line(title) {
        line if line.is_empty() => NO_TITLE.into(),
        line => text::cut(&line, TITLE),
    }
}

/// The venue, and how to find the event there. With a venue of its own an event needs no further words.
fn location(config: &Config, event: &Event) -> (Option<String>, String) {
    let line = event.place.as_ref().and_then(|place| place.line());
    // Whoever says only where to join online means an online event, even if nobody ticked the box.
    if event.online_only || (line.is_none() && event.online.is_some()) {
        return (
            Some(ONLINE.into()),
            event
                .online
                .as_deref()
                .and_then(text::web)
                .unwrap_or_default(),
        );
    }
    match event
        .place
        .as_ref()
        .and_then(|place| config.venues.find(place))
    {
        Some(id) => (Some(id.into()), String::new()),
        None => {
            let line = text::line(&line.unwrap_or_default());
            (
                None,
                if line.is_empty() {
                    NO_PLACE.into()
                } else {
                    line
                },
            )
        }
    }
}

/// The description as simple HTML: what is said, last the marker, for which room is kept.
fn description(event: &Event, is_online: bool, page: &mut Page<'_>) -> String {
    let marker = marker(&event.key);
    let room = DESCRIPTION.saturating_sub(text::length(&marker));
    let text = page.text(&texts::DESCRIPTION, room, || said(event, is_online, room));
    text + &marker
}

/// The text, cut if it must be, then the links.
fn said(event: &Event, is_online: bool, room: usize) -> String {
    let online = event.online.as_deref().filter(|_| !is_online);
    let mut links: String = [
        ("Online", online),
        ("Registration", event.participation.as_deref()),
    ]
    .into_iter()
    .filter_map(|(label, url)| Some(format!("<p>{label}: {}</p>", link(url?)?)))
    .collect();
    if text::length(&links) > room {
        links.clear();
    }
    let document = match &event.description {
        Some(Description::Html(html)) => Document::html(html),
        Some(Description::Plain(plain)) => Document::plain(plain),
        None => Document::default(),
    };
    let body = document.to_simple_html(room - text::length(&links));
    body + &links
}

/// The marker: a paragraph of its own, a function of the key alone.
fn marker(key: &EventKey) -> String {
    let url = text::escape_html(key.as_str());
    format!("<p><a href=\"{url}\">{url}</a></p>")
}

fn link(url: &str) -> Option<String> {
    let url = text::escape_html(&text::web(url)?);
    Some(format!("<a href=\"{url}\">{url}</a>"))
}
