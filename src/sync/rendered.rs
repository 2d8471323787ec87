//! What was rendered to find out what an event asks of a consumer, kept for the plan of the same run.

use crate::consumer::Rendering;
use crate::event::EventKey;
use std::cell::RefCell;
use std::collections::HashMap;

/// More than so many are not kept for a consumer; the plan makes the others anew.
const MOST: usize = 10_000;

/// Renderings by target and event.
#[derive(Default)]
pub(super) struct Rendered(RefCell<HashMap<String, HashMap<EventKey, Rendering>>>);

impl Rendered {
    /// Keeps one, in the place of an older one.
    pub fn keep(&self, target: &str, key: &EventKey, rendering: Rendering) {
        let mut kept = self.0.borrow_mut();
        let of_target = kept.entry(target.into()).or_default();
        of_target.remove(key);
        if of_target.len() < MOST {
            of_target.insert(key.clone(), rendering);
        }
    }

    /// Gives it away, if it was kept.
    pub fn take(&self, target: &str, key: &EventKey) -> Option<Rendering> {
        self.0.borrow_mut().get_mut(target)?.remove(key)
    }
}
