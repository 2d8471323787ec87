//! The guards, and what an operator released with `--approve`.

use super::prepare::Prepared;
use super::read::Readings;
use super::{Run, StoreError};
use crate::plan::{Approval, Guard, Verdict, guard as withhold};
use crate::store::WithheldRow;
use std::collections::HashSet;

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
        Some(hash) if hash != plan => run.store().withheld(hash)?,
        _ => Vec::new(),
    };
    let unknown = named.is_some_and(|hash| hash != plan) && stored.is_empty();
    let mut rows = Vec::new();
    for consumer in prepared {
        let approved = if named == Some(plan) {
            consumer
                .steps()
                .map(|step| Approval {
                    key: step.key().clone(),
                    action: step.action,
                    payload_hash: step.payload_hash,
                })
                .collect()
        } else {
            released(&stored, &consumer.target)
        };
        guard_one(run, readings, consumer, &approved);
        rows.extend(
            consumer
                .steps()
                .filter(|step| matches!(step.verdict, Verdict::Withheld(_)))
                .map(|step| WithheldRow {
                    consumer: consumer.target.clone(),
                    key: step.key().clone(),
                    action: step.action,
                    payload_hash: step.payload_hash,
                }),
        );
    }
    if !rows.is_empty() {
        run.store().withhold(plan, &rows, run.now())?;
    }
    Ok(unknown)
}

/// The guards alone, for the plan of a later listing of the same run: what was approved for this run stays so.
pub(super) fn guard_again(
    run: &Run<'_>,
    readings: &Readings,
    consumer: &mut Prepared<'_>,
    approved: &HashSet<Approval>,
) {
    guard_one(run, readings, consumer, approved);
}

fn guard_one(
    run: &Run<'_>,
    readings: &Readings,
    consumer: &mut Prepared<'_>,
    approved: &HashSet<Approval>,
) {
    let limits = Guard {
        now: run.now(),
        delete_limit: run.settings.delete_limit,
        empty: &readings.empty,
        approved,
    };
    withhold(&mut consumer.draft.steps, &consumer.subjects, &limits);
}

fn released(stored: &[WithheldRow], target: &str) -> HashSet<Approval> {
    stored
        .iter()
        .filter(|row| row.consumer == target)
        .map(|row| Approval {
            key: row.key.clone(),
            action: row.action,
            payload_hash: row.payload_hash,
        })
        .collect()
}
