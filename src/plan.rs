//! What a run is to do at one consumer: (known, snapshot, listing, now) → [`Draft`]. Pure, and the same for a dry run.

use crate::consumer::{Capability, Item, Listing, Rendering};
use crate::delivery::{Delivery, Intent};
use crate::event::{Action, EventKey, Field, Fingerprint};
use crate::rule::{Rule, holds};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::rc::Rc;

mod decide;
mod difference;
mod guard;
mod matching;
#[cfg(test)]
mod tests;
mod unlisted;
mod wish;

pub use guard::{Approval, Guard, guard};
pub use unlisted::{left_to_operator, remembered};
pub use wish::{Standing, Wished, wish};

/// One delivery with everything that a decision about it needs.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The delivery.
    pub delivery: Delivery,
    /// Its open intent.
    pub intent: Option<Intent>,
    /// Its event's title, if the event is still known.
    pub title: Option<String>,
    /// The event's time zone, for people.
    pub zone: Option<Tz>,
    /// How the consumer is to show it.
    pub rendering: Option<Rendering>,
    /// The rendering's hash, where it is known already.
    pub hash: Option<Fingerprint>,
    /// The groups in which the guard counts it.
    pub groups: Vec<String>,
    /// Why a deletion cannot be proved in this run; `None` if it is proved.
    pub unproved: Option<String>,
    /// What is stored of it may be older than what stands there: nothing is done until it was read again. Says so.
    pub stale: Option<String>,
    /// It is missing at the source and not yet confirmed gone: nothing new is made of it meanwhile. Says since when.
    pub missing: Option<String>,
}

/// What the decisions of one consumer depend on besides its subjects.
#[derive(Debug, Clone)]
pub struct Situation<'a> {
    /// The moment of the plan.
    pub now: DateTime<Utc>,
    /// How long after a request its effect is sure to show in a listing.
    pub settle: TimeDelta,
    /// Any key may have been written to until then: the database was lost or restored.
    pub floor: Option<DateTime<Utc>>,
    /// How exactly-once is reached there.
    pub capability: Capability,
    /// The listing, or what is [`remembered`] where there is none.
    pub listing: &'a Listing,
    /// What was found by id of items that the listing lacks; an error says why nothing could be found out.
    pub looked: &'a BTreeMap<String, Result<Option<Item>, String>>,
    /// Unshared markers count as ours where the service names no maker.
    pub adopting: bool,
    /// The database was lost or restored, and this consumer not served as a whole since.
    pub lost: bool,
    /// Deletions are allowed in this run: no rollback was found.
    pub may_delete: bool,
}

/// What is to be done at one consumer, in order.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// What is to be done, waits, or cannot be done, each with its reason.
    pub steps: Vec<Step>,
    /// Deliveries whose state changes without a request.
    pub settled: Vec<Delivery>,
    /// Items to look at by id before a plan can be made: the listing lacks them.
    pub lookups: Vec<String>,
    /// A listing begun at this moment would decide what this one cannot.
    pub settle_at: Option<DateTime<Utc>>,
    /// Items that are ours and carry the marker of an event that is not known.
    pub orphans: Vec<Item>,
    /// How many more items the service would take; `None` is unlimited.
    pub room: Option<usize>,
}

/// One operation, or the reason why there is none.
#[derive(Debug, Clone)]
pub struct Step {
    /// The delivery as it is to be when the request is sent.
    pub delivery: Delivery,
    /// The event's title.
    pub title: String,
    /// What.
    pub action: Action,
    /// Field by field, what changes.
    pub changes: Rc<[Change]>,
    /// The hash of what is sent.
    pub payload_hash: Fingerprint,
    /// The item as it was listed.
    pub item: Option<Item>,
    /// Whether it is sent.
    pub verdict: Verdict,
    /// It takes away a second item of ours; the delivery itself stays as it is.
    pub duplicate: bool,
    /// The groups in which the guard counts it.
    pub groups: Vec<String>,
    /// The event's time zone, for people.
    pub zone: Option<Tz>,
}

