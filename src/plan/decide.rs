//! What is to be done for one delivery.

use super::matching::{Index, Match};
use super::{Draft, Situation, Subject, Verdict};
use crate::consumer::Item;
use crate::delivery::{Delivery, State};
use crate::event::Action;
use crate::rule::{Rule, holds};
use chrono::{DateTime, Utc};

mod nothing;
mod standing;
mod unlisted;
mod verdict;

pub(super) fn decide(
    subject: &Subject,
    index: &Index<'_>,
    situation: &Situation<'_>,
    draft: &mut Draft,
) {
    let mut known = subject.delivery.clone();
    if index.is_anothers(&known) {
        known.forget_item();
    }
    let delivery = &known;
    let intent = subject.intent.as_ref();
    let mut found = index.find(delivery, intent, situation.adopting);
    let is_gone = |id: &String| matches!(situation.looked.get(id), Some(Ok(None)));
    if found.own.is_empty()
        && delivery.owns_item()
        && delivery.remote_id.as_ref().is_some_and(is_gone)
    {
        // The recorded item is gone: another one may be ours by its marker.
        let forgetful = Delivery {
            remote_id: None,
            ..delivery.clone()
        };
        found = index.find(&forgetful, intent, situation.adopting);
    }
    Case {
        subject,
        delivery: known,
        situation,
        draft,
    }
    .decide(&found);
}

/// One delivery under decision.
struct Case<'a, 'd> {
    subject: &'a Subject,
    delivery: Delivery,
    situation: &'a Situation<'a>,
    draft: &'d mut Draft,
}

impl<'a> Case<'a, '_> {
    fn decide(mut self, found: &Match<'_>) {
        if self.unlisted() {
            return;
        }
        let settled = self
            .settles_at()
            .is_none_or(|at| self.situation.listing.begun >= at);
        if matches!(self.delivery.state, State::Unknown | State::Sending)
            && !settled
            && holds(Rule::OneRequest)
        {
            let action = self
                .subject
                .intent
                .as_ref()
                .map_or(Action::Update, |intent| intent.action);
            let reason = format!(
                "{}: it may have been applied",
                self.delivery.reason.as_deref().unwrap_or("no answer")
            );
            self.needs_settling();
            return self.hold(action, found.own.first().copied(), Verdict::Unknown(reason));
        }
        let looked = self.looked();
        match found
            .own
            .first()
            .copied()
            .or(looked.and_then(|found| found.as_ref().ok()?.as_ref()))
        {
            Some(item) => self.with_item(item, settled),
            None => self.without_item(found, settled),
        }
        self.drop_duplicates(&found.own);
    }

    /// What was found by the recorded id.
    fn looked(&self) -> Option<&'a Result<Option<Item>, String>> {
        let id = self
            .delivery
            .remote_id
            .as_deref()
            .filter(|_| self.delivery.owns_item())?;
        self.situation.looked.get(id)
    }

    /// When a listing has to begin at the earliest so that absence from it is evidence.
    fn settles_at(&self) -> Option<DateTime<Utc>> {
        if self.situation.is_remembered() {
            return None;
        }
        self.delivery
            .last_mutation
            .max(self.situation.floor)
            .map(|at| at + self.situation.settle)
    }

    fn needs_settling(&mut self) {
        // Where nothing is listed, too, what was sent before a loss may still land.
        let floor = self.situation.floor.map(|at| at + self.situation.settle);
        let at = self.settles_at().max(floor);
        self.draft.settle_at = self.draft.settle_at.max(at);
    }
}
