//! A consumer that is one file is replaced at once: no intent is needed, for a listing tells exactly what it holds.

use super::super::prepare::Prepared;
use super::{applied, changed_fields};
use crate::consumer::{Operation, Outcome};
use crate::delivery::Delivery;
use crate::event::{Action, Field};
use crate::plan::Step;
use crate::report::OperationOutcome;
use crate::store::StoreError;
use std::collections::BTreeSet;

/// Carries out all steps in one replacement, and records them in one transaction.
pub(super) async fn replace(consumer: &mut Prepared<'_>, steps: &[Step]) -> Result<(), StoreError> {
    let run = consumer.run;
    // What is only recognised needs no request, and is recorded also by a run that was told to stop.
    let is_stopped = run.world.stop.is_set();
    let (steps, put_off): (Vec<&Step>, Vec<&Step>) = steps
        .iter()
        .partition(|step| !is_stopped || step.action == Action::Adopt);
    for step in put_off {
        consumer.put_off(step, "the run was told to stop".into());
    }
    let changed: Vec<&Step> = steps
        .iter()
        .copied()
        .filter(|step| step.action != Action::Adopt)
        .collect();
    let fields: Vec<BTreeSet<Field>> = changed.iter().map(|step| changed_fields(step)).collect();
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
            .map(|(step, fields)| Operation {
                action: step.action,
                key: step.key(),
                rendering: consumer
                    .subject_of(step)
                    .and_then(|subject| subject.rendering.as_ref()),
                remote_id: step.remote_id(),
                item: step.item.as_ref(),
                changed: fields,
                run: run.epoch,
                generation: step.delivery.desired_gen,
                idempotency_key: "",
                now,
            })
            .collect();
        consumer.consumer().replace(&operations).await
    };
    let failed = match &outcome {
        Outcome::Applied { .. } => None,
        Outcome::Later { reason, .. }
        | Outcome::NoRoom(reason)
        | Outcome::Refused(reason)
        | Outcome::Gone(reason) => Some(reason.clone()),
        Outcome::Unauthorised(reason) | Outcome::Ambiguous(reason) => Some(reason.clone()),
    };
    let mut deliveries: Vec<Delivery> = Vec::new();
    for step in steps.iter().filter(|step| !step.duplicate) {
        let mut delivery = step.delivery.clone();
        match &failed {
            _ if step.action == Action::Adopt => {}
            Some(reason) => delivery.later(None, reason.clone(), now),
            None => delivery.applied(
                step.action,
                applied(step, consumer.subject_of(step), None, None),
                false,
                now,
            ),
        }
        deliveries.push(delivery);
    }
    run.store().save_deliveries(&consumer.target, &deliveries)?;
    for step in steps {
        match &failed {
            Some(reason) if step.action != Action::Adopt => {
                consumer.note(step, OperationOutcome::Failed, Some(reason.clone()))
            }
            _ => consumer.note(step, OperationOutcome::Done, None),
        }
        run.world.progress.advance();
    }
    Ok(())
}
