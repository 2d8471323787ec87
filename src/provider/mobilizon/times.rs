//! When an event is: Mobilizon's times, and what it means where a time is hidden.

use super::wire::{Address, Options};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// When an event is, with an exclusive end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    /// Its beginning.
    pub(super) begins: DateTime<Utc>,
    /// The moment at which it is over.
    pub(super) ends: Option<DateTime<Utc>>,
    /// The zone in which it is meant.
    pub(super) timezone: Option<Tz>,
    /// Both are local midnights, and no time of day was chosen.
    pub(super) all_day: bool,
}

impl Times {
    /// Reads an event's times.
    ///
    /// Since 5.1 a time of day that nobody chose is hidden and stored as local midnight, the end as the midnight that *starts*
    /// the last day. Events from elsewhere carry "hidden" by default, so that it only counts where the beginning is a midnight
    /// indeed. An end that does not
    /// lie behind the beginning is none, and a whole day without an end lasts that day.
    pub(super) fn of(
        begins: DateTime<Utc>,
        ends: Option<DateTime<Utc>>,
        options: Option<&Options>,
        address: Option<&Address>,
    ) -> Self {
        let zone = |name: Option<&String>| name.and_then(|name| name.trim().parse::<Tz>().ok());
        let timezone = zone(options.and_then(|options| options.timezone.as_ref()))
            .or_else(|| zone(address.and_then(|address| address.timezone.as_ref())));
        let is_hidden = |shown: Option<bool>| shown == Some(false);
        let start_hidden = is_hidden(options.and_then(|options| options.show_start_time));
        let end_hidden = is_hidden(options.and_then(|options| options.show_end_time));
        let is_midnight =
            |at: DateTime<Utc>| timezone.is_some_and(|zone| start_of_day(zone, at, 0) == Some(at));
        let all_day = start_hidden && is_midnight(begins);
        let means_days = all_day || !start_hidden;
        let next_day = |at| timezone.and_then(|zone| start_of_day(zone, at, 1));
        let ends = ends
            .and_then(|end| match end_hidden && means_days && is_midnight(end) {
                true => next_day(end),
                false => Some(end),
            })
            .filter(|end| *end > begins)
            .or_else(|| all_day.then(|| next_day(begins)).flatten());
        // A shown end at an odd hour makes it no whole day after all.
        let all_day = all_day && ends.is_none_or(is_midnight);
        Self {
            begins,
            ends,
            timezone,
            all_day,
        }
    }
}

/// When the local day of `at` begins, or that `later` days on. Where midnight is skipped, the day begins after the gap.
fn start_of_day(zone: Tz, at: DateTime<Utc>, later: u64) -> Option<DateTime<Utc>> {
    let day: NaiveDate = at
        .with_timezone(&zone)
        .date_naive()
        .checked_add_days(Days::new(later))?;
    let midnight = day.and_time(NaiveTime::MIN);
    (0..=4)
        .find_map(|halves| {
            let local = midnight + TimeDelta::minutes(30 * halves);
            zone.from_local_datetime(&local).earliest()
        })
        .map(|start| start.with_timezone(&Utc))
}