/// A field's old and new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Which field.
    pub field: Field,
    /// What stands there, where the service tells.
    pub old: Option<String>,
    /// What is to stand there.
    pub new: Option<String>,
}

/// Whether a step is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Send,
    /// A guard holds it back until an operator approves.
    Withheld(String),
    /// It waits for something that comes by itself.
    Waiting(String),
    /// Nobody knows yet whether an earlier request was applied.
    Unknown(String),
    /// It was refused, or two items contend; the flag says that it is new in this run or needs a person.
    Stuck(String, bool),
}

impl Subject {
    /// The hash of `rendering`, which is its own.
    fn hash_of(&self, rendering: &Rendering) -> Fingerprint {
        self.hash.unwrap_or_else(|| rendering.hash())
    }
}

impl Step {
    /// The event.
    pub fn key(&self) -> &EventKey {
        &self.delivery.key
    }

    /// Whether it takes something away from people.
    pub fn takes_away(&self) -> bool {
        matches!(self.action, Action::Cancel | Action::Delete) && !self.duplicate
    }

    /// The item that it concerns.
    pub fn remote_id(&self) -> Option<&str> {
        self.item
            .as_ref()
            .map(|item| item.remote_id.as_str())
            .or(self.delivery.remote_id.as_deref())
    }
}

/// Plans one consumer. What stands in `lookups` is looked at first, and the plan made again.
pub fn plan(subjects: &[Subject], situation: &Situation<'_>) -> Draft {
    let index = matching::Index::new(situation.listing, subjects, situation.is_remembered());
    let mut draft = Draft::default();
    for subject in subjects {
        decide::decide(subject, &index, situation, &mut draft);
    }
    draft.orphans = index.orphans(subjects, situation.adopting);
    let order = |step: &Step| {
        let delivery = &step.delivery;
        (rank(step), delivery.attempts >= 2, delivery.begins)
    };
    draft.steps.sort_by(|a, b| {
        let earlier = order(a).cmp(&order(b));
        earlier.then_with(|| a.key().cmp(b.key()))
    });
    draft.room = situation.listing.room;
    draft
}

/// Room is made before it is needed; what went wrong twice comes after the rest, and the soonest event first.
fn rank(step: &Step) -> u8 {
    match step.action {
        _ if step.duplicate => 0,
        Action::Delete => 1,
        Action::Cancel => 2,
        Action::Adopt => 3,
        Action::Update | Action::Publish => 4,
        Action::Create => 5,
    }
}

/// What stands is never removed to make room, and what is withheld makes none: creations that do not fit wait.
pub fn fit_room(draft: &mut Draft) {
    let Some(room) = draft.room.filter(|_| holds(Rule::Room)) else {
        return;
    };
    let sent = |step: &&Step| {
        step.verdict == Verdict::Send && matches!(step.action, Action::Delete | Action::Cancel)
    };
    let freed = draft.steps.iter().filter(sent).count();
    let creations = draft
        .steps
        .iter_mut()
        .filter(|step| step.verdict == Verdict::Send && step.action == Action::Create);
    for step in creations.skip(room + freed) {
        step.verdict = Verdict::Waiting("there is no room: the service holds as many events as it takes; the soonest come first".into());
    }
}

/// The plan's hash over all consumers, `sha256:…`: what is to be done and with what, before the guards; no times, outcomes or
/// counts. Two runs on the same inputs have the same.
pub fn plan_hash<'a>(steps: impl Iterator<Item = (&'a str, &'a Step)>) -> String {
    let mut lines: Vec<_> = steps
        .filter(|(_, step)| matches!(step.verdict, Verdict::Send | Verdict::Withheld(_)))
        .map(|(consumer, step)| {
            (
                consumer,
                step.key().as_str(),
                step.action,
                step.payload_hash.to_string(),
            )
        })
        .collect();
    lines.sort();
    format!("sha256:{}", Fingerprint::of(&lines))
}
