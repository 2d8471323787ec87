//! Carries out one consumer's plan, operation by operation: intent, exchange, outcome, each durable before the next.

use super::prepare::Prepared;
use super::read::Readings;
use super::{Run, approve};
use crate::consumer::{Capability, ItemState, Operation, Outcome};
use crate::delivery::{Applied, Delivery, Desired, Intent, field_hashes};
use crate::event::{Action, Event, Field};
use crate::plan::{Approval, Step, Subject, Verdict};
use crate::report::{ConsumerReport, OperationOutcome};
use crate::store::StoreError;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// No service is asked again after it refused this many requests of a run.
const REFUSALS: u32 = 20;
/// An operation that the service puts off is tried at most so often in a run.
const TRIES: u32 = 3;
/// One operation sends at most so many requests: with a picture, Meetup needs five.
const REQUESTS: i32 = 6;
/// A run lists again at most so often to settle what is unknown.
const ROUNDS: u32 = 3;

/// Carries out the plan, and settles in this same run what turned out unknown, as far as the budget goes.
pub(super) async fn deliver(
    mut consumer: Prepared<'_>,
    readings: &Readings,
) -> Result<ConsumerReport, StoreError> {
    // What passes the guards in the first plan was counted there; in later plans it passes again.
    let approved: std::collections::HashSet<Approval> = consumer
        .steps()
        .filter(|step| step.verdict == Verdict::Send)
        .map(|step| Approval {
            key: step.key().clone(),
            action: step.action,
            payload_hash: step.payload_hash,
        })
        .collect();
    let mut round = 0;
    let closed = loop {
        let mut exchange = Exchanges {
            closed: None,
            unheard: 0,
            settle_at: consumer.draft.settle_at,
        };
        exchange.carry_out(&mut consumer).await?;
        let run = consumer.run;
        round += 1;
        let again = exchange.settle_at.filter(|at| {
            exchange.closed.is_none()
                && round < ROUNDS
                && *at <= run.deadline
                && !run.settings.dry_run
        });
        let Some(at) = again else {
            break exchange.closed.is_some() || exchange.settle_at.is_some();
        };
        tracing::info!(consumer = consumer.name(), until = %at, "waiting until a listing can tell what was applied");
        if run
            .world
            .stop
            .unless(run.world.clock.sleep(at - run.now()))
            .await
            .is_none()
        {
            break true;
        }
        if let Err(failure) = consumer.plan(readings, false).await? {
            consumer.fail(&failure);
            break true;
        }
        consumer.note_settled();
        approve::guard_again(run, readings, &mut consumer, &approved);
    };
    // What an unread group holds would not be recognised later.
    if consumer.report.listed
        && consumer.report.error.is_none()
        && !closed
        && consumer.settled
        && readings.all_whole
        && !consumer.undecided
        && !consumer.run.settings.dry_run
    {
        let target = consumer.target.clone();
        consumer.run.store().adopted(&target)?;
    }
    consumer.report.requests = consumer.consumer().requests();
    Ok(consumer.report)
}

/// The exchanges of one round.
struct Exchanges {
    /// Why nothing more is sent.
    closed: Option<String>,
    /// How many in a row went unheard.
    unheard: u32,
    /// A listing begun then can tell what is unknown.
    settle_at: Option<DateTime<Utc>>,
}

impl Exchanges {
    async fn carry_out(&mut self, consumer: &mut Prepared<'_>) -> Result<(), StoreError> {
        let steps = std::mem::take(&mut consumer.draft.steps);
        let whole = consumer.consumer().capability() == Capability::Whole;
        let mut together = Vec::new();
        for step in steps {
            let (outcome, reason) = match &step.verdict {
                Verdict::Send if consumer.run.settings.dry_run => (OperationOutcome::Planned, None),
                Verdict::Send if whole => {
                    together.push(step);
                    continue;
                }
                Verdict::Send => {
                    self.carry(consumer, step).await?;
                    consumer.run.world.progress.advance();
                    continue;
                }
                _ if consumer.is_noted(step.key()) => continue,
                Verdict::Withheld(reason) => (OperationOutcome::Withheld, Some(reason.clone())),
                Verdict::Waiting(reason) => (OperationOutcome::Waiting, Some(reason.clone())),
                Verdict::Unknown(reason) => (OperationOutcome::Unknown, Some(reason.clone())),
                Verdict::Stuck(reason, _) => (OperationOutcome::Failed, Some(reason.clone())),
            };
            consumer.note(&step, outcome, reason);
        }
        if together.is_empty() {
            Ok(())
        } else {
            self.replace(consumer, &together).await
        }
    }

