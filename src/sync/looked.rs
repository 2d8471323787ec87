//! What the source answered in this run when it was asked for single events: a reading may show an older state, an answer does not.

use crate::event::{Event, EventKey};
use crate::provider::Finding;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// The answers of one run, by event.
#[derive(Debug, Default)]
pub(super) struct Looked(HashMap<EventKey, Finding>);

impl Looked {
    /// Keeps answers.
    pub fn add(&mut self, answers: Vec<(EventKey, Finding)>) {
        self.0.extend(answers);
    }

    /// The source was asked for it.
    pub fn is_asked(&self, key: &EventKey) -> bool {
        self.0.contains_key(key)
    }

    /// It cannot be seen, whatever a reading shows.
    pub fn is_unseen(&self, key: &EventKey) -> bool {
        let finding = self.0.get(key);
        matches!(finding, Some(Finding::Deleted | Finding::Hidden))
    }

    /// The events that were asked for.
    pub fn keys(&self) -> impl Iterator<Item = &EventKey> {
        self.0.keys()
    }

    /// By what was `read` the event is over before `until`, and by the answer only later, if one came at all. What became of one that
    /// has left is not read any more.
    pub fn contradicts(&self, read: &Event, until: DateTime<Utc>) -> bool {
        let over_at = read.effective_end();
        let is_over_later = match self.0.get(&read.key) {
            Some(Finding::Visible { group: None, .. }) => false,
            Some(Finding::Visible { begins, ends, .. }) => ends.unwrap_or(*begins) > over_at,
            finding => matches!(finding, Some(Finding::Unknown(_))),
        };
        is_over_later && over_at <= until
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::event;
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
        let read = event();
        let ends = read.effective_end();
        let mut looked = Looked::default();
        for (finding, contradicts) in [
            (visible(ends), false),
            (visible(ends + TimeDelta::milliseconds(1)), true),
            (visible(ends - TimeDelta::milliseconds(1)), false),
            (Finding::Unknown("it does not answer".into()), true),
            (Finding::Deleted, false),
        ] {
            looked.add(vec![(read.key.clone(), finding)]);
            assert_eq!(looked.contradicts(&read, ends), contradicts);
        }
        assert!(looked.is_unseen(&read.key));
    }

    #[test]
    fn what_ends_later_than_it_matters_is_not_contradicted() {
        let read = event();
        let ends = read.effective_end();
        let mut looked = Looked::default();
        looked.add(vec![(
            read.key.clone(),
            visible(ends + TimeDelta::hours(1)),
        )]);
        assert!(!looked.contradicts(&read, ends - TimeDelta::milliseconds(1)));
        assert!(looked.contradicts(&read, ends));
        assert!(looked.contradicts(&read, ends + TimeDelta::hours(2)));
    }
}
