//! Content lines of RFC 5545: folded and unfolded (3.1), escaped and unescaped (3.3.11).

/// Longer lines are folded, in octets without the line end (RFC 5545, 3.1).
const LONGEST: usize = 75;

/// A content line: the name with its parameters, and the value as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Name and parameters, e.g. `DTSTART;VALUE=DATE`.
    pub head: String,
    /// The raw value, e.g. `20261020` or `Rust\, again`.
    pub value: String,
}

impl Line {
    /// A line whose value is written as it is: a time, a number, a URI.
    pub fn raw(head: &str, value: impl Into<String>) -> Self {
        let mut value: String = value.into();
        if value.bytes().any(|byte| !matches!(byte, b' '..=b'~')) {
            value.retain(|c| !c.is_control());
        }
        Self {
            head: head.into(),
            value,
        }
    }

    /// A line whose value is text.
    pub fn text(head: &str, text: &str) -> Self {
        Self {
            head: head.into(),
            value: escape(text),
        }
    }

    /// Takes an unfolded line apart at the first colon outside quotation marks; `None` if it has none.
    pub fn parse(line: &str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        Some(Self {
            head: line[..colon].to_owned(),
            value: line[colon + 1..].to_owned(),
        })
    }

    /// Whether `name` is its name, in capitals or not.
    pub fn is(&self, name: &str) -> bool {
        // Most lines are told from others by their first letter.
        let first = |text: &str| text.bytes().next().map(|byte| byte.to_ascii_uppercase());
        if first(&self.head) != first(name) && !self.head.starts_with(char::is_whitespace) {
            return false;
        }
        let own = self.head.split(';').next().unwrap_or_default();
        own.trim().eq_ignore_ascii_case(name)
    }

    /// The parameter `name`, without quotation marks.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.head
            .split(';')
            .skip(1)
            .filter_map(|part| part.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim().trim_matches('"'))
    }

    /// The value as text.
    pub fn unescaped(&self) -> String {
        unescape(&self.value)
    }

    /// Appends the line to `out`, folded, with its line end.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut line = String::with_capacity(self.head.len() + 1 + self.value.len());
        for part in [&self.head, ":", &self.value] {
            line.push_str(part);
        }
        let mut room = LONGEST;
        let mut from = 0;
        while line.len() - from > room {
            let mut to = from + room;
            while !line.is_char_boundary(to) {
                to -= 1;
            }
            out.extend_from_slice(&line.as_bytes()[from..to]);
            out.extend_from_slice(b"\r\n ");
            from = to;
            room = LONGEST - 1;
        }
        out.extend_from_slice(&line.as_bytes()[from..]);
        out.extend_from_slice(b"\r\n");
    }
}

/// `text` as a TEXT value. Control characters that no TEXT can carry are dropped.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_special) {
        escaped.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        match chars.next() {
            Some('\\') => escaped.push_str("\\\\"),
            Some(';') => escaped.push_str("\\;"),
            Some(',') => escaped.push_str("\\,"),
            Some('\n') => escaped.push_str("\\n"),
            Some(c) if c.is_control() => {}
            Some(c) => escaped.push(c),
            None => break,
        }
        rest = chars.as_str();
    }
    escaped.push_str(rest);
    escaped
}

/// Whether a character that begins with `byte` may have to be escaped or dropped: the controls beyond ASCII begin with 0xC2.
fn is_special(byte: u8) -> bool {
    matches!(byte, b'\\' | b';' | b',' | 0x7f | 0xc2) || byte < b' ' && byte != b'\t'
}

fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = escaped.chars();
        text.push(match chars.next() {
            Some('n' | 'N') => '\n',
            Some(c) => c,
            None => '\\',
        });
        rest = chars.as_str();
    }
    text.push_str(rest);
    text
}

/// The lines of `bytes`, unfolded. Folds are undone in bytes: other programs fold inside characters.
pub fn unfold(bytes: &[u8]) -> impl Iterator<Item = String> {
    let mut physical = bytes
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .peekable();
    std::iter::from_fn(move || {
        let mut line = physical.next()?.to_vec();
        while let Some(more) = physical.next_if(|next| matches!(next.first(), Some(b' ' | b'\t'))) {
            line.extend_from_slice(&more[1..]);
        }
        Some(String::from_utf8_lossy(&line).into_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(line: &Line) -> Vec<u8> {
        let mut out = Vec::new();
        line.write(&mut out);
        out
    }

    #[test]
    fn a_line_of_seventy_five_octets_stands_whole_and_one_more_is_folded() {
        let line = |length: usize| written(&Line::raw("X", "a".repeat(length - 2)));
        assert_eq!(line(75).len(), 77);
        assert!(line(76).ends_with(b"a\r\n a\r\n"));
        assert_eq!(line(75 + 74).len(), 75 + 74 + 5);
    }

    #[test]
    fn a_colon_in_a_quoted_parameter_parts_nothing() {
        let line = Line::parse("ATTENDEE;CN=\"a:b;c\";ROLE=CHAIR:mailto:x@example.org").unwrap();
        assert_eq!(line.value, "mailto:x@example.org");
        assert!(line.is("attendee"));
        assert_eq!(Line::parse("no colon"), None);
        let line = Line::parse("dtstart;tzid=\"Europe/Berlin\":20261020T190000").unwrap();
        assert_eq!(line.parameter("TZID"), Some("Europe/Berlin"));
    }

    #[test]
    fn folds_inside_a_character_are_undone() {
        let folded = [b"SUMMARY:\xc3".as_slice(), b"\r\n \xa4\r\n"].concat();
        assert_eq!(unfold(&folded).next().unwrap(), "SUMMARY:ä");
    }

    proptest! {
        #[test]
        fn text_comes_back_as_it_was_and_no_line_is_too_long(text in "(\\PC|\n|\t){0,400}") {
            let line = Line::text("DESCRIPTION", &text);
            let bytes = written(&line);
            for physical in bytes.split(|byte| *byte == b'\n') {
                prop_assert!(physical.len() <= 76);
                prop_assert!(std::str::from_utf8(physical).is_ok());
            }
            let read = Line::parse(&unfold(&bytes).next().unwrap()).unwrap();
            prop_assert_eq!(&read, &line);
            prop_assert_eq!(read.unescaped(), text);
        }

        #[test]
        fn no_value_can_begin_a_line_of_its_own(text in any::<String>()) {
            for line in [Line::text("SUMMARY", &text), Line::raw("URL", text.clone())] {
                prop_assert_eq!(unfold(&written(&line)).filter(|line| !line.is_empty()).count(), 1);
            }
        }
    }
}