    /// One file is replaced at once: no intent is needed, for a listing tells exactly what it holds.
    async fn replace(
        &mut self,
        consumer: &mut Prepared<'_>,
        steps: &[Step],
    ) -> Result<(), StoreError> {
        let run = consumer.run;
        let (adopted, changed): (Vec<&Step>, Vec<&Step>) =
            steps.iter().partition(|step| step.action == Action::Adopt);
        if run.world.stop.is_set() {
            changed.iter().for_each(|step| {
                consumer.note(
                    step,
                    OperationOutcome::Waiting,
                    Some("the run was told to stop".into()),
                )
            });
            return Ok(());
        }
        let fields: Vec<BTreeSet<Field>> =
            changed.iter().map(|step| changed_fields(step)).collect();
        let now = run.now();
        let outcome = if changed.is_empty() {
            Outcome::Applied {
                remote_id: None,
                remote_url: None,
                note: None,
            }
        } else {
            let operations: Vec<Operation<'_>> = changed
                .iter()
                .zip(&fields)
                .map(|(step, fields)| {
                    operation(
                        run,
                        step,
                        step.action,
                        consumer.subject_of(step),
                        fields,
                        step.remote_id(),
                        now,
                    )
                })
                .collect();
            consumer.consumer().replace(&operations).await
        };
        let (result, reason) = match &outcome {
            Outcome::Applied { note, .. } => (OperationOutcome::Done, note.clone()),
            Outcome::Later { reason, .. }
            | Outcome::NoRoom(reason)
            | Outcome::Refused(reason)
            | Outcome::Gone(reason) => (OperationOutcome::Failed, Some(reason.clone())),
            Outcome::Unauthorised(reason) | Outcome::Ambiguous(reason) => {
                (OperationOutcome::Failed, Some(reason.clone()))
            }
        };
        let mut deliveries: Vec<Delivery> =
            adopted.iter().map(|step| step.delivery.clone()).collect();
        for step in &changed {
            let mut delivery = step.delivery.clone();
            match &reason {
                Some(reason) if result == OperationOutcome::Failed => {
                    delivery.later(None, reason.clone(), now)
                }
                _ => delivery.applied(
                    step.action,
                    applied(step, consumer.subject_of(step), None, None),
                    false,
                    now,
                ),
            }
            deliveries.push(delivery);
        }
        run.store().save_deliveries(&consumer.target, &deliveries)?;
        adopted
            .iter()
            .for_each(|step| consumer.note(step, OperationOutcome::Done, None));
        changed
            .iter()
            .for_each(|step| consumer.note(step, result, reason.clone()));
        steps.iter().for_each(|_| run.world.progress.advance());
        Ok(())
    }

