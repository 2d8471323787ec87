//! What is posted of a change. Pure.

use crate::consumer::{Action, Operation, told};
use serde_json::json;

/// What is posted: `None` where nothing is known of the event. A deletion tells the event's address alone.
pub(super) fn of(operation: &Operation<'_>) -> Option<Vec<u8>> {
    let kind = match operation.action {
        Action::Create => "event.created",
        Action::Update | Action::Publish | Action::Adopt => "event.updated",
        Action::Cancel => "event.cancelled",
        Action::Delete => "event.deleted",
    };
    let event = match (operation.action, operation.rendering) {
        (Action::Delete, _) => told::gone(operation.key),
        (_, Some(rendering)) => rendering.payload.clone(),
        (_, None) => return None,
    };
    let whole = json!({
        "version": told::SHAPE,
        "type": kind,
        "generation": operation.generation,
        "data": event,
    });
    serde_json::to_vec(&whole).ok()
}
