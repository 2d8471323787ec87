//! An event as a message. Pure.
//!
//! Source of the message's form: Matrix specification v1.15, "m.room.message" and its list of HTML that clients show.

use super::texts;
use crate::consumer::{Field, Rendering};
use crate::event::{Description, Event, Status};
use crate::template::{Page, Templates};
use crate::text::{self, Document, escape_html as escape, length};
use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The key of a message's content that names its event. Clients show nothing of it.
pub(super) const KEY: &str = "org.kronos.event";
/// Where the event's URL stands below it; what else stands there is called as [`Field`]s are.
pub(super) const URL: &str = "url";
/// Rises when the same event and configuration render differently.
const VERSION: u32 = 1;
/// Programs write notices: other programs do not answer them, and nobody's telephone rings.
const MSGTYPE: &str = "m.notice";
/// The longest title or place, in UTF-16 units.
const LINE: usize = 250;
/// The longest description, in UTF-16 units: a message is to be read, and twice its text has to fit into an event.
const DESCRIPTION: usize = 2_000;
/// The longest description with its markup.
const MARKED_UP: usize = 4_000;
/// The longest address of an online event or registration.
const ADDRESS: usize = 1_000;
/// The longest message in plain text that a template gives, its last line included; twice it and [`MARKUP`] fit into an event even if
/// each unit takes three bytes.
const BODY: usize = 2_800;
/// The longest message with markup that a template gives, its last line included.
const MARKUP: usize = 5_600;
/// How long an event without an end counts as under way.
const LENGTH: TimeDelta = TimeDelta::hours(2);
/// What an event is called of whose title nothing remains.
const NAMELESS: &str = "Event";

/// Changes with whatever changes what [`render`] gives.
pub(super) fn version(ahead: TimeDelta) -> String {
    format!("matrix-{VERSION} {}s", ahead.num_seconds())
}

/// What the room is to show of `event`, from `ahead` before it begins.
pub(super) fn render(event: &Event, ahead: TimeDelta, templates: &Templates) -> Rendering {
    let begins = event.begins.trunc_subsecs(0);
    let ends = event.ends.map(|ends| ends.trunc_subsecs(0));
    let place = event.place.as_ref().and_then(|place| place.line());
    let mut fields = BTreeMap::from([
        (Field::Title, title(event)),
        (Field::Begins, moment(begins)),
        (Field::Status, status(event.status).into()),
    ]);
    fields.extend(ends.map(|ends| (Field::Ends, moment(ends))));
    fields.extend(place.map(|place| (Field::Location, line(&place))));
    let known = std::iter::once((URL.to_string(), json!(event.key)));
    let known: Map<String, Value> = known
        .chain(
            fields
                .iter()
                .map(|(field, text)| (name(*field), json!(text))),
        )
        .collect();
    let mut page = templates.page(event, None);
    let (body, html) = (
        body(event, &fields, &mut page),
        html(event, &fields, &mut page),
    );
    fields.insert(Field::Description, visible(&body, Some(&html)));
    let payload = json!({
        "msgtype": MSGTYPE,
        "body": body,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        // Nobody is meant, whatever the text looks like.
        "m.mentions": {},
        KEY: known,
    });
    Rendering {
        payload,
        fields,
        opens: begins.checked_sub_signed(ahead),
        begins,
        ends: ends
            .filter(|ends| *ends > begins)
            .unwrap_or(begins + LENGTH),
        draft: false,
        problem: page.problem(),
    }
}

/// The canonical text of what people see of a message: its text, and a sign that changes with its markup.
pub(super) fn visible(body: &str, html: Option<&str>) -> String {
    let sign = crate::event::Fingerprint::of(&html.unwrap_or_default()).short();
    format!("{body}\n{sign}")
}

/// The name of a field below [`KEY`].
fn name(field: Field) -> String {
    let name = serde_json::to_value(field).unwrap_or_default();
    name.as_str().unwrap_or_default().into()
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The word for a status.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Tentative => "tentative",
        Status::Cancelled => crate::consumer::CANCELLED,
    }
}

