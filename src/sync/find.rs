//! Events by what people call them, at the providers themselves.

use crate::event::Event;
use crate::http::Failure;
use crate::provider::{NamedProvider, Want};
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// The events that `wanted` names, by URL, by the provider's id, or by a part of the title, as the providers tell of them now; and
/// why a group could not be read, if one could not. Stores nothing.
pub async fn find_at_providers(
    providers: &[NamedProvider],
    wanted: &str,
    now: DateTime<Utc>,
) -> (Vec<Event>, Option<Failure>) {
    let (mut found, mut unread): (Vec<Event>, _) = (Vec::new(), None);
    let want = Want {
        whole: true,
        now,
        stored: None,
        probe: None,
        known: &HashSet::new(),
    };
    let lower = wanted.to_lowercase();
    for named in providers {
        for group in named.provider.groups() {
            let mut sink = |event: Event| {
                let is_wanted = event.key.as_str() == wanted
                    || event.uuid.as_deref() == Some(wanted)
                    || event.title.to_lowercase().contains(&lower);
                if is_wanted && !found.iter().any(|other| other.key == event.key) {
                    found.push(event);
                }
            };
            if let Err(failure) = named.provider.read(&group, &want, &mut sink).await {
                unread = Some(failure);
            }
        }
    }
    if let Some(exact) = found.iter().position(|event| event.key.as_str() == wanted) {
        found = vec![found.swap_remove(exact)];
    }
    (found, unread)
}
