//! Text for people: HTML to Markdown, plain text and simple HTML; lengths, cuts, escapes, times. No I/O.
//!
//! Text from outside becomes a [`Document`]: a flat list of blocks, cleaned once, when it is built. Each output form is a
//! rendering of those blocks; one that must be shorter renders a prefix of them, so that nothing stays open.

mod builder;
mod clean;
mod cut;
mod document;
mod finish;
mod fit;
mod html;
mod label;
mod lines;
mod links;
mod markdown;
mod mention;
mod plain;
mod simple_html;
mod target;
mod tidy;
mod times;

#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
#[cfg(any(test, fuzzing))]
pub(crate) mod oracle;
#[cfg(test)]
pub(crate) mod properties;
#[cfg(test)]
mod tests;

pub use clean::{line, shown, shown_json};
pub use cut::{cut, length};
pub use links::links;
pub use markdown::escape as escape_markdown;
pub use simple_html::escape as escape_html;
pub use target::web;
pub use tidy::{tidy, tidy_markdown};
pub use times::{moment, span};

use document::Block;

/// A description, parsed: blocks of inline text with links, free of anything that could run, mention or deceive.
///
/// Its text is in NFC, without control, bidirectional-override and other invisible format characters, with white space
/// collapsed (paragraphs stay, at most one blank line stands in a row) and Discord's mentions broken with U+200B.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    blocks: Vec<Block>,
}

impl Document {
    /// Parses HTML of any cleanliness; what follows the first mebibyte is not read.
    ///
    /// Text, emphasis, headings, lists, quotes, code and links to http(s) and mailto addresses remain. A picture leaves its
    /// alternative text; scripts, styles, templates and embedded things leave nothing.
    pub fn html(html: &str) -> Self {
        Self {
            blocks: html::parse(html),
        }
    }

    /// Parses plain text: blank lines part paragraphs, single newlines are breaks, http(s) URLs become links. What follows the
    /// first mebibyte is not read.
    pub fn plain(text: &str) -> Self {
        Self {
            blocks: plain::parse(text),
        }
    }

    /// Whether nothing that can be read remains.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// Discord's Markdown, at most `limit` UTF-16 units; what was cut ends with "…".
    ///
    /// A link is written `text (url)`, or as the bare URL where the text says the same: never as a masked link, whose text could
    /// name another place. Everything that Markdown could read otherwise is escaped, except in URLs.
    pub fn to_markdown(&self, limit: usize) -> String {
        fit::fit(&self.blocks, limit, markdown::render)
    }

    /// Plain text, at most `limit` UTF-16 units; what was cut ends with "…".
    ///
    /// Links are written as in [`Document::to_markdown`], struck-out text as `~text~`, lest it read as if it stood.
    pub fn to_plain(&self, limit: usize) -> String {
        fit::fit(&self.blocks, limit, plain::render)
    }

    /// HTML of p, br, b, i, a, ul and li only, well-formed, at most `limit` UTF-16 units; what was cut ends with "…".
    ///
    /// Links lead to http(s) and mailto addresses only. One whose text names another place is written out beside it.
    pub fn to_simple_html(&self, limit: usize) -> String {
        fit::fit(&self.blocks, limit, simple_html::render)
    }

    /// As [`Document::to_simple_html`], with struck-out text in `del`, for services that show it.
    pub fn to_html_with_del(&self, limit: usize) -> String {
        fit::fit(&self.blocks, limit, simple_html::render_with_del)
    }
}
