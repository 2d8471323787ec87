//! What a consumer is to show of an event, by the event and the configuration alone.

use crate::consumer::{Audience, Rendering};
use crate::delivery::{Absence, Desired, Wish};
use crate::event::{Event, Fingerprint, Status};
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// An event in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The provider's identity.
    pub provider: String,
    /// The group.
    pub group: String,
    /// Why it stands there no more.
    pub gone: Option<Absence>,
}

/// What is wished, and whether it makes a delivery where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wished {
    /// The wish.
    pub wish: Wish,
    /// It makes one.
    pub starts: bool,
}

/// Decides what is to stand at a consumer. An event stands while any of its groups has it; an event that is over, or that is
/// not for this consumer, makes no delivery but changes one that exists.
pub fn wish(
    event: &Event,
    standings: &[Standing],
    audience: &Audience,
    configured: &HashSet<(String, String)>,
    rendering: &Rendering,
    now: DateTime<Utc>,
) -> Wished {
    let absence = absence(event, standings, audience, configured);
    let desired = match (absence, event.status) {
        (Some(_), _) => Desired::Absent,
        (None, Status::Cancelled) => Desired::Cancelled,
        (None, _) => Desired::Present,
    };
    let hash = if desired == Desired::Absent {
        Fingerprint::of(&event.key)
    } else {
        rendering.hash()
    };
    let wish = Wish {
        desired,
        absence,
        hash,
        opens: rendering.opens,
        begins: rendering.begins,
        ends: rendering.ends,
    };
    // What is known by its marker alone is never made anew.
    let is_read = standings.iter().any(|standing| !standing.group.is_empty());
    Wished {
        wish,
        starts: is_read && desired != Desired::Absent && rendering.ends > now,
    }
}

fn absence(
    event: &Event,
    standings: &[Standing],
    audience: &Audience,
    configured: &HashSet<(String, String)>,
) -> Option<Absence> {
    let allowed = |list: &Option<Vec<String>>, name: &str| {
        list.as_ref()
            .is_none_or(|names| names.iter().any(|other| other == name))
    };
    // A group without a name holds what is known by its marker alone.
    let is_for_it = |standing: &&Standing| {
        allowed(&audience.providers, &standing.provider)
            && (standing.group.is_empty() || allowed(&audience.groups, &standing.group))
    };
    let is_read = |standing: &Standing| {
        standing.group.is_empty()
            || configured.contains(&(standing.provider.clone(), standing.group.clone()))
    };
    let mut gone = None;
    let mut is_out = false;
    for standing in standings.iter().filter(is_for_it) {
        if !is_read(standing) {
            is_out |= standing.gone.is_none();
            continue;
        }
        match standing.gone {
            // Known by its marker alone, it is on its way out.
            None if standing.group.is_empty() => gone = gone.or(Some(Absence::Hidden)),
            None => return (!has_tag(event, audience)).then_some(Absence::Filtered),
            reason => gone = reason,
        }
    }
    // Where it stood last, nobody looks any more: that it left another group before says nothing.
    gone.filter(|_| !is_out).or(Some(Absence::Unconfigured))
}

fn has_tag(event: &Event, audience: &Audience) -> bool {
    audience
        .tags
        .as_ref()
        .is_none_or(|tags| tags.iter().any(|tag| event.tags.contains(tag)))
}
