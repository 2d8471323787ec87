//! One exchange with a service: whether it may be sent now, its intent, the sending, and the record of what it came to.

use super::super::prepare::Prepared;
use super::{changed_fields, intent, operation};
use crate::consumer::{Capability, ItemState, Outcome};
use crate::delivery::{Delivery, Desired, Intent};
use crate::event::{Action, EventKey, Field};
use crate::plan::{Step, Subject};
use crate::report::OperationOutcome;
use crate::rule::{Rule, holds};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use std::collections::{BTreeSet, HashSet};

/// A run sends no more after so many refused requests, whatever they were about.
const REFUSALS: usize = 20;
/// An operation that the service puts off is tried at most so often in a run.
pub(super) const TRIES: u32 = 3;

/// What came of one exchange.
pub(super) enum Verdict {
    /// This.
    Came(OperationOutcome, Option<String>),
    /// Nothing was sent, since the run has no time or patience left; the next goes on.
    PutOff(String),
}

/// The exchanges of one consumer in one run.
pub(super) struct Exchanges {
    /// Why nothing more is sent.
    pub closed: Option<String>,
    /// A listing begun then can tell what is unknown.
    pub settle_at: Option<DateTime<Utc>>,
    /// The service takes no more items.
    pub full: bool,
    /// How many more it takes by the last listing and by what was heard of since; `None` is unlimited.
    pub room: Option<usize>,
    /// How many in a row went unheard.
    pub unheard: u32,
    /// How many were refused.
    pub refusals: usize,
    /// This consumer's share of the refusals that a run may cause.
    share: usize,
    /// The service asked for patience until then.
    pub patience: Option<DateTime<Utc>>,
    /// Events with a request of unknown fate in this round: nothing more is sent for them.
    held: HashSet<EventKey>,
}

impl Exchanges {
    pub fn new(consumer: &Prepared<'_>) -> Result<Self, StoreError> {
        let consumers = consumer
            .run
            .world
            .consumers
            .iter()
            .filter(|named| named.active)
            .count();
        Ok(Self {
            closed: None,
            settle_at: None,
            full: false,
            room: None,
            unheard: 0,
            refusals: 0,
            share: (REFUSALS / consumers.max(1)).max(1),
            patience: consumer.run.store().patience(&consumer.target)?,
            held: HashSet::new(),
        })
    }

    /// Carries out one step, with what belongs to it: a draft that was made is published. Notes what came of it.
    pub async fn carry(
        &mut self,
        consumer: &mut Prepared<'_>,
        mut step: Step,
    ) -> Result<(), StoreError> {
        if self.held.contains(step.key()) {
            return Ok(());
        }
        if step.action == Action::Adopt {
            let mut store = consumer.run.store();
            // A second item may have been taken away since it was planned.
            let sent = store.delivery(&consumer.target, step.key())?;
            let sent = sent.and_then(|sent| sent.last_mutation);
            step.delivery.last_mutation = step.delivery.last_mutation.max(sent);
            store.save_deliveries(&consumer.target, std::slice::from_ref(&step.delivery))?;
            drop(store);
            consumer.note(&step, OperationOutcome::Done, None);
            return Ok(());
        }
        let subject = consumer.subject_of(&step).cloned();
        let (subject, fields) = (subject.as_ref(), changed_fields(&step));
        let mut delivery = step.delivery.clone();
        let mut verdict = self
            .exchange(
                consumer,
                &step,
                step.action,
                &mut delivery,
                subject,
                &fields,
            )
            .await?;
        if let Verdict::Came(OperationOutcome::Done, note) = &verdict
            && step.action != Action::Publish
            && is_draft(&step)
            && publishes(consumer, step.action, subject)
        {
            let fields = BTreeSet::from([Field::Publication]);
            let published = self
                .exchange(
                    consumer,
                    &step,
                    Action::Publish,
                    &mut delivery,
                    subject,
                    &fields,
                )
                .await?;
            verdict = match published {
                Verdict::Came(outcome, reason) => Verdict::Came(outcome, reason.or(note.clone())),
                put_off => put_off,
            };
        }
        if step.duplicate && !matches!(verdict, Verdict::Came(OperationOutcome::Done, _)) {
            self.held.insert(step.key().clone());
        }
        if !step.duplicate && step.action != Action::Delete {
            step.delivery = delivery;
        }
        match verdict {
            Verdict::Came(outcome, reason) => consumer.note(&step, outcome, reason),
            Verdict::PutOff(reason) => consumer.put_off(&step, reason),
        }
        Ok(())
    }

    /// One exchange, tried again while the service only asks for patience.
    async fn exchange(
        &mut self,
        consumer: &mut Prepared<'_>,
        step: &Step,
        action: Action,
        delivery: &mut Delivery,
        subject: Option<&Subject>,
        fields: &BTreeSet<Field>,
    ) -> Result<Verdict, StoreError> {
        let run = consumer.run;
        let before = delivery.clone();
        for tries in 1.. {
            if let Some(verdict) = self.obstacle(consumer, step, action, delivery).await {
                return Ok(verdict);
            }
            let begun = run.now();
            let named = if action == step.action {
                step.remote_id().map(String::from)
            } else {
                None
            };
            let remote_id = named
                .or_else(|| delivery.remote_id.clone())
                .filter(|_| action != Action::Create);
            let intent = intent(consumer, step, action, &before, remote_id.as_deref(), begun);
            delivery.send(begun);
            if action != Action::Delete {
                let rendering = subject.and_then(|subject| subject.rendering.as_ref());
                delivery.may_begin(rendering.map(|rendering| rendering.begins));
            }
            if holds(Rule::DurableIntent) {
                run.store().begin(&consumer.target, delivery, &intent)?;
            }
            let operation = operation(step, subject, fields, &intent, run.now());
            // Storing the intent may have taken long.
            let outcome = match unsendable(step, action, delivery, &intent, run.now()) {
                Some(reason) => Outcome::Later {
                    retry_at: None,
                    reason: format!("{reason}; the machine was slow, and the request was not sent"),
                },
                None => consumer.consumer().apply(&operation).await,
            };
            let now = run.now();
            let verdict = self.take(
                consumer, step, &intent, delivery, &before, subject, &outcome, now,
            );
            run.store()
                .finish(&consumer.target, delivery, action, word(&outcome), now)?;
            self.note_room(action, &outcome);
            match outcome {
                Outcome::Later {
                    retry_at: Some(at), ..
                } => {
                    self.patience = self.patience.max(Some(at));
                    run.store().be_patient(&consumer.target, at)?;
                    if tries >= TRIES {
                        return Ok(verdict);
                    }
                }
                _ => return Ok(verdict),
            }
        }
        Ok(Verdict::PutOff(
            "it was tried often enough in this run".into(),
        ))
    }

