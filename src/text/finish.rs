//! What is done to the text of a block once it is whole.

use super::document::{Inline, Style, Text, flatten};
use super::{clean, label, links, mention, target};
use unicode_normalization::char::compose;

/// The text of a block in its final form: composed, linked, trimmed, mentions broken, neighbours of one style joined. Empty if
/// nothing can be seen. Preformatted text becomes a single piece.
pub(super) fn finish(mut inlines: Vec<Inline>, preformatted: bool) -> Vec<Inline> {
    compose_across(&mut inlines);
    let mut inlines = if preformatted {
        vec![Inline::Text(preformat(&inlines))]
    } else {
        let mut linked = Vec::with_capacity(inlines.len());
        for inline in inlines {
            match inline {
                Inline::Text(text) => push_linked(&mut linked, text),
                Inline::Link(link) => label::resolve(&mut linked, link),
            }
        }
        trim(&mut linked);
        linked
    };
    break_mentions(&mut inlines);
    let inlines = join(inlines);
    let seen = flatten(&inlines)
        .chars()
        .any(|c| clean::visible(c) || c == super::document::OBJECT);
    if seen { inlines } else { Vec::new() }
}

/// Brings the text into NFC as if its pieces were one: what composes with the end of a piece moves there. A mark with nothing before
/// it but a link that shows its URL is dropped: it would fall onto markup.
fn compose_across(inlines: &mut [Inline]) {
    let mut before: Option<&mut Text> = None;
    for inline in inlines {
        let texts = match inline {
            Inline::Text(text) => std::slice::from_mut(text),
            Inline::Link(link) => link.label.as_mut_slice(),
        };
        if texts.is_empty() {
            before = None;
        }
        for text in texts {
            let mut moved = 0;
            for c in text.text.chars() {
                let composed = before
                    .as_ref()
                    .and_then(|before| compose(before.text.chars().next_back()?, c));
                if composed.is_none() && !clean::combines(c) {
                    break;
                }
                if let Some(before) = &mut before {
                    if composed.is_some() {
                        before.text.pop();
                    }
                    before.text.push(composed.unwrap_or(c));
                }
                moved += c.len_utf8();
            }
            text.text.drain(..moved);
            text.text = clean::composed(std::mem::take(&mut text.text));
            if let Some(before) = before.as_mut().filter(|_| moved > 0) {
                before.text = clean::composed(std::mem::take(&mut before.text));
            }
            if !text.text.is_empty() {
                before = Some(text);
            }
        }
    }
}

/// Adds `text`, its http(s) URLs as links.
pub(super) fn push_linked(inlines: &mut Vec<Inline>, text: Text) {
    let style = text.style;
    let mut done = 0;
    if !style.code {
        for range in links::find(&text.text) {
            if let Some(url) = target::target(&text.text[range.clone()]) {
                let before = text.text[done..range.start].to_string();
                inlines.push(Inline::Text(Text {
                    text: before,
                    style,
                }));
                inlines.push(label::bare(&url));
                done = range.end;
            }
        }
    }
    let text = text.text[done..].to_string();
    inlines.push(Inline::Text(Text { text, style }));
}

/// One piece of code: no empty lines around, none ending in spaces.
fn preformat(inlines: &[Inline]) -> Text {
    let flat = flatten(inlines);
    let lines: Vec<&str> = flat.trim_end().split('\n').map(str::trim_end).collect();
    let style = Style {
        code: true,
        ..Style::default()
    };
    let text = lines.join("\n").trim_start_matches('\n').to_string();
    Text { text, style }
}

/// Takes the white space from both ends.
fn trim(inlines: &mut Vec<Inline>) {
    while let Some(Inline::Text(last)) = inlines.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            break;
        }
        inlines.pop();
    }
    let blank =
        |inline: &Inline| matches!(inline, Inline::Text(text) if text.text.trim_start().is_empty());
    let blanks = inlines.iter().take_while(|inline| blank(inline)).count();
    inlines.drain(..blanks);
    if let Some(Inline::Text(first)) = inlines.first_mut() {
        let white = first.text.len() - first.text.trim_start().len();
        first.text.drain(..white);
    }
}

/// Breaks mentions, also those that run over several pieces.
fn break_mentions(inlines: &mut [Inline]) {
    let flat = flatten(inlines);
    let mut breaks = mention::breaks(&flat).into_iter().peekable();
    let mut start = 0;
    for inline in inlines {
        match inline {
            Inline::Text(text) => start = break_at(text, start, &mut breaks),
            Inline::Link(link) if link.label.is_empty() => {
                start += super::document::OBJECT.len_utf8();
            }
            Inline::Link(link) => {
                for text in &mut link.label {
                    start = break_at(text, start, &mut breaks);
                }
            }
        }
    }
}

/// Puts the breaks of `text`, which starts at `start`, into it; gives its end.
fn break_at(
    text: &mut Text,
    start: usize,
    breaks: &mut std::iter::Peekable<impl Iterator<Item = usize>>,
) -> usize {
    let end = start + text.text.len();
    let mut broken = String::with_capacity(text.text.len());
    let mut done = 0;
    while let Some(at) = breaks.next_if(|&at| at <= end) {
        broken.push_str(&text.text[done..at - start]);
        broken.push(mention::BREAK);
        done = at - start;
    }
    broken.push_str(&text.text[done..]);
    text.text = broken;
    end
}

/// Joins neighbours of one style and drops empty pieces.
fn join(inlines: Vec<Inline>) -> Vec<Inline> {
    let mut joined: Vec<Inline> = Vec::with_capacity(inlines.len());
    for inline in inlines {
        match (joined.last_mut(), inline) {
            (_, Inline::Text(text)) if text.text.is_empty() => {}
            (Some(Inline::Text(before)), Inline::Text(text)) if before.style == text.style => {
                before.text.push_str(&text.text);
            }
            (_, inline) => joined.push(inline),
        }
    }
    joined
}
