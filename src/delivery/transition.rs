//! The transitions of a delivery: what a wish, a request's outcome or a listing makes of it.

use super::{Applied, Delivery, Desired, Provenance, State, Wish, field_hashes};
use crate::event::{Action, EventKey, Field};
use crate::rule::{Rule, holds};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// What was sent so often and showed no effect is as good as refused.
pub const ATTEMPTS: u32 = 3;

/// After a refusal the same generation is tried again once a day: the service may have changed its mind.
pub const QUARANTINE: TimeDelta = TimeDelta::days(1);

impl Delivery {
    /// A delivery that nothing was done for yet.
    pub fn new(key: EventKey, wish: Wish, now: DateTime<Utc>) -> Self {
        Self {
            key,
            desired: wish.desired,
            absence: wish.absence,
            desired_gen: 1,
            desired_hash: wish.hash,
            applied_gen: 0,
            applied_hash: None,
            applied_fields: BTreeMap::new(),
            remote_id: None,
            remote_url: None,
            provenance: None,
            state: State::Pending,
            since: now,
            last_mutation: None,
            attempts: 0,
            not_before: None,
            reason: None,
            begins: wish.begins,
            ends: wish.ends,
            item_begins: None,
        }
    }

    fn enter(&mut self, state: State, reason: Option<String>, now: DateTime<Utc>) {
        if self.state != state {
            self.since = now;
        }
        self.state = state;
        self.reason = reason;
        self.not_before = None;
    }

    /// Takes a new wish. A wish that differs raises the generation, and what was at rest becomes pending; what is
    /// unknown, linked or in conflict stays so, for only a listing can tell more. Says whether anything changed.
    pub fn wish(&mut self, wish: Wish, now: DateTime<Utc>) -> bool {
        let absence_changed = self.absence != wish.absence;
        self.begins = wish.begins;
        self.ends = wish.ends;
        self.absence = wish.absence;
        if self.desired == wish.desired && self.desired_hash == wish.hash {
            let opens_otherwise = self.opens().is_some_and(|at| Some(at) != wish.opens);
            if opens_otherwise {
                self.enter(State::Pending, None, now);
            }
            return absence_changed || opens_otherwise;
        }
        self.desired = wish.desired;
        self.desired_hash = wish.hash;
        self.desired_gen += u64::from(holds(Rule::Generation));
        self.attempts = 0;
        // What was refused was another generation.
        self.not_before = None;
        if !matches!(
            self.state,
            State::Sending | State::Unknown | State::Linked | State::Conflict
        ) {
            self.enter(State::Pending, None, now);
        }
        true
    }

    /// Something stands there that differs from what was applied, or nothing does: it is to be repaired.
    pub fn drifted(&mut self, now: DateTime<Utc>) {
        self.enter(State::Pending, None, now);
    }

    /// What is desired was found standing there, or needs nothing.
    pub fn found(&mut self, applied: Applied, now: DateTime<Utc>) {
        if self.remote_id != applied.remote_id {
            self.provenance = Some(Provenance::Adopted);
        }
        self.record(applied);
        let refused_until = self.refused_until();
        self.enter(State::Idle, None, now);
        // The listing may lag, or a person may have made it so, and change it back.
        self.not_before = refused_until.filter(|until| *until > now);
    }

    fn record(&mut self, applied: Applied) {
        self.applied_gen = self.desired_gen;
        self.applied_hash = Some(applied.hash);
        self.applied_fields = applied.fields;
        self.item_begins = applied.begins;
        if applied.remote_id.is_some() {
            self.remote_id = applied.remote_id;
        }
        if applied.remote_url.is_some() {
            self.remote_url = applied.remote_url;
        }
        self.attempts = 0;
    }

    /// Nothing of ours stands there, and nothing needs to.
    pub fn nothing_stands(&mut self, now: DateTime<Utc>) {
        self.forget_item();
        self.applied_gen = self.desired_gen;
        let state = if self.desired == Desired::Absent {
            State::Gone
        } else {
            State::Idle
        };
        self.enter(state, None, now);
    }

