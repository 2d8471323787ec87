//! The guards, and what an operator released with `--approve`.

use super::prepare::Prepared;
use super::readings::Readings;
use super::{Run, StoreError};
use crate::plan::{Approval, Guard, Step, Verdict, fit_room, guard as withhold};
use crate::rule::{Rule, holds};
use crate::store::WithheldRow;

/// Puts the plans of all consumers under the guards, and stores what they withhold under the plan's hash.
/// Says whether `--approve` named a hash that fits neither this plan nor a stored one.
pub(super) fn guard(
    run: &Run<'_>,
    readings: &Readings,
    plan: &str,
    prepared: &mut [Prepared<'_>],
) -> Result<bool, StoreError> {
    let named = run.settings.approve.as_deref();
    let stored = match named {
        Some(hash) => run.store().withheld(hash)?,
        None => Vec::new(),
    };
    for consumer in prepared {
        consumer.plan_hash = plan.into();
        let of_target = stored.iter().filter(|row| row.consumer == consumer.target);
        consumer.released = if named == Some(plan) || named.is_some() && !holds(Rule::ExactApproval)
        {
            // What waits is no part of the plan, and may be more than its hash tells when it comes.
            consumer.to_send().map(approval).collect()
        } else {
            of_target
                .map(|row| Approval {
                    key: row.key.clone(),
                    action: row.action,
                    payload_hash: row.payload_hash,
                })
                .collect()
        };
        apply(readings, consumer)?;
    }
    Ok(named.is_some_and(|hash| hash != plan) && stored.is_empty())
}

/// The guards for the plan of a later listing of the same run.
pub(super) fn guard_again(
    readings: &Readings,
    consumer: &mut Prepared<'_>,
) -> Result<(), StoreError> {
    apply(readings, consumer)
}

fn apply(readings: &Readings, consumer: &mut Prepared<'_>) -> Result<(), StoreError> {
    let run = consumer.run;
    let limits = Guard {
        now: run.now(),
        delete_limit: run.settings.delete_limit,
        empty: &readings.empty,
        approved: &consumer.released,
        stood: &consumer.stood,
        taken: &consumer.taken,
    };
    let stood = withhold(&mut consumer.draft.steps, &consumer.subjects, &limits);
    consumer.stood = stood;
    note_passed(consumer);
    fit_room(&mut consumer.draft);
    let withheld = consumer
        .steps()
        .filter(|step| matches!(step.verdict, Verdict::Withheld(_)));
    let rows: Vec<WithheldRow> = withheld
        .map(|step| WithheldRow {
            consumer: consumer.target.clone(),
            key: step.key().clone(),
            action: step.action,
            payload_hash: step.payload_hash,
        })
        .collect();
    if rows.is_empty() {
        Ok(())
    } else {
        run.store().withhold(&consumer.plan_hash, &rows, run.now())
    }
}

/// What passes now is counted now: in a later plan of this run it passes again, and leaves so much less for others.
fn note_passed(consumer: &mut Prepared<'_>) {
    let passed = consumer.to_send();
    let passed: Vec<(Approval, Vec<String>)> = passed
        .map(|step| (approval(step), step))
        .filter(|(approval, _)| !consumer.released.contains(approval))
        .map(|(approval, step)| match step.takes_away() {
            true => (approval, step.groups.clone()),
            false => (approval, Vec::new()),
        })
        .collect();
    for (approval, groups) in passed {
        for group in groups {
            *consumer.taken.entry(group).or_default() += 1;
        }
        consumer.released.insert(approval);
    }
}

fn approval(step: &Step) -> Approval {
    Approval {
        key: step.key().clone(),
        action: step.action,
        payload_hash: step.payload_hash,
    }
}
