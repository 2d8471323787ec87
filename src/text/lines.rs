//! The layout that Markdown and plain text share.

use super::document::{Block, Kind};

/// `blocks` in lines: list items with their signs, indented; quotes behind ">"; blank lines between paragraphs. `body` renders
/// the text of a block.
pub(super) fn lay_out(blocks: &[Block], body: fn(&Block) -> String) -> String {
    let mut out = String::new();
    let mut before: Option<&Block> = None;
    for block in blocks {
        if let Some(before) = before {
            out.push_str(between(before, block));
        }
        before = Some(block);
        let quote = if block.quote { "> " } else { "" };
        let indent = "  ".repeat(block.depth.saturating_sub(1));
        let (first, further) = match block.kind {
            Kind::Code => (String::new(), String::new()),
            Kind::Bullet => (format!("{indent}- "), format!("{indent}  ")),
            Kind::Number(number) => (format!("{indent}{number}. "), format!("{indent}  ")),
            _ => ("  ".repeat(block.depth), "  ".repeat(block.depth)),
        };
        let body = match block.kind {
            Kind::Rule => RULE.to_string(),
            _ => body(block),
        };
        // A blank line would end the quote or the item.
        let whole = block.quote || block.depth > 0;
        for (number, line) in body
            .split('\n')
            .filter(|line| !(whole && line.is_empty()))
            .enumerate()
        {
            if number > 0 {
                out.push('\n');
            }
            if !line.is_empty() {
                out.push_str(quote);
                out.push_str(if number == 0 { &first } else { &further });
            }
            out.push_str(line);
        }
    }
    out.trim_start().to_string()
}

/// What stands for a line across.
pub(super) const RULE: &str = "———";

fn between(before: &Block, block: &Block) -> &'static str {
    let item = |b: &Block| b.depth > 0;
    if before.kind == Kind::Heading || (item(before) && item(block)) && before.quote == block.quote
    {
        "\n"
    } else {
        "\n\n"
    }
}

/// Writes text and URLs so that who looks for URLs finds just these.
#[derive(Default)]
pub(super) struct Writer {
    out: String,
    after_url: bool,
}

impl Writer {
    /// Adds text.
    pub fn text(&mut self, text: &str) {
        self.part(text);
        self.out.push_str(text);
    }

    /// Adds what `write` writes, which begins as `next` does.
    pub fn with(&mut self, next: &str, write: impl FnOnce(&mut String)) {
        self.part(next);
        write(&mut self.out);
    }

    /// Adds a URL that stands for itself.
    pub fn url(&mut self, url: &str) {
        self.part(url);
        let word = self.out.rsplit(char::is_whitespace).next();
        let word = word.unwrap_or_default();
        if word.ends_with(|c: char| c.is_alphanumeric() || "*_~|`\\/".contains(c))
            || word.contains("://")
        {
            self.out.push(' ');
        }
        self.out.push_str(url);
        self.after_url = true;
    }

    /// Adds a URL, or an address, in parentheses.
    pub fn tail(&mut self, url: &str) {
        self.part(" ");
        self.out.push_str(" (");
        self.out.push_str(url);
        self.out.push(')');
        self.after_url = true;
    }

    /// What was written.
    pub fn finish(self) -> String {
        self.out
    }

    /// Parts what follows from a URL before it, unless it is punctuation that nobody takes for a part of a URL.
    fn part(&mut self, next: &str) {
        if !self.after_url {
            return;
        }
        let word = next.split(char::is_whitespace).next().unwrap_or_default();
        if word.chars().all(|c| ".,;:!?)\"'".contains(c)) {
            self.after_url = word.len() == next.len();
        } else {
            self.out.push(' ');
            self.after_url = false;
        }
    }
}
