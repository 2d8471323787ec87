//! Carries out one consumer's plan, and settles in the same run what turned out unknown, as far as the budget goes.

use super::approve;
use super::prepare::Prepared;
use super::readings::Readings;
use crate::consumer::{Capability, Operation};
use crate::delivery::{Applied, Delivery, Intent, State, field_hashes, idempotency_key};
use crate::event::{Action, Field, Fingerprint};
use crate::plan::{Step, Subject, Verdict};
use crate::report::{ConsumerReport, OperationOutcome};
use crate::rule::{Rule, holds};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use exchange::Exchanges;
use std::collections::BTreeSet;

mod exchange;
mod take;
mod whole;

/// A run lists again at most so often to settle what is unknown.
const ROUNDS: u32 = 3;
/// One operation sends at most so many requests: with a picture, Meetup needs five.
const REQUESTS: i32 = 6;

/// Carries out the plan, operation by operation: intent, exchange, outcome, each durable before the next.
pub(super) async fn deliver(
    mut consumer: Prepared<'_>,
    readings: &Readings,
) -> Result<ConsumerReport, StoreError> {
    let run = consumer.run;
    let mut exchanges = Exchanges::new(&consumer)?;
    let mut round = 1;
    let through = loop {
        (exchanges.settle_at, exchanges.room) = (consumer.draft.settle_at, consumer.draft.room);
        carry_out(&mut consumer, &mut exchanges).await?;
        let Some(at) = exchanges.settle_at else {
            break exchanges.closed.is_none();
        };
        if exchanges.closed.is_some()
            || round >= ROUNDS
            || at > run.deadline
            || run.settings.dry_run
        {
            break false;
        }
        round += 1;
        tracing::info!(consumer = consumer.name(), until = %at, "waiting until a listing can tell what was applied");
        if run
            .world
            .stop
            .unless(run.world.clock.sleep(at - run.now()))
            .await
            .is_none()
        {
            break false;
        }
        if let Err(failure) = consumer.plan(readings, false).await? {
            consumer.fail(&failure);
            break false;
        }
        consumer.note_settled();
        approve::guard_again(readings, &mut consumer)?;
    };
    let is_well =
        consumer.report.error.is_none() && !run.world.stop.is_set() && !run.settings.dry_run;
    if let Some(at) = consumer.listed_at.filter(|_| through && is_well)
        && consumer.has_recognised_all(at)?
    {
        let left = consumer
            .consumer()
            .left()
            .filter(|_| consumer.is_all_done());
        run.store().served(&consumer.target, at, left)?;
    }
    consumer.report.requests = consumer.consumer().requests();
    Ok(consumer.report)
}

/// Carries out the plan's steps in its order, and notes those that only tell something.
async fn carry_out(
    consumer: &mut Prepared<'_>,
    exchanges: &mut Exchanges,
) -> Result<(), StoreError> {
    let whole = consumer.consumer().capability() == Capability::Whole;
    let mut together = Vec::new();
    for step in std::mem::take(&mut consumer.draft.steps) {
        let (outcome, reason) = match &step.verdict {
            Verdict::Send if consumer.run.settings.dry_run && holds(Rule::DryRun) => {
                (OperationOutcome::Planned, None)
            }
            Verdict::Send if whole => {
                together.push(step);
                continue;
            }
            Verdict::Send => {
                exchanges.carry(consumer, step).await?;
                consumer.run.world.progress.advance();
                continue;
            }
            Verdict::Withheld(reason) => (OperationOutcome::Withheld, Some(reason.clone())),
            Verdict::Waiting(reason) => (OperationOutcome::Waiting, Some(reason.clone())),
            Verdict::Unknown(reason) => (OperationOutcome::Unknown, Some(reason.clone())),
            Verdict::Stuck(reason, _) => (OperationOutcome::Failed, Some(reason.clone())),
        };
        consumer.tell(&step, outcome, reason);
    }
    if together.is_empty() {
        Ok(())
    } else {
        whole::replace(consumer, &together).await
    }
}

fn changed_fields(step: &Step) -> BTreeSet<Field> {
    step.changes.iter().map(|change| change.field).collect()
}

/// The request that `action` of this step is. One that may have created something already is the same request, sent again.
fn intent(
    consumer: &Prepared<'_>,
    step: &Step,
    action: Action,
    delivery: &Delivery,
    remote_id: Option<&str>,
    begun: DateTime<Utc>,
) -> Intent {
    let run = consumer.run;
    let deadline = begun + run.settings.request_timeout * REQUESTS;
    let earlier = consumer
        .subject_of(step)
        .and_then(|subject| subject.intent.as_ref())
        .filter(|_| action == Action::Create && delivery.state == State::Unknown);
    if let Some(earlier) = earlier {
        let contents = [earlier.payload_hash, step.payload_hash];
        let payload_hash = match contents[0] == contents[1] {
            true => contents[0],
            // Which of them stands there nobody can know.
            false => Fingerprint::of(&contents.map(|hash| hash.to_string())),
        };
        return Intent {
            epoch: run.epoch,
            deadline,
            payload_hash,
            ..earlier.clone()
        };
    }
    let (generation, payload_hash) = (delivery.desired_gen, step.payload_hash);
    Intent {
        action,
        generation,
        epoch: run.epoch,
        payload_hash,
        remote_id: remote_id.map(Into::into),
        idempotency_key: idempotency_key(
            &consumer.target,
            &delivery.key,
            generation,
            action,
            &payload_hash,
        ),
        begun,
        deadline,
    }
}

fn operation<'o>(
    step: &'o Step,
    subject: Option<&'o Subject>,
    changed: &'o BTreeSet<Field>,
    intent: &'o Intent,
    now: DateTime<Utc>,
) -> Operation<'o> {
    Operation {
        action: intent.action,
        key: step.key(),
        rendering: subject.and_then(|subject| subject.rendering.as_ref()),
        remote_id: intent.remote_id.as_deref(),
        item: step.item.as_ref(),
        changed,
        run: intent.epoch,
        generation: intent.generation,
        idempotency_key: &intent.idempotency_key,
        now,
    }
}

/// What stands there once the step was applied; where the service names no id, the item is known by its marker.
fn applied(
    step: &Step,
    subject: Option<&Subject>,
    remote_id: Option<String>,
    remote_url: Option<String>,
) -> Applied {
    let rendering = subject.and_then(|subject| subject.rendering.as_ref());
    let fields = rendering.map(|rendering| field_hashes(&rendering.fields));
    let remote_id = remote_id
        .or_else(|| step.remote_id().map(Into::into))
        .or_else(|| Some(step.key().to_string()));
    Applied {
        hash: step.payload_hash,
        fields: fields.unwrap_or_default(),
        remote_id,
        remote_url,
        begins: rendering.map(|rendering| rendering.begins),
    }
}
