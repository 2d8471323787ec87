//! What has to be decided otherwise where nothing can be listed, and before an event may be shown.

use super::super::unlisted::addressed;
use super::super::{Verdict, left_to_operator};
use super::Case;
use crate::consumer::Capability;
use crate::delivery::{ATTEMPTS, Desired, QUARANTINE, State};
use crate::event::Action;
use chrono::{DateTime, Utc};

impl Case<'_, '_> {
    /// A creation that may have been applied, to be sent again as the same request.
    pub(super) fn sends_again(&self) -> bool {
        self.situation.capability == Capability::Key && self.may_have_created()
    }

    fn may_have_created(&self) -> bool {
        let intent = self.subject.intent.as_ref();
        self.delivery.state == State::Unknown
            && !self.delivery.owns_item()
            && intent.is_some_and(|intent| intent.creates())
    }

    /// What has to be decided first where nothing can be listed. Says whether that was all.
    pub(super) fn unlisted(&mut self) -> bool {
        if !self.situation.is_remembered() {
            return false;
        }
        let now = self.situation.now;
        let is_blind = self.situation.capability == Capability::Blind;
        if is_blind && self.may_have_created() {
            let reason = self.delivery.reason.clone().unwrap_or_default();
            self.leave_to_operator(&reason);
            return true;
        }
        if is_blind && self.delivery.state == State::Conflict {
            let reason = self.delivery.reason.clone().unwrap_or_default();
            self.hold(Action::Create, None, Verdict::Stuck(reason, true));
            return true;
        }
        self.doubt_what_was_restored();
        if self.sends_again() && self.is_not_to_be_made() {
            // Whoever takes requests by their key knows an event by its address: by that the item is changed or taken away, if it
            // was made at all. It is not made once more to learn its name.
            match self.lands_until() {
                Some(at) => self.let_land(Action::Create, at),
                None => self.with_item(&addressed(&self.delivery), true),
            }
            return true;
        }
        if self.sends_again() {
            let tried = self.delivery.last_mutation;
            if self.delivery.attempts >= ATTEMPTS
                && tried.is_some_and(|at| at <= now && now - at < QUARANTINE)
            {
                let reason = self.delivery.reason.clone().unwrap_or_default();
                let reason = format!("{reason}: it is sent again once a day");
                self.hold(Action::Create, None, Verdict::Unknown(reason));
                return true;
            }
        } else if self.delivery.state == State::Unknown {
            let intent = self.subject.intent.as_ref();
            let other = intent.filter(|intent| intent.generation != self.delivery.desired_gen);
            if let (Some(intent), Some(at)) = (other, self.lands_until()) {
                self.let_land(intent.action, at);
                return true;
            }
            // Of what an unknown request carried nothing else tells.
            self.delivery.doubt_content();
        }
        false
    }

    /// Until when the request that nobody heard of may take effect, if that lies ahead.
    fn lands_until(&self) -> Option<DateTime<Utc>> {
        let until = self.delivery.last_mutation? + self.situation.settle;
        (until > self.situation.now).then_some(until)
    }

    /// Until when nothing else may be sent to an item, since an earlier request to it may still be on its way, also if the same
    /// was answered since, or was sent again without success.
    pub(super) fn has_to_land(&self) -> Option<DateTime<Utc>> {
        if !self.situation.is_remembered() || !self.delivery.owns_item() {
            return None;
        }
        let takes_once = self.situation.capability == Capability::Key;
        let is_certain = takes_once && self.delivery.applied_hash.is_some();
        let intent = self.subject.intent.as_ref();
        let is_again = self.delivery.state == State::Unknown
            && intent.is_some_and(|intent| intent.generation == self.delivery.desired_gen);
        self.lands_until().filter(|_| !is_certain && !is_again)
    }

    /// It could still undo what is sent now.
    fn let_land(&mut self, action: Action, at: DateTime<Utc>) {
        let reason = self.delivery.reason.clone().unwrap_or_default();
        self.draft.settle_at = self.draft.settle_at.max(Some(at));
        let reason = format!("{reason}: it may still be applied");
        self.hold(action, None, Verdict::Unknown(reason));
    }

    /// What may have been created would not be created now.
    fn is_not_to_be_made(&self) -> bool {
        self.delivery.desired == Desired::Absent || self.delivery.begins <= self.situation.now
    }

    /// What a restored database says was applied last may have been followed by more: it is sent once more, as a change of its
    /// own, for whoever knows the earlier one would not take it again.
    fn doubt_what_was_restored(&mut self) {
        let is_older = self.situation.floor > self.delivery.last_mutation;
        if !is_older || !self.delivery.owns_item() {
            return;
        }
        // What has begun by that may have been moved since: the source's word counts.
        let now = self.situation.now;
        self.delivery.item_begins = self.delivery.item_begins.filter(|begins| *begins > now);
        // The same goes for what may have been applied then, and is unknown.
        if self.delivery.applied_hash.is_some() || self.delivery.state == State::Unknown {
            self.delivery.doubt_content();
            self.delivery.desired_gen += 1;
        }
    }

    /// After a loss nobody knows either what was created.
    pub(super) fn is_lost_to(&self) -> bool {
        self.situation.capability == Capability::Blind && self.situation.lost
    }

    pub(super) fn leave_to_operator(&mut self, reason: &str) {
        let reason = left_to_operator(reason);
        self.delivery
            .conflict(reason.clone(), false, self.situation.now);
        self.hold(Action::Create, None, Verdict::Stuck(reason, true));
    }

    /// From when the event may be shown, if that lies ahead and nothing was sent yet.
    pub(super) fn opens(&self) -> Option<DateTime<Utc>> {
        let opens = self.subject.rendering.as_ref()?.opens?;
        (opens > self.situation.now && !self.sends_again()).then_some(opens)
    }

    /// It is said once; after that the delivery says it for itself.
    pub(super) fn wait_for_opening(&mut self, opens: DateTime<Utc>) {
        if self.delivery.opens() == Some(opens) {
            return;
        }
        let reason = "it is not to be shown yet".to_string();
        self.delivery
            .wait_for_opening(opens, reason.clone(), self.situation.now);
        let reason = format!("{reason}, but from {}", opens.format("%Y-%m-%d %H:%M UTC"));
        self.hold(Action::Create, None, Verdict::Waiting(reason));
    }
}
