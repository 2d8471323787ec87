//! Something of ours stands there: what is to become of it.

use super::super::{Verdict, difference};
use super::Case;
use crate::consumer::{Item, ItemState};
use crate::delivery::{Absence, Applied, Desired, State, field_hashes};
use crate::event::{Action, Field, Fingerprint};
use crate::rule::{Rule, holds};
use std::collections::BTreeSet;

impl<'a> Case<'a, '_> {
    pub(super) fn with_item(&mut self, item: &Item, settled: bool) {
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
            _ if over && holds(Rule::PastUntouched) => self.rest(),
            _ if self.subject.missing.is_some() => {
                let reason = self.subject.missing.clone().unwrap_or_default();
                self.recognise(item);
                self.hold(Action::Delete, Some(item), Verdict::Waiting(reason));
            }
            Desired::Cancelled if item.state != ItemState::Cancelled => {
                self.recognise(item);
                self.act(Action::Cancel, item, BTreeSet::from([Field::Status]));
            }
            _ => self.compare(item, settled),
        }
    }

    fn recognise(&mut self, item: &Item) {
        let url = item.remote_url.as_deref();
        let recorded = self.delivery.remote_id.as_deref() == Some(item.remote_id.as_str());
        self.delivery
            .recognise(&item.remote_id, url, self.situation.now);
        if !recorded && !self.situation.is_remembered() {
            self.recall_creation();
        }
    }

    fn compare(&mut self, item: &Item, settled: bool) {
        let Some(rendering) = &self.subject.rendering else {
            return;
        };
        let hash = self.subject.hash_of(rendering);
        let recorded = self.delivery.remote_id.as_deref() == Some(item.remote_id.as_str());
        let as_applied = recorded
            && self.delivery.state == State::Idle
            && self.delivery.applied_hash == Some(hash);
        if rendering.problem.is_some() && !as_applied {
            self.recognise(item);
            return self.act(Action::Update, item, BTreeSet::new());
        }
        let intent = self.subject.intent.as_ref();
        let mut fields = difference::fields(&self.delivery, intent, rendering, item);
        let publish = item.state == ItemState::Draft && !rendering.draft;
        if as_applied && !(settled && holds(Rule::DriftRepair)) {
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
                begins: item.begins,
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
        self.recognise(item);
        if publish && fields.iter().all(|field| *field == Field::Publication) {
            self.act(Action::Publish, item, BTreeSet::from([Field::Publication]));
        } else {
            if publish {
                fields.insert(Field::Publication);
            }
            self.act(Action::Update, item, fields);
        }
    }

    /// An item that was just recognised in a listing is the one that an interrupted creation made, with what was sent then: of what the
    /// service does not give back nothing else will tell once the intent is gone.
    fn recall_creation(&mut self) {
        let intent = self.subject.intent.as_ref();
        let Some(intent) = intent.filter(|intent| intent.creates()) else {
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
        self.recognise(item);
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

    /// Keeps the recorded item, else the oldest, and takes the rest away.
    pub(super) fn drop_duplicates(&mut self, own: &[&Item]) {
        if self.is_in_doubt() {
            return;
        }
        for extra in own.iter().skip(1) {
            let mut step = self.step(Action::Delete, Some(extra), BTreeSet::new(), Verdict::Send);
            step.duplicate = true;
            step.payload_hash = Fingerprint::of(&extra.remote_id);
            self.draft.steps.push(step);
        }
    }
}
