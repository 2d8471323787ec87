//! Carries what changed, in events or in the configuration, into what is desired of each delivery.

use super::{Run, rendering_key};
use crate::plan::{Standing, wish};
use crate::store::{Start, StoreError, StoredEvent, WishFor};
use chrono::{DateTime, Utc};

/// What each configured consumer, served in this run or not, is to show of one event.
pub(super) fn wishes(run: &Run<'_>, stored: &StoredEvent, now: DateTime<Utc>) -> Vec<WishFor> {
    let standings: Vec<Standing> = stored
        .memberships
        .iter()
        .map(|membership| Standing {
            provider: membership.provider.clone(),
            group: membership.group.clone(),
            gone: membership.gone,
        })
        .collect();
    let consumers = run.world.consumers.iter();
    consumers
        .map(|named| {
            let rendering = named.consumer.render(&stored.event);
            let wished = wish(
                &stored.event,
                &standings,
                &named.audience,
                &run.configured,
                &rendering,
                now,
            );
            (
                named.consumer.target(),
                wished.wish,
                if wished.starts {
                    Start::Allowed
                } else {
                    Start::OnlyExisting
                },
            )
        })
        .collect()
}

/// Reconsiders every event if a consumer is new, or its configuration or rendering changed. Says whether it did: such a run
/// is a full one.
pub(super) fn follow_configuration(run: &Run<'_>) -> Result<bool, StoreError> {
    let mut changed = Vec::new();
    for named in run.world.consumers {
        let (target, key) = (
            named.consumer.target(),
            rendering_key(named, &run.configured),
        );
        if run
            .store()
            .consumer(&target)?
            .is_none_or(|(stored, _)| stored != key)
        {
            changed.push((target, key));
        }
    }
    if changed.is_empty() {
        return Ok(false);
    }
    let now = run.now();
    run.store()
        .reconsider_all(&mut |stored| wishes(run, stored, now), now)?;
    for (target, key) in &changed {
        run.store().set_rendering(target, key)?;
    }
    Ok(true)
}
