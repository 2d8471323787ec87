//! Lengths and cuts of a string.

use super::links;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// What stands where text was cut.
const ELLIPSIS: &str = "…";

/// The length in UTF-16 units, in which the services count at most.
pub fn length(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.encode_utf16().count(),
    }
}

/// `text`, at most `limit` UTF-16 units long: cut at a grapheme boundary, never inside a URL or `<t:…>`, and ended with "…", with a
/// space before it after a URL. With a limit of 0 nothing remains.
pub fn cut(text: &str, limit: usize) -> String {
    if length(text) <= limit {
        return text.to_string();
    }
    let within = boundaries(text, limit);
    let whole = whole(text);
    let mut inside = whole.iter().rev().peekable();
    for &end in within.iter().rev() {
        while inside.next_if(|range| range.start >= end).is_some() {}
        if inside.peek().is_some_and(|range| end < range.end) {
            continue;
        }
        let kept = text[..end].trim_end();
        let ended = format!("{kept}{}", ellipsis(kept));
        if length(&ended) <= limit {
            return ended;
        }
    }
    String::new()
}

/// Where `text` can be cut within its first `limit` units: grapheme boundaries, ascending, the beginning included.
fn boundaries(text: &str, limit: usize) -> Vec<usize> {
    let mut boundaries = Vec::with_capacity(limit.min(text.len()) + 1);
    boundaries.push(0);
    let bytes = text.as_bytes();
    // Each character of printable ASCII is a grapheme, if what follows it is one, too.
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~');
    let plain = bytes
        .iter()
        .take(limit)
        .take_while(|byte| is_plain(byte))
        .count();
    let plain = match bytes.get(plain) {
        Some(next) if !is_plain(next) => plain.saturating_sub(1),
        _ => plain,
    };
    boundaries.extend(1..=plain);
    let mut units = plain;
    for (at, grapheme) in text[plain..].grapheme_indices(true) {
        units += length(grapheme);
        if units > limit {
            break;
        }
        boundaries.push(plain + at + grapheme.len());
    }
    boundaries
}

/// "…" for the end of `kept`, with a space before it where it would lengthen a URL.
pub(super) fn ellipsis(kept: &str) -> String {
    let word = kept.rsplit(char::is_whitespace).next().unwrap_or_default();
    if links::find(word).is_empty() {
        ELLIPSIS.to_string()
    } else {
        format!(" {ELLIPSIS}")
    }
}

/// Where `text` must not be cut: URLs and Discord's time stamps, ascending and disjoint.
pub(super) fn whole(text: &str) -> Vec<Range<usize>> {
    let mut ranges = links::find(text);
    ranges.extend(stamps(text));
    ranges.sort_by_key(|range| range.start);
    ranges
}

/// Where Discord's time stamps stand: `<t:seconds>` or `<t:seconds:style>`. No URL holds a `<`.
fn stamps(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("<t:").filter_map(|(start, sign)| {
        let rest = &text[start + sign.len()..];
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let rest = match rest.strip_prefix(':') {
            Some(style) => style.trim_start_matches(|c: char| c.is_ascii_alphabetic()),
            None => rest,
        };
        let rest = rest.strip_prefix('>')?;
        Some(start..text.len() - rest.len())
    })
}
