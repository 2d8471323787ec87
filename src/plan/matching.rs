//! Which listed item belongs to which delivery, and which items are ours.

use super::Subject;
use crate::consumer::{Item, Listing, Maker};
use crate::delivery::{Delivery, Desired, Intent, Provenance, State};
use crate::event::{Action, EventKey};
use crate::rule::{Rule, holds};
use chrono::{DurationRound, TimeDelta};
use std::collections::{HashMap, HashSet};

/// How far the clock of a service may lag behind ours: nobody copies a marker that does not stand anywhere yet.
const CLOCK_LAG: TimeDelta = TimeDelta::minutes(1);
/// How long after the last mutation an item may still appear.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// A listing, by id, marker and link.
pub(super) struct Index<'a> {
    by_id: HashMap<&'a str, &'a Item>,
    by_marker: HashMap<&'a str, Vec<&'a Item>>,
    by_link: HashMap<&'a str, Vec<&'a Item>>,
    /// The events that are known, and whether they are wanted.
    keys: HashMap<&'a str, bool>,
    /// Which event that is wanted is recorded to stand under an id.
    recorded: HashMap<&'a str, &'a EventKey>,
}

/// What a listing holds for one delivery.
pub(super) struct Match<'a> {
    /// Ours: the recorded one first, else the oldest.
    pub own: Vec<&'a Item>,
    /// A person's own that carries our URL.
    pub linked: Option<&'a Item>,
    /// Several carry the marker and none is provably ours.
    pub contested: bool,
}

impl<'a> Index<'a> {
    /// Of what is `remembered` in place of a listing each item stands under its own event's marker, and under that alone: whether
    /// what a consumer gave for names keeps events apart need not be known.
    pub fn new(listing: &'a Listing, subjects: &'a [Subject], remembered: bool) -> Self {
        let deliveries = || subjects.iter().map(|subject| &subject.delivery);
        let wanted = deliveries().filter(|known| is_wanted(known) && known.owns_item());
        let mut index = Self {
            keys: deliveries()
                .map(|known| (known.key.as_str(), is_wanted(known)))
                .collect(),
            recorded: wanted
                .filter(|_| !remembered)
                .filter_map(|known| Some((known.remote_id.as_deref()?, &known.key)))
                .collect(),
            by_id: HashMap::new(),
            by_marker: HashMap::new(),
            by_link: HashMap::new(),
        };
        for item in &listing.items {
            // Where items move from page to page while they are listed, one can be given twice.
            if !remembered && index.by_id.insert(&item.remote_id, item).is_some() {
                continue;
            }
            let marker = item.marker.as_ref().map(EventKey::as_str);
            let marker = marker.or(item
                .links
                .first()
                .map(String::as_str)
                .filter(|_| !holds(Rule::Marker)));
            if let Some(marker) = marker {
                index.by_marker.entry(marker).or_default().push(item);
            }
            let mut seen = HashSet::new();
            for link in item.links.iter().filter(|link| seen.insert(link.as_str())) {
                index.by_link.entry(link).or_default().push(item);
            }
        }
        index
    }

    /// The recorded item carries the marker of another event that is known: an earlier listing, which lagged, showed a former one.
    /// What is wanted is not given up for what is not: of that it may be this listing that shows a former marker.
    pub fn is_anothers(&self, delivery: &Delivery) -> bool {
        let recorded = delivery.remote_id.as_deref();
        let marker = recorded.and_then(|id| self.by_id.get(id)?.marker.as_ref());
        marker.is_some_and(|marker| {
            let other = self.keys.get(marker.as_str());
            let is_claimed = other.is_some_and(|wanted| *wanted || !is_wanted(delivery));
            *marker != delivery.key && is_claimed && delivery.owns_item()
        })
    }

    /// It carries the marker of an event that is not wanted, but is recorded as the item of one that is.
    fn is_kept_for_another(&self, item: &Item, delivery: &Delivery) -> bool {
        let other = self.recorded.get(item.remote_id.as_str());
        !is_wanted(delivery) && other.is_some_and(|key| **key != delivery.key)
    }

