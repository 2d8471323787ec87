//! Reading all pages of a list. Where the pages come from is handed in.

use super::pages::{Handing, Page};
use crate::http::Failure;
use futures_util::{StreamExt, stream};

/// Events on a page of a whole reading; the second number is for the second attempt, see [`whole`].
const LIMITS: [u64; 2] = [100, 90];
/// Pages of a whole reading that are under way at once.
const AT_ONCE: usize = 10;
/// A group that claims more events than this is not believed.
const MOST_EVENTS: u64 = 100_000;

/// What was counted over the pages of one attempt.
#[derive(Default)]
struct Count {
    broken: bool,
    moved: bool,
}

impl Count {
    fn take(&mut self, page: Page, total: u64, handing: &mut Handing<'_>) {
        self.moved |= page.total != total;
        for row in page.rows {
            self.broken |= !handing.take(row.uuid, row.content);
        }
    }
}

/// Reads all pages of `fetch(page, limit)`, pages counted from 1, and says whether the reading is complete: every page spoke
/// of the same total, the distinct events add up to it, and all made sense.
///
/// `likely` is how many events there are at most, where that is worth acting on: so many pages are asked for at once before
/// the first one has told; what is beyond its end is empty.
///
/// If they do not add up, all is read once more, in pages of another length: the server's order has no tie-breaker, and events
/// of the same second that lie on the border of two pages may otherwise stay lost.
pub(super) async fn whole<F>(
    fetch: F,
    likely: u64,
    handing: &mut Handing<'_>,
) -> Result<bool, Failure>
where
    F: AsyncFn(u64, u64) -> Result<Page, Failure>,
{
    for limit in LIMITS {
        let early = likely.div_ceil(limit).clamp(1, AT_ONCE as u64);
        let mut early_pages = stream::iter(1..=early)
            .map(|page| fetch(page, limit))
            .buffered(AT_ONCE);
        let Some(first) = early_pages.next().await.transpose()? else {
            continue;
        };
        let total = first.total;
        if total > MOST_EVENTS {
            return Err(Failure::Broken(format!(
                "group {:?} claims to have {total} events; kronos believes {MOST_EVENTS} at most",
                handing.group()
            )));
        }
        let mut count = Count::default();
        handing.begin();
        count.take(first, total, handing);
        let rest = stream::iter(early + 1..=total.div_ceil(limit))
            .map(|page| fetch(page, limit))
            .buffered(AT_ONCE);
        let mut rest = early_pages.chain(rest);
        while let Some(page) = rest.next().await {
            count.take(page?, total, handing);
        }
        if !count.moved && handing.distinct() == total {
            return Ok(!count.broken);
        }
        tracing::info!(
            group = handing.group(),
            total,
            distinct = handing.distinct(),
            "the pages do not add up: events came or went meanwhile"
        );
    }
    Ok(false)
}
