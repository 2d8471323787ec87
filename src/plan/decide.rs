//! What is to be done for one delivery.

use super::matching::{Index, Match};
use super::{Draft, Situation, Step, Subject, Verdict, difference};
use crate::consumer::{Item, ItemState};
use crate::delivery::{Absence, Applied, Delivery, Desired, State, field_hashes};
use crate::event::{Action, Field, Fingerprint};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// What was sent so often and showed no effect is as good as refused.
const ATTEMPTS: u32 = 3;

pub(super) fn decide(
    subject: &Subject,
    index: &Index<'_>,
    situation: &Situation<'_>,
    draft: &mut Draft,
) {
    let delivery = &subject.delivery;
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
        delivery: delivery.clone(),
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
        let settled = self
            .settles_at()
            .is_none_or(|at| self.situation.listing.begun >= at);
        if matches!(self.delivery.state, State::Unknown | State::Sending) && !settled {
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
            return self.hold(action, None, Verdict::Unknown(reason));
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
        self.delivery
            .last_mutation
            .max(self.situation.floor)
            .map(|at| at + self.situation.settle)
    }

    fn needs_settling(&mut self) {
        let at = self.settles_at();
        self.draft.settle_at = self.draft.settle_at.max(at);
    }

    /// Keeps the recorded item, else the oldest, and takes the rest away.
    fn drop_duplicates(&mut self, own: &[&Item]) {
        for extra in own.iter().skip(1) {
            let mut step = self.step(Action::Delete, Some(extra), BTreeSet::new(), Verdict::Send);
            step.duplicate = true;
            step.payload_hash = Fingerprint::of(&extra.remote_id);
            self.draft.steps.push(step);
        }
    }

    fn with_item(&mut self, item: &Item, settled: bool) {
        let now = self.situation.now;
        let over = self.delivery.ends <= now;
        let ahead = item.begins.is_some_and(|begins| begins > now);
        match self.delivery.desired {
            Desired::Absent if !over || ahead => self.delete(item),
            _ if over && ahead => {
                self.delivery.absence = Some(Absence::Past);
                self.delete(item);
            }
            Desired::Absent => self.nothing_stands(),
            _ if over => self.rest(),
            _ if self.subject.missing.is_some() => {
                let reason = self.subject.missing.clone().unwrap_or_default();
                self.delivery
                    .recognise(&item.remote_id, item.remote_url.as_deref());
                self.hold(Action::Delete, Some(item), Verdict::Waiting(reason));
            }
            Desired::Cancelled if item.state != ItemState::Cancelled => {
                self.delivery
                    .recognise(&item.remote_id, item.remote_url.as_deref());
                self.act(Action::Cancel, item, BTreeSet::from([Field::Status]));
            }
            _ => self.compare(item, settled),
        }
    }

    fn compare(&mut self, item: &Item, settled: bool) {
        let Some(rendering) = &self.subject.rendering else {
            return;
        };
        let hash = rendering.hash();
        let recorded = self.delivery.remote_id.as_deref() == Some(item.remote_id.as_str());
        let as_applied = recorded
            && self.delivery.state == State::Idle
            && self.delivery.applied_hash == Some(hash);
        let mut fields = difference::fields(self.subject, rendering, item);
        let publish = item.state == ItemState::Draft && !rendering.draft;
        if as_applied && !settled {
            // What was just applied need not show in the listing yet.
            return self.doubt_after_loss();
        }
        if fields.is_empty() && !publish {
            if as_applied {
                return;
            }
            let applied = Applied {
                hash,
                fields: field_hashes(&rendering.fields),
                remote_id: Some(item.remote_id.clone()),
                remote_url: item.remote_url.clone(),
            };
            self.delivery.found(applied, self.situation.now);
            if recorded {
                self.draft.settled.push(self.delivery.clone());
            } else {
                let step = self.step(Action::Adopt, Some(item), BTreeSet::new(), Verdict::Send);
                self.draft.steps.push(step);
            }
            return;
        }
        self.delivery
            .recognise(&item.remote_id, item.remote_url.as_deref());
        if !recorded {
            self.recall_creation();
        }
        if publish && fields.iter().all(|field| *field == Field::Publication) {
            self.act(Action::Publish, item, BTreeSet::from([Field::Publication]));
        } else {
            if publish {
                fields.insert(Field::Publication);
            }
            self.act(Action::Update, item, fields);
        }
    }

    /// An item that was just recognised is the one that an interrupted creation made, with what was sent then: of what the
    /// service does not give back nothing else will tell once the intent is gone.
    fn recall_creation(&mut self) {
        let intent = self.subject.intent.as_ref();
        let Some(intent) = intent.filter(|intent| intent.action == Action::Create) else {
            return;
        };
        self.delivery.applied_hash = Some(intent.payload_hash);
        let rendering = self.subject.rendering.as_ref();
        if let Some(rendering) = rendering.filter(|known| known.hash() == intent.payload_hash) {
            self.delivery.applied_fields = field_hashes(&rendering.fields);
        }
    }

    fn delete(&mut self, item: &Item) {
        let now = self.situation.now;
        self.delivery
            .recognise(&item.remote_id, item.remote_url.as_deref());
        if matches!(self.delivery.state, State::Idle | State::Gone) {
            // What rests is not asked for again, and no proof would ever be sought.
            self.delivery.drifted(now);
        }
        let wait = if item.state == ItemState::Active
            || item.begins.unwrap_or(self.delivery.begins) <= now
        {
            Some("it has begun: it is left until it is over".into())
        } else if !self.situation.may_delete {
            Some("the database was lost or restored: nothing is deleted in this run".into())
        } else if self.subject.missing.is_some() {
            self.subject.missing.clone()
        } else if self.delivery.absence == Some(Absence::Unconfigured) {
            None
        } else {
            self.subject.unproved.clone()
        };
        match wait {
            Some(reason) => self.hold(Action::Delete, Some(item), Verdict::Waiting(reason)),
            None => self.act(Action::Delete, item, BTreeSet::new()),
        }
    }

    /// After the loss of a database nothing is taken for granted until a listing has settled.
    fn doubt_after_loss(&mut self) {
        let since = self.situation.floor.map(|at| at + self.situation.settle);
        if since.is_some_and(|at| self.situation.listing.begun < at) {
            self.needs_settling();
        }
    }

    fn without_item(&mut self, found: &Match<'_>, settled: bool) {
        let now = self.situation.now;
        let looked = self.looked();
        let gone = matches!(looked, Some(Ok(None)));
        let over = self.delivery.ends <= now;
        if self.delivery.owns_item() && !gone && (!over || !settled) {
            let resting = matches!(self.delivery.state, State::Idle | State::Gone);
            if resting
                && (!settled
                    || self.delivery.desired != Desired::Present
                    || self.delivery.begins <= now)
            {
                // The list lags, or omits what is cancelled or under way.
                if !settled {
                    self.doubt_after_loss();
                } else if self.situation.adopting && found.linked.is_some() {
                    // A restored database may have recorded an older item than the one that stands there.
                    self.draft.lookups.extend(self.delivery.remote_id.clone());
                }
                return;
            }
            if let Some(Err(reason)) = looked {
                // What rests would not be asked for by the next run.
                self.delivery.drifted(now);
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
            self.delivery.forget_item();
        }
        match self.delivery.desired {
            _ if over => self.rest(),
            Desired::Present => self.create(found, settled),
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
        if let Some(reason) = &self.subject.missing {
            return self.hold(Action::Create, None, Verdict::Waiting(reason.clone()));
        }
        if !settled {
            self.needs_settling();
            return self.hold(
                Action::Create,
                None,
                Verdict::Waiting(
                    "a later listing has to show that it does not stand there yet".into(),
                ),
            );
        }
        if self.delivery.owns_item() || self.delivery.state == State::Linked {
            self.delivery.forget_item();
        }
        let fields = self
            .subject
            .rendering
            .iter()
            .flat_map(|rendering| rendering.fields.keys().copied())
            .collect();
        self.gate(Action::Create, None, fields);
    }

    fn act(&mut self, action: Action, item: &Item, fields: BTreeSet<Field>) {
        self.keep_recognised(item);
        self.gate(action, Some(item), fields);
    }

    /// That an item is ours is stored, whether or not anything can be sent in this run: later it may not show any more.
    fn keep_recognised(&mut self, item: &Item) {
        let mut known = self.subject.delivery.clone();
        if known.remote_id.as_deref() == Some(item.remote_id.as_str()) && known.owns_item() {
            return;
        }
        known.recognise(&item.remote_id, item.remote_url.as_deref());
        known.applied_hash = self.delivery.applied_hash;
        known.applied_fields = self.delivery.applied_fields.clone();
        if matches!(
            known.state,
            State::Idle | State::Gone | State::Linked | State::Conflict
        ) {
            known.drifted(self.situation.now);
        }
        self.draft.settled.push(known);
    }

    /// Whether it may be tried now at all.
    fn gate(&mut self, action: Action, item: Option<&Item>, fields: BTreeSet<Field>) {
        let early = self
            .delivery
            .not_before
            .is_some_and(|at| at > self.situation.now);
        let reason = self.delivery.reason.clone().unwrap_or_default();
        if let Some(reason) = &self.subject.stale {
            return self.leave(action, item, Verdict::Waiting(reason.clone()));
        }
        match self.delivery.state {
            State::Quarantined if early => {
                return self.leave(action, item, Verdict::Stuck(reason, false));
            }
            // Waits without a date end with the run: this one has tried already.
            State::Wait if early || self.delivery.not_before.is_none() => {
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
            State::Pending => {}
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

    /// Reports what is not done; the delivery stays as it was.
    fn leave(&mut self, action: Action, item: Option<&Item>, verdict: Verdict) {
        let mut step = self.step(action, item, BTreeSet::new(), verdict);
        step.delivery = self.subject.delivery.clone();
        self.draft.steps.push(step);
    }

    /// Reports what is not done, and stores the delivery if it changed.
    fn hold(&mut self, action: Action, item: Option<&Item>, verdict: Verdict) {
        let step = self.step(action, item, BTreeSet::new(), verdict);
        self.draft.steps.push(step);
        if self.delivery != self.subject.delivery {
            self.draft.settled.push(self.delivery.clone());
        }
    }

    /// Nothing more is to be done, though what was desired last may not stand there.
    fn rest(&mut self) {
        if !matches!(self.delivery.state, State::Idle | State::Gone) {
            self.delivery.state = State::Idle;
            self.delivery.reason = None;
            self.delivery.not_before = None;
        }
        if self.delivery != self.subject.delivery {
            self.draft.settled.push(self.delivery.clone());
        }
    }

    fn nothing_stands(&mut self) {
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

    fn step(
        &self,
        action: Action,
        item: Option<&Item>,
        fields: BTreeSet<Field>,
        verdict: Verdict,
    ) -> Step {
        let rendering = self.subject.rendering.as_ref();
        let title = self
            .subject
            .event
            .as_ref()
            .map(|event| event.title.clone())
            .or(item.map(|item| item.title.clone()));
        let payload_hash = match (action, rendering) {
            (Action::Delete, _) | (_, None) => Fingerprint::of(&self.delivery.key),
            (_, Some(rendering)) => rendering.hash(),
        };
        Step {
            delivery: self.delivery.clone(),
            title: title.unwrap_or_default(),
            action,
            changes: difference::changes(&fields, rendering, item),
            payload_hash,
            item: item.cloned(),
            verdict,
            duplicate: false,
            groups: self.subject.groups.clone(),
            zone: self.subject.event.as_ref().and_then(|event| event.timezone),
        }
    }
}
