//! Gathers text, styles, links and block boundaries, in the order in which a parser meets them, into blocks.

use super::clean;
use super::document::{Block, Inline, Kind, Link, Style, Text};
use super::finish;

/// Deeper lists are shown at this depth.
const DEEPEST: usize = 8;

/// A link that is left open ends after this many blocks, lest a long URL be repeated without end.
const LONGEST_LINK: usize = 20;

/// At most this many bytes of a text are parsed: a hundred times what the most generous service takes.
const LONGEST: usize = 1 << 20;

/// What of `text` is parsed.
pub(super) fn readable(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// How many bytes `text` begins with that stay as they are: words of ASCII, with single spaces between.
fn words(text: &[u8]) -> usize {
    let is_graphic = |at: usize| text.get(at).is_some_and(u8::is_ascii_graphic);
    let mut end = 0;
    loop {
        match text.get(end) {
            Some(byte) if byte.is_ascii_graphic() => end += 1,
            Some(b' ') if end > 0 && is_graphic(end + 1) => end += 2,
            _ => return end,
        }
    }
}

/// The document so far.
#[derive(Default)]
pub(super) struct Builder {
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    /// Whether the last of `inlines` is a link whose label is being read.
    in_link: bool,
    /// How many blocks that link has stood in before this one.
    link_blocks: usize,
    /// How many styles, quotes and preformatted parts of each kind are open; they may overlap.
    pub open: Open,
    lists: Vec<List>,
    /// Lists opened beyond [`DEEPEST`].
    deeper: usize,
    /// The item begun whose text has not come yet.
    item: Option<Kind>,
    /// How the block ends so far.
    end: End,
}

/// Counts of what is open.
#[derive(Default)]
pub(super) struct Open {
    pub bold: usize,
    pub italic: usize,
    pub strike: usize,
    pub underline: usize,
    pub code: usize,
    pub quote: usize,
    pub preformatted: usize,
    pub heading: bool,
}

struct List {
    ordered: bool,
    items: u32,
}

/// The end of the text so far: what white space may follow.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum End {
    #[default]
    Empty,
    Text,
    Space,
    Break,
    /// Two breaks: one blank line, and no more.
    Blank,
}

