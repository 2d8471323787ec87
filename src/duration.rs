//! Lengths of time as people write them: `250ms`, `90s`, `2m`, `3h`, `30d`.

use chrono::TimeDelta;

/// Parses one whole number with its unit.
///
/// # Errors
/// A sentence that names what is allowed.
pub fn parse(text: &str) -> Result<TimeDelta, String> {
    let wrong = || {
        format!(
            "{text:?} is not a length of time; write a number and ms, s, m, h or d, such as \"90s\" or \"2h\""
        )
    };
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let number: i64 = number.parse().map_err(|_| wrong())?;
    let length = match unit {
        "ms" => TimeDelta::try_milliseconds(number),
        "s" => TimeDelta::try_seconds(number),
        "m" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        _ => None,
    };
    // Longer than a century is a slip, and could not be added to a date.
    length
        .filter(|length| *length <= TimeDelta::days(36_500))
        .ok_or_else(wrong)
}