fn line(text: &str) -> String {
    text::cut(&text::line(text), LINE).trim().to_string()
}

fn title(event: &Event) -> String {
    match line(&event.title) {
        title if title.is_empty() => NAMELESS.into(),
        title => title,
    }
}

/// What stands before the title.
fn sign(event: &Event) -> &'static str {
    match event.status {
        Status::Confirmed => "",
        Status::Tentative => "Tentative: ",
        Status::Cancelled => "Cancelled: ",
    }
}

fn when(event: &Event) -> String {
    text::span(event.begins, event.ends, event.timezone, event.all_day)
}

fn document(event: &Event) -> Document {
    match &event.description {
        Some(Description::Html(html)) => Document::html(html),
        Some(Description::Plain(plain)) => Document::plain(plain),
        None => Document::default(),
    }
}

/// The message in plain text. Its last line is the event's URL.
fn body(event: &Event, fields: &BTreeMap<Field, String>, page: &mut Page<'_>) -> String {
    let marker = event.key.as_str();
    let room = BODY.saturating_sub(length(marker) + 2);
    let said = page.text(&texts::BODY, room, || said(event, fields));
    [said.as_str(), marker]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn said(event: &Event, fields: &BTreeMap<Field, String>) -> String {
    let head = [
        Some(format!("{}{}", sign(event), fields[&Field::Title])),
        Some(when(event)),
        fields.get(&Field::Location).cloned(),
    ];
    let head: Vec<String> = head.into_iter().flatten().collect();
    let facts: Vec<String> = facts(event)
        .into_iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    [
        head.join("\n"),
        document(event).to_plain(DESCRIPTION),
        facts.join("\n"),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("\n\n")
}

/// The same with markup.
fn html(event: &Event, fields: &BTreeMap<Field, String>, page: &mut Page<'_>) -> String {
    let marker = paragraph(&[link(event.key.as_str())]);
    let room = MARKUP.saturating_sub(length(&marker));
    page.text(&texts::FORMATTED_BODY, room, || marked_up(event, fields)) + &marker
}

fn paragraph(lines: &[String]) -> String {
    match lines {
        [] => String::new(),
        lines => format!("<p>{}</p>", lines.join("<br>")),
    }
}

fn marked_up(event: &Event, fields: &BTreeMap<Field, String>) -> String {
    let title = escape(&fields[&Field::Title]);
    let title = match event.status {
        Status::Cancelled => format!("<b>{}</b><del>{title}</del>", sign(event)),
        _ => format!("<b>{}{title}</b>", sign(event)),
    };
    let place = fields.get(&Field::Location).map(|place| escape(place));
    let head: Vec<String> = [Some(title), Some(escape(&when(event))), place]
        .into_iter()
        .flatten()
        .collect();
    let facts: Vec<String> = facts(event)
        .into_iter()
        .map(|(name, value)| format!("{name}: {}", link(&value)))
        .collect();
    [
        paragraph(&head),
        document(event).to_simple_html(MARKED_UP),
        paragraph(&facts),
    ]
    .concat()
}

/// What has no place of its own.
fn facts(event: &Event) -> Vec<(&'static str, String)> {
    let places = event.capacity.map(|places| places.to_string());
    let online = event.online.as_deref().and_then(web);
    let online = online.or_else(|| event.online_only.then(|| "yes".into()));
    let register = event.participation.as_deref().and_then(web);
    [
        ("Places", places),
        ("Online", online),
        ("Register", register),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?)))
    .collect()
}

/// `text` as a link, if it is an http(s) URL, else as it is.
fn link(text: &str) -> String {
    let shown = escape(text);
    match web(text) {
        Some(url) => format!("<a href=\"{}\">{shown}</a>", escape(&url)),
        None => shown,
    }
}

/// An http(s) URL as it can stand in a line of text, if `text` is one that is not too long.
fn web(text: &str) -> Option<String> {
    text::web(text).filter(|url| url.len() <= ADDRESS)
}