impl Builder {
    /// Adds text, white space collapsed.
    pub fn text(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let words = words(rest.as_bytes());
            if words > 0 {
                self.push_str(&rest[..words]);
                self.end = End::Text;
                rest = &rest[words..];
            }
            let mut chars = rest.chars();
            match chars.next() {
                None => return,
                Some(c) if clean::dropped(c) => {}
                Some(c) if c.is_whitespace() => self.space(),
                Some(c) => self.character(c),
            }
            rest = chars.as_str();
        }
    }

    /// Adds preformatted text: white space stays, but no more than one blank line.
    pub fn preformatted(&mut self, text: &str) {
        for c in text.chars().filter(|&c| !clean::dropped(c)) {
            match c {
                '\n' => self.line_break(),
                '\r' => {}
                '\t' => (0..4).for_each(|_| self.push(' ')),
                c if c.is_whitespace() => self.push(' '),
                c => self.character(c),
            }
        }
    }

    /// Adds a line break.
    pub fn line_break(&mut self) {
        self.end = match self.end {
            End::Empty | End::Blank => return,
            End::Break => End::Blank,
            End::Text | End::Space => End::Break,
        };
        while self.open.preformatted == 0 && self.ends_with_space() {
            self.pop();
        }
        self.push('\n');
    }

    /// Begins a link; the one before ends.
    pub fn link(&mut self, url: Option<String>) {
        self.end_link();
        if let Some(url) = url {
            self.inlines.push(Inline::Link(Link {
                url,
                label: Vec::new(),
            }));
            self.in_link = true;
            self.link_blocks = 0;
        }
    }

    /// Ends the link, if there is one.
    pub fn end_link(&mut self) {
        if !std::mem::take(&mut self.in_link) {
            return;
        }
        if let Some(Inline::Link(link)) = self.inlines.last()
            && link.label.is_empty()
        {
            if self.link_blocks > 0 {
                self.inlines.pop();
            } else {
                // It will show its URL.
                self.end = End::Text;
            }
        }
    }

    /// Begins a list.
    pub fn list(&mut self, ordered: bool) {
        self.end_block();
        self.item = None;
        if self.lists.len() < DEEPEST {
            self.lists.push(List { ordered, items: 0 });
        } else {
            self.deeper += 1;
        }
    }

    /// Ends the innermost list.
    pub fn end_list(&mut self) {
        self.end_block();
        self.item = None;
        match self.deeper.checked_sub(1) {
            Some(deeper) => self.deeper = deeper,
            None => drop(self.lists.pop()),
        }
    }

    /// Begins an item of the innermost list.
    pub fn item(&mut self) {
        self.end_block();
        self.item = Some(match self.lists.last_mut() {
            Some(list) => {
                list.items = list.items.saturating_add(1);
                if list.ordered {
                    Kind::Number(list.items)
                } else {
                    Kind::Bullet
                }
            }
            None => Kind::Bullet,
        });
    }

    /// Ends the item.
    pub fn end_item(&mut self) {
        self.end_block();
        self.item = None;
    }

    /// Adds a rule, unless there is nothing to part.
    pub fn rule(&mut self) {
        self.end_block();
        if self.blocks.last().is_some_and(|b| b.kind != Kind::Rule) {
            self.blocks.push(Block {
                kind: Kind::Rule,
                quote: false,
                depth: 0,
                inlines: Vec::new(),
            });
        }
    }

    /// Ends the block: what follows stands in a new one. A link that is still open goes on there.
    pub fn end_block(&mut self) {
        self.end = End::Empty;
        let mut inlines = std::mem::take(&mut self.inlines);
        if self.in_link
            && let Some(Inline::Link(link)) = inlines.last()
        {
            if link.label.is_empty() {
                self.inlines.extend(inlines.pop());
            } else if self.link_blocks < LONGEST_LINK {
                self.link_blocks += 1;
                self.inlines.push(Inline::Link(Link {
                    url: link.url.clone(),
                    label: Vec::new(),
                }));
            } else {
                self.in_link = false;
            }
        }
        let code = self.open.preformatted > 0;
        let inlines = finish::finish(inlines, code);
        if inlines.is_empty() {
            return;
        }
        let (kind, depth) = match self.item.take() {
            Some(item) if !code => (item, self.lists.len().max(1)),
            _ if code => (Kind::Code, self.lists.len()),
            _ if self.open.heading => (Kind::Heading, self.lists.len()),
            _ => (Kind::Paragraph, self.lists.len()),
        };
        self.blocks.push(Block {
            kind,
            quote: self.open.quote > 0,
            depth,
            inlines,
        });
    }

    /// The blocks.
    pub fn build(mut self) -> Vec<Block> {
        self.end_link();
        self.end_block();
        if self.blocks.last().is_some_and(|b| b.kind == Kind::Rule) {
            self.blocks.pop();
        }
        self.blocks
    }

    fn space(&mut self) {
        if self.end == End::Text {
            self.push(' ');
            self.end = End::Space;
        }
    }

    fn character(&mut self, c: char) {
        // Nothing for it to stand on; it would otherwise fall onto markup.
        if clean::combines(c) && self.end != End::Text {
            return;
        }
        self.push(c);
        self.end = End::Text;
    }

    fn style(&self) -> Style {
        let code = self.open.code > 0 || self.open.preformatted > 0;
        Style {
            bold: self.open.bold > 0 || self.open.heading,
            italic: self.open.italic > 0,
            strike: self.open.strike > 0,
            underline: self.open.underline > 0,
            code,
        }
    }

    fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    fn push_str(&mut self, added: &str) {
        let style = self.style();
        if let Some(text) = self.last_text().filter(|text| text.style == style) {
            text.text.push_str(added);
            return;
        }
        let text = Text {
            text: added.to_string(),
            style,
        };
        match self.inlines.last_mut() {
            Some(Inline::Link(link)) if self.in_link => link.label.push(text),
            _ => self.inlines.push(Inline::Text(text)),
        }
    }

    fn pop(&mut self) {
        if let Some(text) = self.last_text() {
            text.text.pop();
        }
    }

    fn ends_with_space(&mut self) -> bool {
        self.last_text()
            .is_some_and(|text| text.text.ends_with(' '))
    }

    /// The text to which a character of the same style is added.
    fn last_text(&mut self) -> Option<&mut Text> {
        match self.inlines.last_mut()? {
            Inline::Text(text) => Some(text),
            Inline::Link(link) if self.in_link => link.label.last_mut(),
            Inline::Link(_) => None,
        }
    }
}
