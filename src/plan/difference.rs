//! What differs between an item and what is to be shown.

use super::Change;
use crate::consumer::{Item, ItemState, Rendering};
use crate::delivery::{Delivery, Intent};
use crate::event::Field;
use std::collections::BTreeSet;

/// The fields of `item` that are not as `rendering` has them.
///
/// What a listing gives back is compared with it; what it does not (a picture, a reformatted description) is compared with
/// what was applied last. Where nothing is known of that though something was sent, what it does not give back may be that: it
/// is sent anew.
pub(super) fn fields(
    delivery: &Delivery,
    intent: Option<&Intent>,
    rendering: &Rendering,
    item: &Item,
) -> BTreeSet<Field> {
    let shown = |field: &Field| item.fields.contains_key(field);
    let mut changed: BTreeSet<Field> = item
        .fields
        .iter()
        .filter(|(field, text)| rendering.fields.get(field) != Some(text))
        .map(|(field, _)| *field)
        .collect();
    let hidden = || rendering.fields.keys().filter(|field| !shown(field));
    let recorded = delivery.remote_id.as_deref() == Some(item.remote_id.as_str());
    if recorded && delivery.applied_hash.is_none() && item.fields.is_empty() {
        // Neither a listing nor memory tells what it shows.
        changed.extend(rendering.fields.keys());
    } else if recorded && delivery.applied_hash.is_some() {
        changed.extend(
            delivery
                .changed_fields(&rendering.fields)
                .into_iter()
                .filter(|field| !shown(field)),
        );
    } else if let Some(intent) = intent.filter(|intent| intent.creates()) {
        // The item is the one that this create made, of an older wish.
        if intent.payload_hash != rendering.hash() {
            changed.extend(hidden());
        }
    } else if delivery.last_mutation.is_some() {
        changed.extend(hidden());
    }
    if item.state == ItemState::Active {
        // No service moves the beginning of what has begun.
        changed.remove(&Field::Begins);
    }
    changed
}

/// The same for the report, with the texts.
pub(super) fn changes(
    fields: &BTreeSet<Field>,
    rendering: Option<&Rendering>,
    item: Option<&Item>,
) -> Vec<Change> {
    let text = |side: Option<&std::collections::BTreeMap<Field, String>>, field| {
        side.and_then(|texts| texts.get(field)).cloned()
    };
    fields
        .iter()
        .map(|field| Change {
            field: *field,
            old: text(item.map(|item| &item.fields), field),
            new: text(rendering.map(|rendering| &rendering.fields), field),
        })
        .collect()
}
