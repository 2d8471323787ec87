//! Time zones of a calendar: by IANA or Windows name, else by the rules of its VTIMEZONE.

use super::recurrence;
use calcard::common::timezone::Tz as Guess;
use calcard::icalendar::{
    ICalendarComponent, ICalendarComponentType, ICalendarProperty, ICalendarValue,
};
use chrono::{DateTime, FixedOffset, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use std::collections::HashMap;
use std::rc::Rc;
use std::str::FromStr;

/// How far beyond the horizon the rules of a VTIMEZONE are followed; later times keep the last offset.
const AHEAD: TimeDelta = TimeDelta::days(10 * 366);

/// A time zone.
#[derive(Debug, Clone)]
pub enum Zone {
    /// One of the IANA database.
    Named(Tz),
    /// A constant offset.
    Fixed(FixedOffset),
    /// The changes that a VTIMEZONE describes, sorted.
    Rules(Rc<[Change]>),
}

/// One change of a zone's offset.
#[derive(Debug, Clone)]
pub struct Change {
    /// When, on the clock before the change.
    at: NaiveDateTime,
    from: FixedOffset,
    to: FixedOffset,
}

impl Zone {
    /// Coordinated universal time, without saying that anybody meant it.
    pub fn utc() -> Self {
        Self::Fixed(Utc.fix())
    }

    /// The zone's IANA name, if it has one.
    pub fn tz(&self) -> Option<Tz> {
        match self {
            Self::Named(tz) => Some(*tz),
            Self::Fixed(_) | Self::Rules(_) => None,
        }
    }

    /// The moment at which the clock shows `local`. Of two it is the first; a time that the clock leaps over is counted
    /// with the offset before the leap (RFC 5545, 3.3.5).
    pub fn to_utc(&self, local: NaiveDateTime) -> DateTime<Utc> {
        let offset = match self {
            Self::Fixed(offset) => *offset,
            Self::Rules(changes) => offset_of(changes, local).0,
            Self::Named(tz) => match tz.offset_from_local_datetime(&local) {
                LocalResult::Single(offset) | LocalResult::Ambiguous(offset, _) => offset.fix(),
                LocalResult::None => {
                    let before = local
                        .checked_sub_signed(TimeDelta::days(1))
                        .unwrap_or(local);
                    tz.offset_from_utc_datetime(&before).fix()
                }
            },
        };
        local.checked_sub_offset(offset).unwrap_or(local).and_utc()
    }

    /// What the clock shows at `at`.
    pub fn to_local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Named(tz) => at.with_timezone(tz).naive_local(),
            Self::Fixed(offset) => at.with_timezone(offset).naive_local(),
            Self::Rules(changes) => {
                let passed = changes.partition_point(|change| {
                    change
                        .at
                        .checked_sub_offset(change.from)
                        .unwrap_or(change.at)
                        <= at.naive_utc()
                });
                let offset = match passed.checked_sub(1) {
                    Some(last) => changes[last].to,
                    None => changes.first().map_or(Utc.fix(), |change| change.from),
                };
                at.with_timezone(&offset).naive_local()
            }
        }
    }

    /// Whether the clock never shows `local`.
    pub fn leaps_over(&self, local: NaiveDateTime) -> bool {
        match self {
            Self::Named(tz) => matches!(tz.offset_from_local_datetime(&local), LocalResult::None),
            Self::Fixed(_) => false,
            Self::Rules(changes) => offset_of(changes, local).1,
        }
    }
}

/// The offset at `local`, and whether the clock leaps over it.
fn offset_of(changes: &[Change], local: NaiveDateTime) -> (FixedOffset, bool) {
    let passed = changes.partition_point(|change| change.at <= local);
    let Some(last) = passed.checked_sub(1).map(|index| &changes[index]) else {
        let first = changes.first();
        return (first.map_or(Utc.fix(), |change| change.from), false);
    };
    let leap = last.to.local_minus_utc() - last.from.local_minus_utc();
    if local - last.at < TimeDelta::seconds(i64::from(leap)) {
        (last.from, true)
    } else {
        (last.to, false)
    }
}

/// The zones that one calendar knows.
#[derive(Debug)]
pub struct Zones {
    own: HashMap<String, Zone>,
    default: Option<Tz>,
}

impl Zones {
    /// Takes the VTIMEZONEs and X-WR-TIMEZONE of the calendar whose components are `all` and whose root is the first, for
    /// times up to `horizon` and some years more.
    pub fn new(all: &[ICalendarComponent], horizon: DateTime<Utc>) -> Self {
        let default = all
            .first()
            .and_then(|root| text(root, "X-WR-TIMEZONE"))
            .and_then(|name| match guess(name) {
                Some(Zone::Named(tz)) => Some(tz),
                _ => None,
            });
        let own = all
            .iter()
            .filter(|part| part.component_type == ICalendarComponentType::VTimezone)
            .filter_map(|part| described(part, all, horizon))
            .collect();
        Self { own, default }
    }

