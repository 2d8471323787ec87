//! A message as Discord gives it back, and the item that it is. Pure.
//!
//! Source: Discord API docs, "Message", "Embed" and "Snowflakes".

use super::config::Reminder;
use super::render;
use crate::consumer::discord::fields;
use crate::consumer::{CANCELLED, Field, Item, ItemState, Maker};
use crate::event::EventKey;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The first moment of Discord's time: 2015-01-01, in milliseconds of Unix time.
const EPOCH: i64 = 1_420_070_400_000;

/// A message, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub id: String,
    #[serde(default)]
    content: String,
    author: Author,
    #[serde(default)]
    embeds: Vec<Embed>,
}

#[derive(Debug, Deserialize)]
struct Author {
    id: String,
}

#[derive(Debug, Deserialize)]
struct Embed {
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    url: Option<String>,
    footer: Option<Footer>,
    timestamp: Option<DateTime<Utc>>,
    color: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Footer {
    #[serde(default)]
    text: String,
}

impl Message {
    /// The id as a number: ids rise with time.
    pub fn number(&self) -> u64 {
        self.id.parse().unwrap_or(0)
    }

    /// The item that this message is of the announcements, or of this reminder; `None` for all others, people's included:
    /// what they say of an event stands for nothing.
    pub fn item(
        self,
        bot: &str,
        reminder: Option<&Reminder>,
        remote_url: Option<String>,
    ) -> Option<Item> {
        if self.author.id != bot {
            return None;
        }
        let created = moment(self.number());
        let embed = self.embeds.into_iter().next()?;
        let footer = embed.footer.as_ref().map(|footer| footer.text.as_str());
        let key = render::event_of(embed.url.as_deref().or(footer)?, reminder)?;
        let begins = embed.timestamp?;
        let is_cancelled = embed.color == Some(render::RED);
        let text = render::shown(&self.content, &embed.description);
        Some(Item {
            remote_id: self.id,
            remote_url,
            maker: Maker::Us,
            marker: Some(EventKey::new(key)),
            links: vec![key.into()],
            state: match is_cancelled {
                true => ItemState::Cancelled,
                false => ItemState::Scheduled,
            },
            title: embed.title.clone(),
            begins: Some(begins),
            created,
            fields: BTreeMap::from([
                (Field::Title, fields::line(&embed.title)),
                (Field::Description, text),
                (Field::Begins, fields::moment(begins)),
                (
                    Field::Status,
                    match is_cancelled {
                        true => CANCELLED.into(),
                        false => fields::SCHEDULED.into(),
                    },
                ),
            ]),
        })
    }
}

/// When something with this id was made.
fn moment(id: u64) -> Option<DateTime<Utc>> {
    let millis = i64::try_from(id >> 22).ok()?;
    DateTime::from_timestamp_millis(millis + EPOCH)
}

/// The smallest id of what is made from then on.
pub(super) fn snowflake(at: DateTime<Utc>) -> u64 {
    let millis = u64::try_from(at.timestamp_millis() - EPOCH).unwrap_or(0);
    millis << 22
}