    /// The item is gone or finished: its id means nothing any more.
    pub fn forget_item(&mut self) {
        self.remote_id = None;
        self.remote_url = None;
        self.provenance = None;
        self.item_begins = None;
        self.applied_hash = None;
        self.applied_fields = BTreeMap::new();
    }

    /// What stands there of the event is no longer known, but for whether it shows that it is cancelled.
    pub fn doubt_content(&mut self) {
        self.applied_hash = None;
        self.applied_fields
            .retain(|field, _| *field == Field::Status);
    }

    /// The item is gone, and another one is to be made: that is a wish of its own, even if it shows the same.
    pub fn begin_anew(&mut self) {
        self.forget_item();
        self.desired_gen += 1;
    }

    /// An item was recognised as ours, though it differs from what is desired.
    pub fn recognise(&mut self, remote_id: &str, remote_url: Option<&str>, now: DateTime<Utc>) {
        if self.remote_id.as_deref() != Some(remote_id) {
            self.remote_id = Some(remote_id.into());
            self.provenance = Some(Provenance::Adopted);
            self.applied_hash = None;
            self.applied_fields = BTreeMap::new();
        }
        self.remote_url = remote_url.map(Into::into);
        self.open_again(now);
    }

    /// That only others' items stand there, or that all is as desired, is no longer true. What the service refused before is refused
    /// still.
    pub fn open_again(&mut self, now: DateTime<Utc>) {
        let refused_until = self.refused_until();
        if matches!(self.state, State::Linked | State::Conflict) {
            self.drifted(now);
        }
        if refused_until.is_some() && self.state != State::Quarantined {
            let reason = "the service refused it less than a day ago";
            self.enter(State::Quarantined, Some(reason.into()), now);
            self.not_before = refused_until;
        }
    }

    /// Until when what was refused is not tried again, also if others' items stood in its way since, or it was found as desired.
    fn refused_until(&self) -> Option<DateTime<Utc>> {
        let may_be_refused = matches!(
            self.state,
            State::Quarantined | State::Linked | State::Conflict | State::Idle
        );
        self.not_before.filter(|_| may_be_refused)
    }

    /// A request is about to be sent; its intent is committed together with this.
    pub fn send(&mut self, now: DateTime<Utc>) {
        self.attempts += 1;
        self.enter(State::Sending, None, now);
    }

    /// What is sent begins the event at `begins`: should nobody hear what came of it, it may begin there by that, or as before.
    pub fn may_begin(&mut self, begins: Option<DateTime<Utc>>) {
        self.item_begins = self.item_begins.into_iter().chain(begins).min();
    }

    /// The request was applied. `unpublished`: a draft was made that is still to be published.
    pub fn applied(
        &mut self,
        action: Action,
        applied: Applied,
        unpublished: bool,
        now: DateTime<Utc>,
    ) {
        self.last_mutation = Some(now);
        match action {
            Action::Delete => {
                self.forget_item();
                self.applied_gen = self.desired_gen;
                self.enter(State::Gone, None, now);
            }
            Action::Create => {
                self.provenance = Some(Provenance::Created);
                self.record(applied);
                self.enter(
                    if unpublished {
                        State::Pending
                    } else {
                        State::Idle
                    },
                    None,
                    now,
                );
            }
            _ => {
                self.record(applied);
                self.enter(
                    if unpublished {
                        State::Pending
                    } else {
                        State::Idle
                    },
                    None,
                    now,
                );
            }
        }
    }

    /// The request was not applied and may be sent again.
    pub fn later(&mut self, retry_at: Option<DateTime<Utc>>, reason: String, now: DateTime<Utc>) {
        self.enter(State::Wait, Some(reason), now);
        self.not_before = retry_at;
    }

    /// The service refused this generation for good.
    pub fn refused(&mut self, reason: String, now: DateTime<Utc>) {
        self.enter(State::Quarantined, Some(reason), now);
        self.not_before = Some(now + QUARANTINE);
    }

