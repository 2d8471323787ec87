//! The HTML that Meetup takes: p, br, b, i, a, ul and li; with del, that of Matrix' messages.

use super::document::{Block, Inline, Kind, Text};
use super::lines::RULE;
use super::plain;

/// `blocks` as simple HTML, well-formed.
pub(super) fn render(blocks: &[Block]) -> String {
    write(blocks, false)
}

/// The same, with struck-out text in `del`.
pub(super) fn render_with_del(blocks: &[Block]) -> String {
    write(blocks, true)
}

fn write(blocks: &[Block], with_del: bool) -> String {
    let mut out = String::new();
    let mut open = 0;
    for block in blocks {
        let begins_item = matches!(block.kind, Kind::Bullet | Kind::Number(_));
        while open > block.depth {
            out.push_str("</li></ul>");
            open -= 1;
        }
        if open == block.depth && open > 0 && begins_item {
            out.push_str("</li><li>");
        }
        while open < block.depth {
            out.push_str("<ul><li>");
            open += 1;
        }
        // The item's own text stands in it directly, what comes after it in paragraphs.
        let paragraph = !begins_item;
        if paragraph {
            out.push_str("<p>");
        }
        if let Kind::Number(number) = block.kind {
            out.push_str(&format!("{number}. "));
        }
        if block.quote {
            out.push_str("<i>");
        }
        match block.kind {
            Kind::Rule => out.push_str(RULE),
            _ => inlines(&mut out, &block.inlines, block.quote, with_del),
        }
        if block.quote {
            out.push_str("</i>");
        }
        if paragraph {
            out.push_str("</p>");
        }
    }
    out.push_str(&"</li></ul>".repeat(open));
    out
}

/// `& < > "` escaped.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

fn inlines(out: &mut String, inlines: &[Inline], quote: bool, with_del: bool) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => push(out, text, quote, with_del),
            Inline::Link(link) => {
                let url = escape(&link.url);
                out.push_str(&format!("<a href=\"{url}\">"));
                if link.label.is_empty() {
                    out.push_str(&url);
                }
                for text in &link.label {
                    push(out, text, quote, with_del);
                }
                out.push_str("</a>");
            }
        }
    }
}

fn push(out: &mut String, text: &Text, quote: bool, with_del: bool) {
    let (bold, italic) = (text.style.bold, text.style.italic && !quote);
    let del = text.style.strike && with_del;
    let shown = if text.style.strike && !with_del {
        plain::struck(&text.text)
    } else {
        text.text.clone()
    };
    if bold {
        out.push_str("<b>");
    }
    if italic {
        out.push_str("<i>");
    }
    if del {
        out.push_str("<del>");
    }
    out.push_str(&escape(&shown).replace('\n', "<br>"));
    if del {
        out.push_str("</del>");
    }
    if italic {
        out.push_str("</i>");
    }
    if bold {
        out.push_str("</b>");
    }
}
