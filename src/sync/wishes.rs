//! Carries what changed, in events or in the configuration, into what is desired of each delivery.

use super::rendered::Shown;
use super::{Run, rendering_key};
use crate::delivery::Desired;
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
            let target = named.consumer.target();
            if named.active && wished.wish.desired != Desired::Absent {
                let shown = Shown::of(&stored.event, rendering, wished.wish.hash);
                run.rendered.keep(&target, &stored.event.key, shown);
            }
            let start = if wished.starts {
                Start::Allowed
            } else {
                Start::OnlyExisting
            };
            (target, wished.wish, start)
        })
        .collect()
}

/// Reconsiders every event if a consumer is new, came back, or its configuration or rendering changed: then every group is
/// read and that consumer served as a whole, in this run or, if it does not get that far, in the next.
pub(super) fn follow_configuration(run: &Run<'_>) -> Result<(), StoreError> {
    let mut changed = Vec::new();
    let mut configured = Vec::new();
    for named in run.world.consumers {
        let (target, key) = (
            named.consumer.target(),
            rendering_key(named, &run.configured),
        );
        if run
            .store()
            .consumer(&target)?
            .is_none_or(|memory| memory.rendering != key)
        {
            changed.push((target.clone(), key));
        }
        configured.push(target);
    }
    let left = run
        .store()
        .rendered()?
        .iter()
        .any(|target| !configured.contains(target));
    if changed.is_empty() && !left {
        return Ok(());
    }
    let now = run.now();
    if !changed.is_empty() {
        run.store()
            .reconsider_all(&mut |stored| wishes(run, stored, now), now)?;
    }
    run.store().set_renderings(&changed, &configured)
}
