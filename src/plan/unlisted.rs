//! Consumers that cannot be listed: what stands there is known from what was applied.

use super::{Situation, Subject};
use crate::consumer::{CANCELLED, Item, ItemState, Listing, Maker};
use crate::delivery::Delivery;
use crate::event::{Field, Fingerprint};
use chrono::{DateTime, Utc};

/// What stands at a consumer by what is remembered of it, in place of a listing.
pub fn remembered(subjects: &[Subject], now: DateTime<Utc>) -> Listing {
    Listing {
        begun: now,
        items: subjects.iter().filter_map(item).collect(),
        room: None,
    }
}

fn item(subject: &Subject) -> Option<Item> {
    let delivery = &subject.delivery;
    delivery.owns_item().then(|| addressed(delivery))
}

/// What stands there of a delivery: under the name that the service gave it, else under its event's address.
pub(super) fn addressed(delivery: &Delivery) -> Item {
    let cancelled = Fingerprint::of(&CANCELLED).short();
    let is_cancelled = delivery.applied_fields.get(&Field::Status) == Some(&cancelled);
    let remote_id = delivery.remote_id.clone();
    Item {
        remote_id: remote_id.unwrap_or_else(|| delivery.key.to_string()),
        remote_url: delivery.remote_url.clone(),
        maker: Maker::Us,
        marker: Some(delivery.key.clone()),
        links: Vec::new(),
        state: match is_cancelled {
            true => ItemState::Cancelled,
            false => ItemState::Scheduled,
        },
        title: String::new(),
        begins: delivery.item_begins,
        created: None,
        fields: Default::default(),
    }
}

/// What people read of a creation of which nobody can find out whether it was applied.
pub fn left_to_operator(reason: &str) -> String {
    format!(
        "{reason}: it may stand there, and nothing can be listed; look, and if it does not, have it sent again"
    )
}

impl Situation<'_> {
    /// The listing is made of what is remembered.
    pub(super) fn is_remembered(&self) -> bool {
        !self.capability.is_listed()
    }
}
