//! An event as a message. Pure.
//!
//! Source of the limits: Discord API docs, "Embed Limits" and "Create Message"; `<t:UNIX:F>` is shown in each reader's own
//! language and time zone ("Message Formatting").

use super::config::{Config, Reminder};
use super::texts;
use crate::consumer::discord::fields;
use crate::consumer::{CANCELLED, Field, Rendering};
use crate::event::{Description, Event, Status};
use crate::text::{self, Document};
use chrono::{SubsecRound, TimeDelta};
use serde_json::json;
use std::collections::BTreeMap;

/// The longest title of an embed.
const TITLE: usize = 256;
/// The longest description of an embed.
const DESCRIPTION: usize = 4_096;
/// The longest text of a message above its embed.
const CONTENT: usize = 2_000;
/// The longest text that is shown of an event; Discord takes 4,096, but nobody reads that in a channel.
const TEXT: usize = 1_500;
/// The longest line of a place or address.
const LINE: usize = 300;
/// Rises when the same event and configuration render differently.
const VERSION: u32 = 1;
/// How long an event without an end is taken to last.
const LENGTH: TimeDelta = TimeDelta::hours(2);
/// The colour of what takes place.
const BLUE: u32 = 0x58_65_F2;
/// The colour of what is called off: by it kronos knows its message for such.
pub(super) const RED: u32 = 0xED_42_45;

/// Changes with whatever changes what [`render`] gives.
pub(super) fn version(config: &Config, reminder: Option<&Reminder>) -> String {
    let part = reminder.map_or("", |reminder| &reminder.written);
    let ahead = config.ahead.num_seconds();
    format!("discord-channel-{VERSION} {ahead}s {part}")
}

/// The embed's address for an event, by which the message is known: the event's own, and for a reminder one that nobody else
/// has.
fn marker(key: &str, reminder: Option<&Reminder>) -> String {
    match reminder {
        None => key.into(),
        Some(reminder) => format!("{key}{}", suffix(key, reminder)),
    }
}

/// A fragment leads to the same page.
fn suffix(key: &str, reminder: &Reminder) -> String {
    let sign = if key.contains('#') { '&' } else { '#' };
    format!("{sign}kronos-remind-{}", reminder.written)
}

/// The event that an address stands for, if it is of this part.
pub(super) fn event_of<'a>(url: &'a str, reminder: Option<&Reminder>) -> Option<&'a str> {
    match (url.rfind("kronos-remind-"), reminder) {
        (None, None) => Some(url),
        (Some(at), Some(reminder)) => {
            let key = url.get(..at.checked_sub(1)?)?;
            (url == marker(key, Some(reminder))).then_some(key)
        }
        _ => None,
    }
}

/// Both texts of a message as one canonical text.
pub(super) fn shown(content: &str, description: &str) -> String {
    fields::block(&format!("{content}\n{description}"))
}

/// What the channel is to show of `event`.
pub(super) fn render(event: &Event, config: &Config, reminder: Option<&Reminder>) -> Rendering {
    let begins = event.begins.trunc_subsecs(0);
    let ends = event.ends.map(|ends| ends.trunc_subsecs(0));
    let ends = ends.filter(|ends| *ends > begins);
    let is_cancelled = event.status == Status::Cancelled;
    let written = reminder.map(|reminder| reminder.written.as_str());
    let mut page = config.templates.page(event, written);
    let title = page.text(&texts::TITLE, TITLE, || title(event));
    let content = page.text(&texts::CONTENT, CONTENT, || match reminder {
        Some(_) if !is_cancelled => format!("Reminder: <t:{}:R>", begins.timestamp()),
        _ => String::new(),
    });
    let description = page.text(&texts::DESCRIPTION, DESCRIPTION, || {
        description(event, reminder.is_none())
    });
    let mut embed = json!({
        "title": title,
        "description": description,
        "timestamp": fields::moment(begins),
        "color": if is_cancelled { RED } else { BLUE },
    });
    let marker = marker(event.key.as_str(), reminder);
    match is_web(&marker) {
        true => embed["url"] = json!(marker),
        // Discord takes nothing else for an address; the key of an event in a file stands below the text.
        false => embed["footer"] = json!({ "text": marker }),
    }
    let mut texts = BTreeMap::from([
        (Field::Title, fields::line(&title)),
        (Field::Description, shown(&content, &description)),
        (Field::Begins, fields::moment(begins)),
        (
            Field::Status,
            match is_cancelled {
                true => CANCELLED.into(),
                false => fields::SCHEDULED.into(),
            },
        ),
    ]);
    if let Some(picture) = picture(event).filter(|_| reminder.is_none()) {
        embed["image"] = json!({ "url": picture });
        texts.insert(Field::Picture, picture.into());
    }
    let before = reminder.map_or(config.ahead, |reminder| reminder.before);
    Rendering {
        payload: json!({ "content": content, "embeds": [embed] }),
        fields: texts,
        opens: Some(begins - before),
        begins,
        ends: ends.unwrap_or(begins + LENGTH),
        draft: false,
        problem: page.problem(),
    }
}

fn title(event: &Event) -> String {
    let prefix = match event.status {
        Status::Confirmed => "",
        Status::Tentative => "Tentative: ",
        Status::Cancelled => "Cancelled: ",
    };
    let title = text::line(&event.title);
    // What remains of it: a mark that stands on no letter does not.
    let is_empty = Document::plain(&title).to_markdown(TITLE).trim().is_empty();
    let title = if is_empty { "Event" } else { title.trim() };
    Document::plain(&format!("{prefix}{title}")).to_markdown(TITLE)
}

fn description(event: &Event, with_text: bool) -> String {
    let begins = event.begins.timestamp();
    let mut lines = Vec::new();
    if event.status == Status::Cancelled {
        lines.push("**This event is cancelled.**".into());
    }
    lines.push(match event.ends.filter(|ends| *ends > event.begins) {
        Some(ends) => format!("<t:{begins}:F> – <t:{}:t>", ends.timestamp()),
        None => format!("<t:{begins}:F>"),
    });
    let plain = |text: &str| Document::plain(&text::line(text)).to_markdown(LINE);
    let place = event.place.as_ref().and_then(|place| place.line());
    lines.extend(
        place
            .filter(|_| !event.online_only)
            .map(|line| plain(&line)),
    );
    let address = |label: &str, url: &Option<String>| {
        let url = url.as_deref().and_then(text::web)?;
        (url.len() <= LINE).then(|| format!("{label}: <{url}>"))
    };
    lines.extend(address("Online", &event.online));
    lines.extend(address("Register", &event.participation));
    let text = match &event.description {
        _ if !with_text => String::new(),
        Some(Description::Html(html)) => Document::html(html).to_markdown(TEXT),
        Some(Description::Plain(plain)) => Document::plain(plain).to_markdown(TEXT),
        None => String::new(),
    };
    [lines.join("\n"), text.trim().to_string()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// Whether Discord takes it for an address.
fn is_web(text: &str) -> bool {
    let url = url::Url::parse(text).ok();
    url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The event's picture, if it lies on the event's own host: Discord fetches it.
fn picture(event: &Event) -> Option<&str> {
    let host = |url: &str| url::Url::parse(url).ok()?.host_str().map(str::to_string);
    let picture = event.picture.as_deref()?;
    (host(picture)? == host(event.key.as_str())?).then_some(picture)
}
