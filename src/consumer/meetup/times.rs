//! Times as Meetup writes and takes them: instants with an offset, naive local starts, ISO 8601 durations.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;

/// `at` without its seconds: Meetup shows whole minutes.
pub fn minute(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at)
}

/// An instant as listings give it: RFC 3339, also without seconds or with a zone's name behind it.
pub fn instant(text: &str) -> Option<DateTime<Utc>> {
    let text = text.split('[').next().unwrap_or(text);
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M%#z"))
        .ok()
        .map(|at| at.with_timezone(&Utc))
}

/// `startDateTime`: the wall clock of the group's zone, without an offset (with one, editing fails: third-party clients).
///
/// In the hour that a zone repeats when summer ends, both passes have the same wall clock; which of them Meetup
/// takes shows only in the `dateTime` that comes back.
pub fn local(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string()
}

/// A length as ISO 8601 in hours and minutes, e.g. `PT1H30M`.
pub fn iso(length: TimeDelta) -> String {
    match (length.num_hours(), length.num_minutes() % 60) {
        (hours, 0) => format!("PT{hours}H"),
        (0, minutes) => format!("PT{minutes}M"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

/// A length as listings give it: ISO 8601 with days, hours, minutes and seconds.
pub fn length(text: &str) -> Option<TimeDelta> {
    let mut rest = text.strip_prefix('P')?;
    let (mut total, mut timed, mut parts) = (TimeDelta::zero(), false, 0);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T').filter(|_| !timed) {
            (rest, timed) = (time, true);
            continue;
        }
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest[..end].parse().ok()?;
        let part = match (timed, rest[end..].chars().next()?) {
            (false, 'W') => TimeDelta::try_weeks(number),
            (false, 'D') => TimeDelta::try_days(number),
            (true, 'H') => TimeDelta::try_hours(number),
            (true, 'M') => TimeDelta::try_minutes(number),
            (true, 'S') => TimeDelta::try_seconds(number),
            _ => None,
        };
        total = total.checked_add(&part?)?;
        rest = &rest[end + 1..];
        parts += 1;
    }
    (parts > 0).then_some(total)
}
