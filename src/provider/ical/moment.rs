//! The times of a calendar: days, moments, and what a clock shows in a zone; and how long an event lasts from then.

use super::zone::{Zone, Zones};
use calcard::common::PartialDateTime;
use calcard::icalendar::{ICalendarComponent, ICalendarEntry, ICalendarProperty, ICalendarValue};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::fmt;

/// When something begins or ends, as it is written.
#[derive(Debug, Clone)]
pub enum When {
    /// A whole day, in the calendar's zone.
    Day(NaiveDate, Zone),
    /// A moment, written in UTC.
    At(DateTime<Utc>),
    /// What the clock shows in a zone.
    Local(NaiveDateTime, Zone),
}

/// Which instance of a series: its time according to the rule, whenever it takes place (RFC 5545, 3.8.4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceId {
    /// Of whole days.
    Day(NaiveDate),
    /// Of anything else.
    At(DateTime<Utc>),
}

/// How long an event lasts.
#[derive(Debug, Clone, Copy)]
pub enum Length {
    /// Nobody said.
    Unknown,
    /// So many days, counted on the calendar, and then so much time. A negative one is nonsense, and unknown.
    Nominal(i64, TimeDelta),
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{}", day.format("%Y%m%d")),
            Self::At(at) => write!(f, "{}", at.format("%Y%m%dT%H%M%SZ")),
        }
    }
}

impl When {
    /// Reads one value of `entry`.
    ///
    /// # Errors
    /// Why it is no time.
    pub fn read(
        entry: &ICalendarEntry,
        value: &ICalendarValue,
        zones: &Zones,
    ) -> Result<Self, String> {
        match value {
            ICalendarValue::PartialDateTime(value) => Self::of(value, entry, zones),
            other => Err(format!(
                "its {} is no time ({:?})",
                entry.name.as_str(),
                other.as_text().unwrap_or_default()
            )),
        }
    }

    /// As [`read`](Self::read), for a time that stands inside another value.
    pub fn of(
        value: &PartialDateTime,
        entry: &ICalendarEntry,
        zones: &Zones,
    ) -> Result<Self, String> {
        let read = value
            .to_date_time()
            .ok_or_else(|| format!("its {} is no time", entry.name.as_str()))?;
        if !value.has_time() {
            return Ok(Self::Day(read.date_time.date(), zones.floating()));
        }
        if let Some(offset) = read.offset {
            let at = read.date_time.checked_sub_offset(offset);
            return Ok(Self::At(at.unwrap_or(read.date_time).and_utc()));
        }
        let zone = match entry.tz_id() {
            Some(name) => zones.find(name)?,
            None => zones.floating(),
        };
        Ok(Self::Local(read.date_time, zone))
    }

    /// The first value of the property `name`, if the component has one.
    pub fn property(
        part: &ICalendarComponent,
        name: &ICalendarProperty,
        zones: &Zones,
    ) -> Result<Option<Self>, String> {
        let entry = part.property(name);
        entry
            .and_then(|entry| Some((entry, entry.values.first()?)))
            .map(|(entry, value)| Self::read(entry, value, zones))
            .transpose()
    }

    /// The moment.
    pub fn to_utc(&self) -> DateTime<Utc> {
        match self {
            Self::Day(day, zone) => zone.to_utc(day.and_time(NaiveTime::MIN)),
            Self::At(at) => *at,
            Self::Local(local, zone) => zone.to_utc(*local),
        }
    }

    /// What the clock shows where it is meant.
    pub fn local(&self) -> NaiveDateTime {
        match self {
            Self::Day(day, _) => day.and_time(NaiveTime::MIN),
            Self::At(at) => at.naive_utc(),
            Self::Local(local, _) => *local,
        }
    }

    /// Another time of the same kind.
    pub fn with_local(&self, local: NaiveDateTime) -> Self {
        match self {
            Self::Day(_, zone) => Self::Day(local.date(), zone.clone()),
            Self::At(_) => Self::At(local.and_utc()),
            Self::Local(_, zone) => Self::Local(local, zone.clone()),
        }
    }

