//! The listing shows nothing of ours: whether that is so, and whether something is to be made.

use super::super::Verdict;
use super::super::matching::Match;
use super::Case;
use crate::delivery::{Desired, State};
use crate::event::Action;
use crate::rule::{Rule, holds};
use std::collections::BTreeSet;

impl<'a> Case<'a, '_> {
    pub(super) fn without_item(&mut self, found: &Match<'_>, settled: bool) {
        let now = self.situation.now;
        let looked = self.looked();
        let gone = matches!(looked, Some(Ok(None))) || !holds(Rule::FreshLook);
        let over = self.delivery.ends <= now;
        // A restored database may have recorded an older item than the one that stands there.
        let another = self.situation.adopting && found.linked.is_some();
        if self.delivery.owns_item() && !gone && (!over || !settled || another) {
            let settled = settled || !holds(Rule::SettledAbsence);
            let resting = matches!(self.delivery.state, State::Idle | State::Gone);
            if resting
                && (!settled
                    || self.delivery.desired != Desired::Present
                    || self.delivery.begins <= now)
            {
                // The list lags, or omits what is cancelled or under way.
                if !settled {
                    self.doubt_after_loss();
                } else if another {
                    self.draft.lookups.extend(self.delivery.remote_id.clone());
                }
                return;
            }
            if let Some(Err(reason)) = looked {
                // What rests would not be asked for by the next run; what has to wait goes on waiting.
                if self.delivery.not_before.is_none_or(|at| at <= now) {
                    self.delivery.drifted(now);
                }
                let reason = format!("it could not be looked at: {reason}");
                return self.hold(Action::Update, None, Verdict::Stuck(reason, true));
            }
            if settled {
                self.draft.lookups.extend(self.delivery.remote_id.clone());
            } else {
                self.needs_settling();
                self.hold(
                    Action::Update,
                    None,
                    Verdict::Waiting("the listing does not show it yet".into()),
                );
            }
            return;
        }
        if gone {
            self.delivery.begin_anew();
        }
        match self.delivery.desired {
            _ if over => self.rest(),
            Desired::Present => self.create(found, settled),
            // What may stand there uncancelled is sent again, and shows that it is cancelled.
            _ if self.sends_again() => self.create(found, settled),
            // It was taken away, and the listing agrees.
            Desired::Absent
                if self.delivery.state == State::Gone && self.delivery.remote_id.is_none() =>
            {
                self.doubt_after_loss();
            }
            _ if !settled => {
                self.needs_settling();
                let action = if self.delivery.desired == Desired::Absent {
                    Action::Delete
                } else {
                    Action::Cancel
                };
                self.hold(
                    action,
                    None,
                    Verdict::Waiting(
                        "a later listing has to show that nothing stands there".into(),
                    ),
                );
            }
            _ => self.nothing_stands(),
        }
    }

    fn create(&mut self, found: &Match<'_>, settled: bool) {
        let now = self.situation.now;
        if let Some(item) = found.linked.filter(|_| !found.contested) {
            let known = self.delivery.state == State::Linked
                && self.delivery.remote_id.as_deref() == Some(item.remote_id.as_str());
            if !known {
                self.delivery
                    .link(&item.remote_id, item.remote_url.as_deref(), now);
            }
            let reason = self.delivery.reason.clone().unwrap_or_default();
            return self.hold(Action::Create, Some(item), Verdict::Waiting(reason));
        }
        if found.contested {
            let reason = "several items carry this event's link and none is provably kronos'; delete all but one by hand".to_string();
            self.delivery
                .conflict(reason.clone(), self.situation.adopting, now);
            return self.hold(Action::Create, None, Verdict::Stuck(reason, true));
        }
        if self.delivery.begins <= now {
            let reason = "it has begun: events that have begun are not created";
            if self.delivery.state != State::Idle {
                let step = self.step(
                    Action::Create,
                    None,
                    BTreeSet::new(),
                    Verdict::Waiting(reason.into()),
                );
                self.draft.steps.push(step);
                self.rest();
            }
            return;
        }
        if let Some(opens) = self.opens() {
            return self.wait_for_opening(opens);
        }
        if let Some(reason) = &self.subject.missing {
            return self.hold(Action::Create, None, Verdict::Waiting(reason.clone()));
        }
        if self.is_lost_to() {
            return self.leave_to_operator("the database was lost or restored");
        }
        if !settled && holds(Rule::SettledCreation) {
            self.needs_settling();
            return self.hold(
                Action::Create,
                None,
                Verdict::Waiting(
                    "a later listing has to show that it does not stand there yet".into(),
                ),
            );
        }
        if self.delivery.owns_item() {
            self.delivery.begin_anew();
        } else if self.delivery.remote_id.is_some() {
            // What is made now has no id yet: that of a person's own is not its.
            self.delivery.forget_item();
        }
        self.delivery.open_again(now);
        let fields = self
            .subject
            .rendering
            .iter()
            .flat_map(|rendering| rendering.fields.keys().copied())
            .collect();
        self.gate(Action::Create, None, fields);
    }

    /// After the loss of a database nothing is taken for granted until a listing has settled.
    pub(super) fn doubt_after_loss(&mut self) {
        if self.is_in_doubt() {
            self.needs_settling();
        }
    }

    /// What was sent before the loss of a database may not show in this listing yet.
    pub(super) fn is_in_doubt(&self) -> bool {
        let floor = self.situation.floor;
        let since = floor.map(|at| at + self.situation.settle);
        since.is_some_and(|at| self.situation.listing.begun < at)
    }
}
