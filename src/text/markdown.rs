//! Discord's Markdown.
//!
//! Discord reads it with regular expressions, not with CommonMark's rules, so each run of one style opens and closes on its own,
//! within one line, and never around a URL. A backslash escapes any character but letters, digits and white space.

use super::document::{Block, Inline, Kind, Style, Text};
use super::lines::{self, Writer};
use super::{clean, links, mention, plain, target};

/// `blocks` as Discord's Markdown.
pub(super) fn render(blocks: &[Block]) -> String {
    lines::lay_out(blocks, |block| match block.kind {
        Kind::Code => code_block(&block.inlines),
        _ => inlines(&block.inlines),
    })
}

/// Discord's Markdown escaped, so that `text` shows as it is written: its lines stay, and so do http(s) URLs. Control and other
/// deceptive characters are dropped, mentions broken.
pub fn escape(text: &str) -> String {
    let text = clean::lines(text);
    let mut out = String::new();
    let mut done = 0;
    for range in links::find(&text) {
        let url = &text[range.clone()];
        let Some(encoded) = target::target(url) else {
            continue;
        };
        escape_plain(&mut out, &text[done..range.start]);
        out.push_str(if target::safe(url) == url {
            url
        } else {
            &encoded
        });
        done = range.end;
        // The backslash would read as a part of the URL.
        if text[done..].starts_with(is_special) {
            out.push(' ');
        }
    }
    escape_plain(&mut out, &text[done..]);
    out
}

fn inlines(inlines: &[Inline]) -> String {
    let mut out = Writer::default();
    for inline in inlines {
        match inline {
            Inline::Text(text) => push(&mut out, text),
            Inline::Link(link) => {
                link.label.iter().for_each(|text| push(&mut out, text));
                match plain::tail(&link.url, &link.label) {
                    Some(url) if target::address(&link.url).is_none() => out.tail(&url),
                    Some(address) => out.tail(&escape(&address)),
                    None if link.label.is_empty() => out.url(&link.url),
                    None => {}
                }
            }
        }
    }
    out.finish()
}

/// Adds text of one style, line by line. It holds no URL: these are links.
fn push(out: &mut Writer, text: &Text) {
    for (number, line) in text.text.split('\n').enumerate() {
        if number > 0 {
            out.text("\n");
        }
        let core = line.trim();
        let signs = signs(text.style, core);
        if core.is_empty() || signs.is_empty() {
            out.with(line, |out| escape_plain(out, line));
            continue;
        }
        let (before, rest) = line.split_at(line.len() - line.trim_start().len());
        out.with(&format!("{before}{signs}"), |out| {
            out.push_str(before);
            // Two runs that touch would read as one sign.
            if out.ends_with(['*', '_', '~', '`']) {
                out.push(mention::BREAK);
            }
            out.push_str(&signs);
            if text.style.code {
                out.push_str(&literal(core));
            } else {
                escape_plain(out, core);
            }
            out.extend(signs.chars().rev());
            out.push_str(&rest[core.len()..]);
        });
    }
}

/// What opens `style` around `core`; read backwards it closes it. Code knows no other style, and none that holds a backtick is shown
/// as code.
fn signs(style: Style, core: &str) -> String {
    if style.code {
        return if core.contains('`') { "" } else { "`" }.to_string();
    }
    [
        (style.strike, "~~"),
        (style.underline, "__"),
        (style.bold, "**"),
        (style.italic, "*"),
    ]
    .into_iter()
    .filter_map(|(wanted, sign)| wanted.then_some(sign))
    .collect()
}

/// A block of code. Nothing in it is escaped, but nothing may end it.
fn code_block(inlines: &[Inline]) -> String {
    let code: String = super::document::flatten(inlines);
    format!("```\n{}\n```", literal(&code))
}

/// What Markdown does not read, but who looks for masked links or for the end of the code might.
fn literal(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    for c in code.chars() {
        if (c == '`' && out.ends_with('`')) || (c == '(' && out.ends_with(']')) {
            out.push(mention::BREAK);
        }
        out.push(c);
    }
    out
}

/// Adds `text`, all of it escaped.
fn escape_plain(out: &mut String, text: &str) {
    let mut line = Line::of(out);
    for c in text.chars() {
        let escaped = is_special(c)
            || match c {
                '(' => out.ends_with(']'),
                '>' | '#' | '-' | '+' => line == Line::Blank,
                '.' | ')' => line == Line::Digits,
                _ => false,
            };
        if escaped {
            out.push('\\');
        }
        out.push(c);
        line = line.then(c);
    }
}

/// What stands on a line so far, as far as the next character may begin a list, a heading or a quote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Blank,
    Digits,
    Other,
}

impl Line {
    /// The last line of `out`.
    fn of(out: &str) -> Self {
        let digits = out.trim_end_matches(|c: char| c.is_ascii_digit());
        let before = digits.trim_end_matches(' ');
        match before.is_empty() || before.ends_with('\n') {
            true if digits.len() < out.len() => Self::Digits,
            true => Self::Blank,
            false => Self::Other,
        }
    }

    fn then(self, c: char) -> Self {
        match (c, self) {
            ('\n', _) => Self::Blank,
            (' ', Self::Blank) => Self::Blank,
            ('0'..='9', Self::Blank | Self::Digits) => Self::Digits,
            _ => Self::Other,
        }
    }
}

/// What is escaped wherever it stands.
fn is_special(c: char) -> bool {
    matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '[' | ']')
}
