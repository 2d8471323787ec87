//! The guards: what would take too much away is withheld until an operator approves.

use super::{Step, Subject, Verdict};
use crate::delivery::{Absence, Desired, State};
use crate::event::{Action, EventKey, Fingerprint};
use crate::rule::{Rule, holds};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

/// However small a group is, this many cancellations and deletions pass.
const ALWAYS_ALLOWED: usize = 3;

/// What the guards go by.
#[derive(Debug, Clone)]
pub struct Guard<'a> {
    /// The moment of the plan.
    pub now: DateTime<Utc>,
    /// The share of what stands that may be cancelled or deleted, between 0 and 1.
    pub delete_limit: f64,
    /// Groups whose snapshot was empty.
    pub empty: &'a HashSet<String>,
    /// What an operator released.
    pub approved: &'a HashSet<Approval>,
    /// How much stood in each group when this run planned first: what it took away since makes no group smaller.
    pub stood: &'a HashMap<String, usize>,
    /// How much of each group this run let pass already.
    pub taken: &'a HashMap<String, usize>,
}

/// An operation that was released: unchanged, it passes the guards.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Approval {
    /// The event.
    pub key: EventKey,
    /// What.
    pub action: Action,
    /// With what.
    pub payload_hash: Fingerprint,
}

/// Withholds from `steps` whatever the guards do not let pass. Gives how much stands in each group, for later plans of the run.
pub fn guard(
    steps: &mut [Step],
    subjects: &[Subject],
    guard: &Guard<'_>,
) -> HashMap<String, usize> {
    let mut standing: HashMap<String, usize> = HashMap::new();
    // What was recognised only just now stands, too.
    let found: HashSet<&EventKey> = steps
        .iter()
        .filter(|step| step.item.is_some() && (step.takes_away() || is_ours_ahead(step, guard.now)))
        .map(Step::key)
        .collect();
    let is_standing =
        |subject: &&Subject| stands(subject, guard.now) || found.contains(&subject.delivery.key);
    for subject in subjects.iter().filter(is_standing) {
        for group in &subject.groups {
            *standing.entry(group.clone()).or_default() += 1;
        }
    }
    for (group, stood) in guard.stood {
        let standing = standing.entry(group.clone()).or_default();
        *standing = *stood.max(standing);
    }
    let mut taken: HashMap<String, usize> = guard.taken.clone();
    for step in steps.iter().filter(|step| counts(step, guard)) {
        for group in &step.groups {
            *taken.entry(group.clone()).or_default() += 1;
        }
    }
    // What is known by its marker alone may have been in any group.
    let of = |counts: &HashMap<String, usize>, group: &str| {
        let nameless = counts.get("").filter(|_| !group.is_empty());
        counts.get(group).unwrap_or(&0) + nameless.unwrap_or(&0)
    };
    let too_many = |group: &String| {
        let (count, live) = (of(&taken, group), of(&standing, group));
        holds(Rule::DeletionLimit)
            && count > ALWAYS_ALLOWED
            && count as f64 > guard.delete_limit * live as f64
    };
    let emptied = |group: &String| {
        let any = guard.empty.iter().map(|empty| of(&standing, empty)).max();
        let live = match group.is_empty() {
            true => any.unwrap_or_default(),
            false => of(&standing, group),
        };
        holds(Rule::EmptySnapshot) && guard.empty.contains(group) && live >= 2
    };
    for step in steps.iter_mut().filter(|step| counts(step, guard)) {
        let reason = if let Some(group) = step.groups.iter().find(|group| emptied(group)) {
            format!("{} is suddenly empty", named(group))
        } else if let Some(group) = step.groups.iter().find(|group| too_many(group)) {
            format!(
                "{} of {} would go from {}",
                of(&taken, group),
                of(&standing, group),
                named(group)
            )
        } else if step.delivery.absence == Some(Absence::Unconfigured) && holds(Rule::Configuration)
        {
            "its group or provider is no longer configured".into()
        } else {
            continue;
        };
        step.verdict = Verdict::Withheld(reason);
    }
    standing
}

fn named(group: &str) -> String {
    if group.is_empty() {
        "what is no longer known".into()
    } else {
        format!("the group {group}")
    }
}

fn counts(step: &Step, guard: &Guard<'_>) -> bool {
    let approval = Approval {
        key: step.key().clone(),
        action: step.action,
        payload_hash: step.payload_hash,
    };
    step.verdict == Verdict::Send && step.takes_away() && !guard.approved.contains(&approval)
}

/// The item of the step is no person's own, and lies ahead.
fn is_ours_ahead(step: &Step, now: DateTime<Utc>) -> bool {
    let is_left_alone = matches!(step.delivery.state, State::Linked | State::Conflict);
    !is_left_alone && step.delivery.desired != Desired::Cancelled && step.delivery.ends > now
}

/// It stands there live, and ahead: by what is known of its event, or still by what is shown there.
fn stands(subject: &Subject, now: DateTime<Utc>) -> bool {
    let delivery = &subject.delivery;
    let shown_ahead = delivery.item_begins.is_some_and(|begins| begins > now);
    let cancelled =
        delivery.desired == Desired::Cancelled && delivery.applied_gen == delivery.desired_gen;
    delivery.owns_item() && (delivery.ends > now || shown_ahead) && !cancelled
}
