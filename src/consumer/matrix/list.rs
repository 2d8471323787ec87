//! The room's messages as items. Pure: events go in, items come out.
//!
//! Source: Matrix specification v1.15, "Event replacements": the newest edit counts, by time and then by id, if it is of the
//! same sender and neither it nor the original was redacted (what was redacted has no content).

use super::render;
use crate::consumer::{Field, Item, ItemState, Maker};
use crate::event::EventKey;
use crate::matrix::RoomEvent;
use crate::text;
use chrono::DateTime;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// What need not be encoded in a link to a message (RFC 3986, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A message about an event, with its last edit.
pub(super) struct Message {
    original: RoomEvent,
    edit: Option<RoomEvent>,
}

/// The messages among `events` that `user` sent about an event, as they came.
pub(super) fn messages(events: Vec<RoomEvent>, user: &str) -> Vec<Message> {
    let (mut originals, mut edits) = (Vec::new(), HashMap::<String, RoomEvent>::new());
    for event in events {
        if event.sender != user || event.kind != "m.room.message" {
            continue;
        }
        if let Some(target) = edited(&event).map(String::from) {
            let age = |event: &RoomEvent| (event.origin_server_ts, event.event_id.clone());
            match edits.get(&target) {
                Some(known) if age(known) >= age(&event) => {}
                _ => drop(edits.insert(target, event)),
            }
        } else if event.content[render::KEY][render::URL].is_string() {
            originals.push(event);
        }
    }
    originals
        .into_iter()
        .map(|original| Message {
            edit: edits.remove(&original.event_id),
            original,
        })
        .collect()
}

/// Which event `event` edits, if it is an edit.
fn edited(event: &RoomEvent) -> Option<&str> {
    let relation = &event.content["m.relates_to"];
    let is_edit = relation["rel_type"] == "m.replace" && event.content["m.new_content"].is_object();
    relation["event_id"].as_str().filter(|_| is_edit)
}

impl Message {
    /// The id of the message, and that of its last edit, if it has one.
    pub fn last_edit(self) -> Option<(String, String)> {
        Some((self.original.event_id, self.edit?.event_id))
    }

    /// What the message shows now.
    pub fn item(&self, room: &str) -> Item {
        let content = match &self.edit {
            Some(edit) => &edit.content["m.new_content"],
            None => &self.original.content,
        };
        let known = &content[render::KEY];
        let mut fields: BTreeMap<Field, String> = known
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, text)| {
                let field = Field::deserialize(Value::from(name.as_str())).ok()?;
                Some((field, text.as_str()?.to_string()))
            })
            .collect();
        let body = content["body"].as_str().unwrap_or_default();
        let html = content["formatted_body"].as_str();
        fields.insert(Field::Description, render::visible(body, html));
        // An edit by hand, with another client, loses our key; the message is still ours.
        let url = self.original.content[render::KEY][render::URL].as_str();
        let url = known[render::URL].as_str().or(url);
        let cancelled = fields.get(&Field::Status).map(String::as_str);
        let begins = fields.get(&Field::Begins);
        Item {
            remote_url: Some(address(room, &self.original)),
            maker: Maker::Us,
            marker: url.map(EventKey::new),
            links: text::links(body),
            state: match cancelled {
                Some(crate::consumer::CANCELLED) => ItemState::Cancelled,
                _ => ItemState::Scheduled,
            },
            title: fields.get(&Field::Title).cloned().unwrap_or_default(),
            begins: begins
                .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
                .map(|at| at.to_utc()),
            created: DateTime::from_timestamp_millis(self.original.origin_server_ts),
            fields,
            remote_id: self.original.event_id.clone(),
        }
    }
}

/// Where people see a message, in whatever client they like.
fn address(room: &str, event: &RoomEvent) -> String {
    link(room, &event.event_id, &event.sender)
}

/// As [`address`], by ids; `sender` names a server by which the room can be found.
pub(super) fn link(room: &str, event: &str, sender: &str) -> String {
    let encode = |text| utf8_percent_encode(text, ENCODED);
    let server = sender.split_once(':').map_or("", |(_, server)| server);
    format!(
        "https://matrix.to/#/{}/{}?via={}",
        encode(room),
        encode(event),
        encode(server)
    )
}
