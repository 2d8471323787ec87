//! Text in a service's own markup that a template gave, made safe whoever wrote what stands in it.

use super::clean;
use super::mention::{self, BREAK};

/// Text of several lines: NFC, without control, bidirectional-override and other deceptive format characters, with live
/// mentions broken, no white space at the ends of lines and no more than one blank line in a row. What was broken already stays
/// as it is, so that tidying twice equals tidying once.
pub fn tidy(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            BREAK => kept.push(c),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => kept.push('\n'),
            c if c.is_whitespace() => kept.push(' '),
            c if clean::dropped(c) => {}
            c => kept.push(c),
        }
    }
    let kept = clean::composed(kept);
    let mut lines: Vec<&str> = Vec::new();
    for line in kept.lines().map(str::trim_end) {
        if !line.is_empty() || lines.last().is_some_and(|before| !before.is_empty()) {
            lines.push(line);
        }
    }
    mention::break_mentions(lines.join("\n").trim())
}

/// As [`tidy`], in Discord's Markdown: besides, no link is masked by a text of its own, and no block of code stays open.
pub fn tidy_markdown(text: &str) -> String {
    let mut text = tidy(text).replace("](", "]\u{200b}(");
    let fence = "```";
    while text.matches(fence).count() % 2 == 1
        && let Some(at) = text.rfind(fence)
    {
        text.insert(at + 2, BREAK);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::oracle::{deceives, mentions};
    use crate::text::properties::{config, nasty};
    use proptest::prelude::*;

    #[test]
    fn what_is_live_is_broken_and_what_is_ordinary_stays() {
        assert_eq!(tidy("a  \r\n\n\n\nb\t"), "a\n\nb");
        assert_eq!(
            tidy_markdown("**Hi** @everyone [x](https://x.example) <t:1:F>"),
            "**Hi** @\u{200b}everyone [x]\u{200b}(https://x.example) <t:1:F>"
        );
        assert_eq!(tidy_markdown("```\na\n```"), "```\na\n```");
        assert_eq!(tidy_markdown("```\na"), "``\u{200b}`\na");
    }

    proptest! {
        #![proptest_config(config())]

        #[test]
        fn nothing_live_remains_and_twice_is_once(text in nasty()) {
            for tidied in [tidy(&text), tidy_markdown(&text)] {
                prop_assert!(!mentions(&tidied) && !deceives(&tidied), "{:?}", tidied);
            }
            let once = tidy_markdown(&text);
            prop_assert!(!once.contains("]("));
            prop_assert_eq!(tidy_markdown(&once), once);
        }
    }
}
