//! Moments, for people.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// A day: `Thu 26 Nov 2026`.
const DAY: &str = "%a %-d %b %Y";

/// `Thu 26 Nov 2026 19:00 CET`, in `zone` (UTC if there is none). A zone without an abbreviation shows its offset: `UTC-03`.
pub fn moment(at: DateTime<Utc>, zone: Option<Tz>) -> String {
    let local = at.with_timezone(&zone.unwrap_or(Tz::UTC));
    format!(
        "{} {}",
        local.format(&format!("{DAY} %H:%M")),
        name(at, zone)
    )
}

/// From when to when: `Thu 26 Nov 2026 19:00 – 22:00 CET`, with the day of the end where it is another. Where whole days are
/// meant (`ends` is the midnight after the last), the days alone.
pub fn span(
    begins: DateTime<Utc>,
    ends: Option<DateTime<Utc>>,
    zone: Option<Tz>,
    whole_days: bool,
) -> String {
    let day = |at: DateTime<Utc>| {
        let local = at.with_timezone(&zone.unwrap_or(Tz::UTC));
        local.format(DAY).to_string()
    };
    let ends = ends.filter(|ends| *ends > begins);
    if whole_days {
        let last = ends.map(|ends| day(ends - TimeDelta::seconds(1)));
        return match last.filter(|last| *last != day(begins)) {
            Some(last) => format!("{} – {last}", day(begins)),
            None => day(begins),
        };
    }
    match ends {
        None => moment(begins, zone),
        Some(ends) if day(ends) == day(begins) && name(ends, zone) == name(begins, zone) => {
            let clock = |at: DateTime<Utc>| {
                let local = at.with_timezone(&zone.unwrap_or(Tz::UTC));
                local.format("%H:%M").to_string()
            };
            format!(
                "{} {} – {} {}",
                day(begins),
                clock(begins),
                clock(ends),
                name(ends, zone)
            )
        }
        Some(ends) => format!("{} – {}", moment(begins, zone), moment(ends, zone)),
    }
}

/// What the zone is called at that moment.
fn name(at: DateTime<Utc>, zone: Option<Tz>) -> String {
    let local = at.with_timezone(&zone.unwrap_or(Tz::UTC));
    let name = local.format("%Z").to_string();
    match name.starts_with(['+', '-']) {
        true => format!("UTC{name}"),
        false => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BERLIN: Option<Tz> = Some(Tz::Europe__Berlin);

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    #[test]
    fn a_span_names_a_day_once_and_the_zone_once() {
        let begins = at("2026-11-26T19:00:00+01:00");
        let until = |ends| span(begins, Some(at(ends)), BERLIN, false);
        assert_eq!(
            until("2026-11-26T22:00:00+01:00"),
            "Thu 26 Nov 2026 19:00 – 22:00 CET"
        );
        assert_eq!(
            until("2026-11-27T02:00:00+01:00"),
            "Thu 26 Nov 2026 19:00 CET – Fri 27 Nov 2026 02:00 CET"
        );
        let open = "Thu 26 Nov 2026 19:00 CET";
        assert_eq!(span(begins, None, BERLIN, false), open);
        assert_eq!(until("2026-11-26T19:00:00+01:00"), open);
        assert_eq!(
            span(begins, None, Some(Tz::America__Sao_Paulo), false),
            "Thu 26 Nov 2026 15:00 UTC-03"
        );
    }

    #[test]
    fn a_span_over_the_change_of_the_clocks_names_both_zones() {
        let (begins, ends) = (
            at("2026-10-25T01:00:00+02:00"),
            at("2026-10-25T04:00:00+01:00"),
        );
        assert_eq!(
            span(begins, Some(ends), BERLIN, false),
            "Sun 25 Oct 2026 01:00 CEST – Sun 25 Oct 2026 04:00 CET"
        );
    }

    #[test]
    fn whole_days_are_told_without_times_and_the_last_one_included() {
        let begins = at("2026-11-26T00:00:00+01:00");
        let until = |ends| span(begins, Some(at(ends)), BERLIN, true);
        assert_eq!(until("2026-11-27T00:00:00+01:00"), "Thu 26 Nov 2026");
        assert_eq!(
            until("2026-11-29T00:00:00+01:00"),
            "Thu 26 Nov 2026 – Sat 28 Nov 2026"
        );
    }
}
