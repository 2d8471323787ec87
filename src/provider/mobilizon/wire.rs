//! What the instance sends, field by field as in its schema. Whatever may be null is an `Option`; a value that breaks these
//! types breaks its own event only.

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// The data of a page of events: as [`Facts`], or as values that are not yet looked at.
#[derive(Debug, Deserialize)]
pub(super) struct GroupData<E> {
    pub(super) group: Option<Group<E>>,
}

/// A group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group<E> {
    pub(super) organized_events: Option<Listed<E>>,
}

/// A page: how many there are on all pages, and those on this one.
#[derive(Debug, Deserialize)]
pub(super) struct Listed<E> {
    pub(super) total: u64,
    pub(super) elements: Vec<E>,
}

/// The newest change of a group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Newest {
    pub(super) uuid: String,
    pub(super) updated_at: DateTime<Utc>,
}

/// What is told of a listed event.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Facts {
    pub(super) uuid: String,
    pub(super) url: String,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) begins_on: DateTime<Utc>,
    pub(super) ends_on: Option<DateTime<Utc>>,
    pub(super) status: String,
    pub(super) visibility: String,
    pub(super) draft: bool,
    pub(super) online_address: Option<String>,
    pub(super) external_participation_url: Option<String>,
    pub(super) updated_at: DateTime<Utc>,
    pub(super) options: Option<Options>,
    pub(super) picture: Option<Picture>,
    pub(super) physical_address: Option<Address>,
    pub(super) tags: Option<Vec<Option<Tag>>>,
}

/// What is told of an event that was not listed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Standing {
    pub(super) visibility: String,
    pub(super) draft: bool,
    pub(super) begins_on: DateTime<Utc>,
    pub(super) ends_on: Option<DateTime<Utc>>,
    pub(super) options: Option<Options>,
    pub(super) physical_address: Option<Address>,
    pub(super) attributed_to: Option<Actor>,
}

/// An event's options.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    pub(super) timezone: Option<String>,
    pub(super) show_start_time: Option<bool>,
    pub(super) show_end_time: Option<bool>,
    pub(super) is_online: Option<bool>,
    pub(super) maximum_attendee_capacity: Option<i64>,
}

/// A picture. Its id stays when it is replaced; its URL does not.
#[derive(Debug, Deserialize)]
pub(super) struct Picture {
    pub(super) url: Option<String>,
}

/// An address; `geom` is `lon;lat`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Address {
    pub(super) description: Option<String>,
    pub(super) street: Option<String>,
    pub(super) postal_code: Option<String>,
    pub(super) locality: Option<String>,
    pub(super) region: Option<String>,
    pub(super) country: Option<String>,
    pub(super) geom: Option<String>,
    pub(super) timezone: Option<String>,
}

/// A tag.
#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    pub(super) title: Option<String>,
}

/// A person or group; `domain` is null on its own instance.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Actor {
    pub(super) preferred_username: Option<String>,
    pub(super) domain: Option<String>,
}
