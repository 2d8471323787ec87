//! What the source answered in this run when it was asked for single events: a reading may show an older state, an answer does not.

use crate::event::{Event, EventKey};
use crate::provider::Finding;
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

/// The answers of one run, by event.
#[derive(Debug, Default)]
pub(super) struct Looked {
    answers: HashMap<EventKey, Finding>,
    hidden: HashSet<EventKey>,
}

impl Looked {
    /// Keeps answers.
    pub fn add(&mut self, answers: Vec<(EventKey, Finding)>) {
        self.answers.extend(answers);
    }

    /// Keeps what is confirmed to be hidden.
    pub fn add_hidden(&mut self, hidden: Vec<EventKey>) {
        self.hidden.extend(hidden);
    }

    /// In this run it was confirmed that it is hidden.
    pub fn is_hidden(&self, key: &EventKey) -> bool {
        self.hidden.contains(key)
    }

    /// It cannot be seen, whatever a reading shows.
    pub fn is_unseen(&self, key: &EventKey) -> bool {
        let finding = self.answers.get(key);
        matches!(finding, Some(Finding::Deleted | Finding::Hidden))
    }

    /// The events that were asked for.
    pub fn keys(&self) -> impl Iterator<Item = &EventKey> {
        self.answers.keys()
    }

    /// By what was `read` the event is over, and no answer agrees. What became of one that has left is not read any more.
    pub fn contradicts(&self, read: &Event, now: DateTime<Utc>) -> bool {
        let lies_ahead = match self.answers.get(&read.key) {
            Some(Finding::Visible { group: None, .. }) => false,
            Some(Finding::Visible { begins, ends, .. }) => ends.unwrap_or(*begins) > now,
            finding => matches!(finding, Some(Finding::Unknown(_))),
        };
        lies_ahead && read.effective_end() <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, event};
    use chrono::TimeDelta;

    fn visible(ends: DateTime<Utc>) -> Finding {
        Finding::Visible {
            begins: ends - TimeDelta::hours(1),
            ends: Some(ends),
            group: Some("hackerspace".into()),
        }
    }

    #[test]
    fn the_last_answer_is_the_one_that_is_believed() {
        let (read, now) = (event(), at("2026-12-24T18:00:00Z"));
        let mut looked = Looked::default();
        looked.add(vec![(read.key.clone(), visible(now))]);
        assert!(!looked.contradicts(&read, now));
        looked.add(vec![(read.key.clone(), visible(now + TimeDelta::hours(1)))]);
        assert!(looked.contradicts(&read, now));
        looked.add(vec![(read.key.clone(), Finding::Deleted)]);
        assert!(!looked.contradicts(&read, now) && looked.is_unseen(&read.key));
    }

    #[test]
    fn an_event_is_over_in_the_moment_in_which_it_ends() {
        let read = event();
        let ends = read.effective_end();
        let moment = TimeDelta::milliseconds(1);
        let mut looked = Looked::default();
        looked.add(vec![(read.key.clone(), visible(ends + moment))]);
        assert!(!looked.contradicts(&read, ends - moment));
        assert!(looked.contradicts(&read, ends));
        assert!(!looked.contradicts(&read, ends + moment));
    }
}