    /// Carries out one step, with what belongs to it: a draft that was made is published. Notes what came of it.
    async fn carry(
        &mut self,
        consumer: &mut Prepared<'_>,
        mut step: Step,
    ) -> Result<(), StoreError> {
        if step.action == Action::Adopt {
            consumer
                .run
                .store()
                .save_deliveries(&consumer.target, std::slice::from_ref(&step.delivery))?;
            consumer.note(&step, OperationOutcome::Done, None);
            return Ok(());
        }
        let subject = consumer.subject_of(&step).cloned();
        let (subject, fields) = (subject.as_ref(), changed_fields(&step));
        let mut delivery = step.delivery.clone();
        let (mut outcome, mut reason) = self
            .exchange(
                consumer,
                &step,
                step.action,
                &mut delivery,
                subject,
                &fields,
            )
            .await?;
        if outcome == OperationOutcome::Done
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
            (outcome, reason) = (published.0, published.1.or(reason));
        }
        if !step.duplicate && step.action != Action::Delete {
            step.delivery = delivery;
        }
        consumer.note(&step, outcome, reason);
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
    ) -> Result<(OperationOutcome, Option<String>), StoreError> {
        let run = consumer.run;
        let mut tries = 0;
        loop {
            tries += 1;
            if let Some(reason) = self.obstacle(consumer, step, action, delivery).await {
                return Ok((OperationOutcome::Waiting, Some(reason)));
            }
            let before = delivery.clone();
            let begun = run.now();
            let remote_id = if step.duplicate || action == step.action {
                step.remote_id().map(String::from)
            } else {
                None
            };
            let remote_id = remote_id
                .or_else(|| delivery.remote_id.clone())
                .filter(|_| action != Action::Create);
            let intent = Intent {
                action,
                generation: delivery.desired_gen,
                epoch: run.epoch,
                payload_hash: step.payload_hash,
                remote_id: remote_id.clone(),
                begun,
                deadline: begun + run.settings.request_timeout * REQUESTS,
            };
            delivery.send(begun);
            run.store().begin(&consumer.target, delivery, &intent)?;
            let operation = operation(
                run,
                step,
                action,
                subject,
                fields,
                remote_id.as_deref(),
                run.now(),
            );
            let outcome = if run.now() >= intent.deadline {
                Outcome::Later {
                    retry_at: None,
                    reason: "the machine was too slow: the request was not sent".into(),
                }
            } else {
                consumer.consumer().apply(&operation).await
            };
            let now = run.now();
            let verdict = self.take(
                consumer, step, action, delivery, &before, subject, &outcome, now,
            );
            run.store()
                .finish(&consumer.target, delivery, action, word(&outcome), now)?;
            if let Outcome::Later {
                retry_at: Some(at), ..
            } = &outcome
                && tries < TRIES
                && *at + run.settings.request_timeout <= run.deadline
                && self.rest_until(consumer, *at).await
            {
                continue;
            }
            return Ok(verdict);
        }
    }

    /// Why nothing may be sent now; waits for the service's pace where the budget allows it.
    async fn obstacle(
        &mut self,
        consumer: &Prepared<'_>,
        step: &Step,
        action: Action,
        delivery: &Delivery,
    ) -> Option<String> {
        let run = consumer.run;
        if let Some(reason) = &self.closed {
            return Some(reason.clone());
        }
        if run.refusals.get() >= REFUSALS {
            return Some(format!(
                "{REFUSALS} requests of this run were refused: the rest waits for the next run"
            ));
        }
        if let Some(at) = consumer
            .consumer()
            .ready_at(action)
            .filter(|at| *at > run.now())
        {
            if at + run.settings.request_timeout > run.deadline {
                return Some(format!(
                    "the service takes no more before {}",
                    at.format("%H:%M:%S UTC")
                ));
            }
            self.rest_until(consumer, at).await;
        }
        let now = run.now();
        let begun = delivery.begins <= now;
        if run.world.stop.is_set() {
            Some("the run was told to stop".into())
        } else if now + run.settings.request_timeout > run.deadline {
            Some("the run's time is used up: the next run goes on".into())
        } else if begun && action == Action::Create {
            Some("it has begun: events that have begun are not created".into())
        } else if action == Action::Delete && !step.duplicate && has_begun(step, now) {
            Some("it has begun: it is left until it is over".into())
        } else if delivery.ends <= now
            && delivery.desired == Desired::Present
            && delivery.absence.is_none()
        {
            Some("it is over: events that are over are not touched".into())
        } else {
            None
        }
    }

    /// Sleeps, unless told to stop. Says whether the moment was reached.
    async fn rest_until(&self, consumer: &Prepared<'_>, at: DateTime<Utc>) -> bool {
        let run = consumer.run;
        run.world
            .stop
            .unless(run.world.clock.sleep(at - run.now()))
            .await
            .is_some()
    }

    /// Carries an outcome into the delivery, and says what to report.
    #[allow(clippy::too_many_arguments)]
    fn take(
        &mut self,
        consumer: &mut Prepared<'_>,
        step: &Step,
        action: Action,
        delivery: &mut Delivery,
        before: &Delivery,
        subject: Option<&Subject>,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> (OperationOutcome, Option<String>) {
        let run = consumer.run;
        let refused = || run.refusals.set(run.refusals.get() + 1);
        self.unheard = if matches!(
            outcome,
            Outcome::Later { retry_at: None, .. } | Outcome::Ambiguous(_)
        ) {
            self.unheard + 1
        } else {
            0
        };
        match outcome {
            Outcome::Applied {
                remote_id: None, ..
            } if action == Action::Create => {
                let reason = "the service accepted it without naming the new item".to_string();
                delivery.ambiguous(reason.clone(), now);
                self.settle(run, now);
                (OperationOutcome::Unknown, Some(reason))
            }
            Outcome::Applied { note, .. } if step.duplicate => {
                // The other item stays, and with it everything that is known of it.
                *delivery = Delivery {
                    last_mutation: Some(now),
                    ..before.clone()
                };
                (OperationOutcome::Done, note.clone())
            }
            Outcome::Applied {
                remote_id,
                remote_url,
                note,
            } => {
                let unpublished = action != Action::Publish
                    && is_draft(step)
                    && publishes(consumer, action, subject);
                let known = remote_id.clone().or_else(|| delivery.remote_id.clone());
                delivery.applied(
                    action,
                    applied(step, subject, known, remote_url.clone()),
                    unpublished,
                    now,
                );
                (OperationOutcome::Done, note.clone())
            }
            Outcome::Later { retry_at, reason } => {
                delivery.later(*retry_at, reason.clone(), now);
                if retry_at.is_some() {
                    refused();
                    return (OperationOutcome::Waiting, Some(reason.clone()));
                }
                if self.unheard >= TRIES {
                    self.closed =
                        Some("the service does not answer: the rest waits for the next run".into());
                }
                (OperationOutcome::Failed, Some(reason.clone()))
            }
            Outcome::NoRoom(reason) => {
                refused();
                delivery.later(None, reason.clone(), now);
                (OperationOutcome::Waiting, Some(reason.clone()))
            }
            Outcome::Refused(reason) => {
                refused();
                delivery.refused(reason.clone(), now);
                (
                    OperationOutcome::Failed,
                    Some(format!(
                        "{reason}; when it is mended: kronos retry {}",
                        step.key()
                    )),
                )
            }
            Outcome::Gone(reason) => {
                refused();
                delivery.item_gone(now);
                self.settle(run, now);
                (
                    OperationOutcome::Waiting,
                    Some(format!(
                        "{reason}; it is made anew once a later listing shows that it is gone"
                    )),
                )
            }
            Outcome::Unauthorised(reason) => {
                refused();
                delivery.later(None, reason.clone(), now);
                self.closed = Some(
                    "the service does not let us: nothing more is sent to it in this run".into(),
                );
                consumer.report.error = Some(reason.clone());
                consumer.report.unauthorised = true;
                (OperationOutcome::Failed, Some(reason.clone()))
            }
            Outcome::Ambiguous(reason) => {
                delivery.ambiguous(reason.clone(), now);
                self.settle(run, now);
                if self.unheard >= TRIES {
                    self.closed =
                        Some("the service does not answer: the rest waits for the next run".into());
                }
                (OperationOutcome::Unknown, Some(reason.clone()))
            }
        }
    }

    fn settle(&mut self, run: &Run<'_>, now: DateTime<Utc>) {
        // A listing must begin strictly later than the clock's resolution in the database.
        self.settle_at = self
            .settle_at
            .max(Some(now + run.settings.settle + TimeDelta::milliseconds(1)));
    }
}

