//! The bodies of the requests that change something. Pure: an operation goes in, JSON comes out.
//!
//! Source: Discord API docs, "Modify Guild Scheduled Event". That a start sent to an ACTIVE event fails the whole request,
//! even if it is the same start, was reported by users of public bots.

use super::api::{Asked, Trouble};
use super::render::PICTURE;
use crate::consumer::{Field, Item, ItemState, Operation, Rendering};
use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

/// The longest `X-Audit-Log-Reason`, as it is sent.
const LONGEST_REASON: usize = 512;
/// What need not be encoded in it (RFC 3986, unreserved).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// The status of an event that ended.
const COMPLETED: u8 = 3;
/// The status of an event that was called off before it began.
const CANCELED: u8 = 4;
/// The key that holds it.
const STATUS: &str = "status";
/// The code of a complaint about the beginning of an event that has begun (seen in public bots).
const INVALID_START: &str = "GUILD_SCHEDULED_EVENT_SCHEDULE_INVALID_START_BY_STATUS";
/// What the report says then.
const BEGUN: &str = "Discord does not change the beginning of an event that has begun";
/// The keys that begin and end an event.
const START: &str = "scheduled_start_time";
const END: &str = "scheduled_end_time";
/// The key of the picture as it is sent: a data URI, or null to take it away.
pub(super) const IMAGE: &str = "image";

/// A body, and what the report should say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    /// The keys to send. Empty: there is nothing to send.
    pub keys: Map<String, Value>,
    /// What was left out, and why.
    pub note: Option<String>,
}

impl Body {
    /// Says one more thing.
    pub fn add_note(&mut self, note: &str) {
        self.note = Some(match self.note.take() {
            Some(before) => format!("{before}; {note}"),
            None => note.into(),
        });
    }
}

/// Everything that is shown, without the picture.
pub(super) fn create(rendering: &Rendering) -> Map<String, Value> {
    let mut keys = rendering.payload.as_object().cloned().unwrap_or_default();
    keys.remove(PICTURE);
    keys
}

/// What has to be sent so that the item shows the rendering; without the picture. If it is not known what changed,
/// everything is sent.
pub(super) fn update(operation: &Operation<'_>, rendering: &Rendering) -> Body {
    let changed = operation.changed;
    let all = changed.is_empty();
    let has = |field| all || changed.contains(&field);
    // An item without a location is one that a person moved into a channel: only the whole set moves it back.
    let moved = operation.item.is_some_and(|item| {
        let location = item.fields.get(&Field::Location);
        location.is_none_or(String::is_empty)
    });
    let times = moved || has(Field::Begins) || has(Field::Ends);
    let in_text = [
        Field::Description,
        Field::Capacity,
        Field::Online,
        Field::Link,
    ];
    let wanted = [
        ("name", has(Field::Title)),
        ("description", in_text.into_iter().any(has)),
        ("entity_metadata", moved || has(Field::Location)),
        ("entity_type", moved),
        ("channel_id", moved),
        // Discord wants both times of an EXTERNAL event together.
        (
            START,
            times && !is_active(operation.item, rendering, operation.now),
        ),
        (END, times),
    ];
    let keys: Map<String, Value> = wanted
        .into_iter()
        .filter(|(_, wanted)| *wanted)
        .filter_map(|(key, _)| Some((key.to_string(), rendering.payload.get(key)?.clone())))
        .collect();
    let kept = changed.contains(&Field::Begins) && !keys.contains_key(START);
    Body {
        keys,
        note: kept.then(|| BEGUN.to_string()),
    }
}

/// Calls the event off.
pub(super) fn cancel(operation: &Operation<'_>) -> Map<String, Value> {
    let active = match (operation.item, operation.rendering) {
        (Some(item), _) => is_begun(item, operation.now),
        (None, Some(rendering)) => rendering.begins <= operation.now,
        (None, None) => false,
    };
    status(if active { COMPLETED } else { CANCELED })
}

fn status(status: u8) -> Map<String, Value> {
    Map::from_iter([(STATUS.to_string(), json!(status))])
}

/// Whether Discord takes no beginning any more: the item is under way, or what is to be shown has begun.
fn is_active(item: Option<&Item>, rendering: &Rendering, now: DateTime<Utc>) -> bool {
    rendering.begins <= now || item.is_some_and(|item| is_begun(item, now))
}

fn is_begun(item: &Item, now: DateTime<Utc>) -> bool {
    item.state == ItemState::Active || item.begins.is_some_and(|begins| begins <= now)
}

/// What may be sent once more after a refusal that proves that nothing happened: the same without what was complained
/// about. `None`: the refusal stands.
pub(super) fn second(asked: Asked, body: &Body, trouble: &Trouble) -> Option<Body> {
    let mut next = body.clone();
    // A picture is never worth an event, and Discord does not always say that it was the picture.
    let suspected = trouble.names(IMAGE) || !trouble.is_explained();
    if suspected && next.keys.get(IMAGE).is_some_and(Value::is_string) {
        next.keys.remove(IMAGE);
        next.add_note(&format!("Discord refused the picture: {}", trouble.line()));
    }
    if asked == Asked::Change {
        // The event began while the request was on its way, or Discord's clock is not ours.
        if trouble.says(INVALID_START) && next.keys.remove(START).is_some() {
            next.add_note(BEGUN);
        }
        if let Some(wanted) = body.keys.get(STATUS).filter(|_| !trouble.is_finished()) {
            next.keys = status(if *wanted == json!(CANCELED) {
                COMPLETED
            } else {
                CANCELED
            });
        }
    }
    (next.keys != body.keys).then_some(next)
}

/// The `X-Audit-Log-Reason`: `kronos run 12 KEY`, percent-encoded, cut between two characters.
pub(super) fn reason(operation: &Operation<'_>) -> String {
    let reason = format!("kronos run {} {}", operation.run, operation.key);
    let mut encoded = String::new();
    for character in reason.chars() {
        let mut buffer = [0; 4];
        let next = utf8_percent_encode(character.encode_utf8(&mut buffer), ENCODED).to_string();
        if encoded.len() + next.len() > LONGEST_REASON {
            break;
        }
        encoded.push_str(&next);
    }
    encoded
}

#[cfg(test)]
mod tests;
