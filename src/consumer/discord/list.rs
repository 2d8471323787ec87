//! Discord's events as items. Pure: JSON goes in, items come out.
//!
//! Source: Discord API docs, "Guild Scheduled Event" and "Snowflakes".

use super::api::page;
use super::fields;
use super::render::ENTITY_TYPE;
use crate::consumer::{Field, Item, ItemState, Maker};
use crate::event::EventKey;
use crate::text;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;
use url::Url;

/// How many live events a guild holds, whoever made them.
pub(super) const MOST: usize = 100;
/// The first moment of Discord's time: 2015-01-01, in milliseconds of Unix time.
const EPOCH: i64 = 1_420_070_400_000;

/// An event as Discord gives it back, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Remote {
    id: String,
    name: String,
    description: Option<String>,
    creator_id: Option<String>,
    scheduled_start_time: DateTime<Utc>,
    scheduled_end_time: Option<DateTime<Utc>>,
    status: u8,
    entity_type: u8,
    entity_metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
struct Metadata {
    location: Option<String>,
}

impl Remote {
    /// The item that this event is in the guild, for the bot `bot`; `None` if it is completed, cancelled or of no status
    /// that is known to be live.
    pub fn item(self, guild: &str, bot: &str) -> Option<Item> {
        let state = match self.status {
            1 => ItemState::Scheduled,
            2 => ItemState::Active,
            _ => return None,
        };
        // Events from before 2021-10-25 name no creator; none of them is ours.
        let maker = match self.creator_id.as_deref() == Some(bot) {
            true => Maker::Us,
            false => Maker::Other,
        };
        let description = self.description.as_deref().unwrap_or_default();
        let marker = marker(description);
        let mut links = text::links(description);
        if let Some(marker) = &marker
            && !links.iter().any(|link| link == marker.as_str())
        {
            links.push(marker.as_str().to_string());
        }
        // What is missing is listed as empty: an end or a place that a person took away (by moving the event into a channel)
        // differs from what is to be shown.
        let location = match (self.entity_type, self.entity_metadata) {
            (ENTITY_TYPE, Some(metadata)) => metadata.location,
            _ => None,
        };
        let shown = BTreeMap::from([
            (Field::Title, fields::line(&self.name)),
            (Field::Description, fields::block(description)),
            (Field::Location, fields::line(&location.unwrap_or_default())),
            (Field::Begins, fields::moment(self.scheduled_start_time)),
            (
                Field::Ends,
                self.scheduled_end_time
                    .map(fields::moment)
                    .unwrap_or_default(),
            ),
            (Field::Status, fields::SCHEDULED.to_string()),
        ]);
        Some(Item {
            remote_url: Some(page(guild, &self.id)),
            maker,
            marker,
            links,
            state,
            title: fields::line(&self.name),
            begins: Some(self.scheduled_start_time),
            created: created(&self.id),
            fields: shown,
            remote_id: self.id,
        })
    }
}

/// The marker: the URL at the end of the last line. It is taken as it stands where it has the line to itself, so that no
/// rule about the punctuation after a link can change it.
fn marker(description: &str) -> Option<EventKey> {
    let last = description.trim_end().lines().next_back()?.trim();
    let bare = last
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .unwrap_or(last);
    if !bare.contains(char::is_whitespace) && bare.contains("://") && Url::parse(bare).is_ok() {
        return Some(EventKey::new(bare));
    }
    let link = text::links(last).pop()?;
    last.trim_end_matches(['>', ')'])
        .ends_with(&link)
        .then(|| EventKey::new(link))
}

/// When a snowflake was made: its upper 42 bits are milliseconds since Discord's first moment.
fn created(id: &str) -> Option<DateTime<Utc>> {
    let id: u64 = id.parse().ok()?;
    DateTime::from_timestamp_millis(i64::try_from(id >> 22).ok()? + EPOCH)
}

#[cfg(test)]
mod tests;
