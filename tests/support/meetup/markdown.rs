//! How a description reads back: the HTML that was sent as Markdown, with escapes.

use html5gum::{Token, Tokenizer};

/// Converts simple HTML. Text is escaped, URLs are not.
pub fn from_html(html: &str) -> String {
    let (mut text, mut links) = (String::new(), Vec::new());
    for Ok(token) in Tokenizer::new(html) {
        match token {
            Token::String(part) => {
                for letter in String::from_utf8_lossy(&part).chars() {
                    if "\\`*_[]#+-!~|>".contains(letter) {
                        text.push('\\');
                    }
                    text.push(letter);
                }
            }
            Token::StartTag(tag) => match tag.name.as_slice() {
                b"br" => text.push('\n'),
                b"p" | b"ul" if !text.is_empty() => text.push_str("\n\n"),
                b"li" => text.push_str("\n* "),
                b"b" | b"strong" => text.push_str("**"),
                b"i" | b"em" => text.push('*'),
                b"a" => {
                    let target = tag.attributes.get(&b"href"[..]);
                    links.push(target.map(|url| String::from_utf8_lossy(url).into_owned()));
                    text.push('[');
                }
                _ => {}
            },
            Token::EndTag(tag) => match tag.name.as_slice() {
                b"b" | b"strong" => text.push_str("**"),
                b"i" | b"em" => text.push('*'),
                b"a" => {
                    let target = links.pop().flatten().unwrap_or_default();
                    text.push_str(&format!("]({target})"));
                }
                _ => {}
            },
            _ => {}
        }
    }
    text.trim().to_owned()
}