    pub fn find(&self, delivery: &Delivery, intent: Option<&Intent>, adopting: bool) -> Match<'a> {
        let key = delivery.key.as_str();
        let marked = self.by_marker.get(key).map_or(&[][..], Vec::as_slice);
        // A conflict found while adopting is resolved by the same rule.
        let adopting = adopting
            || (delivery.state == State::Conflict
                && delivery.provenance == Some(Provenance::Adopted));
        let recorded = delivery
            .remote_id
            .as_deref()
            .filter(|_| delivery.provenance != Some(Provenance::Linked));
        // The recorded item carries a former URL: the one with the present URL was made by a run that was forgotten.
        let is_renamed = recorded
            .and_then(|id| self.by_id.get(id)?.marker.as_ref())
            .is_some_and(|marker| marker.as_str() != key);
        let is_own = |item: &Item| match item.maker {
            Maker::Us => true,
            Maker::Other => !holds(Rule::OwnOnly),
            Maker::Unnamed => {
                // What was known as a person's own stays theirs, whatever was lost.
                let is_linked = delivery.provenance == Some(Provenance::Linked)
                    && delivery.remote_id.as_deref() == Some(item.remote_id.as_str());
                created_by(item, delivery, intent)
                    || !holds(Rule::ProvedOwn)
                    || (adopting
                        && marked.len() == 1
                        && !is_linked
                        && (recorded.is_none() || is_renamed))
            }
        };
        let mut own: Vec<&Item> = marked
            .iter()
            .copied()
            .filter(|item| is_own(item) && !self.is_kept_for_another(item, delivery))
            .collect();
        if let Some(item) = recorded.and_then(|id| self.by_id.get(id))
            && !own.iter().any(|other| other.remote_id == item.remote_id)
        {
            own.push(item);
        }
        own.sort_by_key(|item| {
            (
                recorded != Some(item.remote_id.as_str()),
                item.created,
                item.remote_id.len(),
                item.remote_id.clone(),
            )
        });
        if !holds(Rule::KeepRecorded) {
            own.reverse();
        }
        let others = || {
            self.by_link
                .get(key)
                .into_iter()
                .flatten()
                .copied()
                .filter(|item| item.maker != Maker::Us)
        };
        let unnamed = marked
            .iter()
            .filter(|item| item.maker == Maker::Unnamed)
            .count();
        Match {
            contested: own.is_empty() && unnamed > 1,
            linked: if own.is_empty() {
                others().next()
            } else {
                None
            },
            own,
        }
    }

    /// Ours by maker, or by an unshared marker while adopting, but of no event that is known.
    pub fn orphans(&self, subjects: &[Subject], adopting: bool) -> Vec<Item> {
        let recorded: HashSet<&str> = subjects
            .iter()
            .filter_map(|subject| subject.delivery.remote_id.as_deref())
            .collect();
        let is_ours = |item: &Item, marker: &EventKey| match item.maker {
            Maker::Us => true,
            Maker::Other => false,
            Maker::Unnamed => {
                adopting
                    && self
                        .by_marker
                        .get(marker.as_str())
                        .is_some_and(|items| items.len() == 1)
            }
        };
        let mut orphans: Vec<Item> = self
            .by_id
            .values()
            .filter(|item| !recorded.contains(item.remote_id.as_str()))
            .filter(|item| {
                item.marker.as_ref().is_some_and(|marker| {
                    !self.keys.contains_key(marker.as_str()) && is_ours(item, marker)
                })
            })
            .map(|item| (*item).clone())
            .collect();
        orphans.sort_by(|a, b| a.remote_id.cmp(&b.remote_id));
        orphans
    }
}

fn is_wanted(delivery: &Delivery) -> bool {
    delivery.desired != Desired::Absent
}

/// The item was made in the window of our unresolved create. The service tells whole seconds, so the window's start is floored.
fn created_by(item: &Item, delivery: &Delivery, intent: Option<&Intent>) -> bool {
    let (Some(intent), Some(created)) = (
        intent.filter(|intent| intent.action == Action::Create && holds(Rule::CreationWindow)),
        item.created,
    ) else {
        return false;
    };
    let begun = intent
        .begun
        .duration_trunc(TimeDelta::seconds(1))
        .unwrap_or(intent.begun);
    let last = delivery.last_mutation.unwrap_or(intent.deadline);
    (begun - CLOCK_LAG..=last + LATE).contains(&created)
}
