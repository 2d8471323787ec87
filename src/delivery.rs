//! One event at one consumer: the states of a delivery and the transitions between them. Pure.
//!
//! A delivery is at every commit in exactly one state, its generation never goes back, and what was last applied is
//! remembered apart from what is desired, so that a run killed anywhere can be taken up by the next.

use crate::event::{Action, EventKey, Field, Fingerprint};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[cfg(test)]
mod tests;
mod transition;

pub use transition::{ATTEMPTS, QUARANTINE};

/// What is to stand at the consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Desired {
    /// The event, as rendered.
    Present,
    /// The event, called off. If it stands nowhere, nothing.
    Cancelled,
    /// Nothing.
    Absent,
}

/// Why nothing is to stand there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Absence {
    /// The source says that it was deleted.
    Deleted,
    /// It could not be seen in two complete snapshots an hour apart.
    Hidden,
    /// It belongs to another group now, or lost the tag that the consumer asks for.
    Filtered,
    /// Its group or provider is no longer configured for this consumer.
    Unconfigured,
    /// It was moved into the past while its item still lies ahead.
    Past,
}

/// How an item came to be ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// We created it and the service told its id.
    Created,
    /// We recognised it by its marker.
    Adopted,
    /// It is a person's own and only carries our URL.
    Linked,
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// What is desired was applied.
    Idle,
    /// Something is to be done.
    Pending,
    /// A request may be on its way: its intent is durable.
    Sending,
    /// A request may have been applied; only a settled listing can tell.
    Unknown,
    /// Not now: until `not_before`, or the next run.
    Wait,
    /// The service refused this generation.
    Quarantined,
    /// Only a person can tell: two items carry the marker and neither is provably ours, or nobody knows whether something was
    /// created where nothing can be listed.
    Conflict,
    /// A person's own item carries our URL; it is never changed.
    Linked,
    /// It was deleted at the consumer.
    Gone,
}

/// One event at one consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The event.
    pub key: EventKey,
    /// What is to stand there.
    pub desired: Desired,
    /// Why nothing is to stand there.
    pub absence: Option<Absence>,
    /// Counts what was desired, never time; a change of mind raises it.
    pub desired_gen: u64,
    /// The hash of the payload that is desired.
    pub desired_hash: Fingerprint,
    /// The generation that was applied last.
    pub applied_gen: u64,
    /// The hash of the payload that was applied last; `None` if nothing of ours stands there.
    pub applied_hash: Option<Fingerprint>,
    /// A short hash of each field that was applied last, by which a report names what changed.
    pub applied_fields: BTreeMap<Field, String>,
    /// The item's id at the service.
    pub remote_id: Option<String>,
    /// Where people see it.
    pub remote_url: Option<String>,
    /// How it came to be ours.
    pub provenance: Option<Provenance>,
    /// Where the delivery is.
    pub state: State,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The last moment at which a request that may have been applied can have left.
    pub last_mutation: Option<DateTime<Utc>>,
    /// How often this generation was tried.
    pub attempts: u32,
    /// Not to be tried before this moment.
    pub not_before: Option<DateTime<Utc>>,
    /// Why it is where it is, for people.
    pub reason: Option<String>,
    /// When the event begins at the consumer.
    pub begins: DateTime<Utc>,
    /// When it is over at the consumer.
    pub ends: DateTime<Utc>,
    /// When the event begins by the item that stands there, at the earliest where that is not known; `None` if nothing of ours
    /// can stand there.
    pub item_begins: Option<DateTime<Utc>>,
}

/// The one request that may be under way for a delivery, durable before it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// What is sent.
    pub action: Action,
    /// For which generation.
    pub generation: u64,
    /// By which run.
    pub epoch: u64,
    /// The hash of what is sent; where the same request was sent with several contents, that of no single one.
    pub payload_hash: Fingerprint,
    /// To which item.
    pub remote_id: Option<String>,
    /// What a receiver can recognise the request by when it is sent again, see [`idempotency_key`].
    pub idempotency_key: String,
    /// Since when.
    pub begun: DateTime<Utc>,
    /// It is not sent after this moment.
    pub deadline: DateTime<Utc>,
}

impl Intent {
    /// Whether it may have made an item of which nothing is known.
    pub fn creates(&self) -> bool {
        self.action == Action::Create
    }
}

/// What two requests have in common only if they are the same one, sent again: forty hexadecimal digits.
///
/// The payload is part of it, so that another content never gets the key of an earlier one when the generations begin again
/// after the loss of the database.
pub fn idempotency_key(
    target: &str,
    key: &EventKey,
    generation: u64,
    action: Action,
    payload_hash: &Fingerprint,
) -> String {
    let whole = (target, key, generation, action, payload_hash.to_string());
    let mut text = Fingerprint::of(&whole).to_string();
    text.truncate(40);
    text
}

/// What is desired of a delivery, as a change of the event or of the configuration yields it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// What is to stand there.
    pub desired: Desired,
    /// Why nothing is to stand there.
    pub absence: Option<Absence>,
    /// The payload's hash.
    pub hash: Fingerprint,
    /// It is not to be shown before this moment.
    pub opens: Option<DateTime<Utc>>,
    /// When the event begins at the consumer.
    pub begins: DateTime<Utc>,
    /// When it is over there.
    pub ends: DateTime<Utc>,
}

/// What was applied, field by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The hash of the payload.
    pub hash: Fingerprint,
    /// A short hash of each field.
    pub fields: BTreeMap<Field, String>,
    /// The item's id.
    pub remote_id: Option<String>,
    /// Where people see it.
    pub remote_url: Option<String>,
    /// When the event begins by it; `None` if that is not known.
    pub begins: Option<DateTime<Utc>>,
}

/// A short hash of each field, as [`Delivery::applied_fields`] keeps them.
pub fn field_hashes(fields: &BTreeMap<Field, String>) -> BTreeMap<Field, String> {
    fields
        .iter()
        .map(|(field, text)| (*field, Fingerprint::of(text).short()))
        .collect()
}
