//! Plain text, in and out.

use super::builder::{Builder, readable};
use super::document::{Block, Inline, Text};
use super::{clean, label, lines, mention, target};

/// The blocks of `text`: blank lines part paragraphs.
pub(super) fn parse(text: &str) -> Vec<Block> {
    let mut builder = Builder::default();
    for line in clean::lines(readable(text)).lines() {
        if line.trim().is_empty() {
            builder.end_block();
        } else {
            builder.line_break();
            builder.text(line);
        }
    }
    builder.build()
}

/// `blocks` as plain text.
pub(super) fn render(blocks: &[Block]) -> String {
    lines::lay_out(blocks, |block| inlines(&block.inlines))
}

fn inlines(inlines: &[Inline]) -> String {
    let mut out = lines::Writer::default();
    for inline in inlines {
        match inline {
            Inline::Text(text) => push(&mut out, text),
            Inline::Link(link) => {
                link.label.iter().for_each(|text| push(&mut out, text));
                if let Some(tail) = tail(&link.url, &link.label) {
                    out.tail(&tail);
                } else if link.label.is_empty() {
                    out.url(&link.url);
                }
            }
        }
    }
    out.finish()
}

fn push(out: &mut lines::Writer, text: &Text) {
    if text.style.strike {
        out.text(&struck(&text.text));
    } else {
        out.text(&text.text);
    }
}

/// Struck-out text, where there is no line to strike it out with.
pub(super) fn struck(text: &str) -> String {
    let core = text.trim();
    if core.is_empty() {
        return text.to_string();
    }
    let start = text.len() - text.trim_start().len();
    let end = start + core.len();
    format!("{}~{core}~{}", &text[..start], &text[end..])
}

/// What is shown of `url` behind `label`: an http(s) URL itself, a mail address clean. `None` if the label shows it.
pub(super) fn tail(url: &str, label: &[Text]) -> Option<String> {
    if label.is_empty() {
        return None;
    }
    let Some(address) = target::address(url) else {
        return Some(url.to_string());
    };
    let label: String = label.iter().map(|text| text.text.as_str()).collect();
    (!label::says(&label, url)).then(|| mention::break_mentions(&address))
}
