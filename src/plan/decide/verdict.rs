//! What a decision leaves behind: a step that is sent, one that only tells something, or a delivery at rest.

use super::super::{Step, Verdict, difference};
use super::Case;
use crate::consumer::Item;
use crate::delivery::{ATTEMPTS, Desired, State};
use crate::event::{Action, Field, Fingerprint};
use crate::rule::{Rule, holds};
use std::collections::BTreeSet;

impl<'a> Case<'a, '_> {
    pub(super) fn act(&mut self, action: Action, item: &Item, fields: BTreeSet<Field>) {
        self.keep_recognised(item);
        self.gate(action, Some(item), fields);
    }

    /// That an item is ours is stored, whether or not anything can be sent in this run: later it may not show any more.
    fn keep_recognised(&mut self, item: &Item) {
        let mut known = self.subject.delivery.clone();
        if known.remote_id.as_deref() == Some(item.remote_id.as_str()) && known.owns_item() {
            return;
        }
        let (url, now) = (item.remote_url.as_deref(), self.situation.now);
        known.recognise(&item.remote_id, url, now);
        known.applied_hash = self.delivery.applied_hash;
        known.applied_fields = self.delivery.applied_fields.clone();
        if matches!(known.state, State::Idle | State::Gone) {
            known.drifted(now);
        }
        self.draft.settled.push(known);
    }

    /// Whether it may be tried now at all.
    pub(super) fn gate(&mut self, action: Action, item: Option<&Item>, fields: BTreeSet<Field>) {
        let early = self
            .delivery
            .not_before
            .is_some_and(|at| at > self.situation.now);
        let reason = self.delivery.reason.clone().unwrap_or_default();
        // The same request, sent again, takes nothing back.
        let stale = self.subject.stale.as_ref().filter(|_| !self.sends_again());
        if let Some(reason) = stale.filter(|_| holds(Rule::ReadAfterLoss)) {
            let verdict = Verdict::Waiting(reason.clone());
            if self.delivery.state == State::Unknown && !self.situation.is_remembered() {
                // Its fate is known now: an event that moved to another address waits for that before it is read.
                self.delivery.drifted(self.situation.now);
                return self.hold(action, item, verdict);
            }
            return self.leave(action, item, verdict);
        }
        if self.is_in_doubt() {
            self.needs_settling();
            let reason = "the database was lost or restored: what was sent before may not show yet";
            return self.leave(action, item, Verdict::Waiting(reason.into()));
        }
        if let Some(problem) = self.unshowable(action) {
            if self.delivery.state == State::Quarantined && early {
                return self.leave(action, item, Verdict::Stuck(problem, false));
            }
            self.delivery.refused(problem.clone(), self.situation.now);
            return self.hold(action, item, Verdict::Stuck(problem, true));
        }
        if let Some(at) = self.has_to_land() {
            self.draft.settle_at = self.draft.settle_at.max(Some(at));
            let reason = "what was sent before may still be applied";
            return self.leave(action, item, Verdict::Waiting(reason.into()));
        }
        match self.delivery.state {
            State::Unknown if self.sends_again() => {}
            State::Quarantined if early && holds(Rule::Quarantine) => {
                let verdict = Verdict::Stuck(reason, false);
                return match self.subject.delivery.state {
                    State::Quarantined => self.leave(action, item, verdict),
                    _ => self.hold(action, item, verdict),
                };
            }
            // Waits without a date end with the run: this one has tried already.
            State::Wait
                if early && holds(Rule::RetryAfter) || self.delivery.not_before.is_none() =>
            {
                return self.leave(action, item, Verdict::Waiting(reason));
            }
            State::Unknown if self.delivery.attempts >= ATTEMPTS => {
                let reason = format!(
                    "{reason}: it was sent {} times without effect",
                    self.delivery.attempts
                );
                self.delivery.refused(reason.clone(), self.situation.now);
                return self.hold(action, item, Verdict::Stuck(reason, true));
            }
            State::Unknown => {
                // Its fate is known now, whether or not anything can be sent in this run.
                self.delivery.drifted(self.situation.now);
                self.draft.settled.push(self.delivery.clone());
            }
            _ => self.delivery.drifted(self.situation.now),
        }
        let step = self.step(action, item, fields, Verdict::Send);
        self.draft.steps.push(step);
    }

    /// Why the event cannot be shown as the operator wants. That it is called off is told all the same, and it can go.
    fn unshowable(&self, action: Action) -> Option<String> {
        let shows = matches!(action, Action::Create | Action::Update | Action::Publish);
        let rendering = self.subject.rendering.as_ref();
        rendering
            .filter(|_| shows && !self.sends_again())?
            .problem
            .clone()
    }

    /// Reports what is not done; the delivery stays as it was.
    pub(super) fn leave(&mut self, action: Action, item: Option<&Item>, verdict: Verdict) {
        let mut step = self.step(action, item, BTreeSet::new(), verdict);
        step.delivery = self.subject.delivery.clone();
        self.draft.steps.push(step);
    }

    /// Reports what is not done, and stores the delivery if it changed.
    pub(super) fn hold(&mut self, action: Action, item: Option<&Item>, verdict: Verdict) {
        let step = self.step(action, item, BTreeSet::new(), verdict);
        self.draft.steps.push(step);
        if self.delivery != self.subject.delivery {
            self.draft.settled.push(self.delivery.clone());
        }
    }

    /// Nothing more is to be done, though what was desired last may not stand there.
    pub(super) fn rest(&mut self) {
        if !matches!(self.delivery.state, State::Idle | State::Gone) {
            self.delivery.state = State::Idle;
            self.delivery.reason = None;
            self.delivery.not_before = None;
        }
        if self.delivery != self.subject.delivery {
            self.draft.settled.push(self.delivery.clone());
        }
    }

    pub(super) fn nothing_stands(&mut self) {
        let state = if self.delivery.desired == Desired::Absent {
            State::Gone
        } else {
            State::Idle
        };
        if self.delivery.state == state && self.delivery.remote_id.is_none() {
            return;
        }
        self.delivery.nothing_stands(self.situation.now);
        self.draft.settled.push(self.delivery.clone());
    }

    pub(super) fn step(
        &self,
        action: Action,
        item: Option<&Item>,
        fields: BTreeSet<Field>,
        verdict: Verdict,
    ) -> Step {
        let rendering = self.subject.rendering.as_ref();
        let title = self.subject.title.clone();
        let title = title.or(item.map(|item| item.title.clone()));
        let payload_hash = match (action, rendering) {
            (Action::Delete, _) | (_, None) => Fingerprint::of(&self.delivery.key),
            (_, Some(rendering)) => self.subject.hash_of(rendering),
        };
        Step {
            delivery: self.delivery.clone(),
            title: title.unwrap_or_default(),
            action,
            changes: difference::changes(&fields, rendering, item).into(),
            payload_hash,
            item: item.cloned(),
            verdict,
            duplicate: false,
            groups: self.subject.groups.clone(),
            zone: self.subject.zone,
        }
    }
}
