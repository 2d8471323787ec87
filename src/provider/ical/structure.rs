//! Whether bytes are a whole calendar: the library forgives a cut or foreign file, and what it then leaves out would look
//! like deleted events.

use std::borrow::Cow;

/// Components deeper than this are an attack: RFC 5545 nests three (VCALENDAR, VEVENT, VALARM).
const DEEPEST: usize = 8;

/// A calendar's text, and what is odd about it without making it useless.
#[derive(Debug, PartialEq, Eq)]
pub struct Checked<'a> {
    /// The text, without a byte order mark.
    pub text: &'a str,
    /// Numbers of the lines that are no content lines, at most ten of them.
    pub odd: Vec<usize>,
}

/// Checks that `bytes` hold nothing but complete VCALENDAR objects.
///
/// # Errors
/// What is wrong, with the number of the line.
pub fn check(bytes: &[u8]) -> Result<Checked<'_>, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        format!("line {line}: not UTF-8")
    })?;
    if text.trim().is_empty() {
        return Err("it is empty".into());
    }
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut odd = Vec::new();
    let mut last = 0;
    for (number, line) in lines(text) {
        last = number;
        if line.trim().is_empty() {
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.trim();
        if name.eq_ignore_ascii_case("BEGIN") {
            let outermost = open.is_empty();
            if outermost != value.eq_ignore_ascii_case("VCALENDAR") {
                return Err(format!("line {number}: BEGIN:{value} does not belong here"));
            }
            if open.len() == DEEPEST {
                return Err(format!(
                    "line {number}: more than {DEEPEST} components deep"
                ));
            }
            open.push((value.to_ascii_uppercase(), number));
        } else if name.eq_ignore_ascii_case("END") {
            match open.pop() {
                Some((begun, _)) if begun == value.to_ascii_uppercase() => {}
                Some((begun, at)) => {
                    return Err(format!(
                        "line {number}: END:{value}, but line {at} began {begun}"
                    ));
                }
                None => return Err(format!("line {number}: END:{value} without a BEGIN")),
            }
        } else if open.is_empty() {
            return Err(format!(
                "line {number}: not a calendar (BEGIN:VCALENDAR was expected)"
            ));
        } else if !line.contains(':') && odd.len() < 10 {
            odd.push(number);
        }
    }
    match open.last() {
        Some((name, at)) => Err(format!(
            "line {last}: it ends without the END:{name} of line {at}"
        )),
        None => Ok(Checked { text, odd }),
    }
}

/// The content lines, unfolded, each with the number of its first physical line (RFC 5545, 3.1).
fn lines(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let mut physical = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .enumerate()
        .peekable();
    std::iter::from_fn(move || {
        let (index, line) = physical.next()?;
        let mut line = Cow::Borrowed(line);
        while let Some((_, more)) = physical.next_if(|(_, next)| next.starts_with([' ', '\t'])) {
            line.to_mut().push_str(&more[1..]);
        }
        Some((index + 1, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str =
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    #[test]
    fn a_whole_calendar_passes_with_a_byte_order_mark_bare_newlines_and_folded_lines() {
        assert!(check(WHOLE.as_bytes()).is_ok());
        assert!(check(format!("\u{feff}{WHOLE}").as_bytes()).is_ok());
        assert!(check(WHOLE.replace("\r\n", "\n").as_bytes()).is_ok());
        assert!(
            check(
                WHOLE
                    .replace("BEGIN:VEVENT", "BEGIN:VEV\r\n ENT")
                    .as_bytes()
            )
            .is_ok()
        );
        assert!(check(WHOLE.repeat(2).as_bytes()).is_ok());
    }

    #[test]
    fn every_cut_of_a_calendar_is_refused() {
        for length in 0..WHOLE.len() - 2 {
            assert!(
                check(&WHOLE.as_bytes()[..length]).is_err(),
                "cut at {length}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let told = |text: &str| check(text.as_bytes()).unwrap_err();
        assert_eq!(told(""), "it is empty");
        assert!(told("<html>\n").starts_with("line 1: not a calendar"));
        assert!(told("BEGIN:VEVENT\nEND:VEVENT\n").starts_with("line 1:"));
        assert!(told("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n").starts_with("line 3:"));
        assert!(told(&format!("{WHOLE}rubbish\n")).starts_with("line 6:"));
        assert!(
            check(b"BEGIN:VCALENDAR\n\xff\n")
                .unwrap_err()
                .starts_with("line 2:")
        );
        assert!(told(&"BEGIN:VCALENDAR\n".repeat(2)).starts_with("line 2:"));
    }

    #[test]
    fn lines_that_are_no_content_lines_are_counted_and_not_fatal() {
        let text = WHOLE.replace("UID:a", "UID:a\r\nbroken text");
        assert_eq!(check(text.as_bytes()).unwrap().odd, [4]);
    }
}
