//! Cuts a document so that its rendering fits: the blocks are cut, not what they are rendered to.

use super::cut::{ellipsis, length, whole};
use super::document::{Block, Inline, Kind, Text, flatten};
use unicode_segmentation::UnicodeSegmentation;

/// A place to cut: before the byte `offset` of the flattened text of block `block`.
#[derive(Clone, Copy)]
struct Place {
    block: usize,
    offset: usize,
}

/// What `render` makes of the longest prefix of `blocks` that takes at most `limit` UTF-16 units, ended with "…" unless it is
/// everything. A prefix ends at a grapheme boundary and never inside a URL.
pub(super) fn fit(blocks: &[Block], limit: usize, render: fn(&[Block]) -> String) -> String {
    if blocks.is_empty() || limit == 0 {
        return String::new();
    }
    let units: usize = blocks.iter().map(|b| length(&flatten(&b.inlines))).sum();
    if units <= limit {
        let whole = render(blocks);
        if length(&whole) <= limit {
            return whole;
        }
    }
    // Each grapheme takes one unit or more, so that what lies beyond cannot fit.
    let places = places(blocks, limit.saturating_add(1));
    if units > limit && places.len() <= limit {
        let whole = render(blocks);
        if length(&whole) <= limit {
            return whole;
        }
    }
    let mut best = "…".to_string();
    let (mut low, mut high) = (0, places.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let rendered = render(&prefix(blocks, places[middle]));
        if length(&rendered) <= limit {
            best = rendered;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    best
}

/// The first places to cut, at most `count`.
fn places(blocks: &[Block], count: usize) -> Vec<Place> {
    let mut places = Vec::new();
    for (block, text) in blocks.iter().map(|b| flatten(&b.inlines)).enumerate() {
        let whole = whole(&text);
        let mut whole = whole.iter().peekable();
        for (start, grapheme) in text.grapheme_indices(true) {
            let offset = start + grapheme.len();
            while whole.next_if(|range| range.end <= offset).is_some() {}
            if whole.peek().is_some_and(|range| range.start < offset) {
                continue;
            }
            places.push(Place { block, offset });
            if places.len() == count {
                return places;
            }
        }
    }
    places
}

/// The blocks before `place`, and "…". A link that is cut is a link no more.
fn prefix(blocks: &[Block], place: Place) -> Vec<Block> {
    let mut kept = blocks[..=place.block].to_vec();
    let Some(last) = kept.last_mut() else {
        return kept;
    };
    let mut room = place.offset;
    let mut inlines = Vec::new();
    for inline in std::mem::take(&mut last.inlines) {
        let width = flatten(std::slice::from_ref(&inline)).len();
        match inline {
            _ if room == 0 => break,
            inline if width <= room => inlines.push(inline),
            Inline::Text(text) => inlines.push(Inline::Text(shortened(text, room))),
            Inline::Link(link) => {
                let mut room = room;
                for text in link.label {
                    let text = shortened(text, room);
                    room -= text.text.len();
                    inlines.push(Inline::Text(text));
                }
            }
        }
        room = room.saturating_sub(width);
    }
    end(&mut inlines, last.kind == Kind::Code);
    last.inlines = inlines;
    kept
}

fn shortened(mut text: Text, room: usize) -> Text {
    text.text.truncate(room);
    text
}

/// Puts "…" at the end, in place of white space.
fn end(inlines: &mut Vec<Inline>, code: bool) {
    while let Some(Inline::Text(last)) = inlines.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            break;
        }
        inlines.pop();
    }
    let ellipsis = ellipsis(&flatten(inlines));
    match inlines.last_mut() {
        Some(Inline::Text(last)) if code || last.style == Default::default() => {
            last.text.push_str(&ellipsis);
        }
        _ => inlines.push(Inline::Text(Text::unstyled(&ellipsis))),
    }
}