    /// It is not to be shown before `opens`. This waits without an attempt: so it can be told from a service's wish for patience.
    pub fn wait_for_opening(&mut self, opens: DateTime<Utc>, reason: String, now: DateTime<Utc>) {
        self.later(Some(opens), reason, now);
        self.attempts = 0;
    }

    /// Until when it waits because it is not to be shown yet.
    pub fn opens(&self) -> Option<DateTime<Utc>> {
        self.not_before
            .filter(|_| self.state == State::Wait && self.attempts == 0)
    }

    /// An update was answered "gone" or "finished".
    pub fn item_gone(&mut self, now: DateTime<Utc>) {
        self.begin_anew();
        // The item may have been there until just now: a create needs a listing that settled after this.
        self.last_mutation = Some(now);
        self.enter(State::Pending, None, now);
    }

    /// Nobody knows whether the request was applied.
    pub fn ambiguous(&mut self, reason: String, now: DateTime<Utc>) {
        self.last_mutation = Some(now);
        self.enter(State::Unknown, Some(reason), now);
    }

    /// What may have been applied was sent again, and refused: it stays unknown, and is not sent again before a day is over.
    pub fn refused_again(&mut self, reason: String, now: DateTime<Utc>) {
        self.attempts = self.attempts.max(ATTEMPTS);
        self.ambiguous(reason, now);
    }

    /// A dead run left the intent behind; `left_by` is the last moment at which its request can have left.
    ///
    /// That it was interrupted is no word of the service: it comes after the rest, lest it end each run, but is not given up for it.
    pub fn recovered(&mut self, left_by: DateTime<Utc>, now: DateTime<Utc>) {
        self.attempts = self.attempts.min(ATTEMPTS - 1);
        self.last_mutation = Some(left_by);
        self.enter(
            State::Unknown,
            Some("the run that sent it was interrupted".into()),
            now,
        );
    }

    /// A settled listing shows no effect of the unknown request: it is to be done again.
    pub fn settled(&mut self, now: DateTime<Utc>) {
        self.enter(State::Pending, None, now);
    }

    /// Only a person's own item carries our URL.
    pub fn link(&mut self, remote_id: &str, remote_url: Option<&str>, now: DateTime<Utc>) {
        self.remote_id = Some(remote_id.into());
        self.remote_url = remote_url.map(Into::into);
        self.provenance = Some(Provenance::Linked);
        self.applied_hash = None;
        let refused_until = self.refused_until();
        self.enter(
            State::Linked,
            Some("a person's own item carries this event's link; it is left alone".into()),
            now,
        );
        self.not_before = refused_until;
    }

    /// Only a person can tell what stands there. `adopting`: of several items that carry the marker, the one that remains will
    /// count as ours, for the database that knew it was lost.
    pub fn conflict(&mut self, reason: String, adopting: bool, now: DateTime<Utc>) {
        if adopting {
            self.provenance = Some(Provenance::Adopted);
        }
        let refused_until = self.refused_until();
        self.enter(State::Conflict, Some(reason), now);
        self.not_before = refused_until;
    }

    /// An operator releases what was quarantined or left to them. Says whether there was anything to release.
    pub fn release(&mut self, now: DateTime<Utc>) -> bool {
        let held = matches!(
            self.state,
            State::Quarantined | State::Conflict | State::Wait
        );
        if held {
            self.attempts = 0;
            self.enter(State::Pending, None, now);
        }
        held
    }

    /// Whether the item that the service holds is ours by record.
    pub fn owns_item(&self) -> bool {
        self.remote_id.is_some() && self.provenance != Some(Provenance::Linked)
    }

    /// Which of `fields` differ from what was applied last.
    pub fn changed_fields(&self, fields: &BTreeMap<Field, String>) -> BTreeSet<Field> {
        let new = field_hashes(fields);
        let names = new.keys().chain(self.applied_fields.keys());
        names
            .filter(|field| new.get(field) != self.applied_fields.get(field))
            .copied()
            .collect()
    }
}