/// What stands there, or is about to, is not published yet.
fn is_draft(step: &Step) -> bool {
    step.action == Action::Create
        || step
            .item
            .as_ref()
            .is_some_and(|item| item.state == ItemState::Draft)
}

fn publishes(consumer: &Prepared<'_>, action: Action, subject: Option<&Subject>) -> bool {
    let wanted = subject
        .and_then(|subject| subject.rendering.as_ref())
        .is_some_and(|rendering| !rendering.draft);
    consumer.consumer().capability() == Capability::Draft
        && wanted
        && matches!(action, Action::Create | Action::Update | Action::Publish)
}

/// The item that stands there has begun, whatever the source says of the event by now.
fn has_begun(step: &Step, now: DateTime<Utc>) -> bool {
    let begins = step.item.as_ref().and_then(|item| item.begins);
    begins.unwrap_or(step.delivery.begins) <= now
}

fn changed_fields(step: &Step) -> BTreeSet<Field> {
    step.changes.iter().map(|change| change.field).collect()
}

fn operation<'o>(
    run: &Run<'_>,
    step: &'o Step,
    action: Action,
    subject: Option<&'o Subject>,
    changed: &'o BTreeSet<Field>,
    remote_id: Option<&'o str>,
    now: DateTime<Utc>,
) -> Operation<'o> {
    let event: Option<&Event> = subject.and_then(|subject| subject.event.as_ref());
    Operation {
        action,
        key: step.key(),
        event,
        rendering: subject.and_then(|subject| subject.rendering.as_ref()),
        remote_id,
        item: step.item.as_ref(),
        changed,
        run: run.epoch,
        now,
    }
}

fn applied(
    step: &Step,
    subject: Option<&Subject>,
    remote_id: Option<String>,
    remote_url: Option<String>,
) -> Applied {
    let fields = subject
        .and_then(|subject| subject.rendering.as_ref())
        .map(|rendering| field_hashes(&rendering.fields));
    let remote_id = remote_id
        .or_else(|| step.remote_id().map(Into::into))
        .or_else(|| Some(step.key().to_string()));
    Applied {
        hash: step.payload_hash,
        fields: fields.unwrap_or_default(),
        remote_id,
        remote_url,
    }
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
