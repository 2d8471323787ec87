//! What of a text is kept: NFC, nothing invisible that could deceive, white space collapsed, mentions broken.

use super::mention;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// One clean line of plain text: NFC, no control, bidirectional-override or other deceptive format characters, white space
/// collapsed to single spaces, mentions broken with U+200B. Empty if nothing that can be seen remains. Cleaning what is clean
/// changes nothing.
pub fn line(text: &str) -> String {
    if is_plain(text) {
        return text.into();
    }
    if text.is_ascii() {
        let clean = ascii_line(text);
        return match clean.contains(['@', '<']) {
            true => mention::break_mentions(&clean),
            false => clean,
        };
    }
    let kept: String = text.chars().filter(|&c| !dropped(c)).collect();
    let mut spaced = String::with_capacity(kept.len());
    for word in kept.split_whitespace() {
        if !spaced.is_empty() {
            spaced.push(' ');
        }
        spaced.push_str(word);
    }
    let clean = composed(spaced);
    if clean.chars().any(visible) {
        mention::break_mentions(&clean)
    } else {
        String::new()
    }
}

/// The same of what is ASCII, but for mentions: only white space and controls can be amiss.
fn ascii_line(text: &str) -> String {
    let (mut line, mut is_parted) = (String::with_capacity(text.len()), false);
    for c in text.chars() {
        if c.is_ascii_graphic() {
            if std::mem::take(&mut is_parted) && !line.is_empty() {
                line.push(' ');
            }
            line.push(c);
        } else {
            is_parted |= c.is_whitespace();
        }
    }
    line
}

/// `text` as a terminal may be given it: on one line, and each character that could steer the terminal or turn the line
/// round written as its number, `\u{1b}`. What is ordinary stays as it is, so that a URL can be copied.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => shown.push(' '),
            // It breaks mentions and shows nothing.
            '\u{200b}' => shown.push(c),
            c if c.is_control() || dropped(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// The line of JSON `json` as a terminal may be given it: the same value, with each character that could steer the terminal or turn
/// the line round written as JSON writes such, `\u009b`.
pub fn shown_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{200b}' => shown.push(c),
            c if c.is_control() || dropped(c) || matches!(c, '\u{2028}' | '\u{2029}') => {
                // Such characters stand in strings only.
                let units = c.encode_utf16(&mut [0; 2]).to_vec();
                shown.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// Whether `text` is what most is: printable ASCII, single spaces only between words, and nothing that begins a mention.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'@' | b'<');
    let is_spaced = |byte: Option<&u8>| byte.is_some_and(|byte| *byte != b' ');
    bytes.iter().all(plain)
        && is_spaced(bytes.first())
        && is_spaced(bytes.last())
        && !text.contains("  ")
}

/// The text of several lines: as [`line`], but each white space stays, as a space or as "\n".
pub(super) fn lines(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => kept.push('\n'),
            c if c.is_whitespace() => kept.push(' '),
            c if dropped(c) => {}
            c => kept.push(c),
        }
    }
    mention::break_mentions(&composed(kept))
}

/// `text` in NFC; what is so already, as most text is, stays as it stands.
pub(super) fn composed(text: String) -> String {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text,
        _ => text.nfc().collect(),
    }
}

/// Whether `c` is dropped wherever it stands: controls that are not white space, the marks, overrides and isolates of the
/// bidirectional algorithm, invisible letters and format characters, tags and non-characters.
pub(super) fn dropped(c: char) -> bool {
    if matches!(c, ' '..='~') {
        return false;
    }
    if c.is_control() {
        return !c.is_whitespace();
    }
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        // The tags spell hidden text; the supplementary variation selectors between them belong to ideographs.
        | '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}')
        || (c as u32) & 0xfffe == 0xfffe
}

/// Whether `c` shows nothing of its own but changes what it joins: kept, for emoji and for Persian.
pub(super) fn joins(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Whether `c` can be seen; U+2800 is a Braille cell without dots.
pub(super) fn visible(c: char) -> bool {
    matches!(c, '!'..='~') || !(c.is_whitespace() || joins(c) || dropped(c) || c == '\u{2800}')
}

/// Whether `c` belongs onto the character before it.
pub(super) fn combines(c: char) -> bool {
    !c.is_ascii() && unicode_normalization::char::is_combining_mark(c)
}
