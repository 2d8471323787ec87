//! What the source answered in this run when it was asked for single events: a reading may show an older state, an answer does not.

use crate::event::{Event, EventKey};
use crate::provider::Finding;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// The answers of one run, by event.
#[derive(Debug, Default)]
pub(super) struct Looked(HashMap<EventKey, Finding>);

impl Looked {
    /// Keeps answers; where nothing could be learned there is none.
    pub fn add(&mut self, answers: Vec<(EventKey, Finding)>) {
        let known = |(_, finding): &(EventKey, Finding)| !matches!(finding, Finding::Unknown(_));
        self.0.extend(answers.into_iter().filter(known));
    }

    /// It cannot be seen, whatever a reading shows.
    pub fn is_unseen(&self, key: &EventKey) -> bool {
        let finding = self.0.get(key);
        matches!(finding, Some(Finding::Deleted | Finding::Hidden))
    }

    /// What can be seen.
    pub fn visible(&self) -> impl Iterator<Item = &EventKey> {
        let seen = |finding: &Finding| matches!(finding, Finding::Visible { .. });
        let answers = self.0.iter().filter(move |(_, finding)| seen(finding));
        answers.map(|(key, _)| key)
    }

    /// By what was read the event is over, and by the answer it is not.
    pub fn lies_ahead(&self, read: &Event, now: DateTime<Utc>) -> bool {
        let Some(Finding::Visible { begins, ends, .. }) = self.0.get(&read.key) else {
            return false;
        };
        read.effective_end() <= now && ends.unwrap_or(*begins) > now
    }
}
