//! Mentions, and how they are broken.
//!
//! Discord reads `@everyone`, `@here`, `<@user>`, `<@&role>`, `<#channel>`, `</command:id>`, `<:emoji:id>`, `<a:emoji:id>` and
//! `<id:…>` (Discord API docs, message formatting). The description of a scheduled event knows no `allowed_mentions`, so the
//! text itself must not hold any. Matrix reads `@room` (Matrix specification, "Push rules").

use unicode_normalization::char::decompose_compatible;

/// Stands between the first character of a mention and the rest. [`super::clean`] drops it from all text and it is put back here
/// alone, so that breaking twice equals breaking once.
pub(super) const BREAK: char = '\u{200b}';

/// What a mention looks like, in lower case: the character after which it is broken, and what follows.
const MENTIONS: [(char, &str); 9] = [
    ('@', "everyone"),
    ('@', "here"),
    ('@', "room"),
    ('<', "@"),
    ('<', "#"),
    ('<', "/"),
    ('<', ":"),
    ('<', "a:"),
    ('<', "id:"),
];

/// `text` with its mentions broken.
pub(super) fn break_mentions(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for at in breaks(text) {
        out.push_str(&text[done..at]);
        out.push(BREAK);
        done = at;
    }
    out.push_str(&text[done..]);
    out
}

/// Where a [`BREAK`] belongs: byte offsets in `text`, ascending.
pub(super) fn breaks(text: &str) -> Vec<usize> {
    text.char_indices()
        .filter(|(_, first)| matches!(first, '@' | '<') || !first.is_ascii())
        .filter(|&(at, first)| begins(first, &text[at + first.len_utf8()..]))
        .map(|(at, first)| at + first.len_utf8())
        .collect()
}

/// Whether `first` and what follows it are a mention, also in full-width or otherwise compatible letters, which some service may
/// fold, and with joiners between, which some service may drop.
pub(super) fn begins(first: char, rest: &str) -> bool {
    let first = fold(first);
    if !matches!(first, '@' | '<') {
        return false;
    }
    MENTIONS
        .iter()
        .filter(|(sign, _)| *sign == first)
        .any(|(_, name)| {
            let mut folded = rest.chars().filter(|&c| !super::clean::joins(c)).map(fold);
            name.chars().all(|expected| folded.next() == Some(expected))
        })
}

/// The plain lower-case letter that `c` is compatible with, or `c`.
fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let (mut only, mut count) = (c, 0);
    decompose_compatible(c, |part| {
        only = part;
        count += 1;
    });
    if count == 1 {
        only.to_ascii_lowercase()
    } else {
        c
    }
}