    /// The zone whose clock a rule follows; `None`: whole days.
    pub fn clock(&self) -> Option<Zone> {
        match self {
            Self::Day(..) => None,
            Self::At(_) => Some(Zone::utc()),
            Self::Local(_, zone) => Some(zone.clone()),
        }
    }

    /// Whether it is a whole day.
    pub fn is_day(&self) -> bool {
        matches!(self, Self::Day(..))
    }

    /// The zone in which people mean it. Whole days always have one, moments only that of the calendar.
    pub fn timezone(&self, zones: &Zones) -> Option<Tz> {
        match self {
            Self::Day(_, zone) => Some(zone.tz().unwrap_or(Tz::UTC)),
            Self::At(_) => zones.default(),
            Self::Local(_, zone) => zone.tz(),
        }
    }

    /// The instance that this time names in a series that begins at `first`. Programs write days for moments and the other
    /// way round.
    pub fn instance(&self, first: &Self) -> InstanceId {
        match (first, self) {
            (Self::Day(..), Self::Day(..) | Self::At(_) | Self::Local(..)) => {
                InstanceId::Day(self.local().date())
            }
            (_, Self::Day(day, _)) => InstanceId::At(
                first
                    .with_local(day.and_time(first.local().time()))
                    .to_utc(),
            ),
            _ => InstanceId::At(self.to_utc()),
        }
    }
}

impl Length {
    /// From DTEND or DURATION; whole days without either last one day (RFC 5545, 3.6.1).
    ///
    /// # Errors
    /// A DTEND or DURATION that is none.
    pub fn read(part: &ICalendarComponent, begins: &When, zones: &Zones) -> Result<Self, String> {
        let day = begins.is_day();
        let length = if let Some(end) = When::property(part, &ICalendarProperty::Dtend, zones)? {
            if day {
                Self::Nominal(
                    (end.local().date() - begins.local().date()).num_days(),
                    TimeDelta::zero(),
                )
            } else {
                // The exact length holds for every instance (RFC 5545, 3.8.5.3).
                Self::Nominal(0, end.to_utc() - begins.to_utc())
            }
        } else if let Some(entry) = part.property(&ICalendarProperty::Duration) {
            match entry.values.first() {
                Some(ICalendarValue::Duration(length)) => {
                    let sign = if length.neg { -1 } else { 1 };
                    let days = i64::from(length.weeks) * 7 + i64::from(length.days);
                    let seconds = i64::from(length.hours) * 3600
                        + i64::from(length.minutes) * 60
                        + i64::from(length.seconds);
                    Self::Nominal(sign * days, TimeDelta::seconds(sign * seconds))
                }
                _ => return Err("its DURATION is none".into()),
            }
        } else {
            Self::Unknown
        };
        Ok(match length {
            Self::Nominal(days, _) if day && days < 1 => Self::Nominal(1, TimeDelta::zero()),
            Self::Unknown if day => Self::Nominal(1, TimeDelta::zero()),
            length => length,
        })
    }

    /// When it ends if it begins at `begins`; `None` if nobody said, or if that were not later.
    pub fn end(&self, begins: &When) -> Option<DateTime<Utc>> {
        let Self::Nominal(days, time) = self else {
            return None;
        };
        let day = TimeDelta::try_days(*days)?;
        let end = begins
            .with_local(begins.local().checked_add_signed(day)?)
            .to_utc()
            .checked_add_signed(*time)?;
        (end > begins.to_utc()).then_some(end)
    }

    /// At most how long it lasts.
    pub fn longest(&self) -> TimeDelta {
        match self {
            Self::Unknown => TimeDelta::zero(),
            Self::Nominal(days, time) => TimeDelta::try_days(days.saturating_add(1))
                .and_then(|days| days.checked_add(time))
                .unwrap_or(TimeDelta::zero()),
        }
    }
}