    /// The zone that the calendar calls `name`.
    ///
    /// # Errors
    /// Nobody knows it; says so.
    pub fn find(&self, name: &str) -> Result<Zone, String> {
        self.own
            .get(name)
            .cloned()
            .or_else(|| guess(name))
            .ok_or_else(|| format!("nobody knows the time zone {name:?}"))
    }

    /// The zone of times that name none: X-WR-TIMEZONE, else UTC.
    pub fn floating(&self) -> Zone {
        self.default.map_or_else(Zone::utc, Zone::Named)
    }

    /// X-WR-TIMEZONE.
    pub fn default(&self) -> Option<Tz> {
        self.default
    }
}

/// An IANA name, a Windows name, or one of the spellings that programs have for them.
fn guess(name: &str) -> Option<Zone> {
    match Guess::from_str(name).ok()? {
        Guess::Tz(tz) => Some(Zone::Named(tz)),
        Guess::Fixed(offset) => Some(Zone::Fixed(offset)),
        Guess::Floating => None,
    }
}

/// A VTIMEZONE with its name. A name that everybody knows beats the rules: those that programs write are often cut short
/// (CalConnect CC/R 0602).
fn described(
    part: &ICalendarComponent,
    all: &[ICalendarComponent],
    horizon: DateTime<Utc>,
) -> Option<(String, Zone)> {
    let name = part
        .property(&ICalendarProperty::Tzid)?
        .values
        .first()?
        .as_text()?;
    let known = part.timezone().map(|(_, guess)| guess);
    if let Some(Guess::Tz(tz)) = known {
        return Some((name.into(), Zone::Named(tz)));
    }
    let mut changes: Vec<Change> = part
        .component_ids
        .iter()
        .filter_map(|id| all.get(*id as usize))
        .flat_map(|rule| observed(rule, horizon))
        .collect();
    changes.sort_by_key(|change| change.at);
    (!changes.is_empty()).then(|| (name.into(), Zone::Rules(changes.into())))
}

/// The changes that one STANDARD or DAYLIGHT describes.
fn observed(rule: &ICalendarComponent, horizon: DateTime<Utc>) -> Vec<Change> {
    let offset = |name| match rule.property(&name)?.values.first()? {
        ICalendarValue::PartialDateTime(value) => {
            let hours = i32::from(value.tz_hour?) * 3600;
            let minutes = i32::from(value.tz_minute.unwrap_or(0)) * 60;
            let sign = if value.tz_minus { -1 } else { 1 };
            FixedOffset::east_opt(sign * (hours + minutes))
        }
        _ => None,
    };
    let first = rule
        .property(&ICalendarProperty::Dtstart)
        .and_then(|entry| entry.values.first()?.as_partial_date_time()?.to_date_time());
    let (Some(first), Some(from), Some(to)) = (
        first,
        offset(ICalendarProperty::Tzoffsetfrom),
        offset(ICalendarProperty::Tzoffsetto),
    ) else {
        return Vec::new();
    };
    let zone = Zone::Fixed(from);
    let mut times = vec![first.date_time];
    let mut budget = recurrence::Budget::default();
    for value in rule
        .properties(&ICalendarProperty::Rrule)
        .flat_map(|entry| &entry.values)
    {
        if let ICalendarValue::RecurrenceRule(rule) = value {
            let span = recurrence::Span {
                from: first.date_time,
                to: (horizon + AHEAD).naive_utc(),
            };
            let walked = recurrence::walk(rule, first.date_time, Some(&zone), span, &mut budget);
            times.extend(walked.unwrap_or_default());
        }
    }
    for value in rule
        .properties(&ICalendarProperty::Rdate)
        .flat_map(|entry| &entry.values)
    {
        times.extend(
            value
                .as_partial_date_time()
                .and_then(|at| at.to_date_time())
                .map(|at| at.date_time),
        );
    }
    times.sort_unstable();
    times.dedup();
    times
        .into_iter()
        .map(|at| Change { at, from, to })
        .collect()
}

/// The text of the property `name` that the standard does not know.
fn text<'a>(part: &'a ICalendarComponent, name: &str) -> Option<&'a str> {
    part.entries
        .iter()
        .find(|entry| matches!(&entry.name, ICalendarProperty::Other(other) if other.eq_ignore_ascii_case(name)))
        .and_then(|entry| entry.values.first())
        .and_then(ICalendarValue::as_text)
}
