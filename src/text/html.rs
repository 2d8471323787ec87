//! HTML, as Mobilizon sanitises it or as anyone sends it, to blocks.
//!
//! There is no tree: a tag opens or closes a style, or ends a block. So tags that overlap, stay open or nest deeply need no mending.

use super::builder::{Builder, readable};
use super::document::Block;
use super::target;
use html5gum::Tokenizer;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};

/// What matters of HTML.
enum Token {
    Open(Tag),
    Close(String),
    Text(String),
}

/// A start tag.
#[derive(Default)]
struct Tag {
    name: String,
    /// `<name/>`, which only SVG and MathML heed.
    closed: bool,
    href: Option<String>,
    alt: Option<String>,
}

/// The blocks of `html`.
pub(super) fn parse(html: &str) -> Vec<Block> {
    let mut builder = Builder::default();
    let mut dropping: Option<Dropping> = None;
    for Ok(token) in tokens(readable(html)) {
        if let Some(inside) = &mut dropping {
            if inside.ends_with(&token) {
                dropping = None;
            }
            continue;
        }
        match token {
            Token::Text(text) if builder.open.preformatted > 0 => builder.preformatted(&text),
            Token::Text(text) => builder.text(&text),
            Token::Open(tag) if is_dropped(&tag.name) => {
                if !(tag.closed && matches!(tag.name.as_str(), "svg" | "math")) {
                    dropping = Some(Dropping {
                        name: tag.name,
                        depth: 1,
                    });
                }
            }
            Token::Open(tag) => open(&mut builder, tag),
            Token::Close(name) => close(&mut builder, &name),
        }
    }
    builder.build()
}

/// The tokens of `html`. Of an attribute that is given twice the first counts, as in a browser.
fn tokens(html: &str) -> impl Iterator<Item = Result<Token, std::convert::Infallible>> {
    let mut tag = Tag::default();
    let mut attribute: Option<fn(&mut Tag) -> &mut Option<String>> = None;
    let mut emitter = CallbackEmitter::new(
        move |event: CallbackEvent<'_>, _: html5gum::Span<()>| match event {
            CallbackEvent::OpenStartTag { name } => {
                tag = Tag {
                    name: string(name),
                    ..Tag::default()
                };
                None
            }
            CallbackEvent::AttributeName { name } => {
                attribute = match name {
                    b"href" if tag.href.is_none() => Some(|tag| &mut tag.href),
                    b"alt" if tag.alt.is_none() => Some(|tag| &mut tag.alt),
                    _ => None,
                };
                None
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some(attribute) = attribute.take() {
                    *attribute(&mut tag) = Some(string(value));
                }
                None
            }
            CallbackEvent::CloseStartTag { self_closing } => {
                tag.closed = self_closing;
                Some(Token::Open(std::mem::take(&mut tag)))
            }
            CallbackEvent::EndTag { name } => Some(Token::Close(string(name))),
            CallbackEvent::String { value } => Some(Token::Text(string(value))),
            _ => None,
        },
    );
    // Without this the text of a script would be read as tags.
    emitter.naively_switch_states(true);
    Tokenizer::new_with_emitter(html, emitter)
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An element whose content is not read.
struct Dropping {
    name: String,
    depth: usize,
}

impl Dropping {
    /// Whether it ends with `token`.
    fn ends_with(&mut self, token: &Token) -> bool {
        match token {
            Token::Open(tag) if tag.name == self.name && !tag.closed => self.depth += 1,
            Token::Close(name) if *name == self.name => self.depth -= 1,
            _ => {}
        }
        self.depth == 0
    }
}

/// Elements whose content is not text for people.
fn is_dropped(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "title"
            | "noscript"
            | "iframe"
            | "noframes"
            | "noembed"
            | "object"
            | "applet"
            | "svg"
            | "math"
            | "audio"
            | "video"
            | "canvas"
            | "textarea"
            | "select"
            | "datalist"
    )
}

fn open(builder: &mut Builder, tag: Tag) {
    match tag.name.as_str() {
        "br" => builder.line_break(),
        "hr" => builder.rule(),
        "img" => builder.text(&tag.alt.unwrap_or_default()),
        "a" => builder.link(tag.href.and_then(|href| target::target(&href))),
        "ul" | "menu" | "dir" => builder.list(false),
        "ol" => builder.list(true),
        "li" => builder.item(),
        "td" | "th" => builder.text(" "),
        name if is_block(name) => {
            builder.end_block();
            if is_heading(name) {
                builder.open.heading = true;
            }
            if let Some(count) = count(builder, name) {
                *count += 1;
            }
        }
        name => {
            if let Some(count) = count(builder, name) {
                *count += 1;
            }
        }
    }
}

fn close(builder: &mut Builder, name: &str) {
    match name {
        "br" => builder.line_break(),
        "a" => builder.end_link(),
        "ul" | "menu" | "dir" | "ol" => builder.end_list(),
        "li" => builder.end_item(),
        name => {
            if is_block(name) {
                builder.end_block();
            }
            if is_heading(name) {
                builder.open.heading = false;
            }
            if let Some(count) = count(builder, name) {
                *count = count.saturating_sub(1);
            }
        }
    }
}

/// The count of open elements with the meaning of `name`.
fn count<'a>(builder: &'a mut Builder, name: &str) -> Option<&'a mut usize> {
    let open = &mut builder.open;
    Some(match name {
        "b" | "strong" => &mut open.bold,
        "i" | "em" => &mut open.italic,
        "del" | "s" | "strike" => &mut open.strike,
        "u" | "ins" => &mut open.underline,
        "code" | "kbd" | "samp" | "tt" => &mut open.code,
        "blockquote" => &mut open.quote,
        "pre" | "listing" | "xmp" | "plaintext" => &mut open.preformatted,
        _ => return None,
    })
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

/// Elements that begin and end a block of text.
fn is_block(name: &str) -> bool {
    is_heading(name)
        || matches!(
            name,
            "address"
                | "article"
                | "aside"
                | "blockquote"
                | "body"
                | "caption"
                | "center"
                | "dd"
                | "details"
                | "dialog"
                | "div"
                | "dl"
                | "dt"
                | "fieldset"
                | "figcaption"
                | "figure"
                | "footer"
                | "form"
                | "head"
                | "header"
                | "hgroup"
                | "html"
                | "legend"
                | "listing"
                | "main"
                | "nav"
                | "option"
                | "p"
                | "plaintext"
                | "pre"
                | "section"
                | "summary"
                | "table"
                | "tbody"
                | "tfoot"
                | "thead"
                | "tr"
                | "xmp"
        )
}
