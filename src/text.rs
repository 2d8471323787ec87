//! Text for people: HTML to Markdown, plain text and simple HTML; lengths, cuts, escapes, times. No I/O.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// A description, parsed: blocks of inline text with links, free of anything that could run, mention or deceive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {}

impl Document {
    /// Parses HTML of any cleanliness.
    pub fn html(_html: &str) -> Self {
        Self {}
    }

    /// Parses plain text: blank lines part paragraphs, URLs become links.
    pub fn plain(_text: &str) -> Self {
        Self {}
    }

    /// Whether nothing that can be read remains.
    pub fn is_empty(&self) -> bool {
        true
    }

    /// Discord's Markdown, at most `limit` UTF-16 units.
    pub fn to_markdown(&self, _limit: usize) -> String {
        String::new()
    }

    /// Plain text, at most `limit` UTF-16 units.
    pub fn to_plain(&self, _limit: usize) -> String {
        String::new()
    }

    /// HTML of p, br, b, i, a, ul and li only, at most `limit` UTF-16 units.
    pub fn to_simple_html(&self, _limit: usize) -> String {
        String::new()
    }
}

/// One clean line of plain text: NFC, no control or bidirectional-override characters, white space collapsed, mentions broken.
pub fn line(text: &str) -> String {
    text.to_string()
}

/// The length in UTF-16 units, in which the services count at most.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// `text`, at most `limit` UTF-16 units long: cut at a grapheme boundary, never inside a URL or `<t:…>`, and ended with "…".
pub fn cut(text: &str, _limit: usize) -> String {
    text.to_string()
}

/// Discord's Markdown escaped, so that it shows as it is written; URLs stay as they are.
pub fn escape_markdown(text: &str) -> String {
    text.to_string()
}

/// `& < > "` escaped.
pub fn escape_html(text: &str) -> String {
    text.to_string()
}

/// Every http(s) URL in `text`, in order, wherever it stands: bare, in angle brackets, in Markdown or HTML links, with
/// Markdown's backslashes.
pub fn links(_text: &str) -> Vec<String> {
    Vec::new()
}

/// `Thu 26 Nov 2026 19:00 CET`, in `zone` (UTC if there is none).
pub fn moment(at: DateTime<Utc>, _zone: Option<Tz>) -> String {
    at.to_string()
}
