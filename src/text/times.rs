//! Moments, for people.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// `Thu 26 Nov 2026 19:00 CET`, in `zone` (UTC if there is none). A zone without an abbreviation shows its offset: `UTC-03`.
pub fn moment(at: DateTime<Utc>, zone: Option<Tz>) -> String {
    let local = at.with_timezone(&zone.unwrap_or(Tz::UTC));
    let zone = local.format("%Z").to_string();
    let utc = if zone.starts_with(['+', '-']) {
        "UTC"
    } else {
        ""
    };
    format!("{} {utc}{zone}", local.format("%a %-d %b %Y %H:%M"))
}
