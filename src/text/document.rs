//! What a document is made of. Flat on purpose: no nesting of the input can exhaust a stack here.

/// A paragraph or one of its kin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    pub kind: Kind,
    /// Whether it is quoted, at whatever depth.
    pub quote: bool,
    /// How many lists it stands in; a paragraph in a list continues the item before it.
    pub depth: usize,
    /// Its text; empty for a rule only.
    pub inlines: Vec<Inline>,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Paragraph,
    /// A heading; its text is bold already.
    Heading,
    /// An item of a list with bullets.
    Bullet,
    /// An item of a numbered list.
    Number(u32),
    /// Preformatted text: one piece, white space kept.
    Code,
    /// A line across.
    Rule,
}

/// A part of a block's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Inline {
    Text(Text),
    Link(Link),
}

/// Text of one style; "\n" is a line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub text: String,
    pub style: Style,
}

impl Text {
    /// Text without style.
    pub fn unstyled(text: &str) -> Self {
        Self {
            text: text.to_string(),
            style: Style::default(),
        }
    }
}

/// A link; one without a label shows its URL, and is an http(s) one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// As [`super::target::target`] gives it.
    pub url: String,
    pub label: Vec<Text>,
}

/// How text looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub bold: bool,
    pub italic: bool,
    pub strike: bool,
    pub underline: bool,
    pub code: bool,
}

/// Stands for a link without a label where a block is seen as one string. Cleaning drops it from all text.
pub(super) const OBJECT: char = '\u{fffc}';

/// The text of a block as one string, in which an unlabelled link is [`OBJECT`].
pub(super) fn flatten(inlines: &[Inline]) -> String {
    let mut flat = String::new();
    for inline in inlines {
        match inline {
            Inline::Text(text) => flat.push_str(&text.text),
            Inline::Link(link) if link.label.is_empty() => flat.push(OBJECT),
            Inline::Link(link) => link.label.iter().for_each(|text| flat.push_str(&text.text)),
        }
    }
    flat
}
