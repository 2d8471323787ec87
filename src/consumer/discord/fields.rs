//! Fields as canonical text, so that what was sent and what Discord gives back compare equal.

use chrono::{DateTime, SecondsFormat, Utc};

/// The status of every live item.
pub(in crate::consumer) const SCHEDULED: &str = "scheduled";

/// A moment in whole seconds, UTC: `2026-10-08T17:00:00Z`. Discord gives the same back as `…+00:00`.
pub(in crate::consumer) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A line without what a service may change on its own: white space at the ends or doubled, and invisible spaces.
pub(in crate::consumer) fn line(text: &str) -> String {
    visible(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Several lines, each without white space at its end, and without blank lines around them.
pub(in crate::consumer) fn block(text: &str) -> String {
    let text = visible(text);
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim().to_string()
}

/// U+200B breaks mentions; a service that drops it has not changed the text.
fn visible(text: &str) -> String {
    text.replace('\u{200b}', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_discord_does_to_white_space_is_no_change() {
        assert_eq!(line("  Rust\u{a0} Evening "), line("Rust Evening"));
        assert_eq!(
            block("One \r\n\r\nhttps://a.example/1\n"),
            block("One\n\nhttps://a.example/1")
        );
        assert_eq!(block("@\u{200b}everyone"), block("@everyone"));
    }

    #[test]
    fn a_changed_word_is_a_change() {
        assert_ne!(line("Rust Evening"), line("Rust Morning"));
        assert_ne!(block("One\nTwo"), block("One Two"));
    }

    #[test]
    fn both_spellings_of_a_moment_are_one() {
        let parse = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        for text in [
            "2026-10-08T17:00:00Z",
            "2026-10-08T17:00:00+00:00",
            "2026-10-08T19:00:00.000000+02:00",
        ] {
            assert_eq!(moment(parse(text)), "2026-10-08T17:00:00Z");
        }
    }
}
