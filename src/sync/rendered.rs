//! What was rendered to find out what an event asks of a consumer, kept for the plan of the same run.

use crate::consumer::Rendering;
use crate::event::{Event, EventKey, Fingerprint};
use chrono_tz::Tz;
use std::cell::RefCell;
use std::collections::HashMap;

/// More than so many are not kept for a consumer; the plan makes the others anew.
const MOST: usize = 10_000;

/// What a plan needs of an event: what people call it, and how a consumer is to show it.
pub(super) struct Shown {
    pub title: String,
    pub zone: Option<Tz>,
    pub rendering: Rendering,
    pub hash: Fingerprint,
}

impl Shown {
    pub fn of(event: &Event, rendering: Rendering, hash: Fingerprint) -> Self {
        Self {
            title: event.title.clone(),
            zone: event.timezone,
            rendering,
            hash,
        }
    }
}

/// Renderings by target and event.
#[derive(Default)]
pub(super) struct Rendered(RefCell<HashMap<String, HashMap<EventKey, Shown>>>);

impl Rendered {
    /// Keeps one, in the place of an older one.
    pub fn keep(&self, target: &str, key: &EventKey, shown: Shown) {
        let mut kept = self.0.borrow_mut();
        let of_target = kept.entry(target.into()).or_default();
        of_target.remove(key);
        if of_target.len() < MOST {
            of_target.insert(key.clone(), shown);
        }
    }

    /// Whether it was kept, and not given away since.
    pub fn has(&self, target: &str, key: &EventKey) -> bool {
        let kept = self.0.borrow();
        kept.get(target)
            .is_some_and(|of_target| of_target.contains_key(key))
    }

    /// Gives it away, if it was kept.
    pub fn take(&self, target: &str, key: &EventKey) -> Option<Shown> {
        self.0.borrow_mut().get_mut(target)?.remove(key)
    }
}
