//! A recurrence rule, walked within bounds: by the library, on a clock without time zone.
//!
//! The library's own expansion of a whole calendar is not used: it matches overrides by SEQUENCE instead of UID, takes a
//! UTC UNTIL for local time, and has no bound but a count from DTSTART on.

use super::zone::Zone;
use calcard::common::timezone::Tz;
use calcard::common::{CalendarScale, PartialDateTime};
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarFrequency,
    ICalendarProperty, ICalendarRecurrenceRule,
};
use chrono::{Datelike, NaiveDateTime, NaiveTime, TimeDelta, Timelike};

/// The most instances that one rule is followed through, counted from its beginning where it cannot be shortened.
const LONGEST_WALK: usize = 50_000;
/// The most times of day that a rule may list: the library expands a year at once in memory.
const MOST_TIMES: usize = 144;

/// A stretch of local time.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// Its beginning.
    pub from: NaiveDateTime,
    /// Its end.
    pub to: NaiveDateTime,
}

/// What may still be spent on one calendar, so that no calendar can stall a run or fill the memory.
#[derive(Debug)]
pub struct Budget {
    /// Instances to be walked through.
    pub steps: usize,
    /// Instances to be handed out.
    pub instances: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: 2_000_000,
            instances: 20_000,
        }
    }
}

/// The local times that `rule` gives for an event that begins at `start` in `zone` (`None`: whole days), from the
/// beginning of `span` or earlier to its end, sorted. The beginning is always the first instance, and times that the
/// zone's clock leaps over are none (RFC 5545, 3.3.10 and 3.8.5.3).
///
/// # Errors
/// Why the rule cannot be followed.
pub fn walk(
    rule: &ICalendarRecurrenceRule,
    start: NaiveDateTime,
    zone: Option<&Zone>,
    span: Span,
    budget: &mut Budget,
) -> Result<Vec<NaiveDateTime>, String> {
    let size = |list: &[u8]| list.len().max(1);
    if size(&rule.byhour) * size(&rule.byminute) * size(&rule.bysecond) > MOST_TIMES {
        return Err(format!("it repeats at more than {MOST_TIMES} times of day"));
    }
    if rule
        .rscale
        .as_ref()
        .is_some_and(|scale| *scale != CalendarScale::Gregorian)
    {
        return Err("its rule counts in another calendar than the Gregorian".into());
    }
    let mut until = span.to;
    if let Some(value) = &rule.until {
        until = until.min(last(value, zone).ok_or("its UNTIL is no time")?);
    }
    if budget.steps == 0 {
        return Err("the calendar's rules take too long to follow".into());
    }
    let begin = skip(rule, start, span.from);
    let mut times = Vec::new();
    if begin <= until {
        let limit = LONGEST_WALK.min(budget.steps);
        times = expand(rule, begin, until, limit)?;
        // A rule that never fits (30 February) is searched in vain for a long time.
        let cost = if times.is_empty() {
            LONGEST_WALK
        } else {
            times.len()
        };
        budget.steps = budget.steps.saturating_sub(cost);
        if times.len() >= limit {
            return Err("it repeats more often than kronos follows".into());
        }
    }
    times.retain(|at| *at != start && !zone.is_some_and(|zone| zone.leaps_over(*at)));
    if begin == start {
        times.insert(0, start);
    }
    if let Some(count) = rule.count {
        times.truncate(count as usize);
    }
    Ok(times)
}

/// The last local time that UNTIL allows; a date is its whole day.
fn last(until: &PartialDateTime, zone: Option<&Zone>) -> Option<NaiveDateTime> {
    let value = until.to_date_time()?;
    Some(match (value.offset, zone) {
        _ if !until.has_time() => value
            .date_time
            .date()
            .and_time(NaiveTime::from_hms_opt(23, 59, 59)?),
        (Some(offset), Some(zone)) => {
            zone.to_local(value.date_time.checked_sub_offset(offset)?.and_utc())
        }
        _ => value.date_time,
    })
}

/// The beginning from which the rule gives the same times in and after `from`: whole intervals of fixed length are left
/// out, unless instances are counted.
fn skip(
    rule: &ICalendarRecurrenceRule,
    start: NaiveDateTime,
    from: NaiveDateTime,
) -> NaiveDateTime {
    let unit = match rule.freq {
        ICalendarFrequency::Yearly | ICalendarFrequency::Monthly => return start,
        _ if rule.count.is_some() => return start,
        ICalendarFrequency::Weekly => 7 * 86_400,
        ICalendarFrequency::Daily => 86_400,
        ICalendarFrequency::Hourly => 3_600,
        ICalendarFrequency::Minutely => 60,
        ICalendarFrequency::Secondly => 1,
    };
    let interval = unit * i64::from(rule.interval.unwrap_or(1).max(1));
    let whole = (from - start).num_seconds() / interval - 1;
    start
        .checked_add_signed(TimeDelta::seconds(whole.max(0) * interval))
        .unwrap_or(start)
}

/// At most `limit` times of `rule`; its COUNT is left to the caller.
fn expand(
    rule: &ICalendarRecurrenceRule,
    start: NaiveDateTime,
    until: NaiveDateTime,
    limit: usize,
) -> Result<Vec<NaiveDateTime>, String> {
    let rule = ICalendarRecurrenceRule {
        until: Some(partial(until)),
        count: None,
        ..rule.clone()
    };
    let mut event = ICalendarComponent::new(ICalendarComponentType::VEvent);
    event.entries = vec![
        ICalendarEntry::new(ICalendarProperty::Dtstart).with_value(partial(start)),
        ICalendarEntry::new(ICalendarProperty::Rrule).with_value(rule),
    ];
    let calendar = ICalendar {
        components: vec![event],
    };
    let expanded = calendar.expand_dates(Tz::Floating, limit);
    if let Some(error) = expanded.errors.first() {
        return Err(format!("its rule cannot be used ({:?})", error.error));
    }
    Ok(expanded
        .events
        .iter()
        .map(|event| event.start.naive_local())
        .collect())
}

/// A local time in the library's terms. Its own conversion from a time stamp fails before 1970.
fn partial(at: NaiveDateTime) -> PartialDateTime {
    let small = |number: u32| u8::try_from(number).ok();
    PartialDateTime {
        year: u16::try_from(at.year()).ok(),
        month: small(at.month()),
        day: small(at.day()),
        hour: small(at.hour()),
        minute: small(at.minute()),
        second: small(at.second()),
        ..PartialDateTime::default()
    }
}