    /// Room is made only by what is known to be gone, and taken by all that may stand there.
    fn note_room(&mut self, action: Action, outcome: &Outcome) {
        let is_done = matches!(outcome, Outcome::Applied { .. });
        let may_stand = is_done || matches!(outcome, Outcome::Ambiguous(_));
        self.room = self.room.map(|room| match action {
            Action::Create if may_stand => room.saturating_sub(1),
            Action::Delete | Action::Cancel if is_done => room + 1,
            _ => room,
        });
    }

    /// Why nothing may be sent now; waits for the service's pace where the budget allows it.
    async fn obstacle(
        &mut self,
        consumer: &Prepared<'_>,
        step: &Step,
        action: Action,
        delivery: &Delivery,
    ) -> Option<Verdict> {
        let run = consumer.run;
        let put_off = |reason: &str| Some(Verdict::PutOff(reason.into()));
        let waits = |reason: &str| {
            Some(Verdict::Came(
                OperationOutcome::Waiting,
                Some(reason.into()),
            ))
        };
        if let Some(reason) = &self.closed {
            return put_off(reason);
        }
        if self.refusals >= self.share && holds(Rule::RefusalLimit) {
            return put_off(
                "too many requests of this run were refused: the rest waits for the next run",
            );
        }
        // What was planned to make room may have come to nothing.
        let is_full = self.full || self.room == Some(0) && holds(Rule::Room);
        if is_full && action == Action::Create {
            return waits(
                "there is no room: the service holds as many events as it takes; the soonest come first",
            );
        }
        let ready_at = self
            .patience
            .max(consumer.consumer().ready_at(action))
            .filter(|at| *at > run.now() && holds(Rule::RetryAfter));
        if let Some(at) = ready_at {
            if at + run.settings.request_timeout > run.deadline {
                return put_off(&format!(
                    "the service takes no more before {}",
                    at.format("%Y-%m-%d %H:%M:%S UTC")
                ));
            }
            run.world
                .stop
                .unless(run.world.clock.sleep(at - run.now()))
                .await;
        }
        let now = run.now();
        if run.world.stop.is_set() {
            put_off("the run was told to stop")
        } else if now + run.settings.request_timeout > run.deadline {
            put_off("the run's time is used up: the next run goes on")
        } else {
            too_late(step, action, delivery, now).and_then(waits)
        }
    }
}

/// Why the event's own time forbids it by now.
fn too_late(
    step: &Step,
    action: Action,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Option<&'static str> {
    let begins = step.item.as_ref().and_then(|item| item.begins);
    let begins = begins.unwrap_or(delivery.begins);
    let over = delivery.ends <= now
        && delivery.desired != Desired::Absent
        && delivery.absence.is_none()
        && holds(Rule::PastUntouched);
    let begun = |begins| begins <= now && holds(Rule::NotBegun);
    match action {
        _ if step.duplicate => None,
        Action::Create if begun(delivery.begins) => {
            Some("it has begun: events that have begun are not created")
        }
        Action::Delete if begun(begins) => Some("it has begun: it is left until it is over"),
        _ if over => Some("it is over: events that are over are not touched"),
        _ => None,
    }
}

/// Why a request whose intent is stored may not be sent any more.
fn unsendable(
    step: &Step,
    action: Action,
    delivery: &Delivery,
    intent: &Intent,
    now: DateTime<Utc>,
) -> Option<&'static str> {
    if now >= intent.deadline && holds(Rule::Deadline) {
        return Some("its deadline has passed");
    }
    too_late(step, action, delivery, now)
}

/// What stands there, or is about to, is not published yet.
pub(super) fn is_draft(step: &Step) -> bool {
    step.action == Action::Create
        || step
            .item
            .as_ref()
            .is_some_and(|item| item.state == ItemState::Draft)
}

pub(super) fn publishes(
    consumer: &Prepared<'_>,
    action: Action,
    subject: Option<&Subject>,
) -> bool {
    let wanted = subject
        .and_then(|subject| subject.rendering.as_ref())
        .is_some_and(|rendering| !rendering.draft);
    consumer.consumer().capability() == Capability::Draft
        && wanted
        && matches!(action, Action::Create | Action::Update | Action::Publish)
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied { .. } => "applied",
        Outcome::Later { .. } => "later",
        Outcome::NoRoom(_) => "no room",
        Outcome::Refused(_) => "refused",
        Outcome::Gone(_) => "gone",
        Outcome::Unauthorised(_) => "unauthorised",
        Outcome::Ambiguous(_) => "ambiguous",
    }
}
