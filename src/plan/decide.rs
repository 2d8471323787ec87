//! What is to be done for one delivery.

use super::matching::{Index, Match};
use super::{Draft, Situation, Step, Subject, Verdict, difference};
use crate::consumer::{Item, ItemState};
use crate::delivery::{Absence, Applied, Delivery, Desired, State, field_hashes};
use crate::event::{Action, Field, Fingerprint};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

pub(super) fn decide(
    subject: &Subject,
    index: &Index<'_>,
    situation: &Situation<'_>,
    draft: &mut Draft,
) {
    let mut delivery = subject.delivery.clone();
    let looked = |id| situation.looked.get(id);
    if delivery.owns_item() && matches!(delivery.remote_id.as_ref().and_then(looked), Some(None)) {
        // Its id means nothing any more: another item may be recognised in its place.
        delivery.forget_item();
    }
    let found = index.find(&delivery, subject.intent.as_ref(), situation.adopting);
    Case {
        subject,
        delivery,
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

impl Case<'_, '_> {
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
        let own = self.drop_duplicates(&found.own);
        let looked = self
            .delivery
            .remote_id
            .as_deref()
            .filter(|_| self.delivery.owns_item())
            .and_then(|id| self.situation.looked.get(id));
        match own.or_else(|| looked.and_then(Option::as_ref)) {
            Some(item) => self.with_item(item, settled),
            None => self.without_item(found, settled),
        }
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
    fn drop_duplicates<'i>(&mut self, own: &[&'i Item]) -> Option<&'i Item> {
        for extra in own.iter().skip(1) {
            let mut step = self.step(Action::Delete, Some(extra), BTreeSet::new(), Verdict::Send);
            step.duplicate = true;
            step.payload_hash = Fingerprint::of(&extra.remote_id);
            self.draft.steps.push(step);
        }
        own.first().copied()
    }

    fn with_item(&mut self, item: &Item, settled: bool) {
        let now = self.situation.now;
        let over = self.delivery.ends <= now;
        let ahead = item.begins.is_some_and(|begins| begins > now);
        match self.delivery.desired {
            desired if over && ahead => {
                if desired != Desired::Absent {
                    self.delivery.absence = Some(Absence::Past);
                }
                self.delete(item);
            }
            Desired::Absent if !over => self.delete(item),
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
            return; // What was just applied need not show in the listing yet.
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
        if publish && fields.iter().all(|field| *field == Field::Publication) {
            self.act(Action::Publish, item, BTreeSet::from([Field::Publication]));
        } else {
            if publish {
                fields.insert(Field::Publication);
            }
            self.act(Action::Update, item, fields);
        }
    }

    fn delete(&mut self, item: &Item) {
        let now = self.situation.now;
        self.delivery
            .recognise(&item.remote_id, item.remote_url.as_deref());
        let wait = if item.state == ItemState::Active
            || item.begins.unwrap_or(self.delivery.begins) <= now
        {
            Some("it has begun: it is left until it is over".into())
        } else if !self.situation.may_delete {
            Some("the database was lost or restored: nothing is deleted in this run".into())
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

    fn without_item(&mut self, found: &Match<'_>, settled: bool) {
        let now = self.situation.now;
        let over = self.delivery.ends <= now;
        // What is over and shows no more needs nothing, but an item that is ahead may only not show yet.
        if self.delivery.owns_item() && !(over && settled) {
            let resting = matches!(self.delivery.state, State::Idle | State::Gone);
            if resting
                && (!settled
                    || over
                    || self.delivery.desired != Desired::Present
                    || self.delivery.begins <= now)
            {
                return; // The list lags, or omits what is cancelled or under way.
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
        self.gate(action, Some(item), fields);
    }

    /// Whether it may be tried now at all.
    fn gate(&mut self, action: Action, item: Option<&Item>, fields: BTreeSet<Field>) {
        let early = self
            .delivery
            .not_before
            .is_some_and(|at| at > self.situation.now);
        let reason = || self.delivery.reason.clone().unwrap_or_default();
        let verdict = match self.delivery.state {
            State::Quarantined if early => Verdict::Stuck(reason(), false),
            State::Wait if early => Verdict::Waiting(reason()),
            // Waits without a date end with the run: this one has tried already.
            State::Wait if self.delivery.not_before.is_none() => Verdict::Waiting(reason()),
            _ => Verdict::Send,
        };
        if verdict == Verdict::Send {
            if !matches!(self.delivery.state, State::Pending) {
                self.delivery.drifted(self.situation.now);
            }
            let step = self.step(action, item, fields, Verdict::Send);
            self.draft.steps.push(step);
        } else {
            let mut step = self.step(action, item, fields, verdict);
            step.delivery = self.subject.delivery.clone();
            self.draft.steps.push(step);
        }
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
        if self.delivery.state == state && self.subject.delivery.remote_id.is_none() {
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
