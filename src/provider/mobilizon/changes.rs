//! Reading the latest changes of a list, page by page. Where the pages come from is handed in.

use super::pages::{Content, Handing, Page};
use crate::http::Failure;
use crate::provider::Probe;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// Events on the first page: a little change is the rule.
const FIRST: u64 = 20;
/// Events on the longest page.
const LONGEST: u64 = 80;
/// After this many changed events a whole reading is cheaper: it leaves out the past and fetches pages at once.
const MOST_CHANGES: u64 = 400;

/// What a reading of changes builds on.
pub(super) struct Since<'a> {
    /// The probe of the last complete reading, and the moment of its newest change.
    pub(super) stored: &'a Probe,
    /// That moment.
    pub(super) newest_at: DateTime<Utc>,
    /// The probe taken just now.
    pub(super) probe: &'a Probe,
    /// The uuids known of the group.
    pub(super) known: &'a HashSet<String>,
    /// What ended before this and is not known does not matter.
    pub(super) after: DateTime<Utc>,
}

/// Reads pages of `fetch(page, limit)`, the latest change first, until the stored newest change is passed, and hands out what
/// changed since. `Some(all made sense)` if that explains the present total; `None` if it does not, because something went, or
/// too much changed: then only a whole reading tells.
pub(super) async fn changes<F>(
    fetch: F,
    since: &Since<'_>,
    handing: &mut Handing<'_>,
) -> Result<Option<bool>, Failure>
where
    F: AsyncFn(u64, u64) -> Result<Option<Page>, Failure>,
{
    if since.probe.total < since.stored.total {
        return Ok(None);
    }
    let counted = since.stored.newest.as_deref().and_then(named);
    let (mut new, mut sound) = (HashSet::new(), true);
    let (mut page, mut limit) = (1, FIRST);
    loop {
        let Some(Page { total, rows }) = fetch(page, limit).await? else {
            return Ok(None);
        };
        if total != since.probe.total {
            return Ok(None);
        }
        let last = rows.is_empty() || page * limit >= total;
        let mut passed = false;
        for row in rows {
            if row.updated.is_some_and(|updated| updated < since.newest_at) {
                passed = true;
                continue;
            }
            let is_known = row.uuid.as_ref().is_some_and(|id| since.known.contains(id));
            let is_past = matches!(&row.content, Content::Public(event) if event.effective_end() < since.after);
            if let Some(uuid) = row.uuid.clone().filter(|_| !is_known)
                && counted != Some(uuid.as_str())
            {
                new.insert(uuid);
            }
            if is_known || !is_past {
                sound &= handing.take(row.uuid, row.content);
            }
        }
        if passed || last {
            break;
        }
        if page * limit >= MOST_CHANGES {
            return Ok(None);
        }
        (page, limit) = following(page, limit);
    }
    let explained = since.stored.total + new.len() as u64 == since.probe.total;
    Ok(explained.then_some(sound))
}

/// The page after this one, twice as long where that begins at the same event, up to the longest.
fn following(page: u64, limit: u64) -> (u64, u64) {
    match page.is_multiple_of(2) && limit < LONGEST {
        true => (page / 2 + 1, limit * 2),
        false => (page + 1, limit),
    }
}

/// How a probe names the newest change, and [`named`] reads the uuid back.
pub(super) fn name(uuid: &str, updated: DateTime<Utc>) -> String {
    let moment = updated.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    format!("{uuid} {moment}")
}

fn named(newest: &str) -> Option<&str> {
    newest.split_once(' ').map(|(uuid, _)| uuid)
}
