//! One scheduled event.

use super::{BOT, GUILD};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// Where an event stands in its life; the last two are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Scheduled = 1,
    Active = 2,
    Completed = 3,
    Canceled = 4,
}

impl Status {
    /// From Discord's number.
    pub fn from_number(number: u64) -> Option<Self> {
        [
            Self::Scheduled,
            Self::Active,
            Self::Completed,
            Self::Canceled,
        ]
        .into_iter()
        .find(|status| *status as u64 == number)
    }

    /// Whether Discord lets an event go from here to `next`.
    pub fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Scheduled, Self::Active | Self::Canceled) | (Self::Active, Self::Completed)
        )
    }
}

/// A scheduled event of type EXTERNAL.
#[derive(Debug, Clone)]
pub struct Item {
    pub id: String,
    pub creator: String,
    pub name: String,
    pub description: String,
    pub location: String,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub status: Status,
    /// The bytes of its cover.
    pub image: Option<Vec<u8>>,
}

impl Item {
    /// A scheduled event that has nothing but its times.
    pub fn new(id: String, creator: &str, start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self {
            id,
            creator: creator.to_owned(),
            name: String::new(),
            description: String::new(),
            location: "Somewhere".to_owned(),
            start,
            end,
            status: Status::Scheduled,
            image: None,
        }
    }

    /// Scheduled or active: it is listed and counts towards the hundred.
    pub fn is_live(&self) -> bool {
        matches!(self.status, Status::Scheduled | Status::Active)
    }

    /// Discord starts and ends EXTERNAL events at their times.
    pub fn tick(&mut self, now: DateTime<Utc>) {
        if self.status == Status::Scheduled && self.start <= now {
            self.status = Status::Active;
        }
        if self.status == Status::Active && self.end <= now {
            self.status = Status::Completed;
        }
    }

    /// As the API shows it; with `user_count` where it was asked for.
    pub fn to_json(&self, with_user_count: bool) -> Value {
        let mut shown = json!({
            "id": self.id,
            "guild_id": GUILD,
            "name": self.name,
            "description": if self.description.is_empty() { Value::Null } else { json!(self.description) },
            "channel_id": null,
            "creator_id": self.creator,
            "creator": user(&self.creator),
            "image": self.image.as_ref().map(|bytes| hash(bytes)),
            "scheduled_start_time": time(self.start),
            "scheduled_end_time": time(self.end),
            "status": self.status as u64,
            "entity_type": 3,
            "entity_id": null,
            "recurrence_rule": null,
            "privacy_level": 2,
            "guild_scheduled_event_exceptions": [],
            "entity_metadata": {"location": self.location},
        });
        if with_user_count {
            shown["user_count"] = json!(0);
        }
        shown
    }
}

/// The API writes UTC as `+00:00`.
fn time(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false)
}

/// The picture's name at Discord: 32 hexadecimal digits.
fn hash(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(bytes);
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A user as the API shows them.
pub fn user(id: &str) -> Value {
    let bot = id == BOT;
    json!({
        "id": id, "username": if bot { "kronos" } else { "alice" }, "avatar": null, "discriminator": "4711",
        "public_flags": 0, "flags": 0, "bot": bot, "global_name": null, "primary_guild": null,
    })
}
