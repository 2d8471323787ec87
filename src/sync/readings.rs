//! What the reading of all providers came to.

use crate::event::EventKey;
use crate::report::ProviderReport;
use std::cell::RefCell;
use std::collections::HashSet;

/// A group: the provider's identity and the group's name.
pub(super) type GroupId = (String, String);

/// What a run read.
#[derive(Default)]
pub(super) struct Readings {
    pub reports: Vec<ProviderReport>,
    /// Groups that were read completely and as a whole.
    pub whole: HashSet<GroupId>,
    /// Labels of groups whose complete snapshot was empty.
    pub empty: HashSet<String>,
    /// Every event that was handed out.
    pub seen: HashSet<EventKey>,
    /// Events of which this run has proof: in a complete snapshot, or looked at singly.
    pub proved: RefCell<HashSet<EventKey>>,
}

impl Readings {
    /// Adds what another provider's reading came to.
    pub fn take(&mut self, part: Readings) {
        self.whole.extend(part.whole);
        self.empty.extend(part.empty);
        add(&mut self.seen, part.seen);
        add(self.proved.get_mut(), part.proved.into_inner());
        self.reports.extend(part.reports);
    }
}

/// Adds `more`; what is the first is taken as it is.
pub(super) fn add(keys: &mut HashSet<EventKey>, more: HashSet<EventKey>) {
    match keys.is_empty() {
        true => *keys = more,
        false => keys.extend(more),
    }
}
