//! URLs in text.

use super::clean;
use std::ops::Range;
use url::Url;

/// Every http(s) URL in `text`, in order, wherever it stands: bare, in angle brackets, in Markdown or HTML links, with
/// Markdown's backslashes and HTML's `&amp;`.
///
/// The punctuation that ends a sentence or closes a bracket around the URL is not part of it. What does not parse as a URL is
/// left out; the rest is given as it was written.
pub fn links(text: &str) -> Vec<String> {
    let text = unescape(text);
    find(&text)
        .into_iter()
        .map(|range| text[range].to_string())
        .filter(|url| Url::parse(url).is_ok())
        .collect()
}

/// Where http(s) URLs stand in `text`, by their looks alone: ascending, disjoint, in linear time.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("://").map(|at| from + at) {
        let host = at + "://".len();
        let end = match scheme(text, from, at) {
            Some(start) => {
                let end = end(text, start, host);
                if end > host {
                    found.push(start..end);
                }
                end
            }
            None => host,
        };
        from = end.max(host);
    }
    found
}

/// Where the scheme that ends at `end` begins, not before `from`.
fn scheme(text: &str, from: usize, end: usize) -> Option<usize> {
    ["https", "http"].into_iter().find_map(|scheme| {
        let start = end.checked_sub(scheme.len())?;
        (start >= from && text.as_bytes()[start..end].eq_ignore_ascii_case(scheme.as_bytes()))
            .then_some(start)
    })
}

/// Where the URL from `start` with its host at `host` ends; `host` if there is none.
fn end(text: &str, start: usize, host: usize) -> usize {
    let before = text[..start].chars().next_back();
    if !text[host..]
        .chars()
        .next()
        .is_some_and(|c| c.is_alphanumeric() || c == '[')
    {
        return host;
    }
    let (mut round, mut square, mut stray) = (0usize, 0usize, 0usize);
    let mut end = text.len();
    for (at, c) in text[host..].char_indices() {
        let stop = match c {
            '(' => {
                round += 1;
                false
            }
            // Only a parenthesis opened right before the URL is closed by one inside it.
            ')' if round == 0 && before == Some('(') => true,
            ')' if round == 0 => {
                stray += 1;
                false
            }
            ')' => {
                round -= 1;
                false
            }
            '[' => {
                square += 1;
                false
            }
            ']' if square == 0 => true,
            ']' => {
                square -= 1;
                false
            }
            '\'' => before == Some('\''),
            _ => stops(c),
        };
        if stop {
            end = host + at;
            break;
        }
    }
    while let Some(last) = text[host..end].chars().next_back() {
        match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'' | '…' => {}
            ')' if stray > 0 => stray -= 1,
            // Markdown's emphasis around the URL.
            '*' | '_' | '~' | '|' if before == Some(last) => {}
            _ => break,
        }
        end -= last.len_utf8();
    }
    end
}

/// Whether `c` never stands in a URL.
fn stops(c: char) -> bool {
    c.is_whitespace()
        || clean::dropped(c)
        || matches!(c, '<' | '>' | '"' | '`' | '\\')
        || matches!(
            c,
            '“' | '”' | '»' | '«' | '、' | '。' | '，' | '）' | '」' | '』' | '】'
        )
}

/// `text` without the backslashes of Markdown and the character references of HTML that matter to a URL.
fn unescape(text: &str) -> String {
    const REFERENCES: [(&str, char); 10] = [
        ("&amp;", '&'),
        ("&#38;", '&'),
        ("&#x26;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&#34;", '"'),
        ("&#39;", '\''),
        ("&#x27;", '\''),
        ("&#x2f;", '/'),
    ];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (kept, width) = match c {
            '\\' => match rest[1..].chars().next() {
                Some(next) if next.is_ascii_punctuation() => (next, 2),
                _ => ('\\', 1),
            },
            '&' => REFERENCES
                .into_iter()
                .find(|(name, _)| {
                    rest.get(..name.len())
                        .is_some_and(|start| start.eq_ignore_ascii_case(name))
                })
                .map_or(('&', 1), |(name, stands_for)| (stands_for, name.len())),
            c => (c, c.len_utf8()),
        };
        out.push(kept);
        rest = &rest[width..];
    }
    out
}
