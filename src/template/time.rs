//! Moments in a zone, a form and a language.

use super::language::Language;
use super::shown::Moment;
use chrono::format::{Fixed, Item, StrftimeItems};
use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;

/// `moment` as the pattern says (`%A %-d %B %H:%M`, strftime's), in `zone` or its own, with the names of `language` or English ones.
///
/// # Errors
/// A pattern, zone or language that is none, with the mend.
pub(super) fn format(
    moment: &Moment,
    pattern: &str,
    zone: Option<&str>,
    language: Option<&str>,
) -> Result<String, String> {
    let zone = match zone {
        None => moment.zone,
        Some(zone) => zone.parse::<Tz>().map_err(|_| {
            format!("{zone:?} is no time zone; write it as in the IANA list, \"Europe/Berlin\"")
        })?,
    };
    let language = language.map(Language::find).transpose()?;
    let local = moment.at.with_timezone(&zone);
    let mut out = String::new();
    for item in StrftimeItems::new(pattern) {
        if item == Item::Error {
            return Err(format!(
                "{pattern:?} is no form of a time; write e.g. \"%A %-d %B %H:%M\""
            ));
        }
        match language.and_then(|language| named(language, &local, &item)) {
            Some(name) => out.push_str(name),
            None => out.push_str(&local.format_with_items(std::iter::once(item)).to_string()),
        }
    }
    Ok(out)
}

/// The language's own word for what `item` asks for, if it is a word.
fn named(language: &Language, at: &DateTime<Tz>, item: &Item<'_>) -> Option<&'static str> {
    let Item::Fixed(fixed) = item else {
        return None;
    };
    let day = at.weekday().num_days_from_sunday() as usize;
    let month = at.month0() as usize;
    let (names, index) = match fixed {
        Fixed::LongWeekdayName => (language.days, day),
        Fixed::ShortWeekdayName => (language.short_days, day),
        Fixed::LongMonthName => (language.months, month),
        Fixed::ShortMonthName => (language.short_months, month),
        Fixed::UpperAmPm => (language.halves, usize::from(at.hour() >= 12)),
        _ => return None,
    };
    names.get(index).copied().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pattern: &str, zone: Option<&str>, language: Option<&str>) -> String {
        let moment = Moment {
            at: crate::testing::at("2026-03-05T19:30:00Z"),
            zone: Tz::UTC,
        };
        format(&moment, pattern, zone, language).unwrap_or_else(|problem| problem)
    }

    #[test]
    fn a_moment_is_told_in_its_zone_and_in_the_language_asked_for() {
        let pattern = "%A %-d %B %Y %H:%M";
        assert_eq!(shown(pattern, None, None), "Thursday 5 March 2026 19:30");
        let berlin = Some("Europe/Berlin");
        let german = "Donnerstag 5 März 2026 20:30";
        assert_eq!(shown(pattern, berlin, Some("de")), german);
        assert_eq!(shown(pattern, berlin, Some("de_DE")), german);
        assert_eq!(shown("%a %d %b", None, Some("fr")), "jeu. 05 mars");
        assert_eq!(shown("%-d %B", None, Some("pl")), "5 marca");
        assert_eq!(shown("%I:%M %p", None, Some("de")), "07:30 PM");
    }

    #[test]
    fn what_cannot_be_told_is_an_error_with_its_mend() {
        assert!(shown("%Q", None, None).contains("is no form of a time"));
        assert!(shown("%H", Some("Berlin"), None).contains("Europe/Berlin"));
        assert!(shown("%H", None, Some("klingon")).contains("known are"));
    }
}
