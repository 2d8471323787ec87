//! What the properties hold the outputs against: written anew, not with the code under test where that can be.

/// Whether `text` holds a mention, spelt out anew.
pub(crate) fn mentions(text: &str) -> bool {
    use unicode_normalization::UnicodeNormalization;
    let folded = text.nfkc().collect::<String>().to_lowercase();
    [
        "@everyone",
        "@here",
        "@room",
        "<@",
        "<#",
        "</",
        "<:",
        "<a:",
        "<id:",
    ]
    .iter()
    .any(|mention| text.contains(mention) || folded.contains(mention))
}

/// Whether `text` holds a character that deceives or controls; "\n" is none.
pub(crate) fn deceives(text: &str) -> bool {
    text.chars().any(|c| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
    })
}

/// The tags of simple HTML, each with its end, in order; and the text between them. `None` if it is not well-formed.
pub(crate) fn text_of(html: &str) -> Option<String> {
    let (mut open, mut text, mut rest) = (Vec::new(), String::new(), html);
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        let end = at + rest[at..].find('>')?;
        let tag = &rest[at + 1..end];
        match tag {
            "br" => text.push('\n'),
            "p" | "b" | "i" | "ul" | "li" => {
                let parent = open.last().copied();
                let fits = match tag {
                    "li" => parent == Some("ul"),
                    "ul" => matches!(parent, None | Some("li")),
                    "p" => matches!(parent, None | Some("li")),
                    _ => !matches!(parent, None | Some("ul")),
                };
                if !fits {
                    return None;
                }
                open.push(tag);
                if tag == "p" || tag == "ul" {
                    text.push('\n');
                }
            }
            _ if tag.starts_with('/') => {
                if open.pop() != Some(&tag[1..]) {
                    return None;
                }
                if matches!(tag, "/p" | "/li") {
                    text.push('\n');
                }
            }
            _ => {
                let href = tag.strip_prefix("a href=\"")?.strip_suffix('"')?;
                let leads = ["http://", "https://", "mailto:"]
                    .iter()
                    .any(|scheme| href.starts_with(scheme));
                if !leads || href.contains(['"', '<', '>']) {
                    return None;
                }
                open.push("a");
            }
        }
        rest = &rest[end + 1..];
    }
    text.push_str(rest);
    if !open.is_empty() || text.contains(['>', '"']) {
        return None;
    }
    let bare = text
        .replace("&amp;", "")
        .replace("&lt;", "")
        .replace("&gt;", "")
        .replace("&quot;", "");
    if bare.contains('&') {
        return None;
    }
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    Some(text.replace("&amp;", "&"))
}

/// What of Markdown's signs is left when code, escapes and URLs are taken away: each must come in pairs on its line.
pub(crate) fn open_signs(markdown: &str) -> Option<&'static str> {
    let mut parts = markdown.split("```");
    let mut outside = vec![parts.next()?];
    while let Some(_code) = parts.next() {
        match parts.next() {
            Some(text) => outside.push(text),
            None => return Some("```"),
        }
    }
    for line in outside.iter().flat_map(|text| text.lines()) {
        let mut plain = String::new();
        let mut done = 0;
        for range in super::links::find(line) {
            if super::target::target(&line[range.clone()]).is_some() {
                plain.push_str(&line[done..range.start]);
                done = range.end;
            }
        }
        plain.push_str(&line[done..]);
        let mut signs = String::new();
        let mut chars = plain.chars();
        let mut code = false;
        while let Some(c) = chars.next() {
            match c {
                '`' => code = !code,
                _ if code => {}
                '\\' => drop(chars.next()),
                c => signs.push(c),
            }
        }
        if code {
            return Some("`");
        }
        for sign in ["*", "_", "~~"] {
            if signs.matches(sign).count() % 2 == 1 {
                return Some(sign);
            }
        }
    }
    None
}

/// Whether a link's text names, as a URL, another host than the one to which it leads.
pub(crate) fn masks(html: &str) -> bool {
    let host = |url: &str| {
        let url = url.replace("&amp;", "&");
        url::Url::parse(&url).ok()?.host_str().map(String::from)
    };
    html.split("<a href=\"").skip(1).any(|rest| {
        let (href, rest) = rest.split_once("\">").unwrap_or((rest, ""));
        let text = rest.split("</a>").next().unwrap_or_default();
        // What a break parts is not read as one.
        let text = text.replace("<br>", "\n");
        let bare: String = text
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, after)| after))
            .collect();
        let named = super::links(&bare);
        named.iter().any(|url| host(url) != host(href))
    })
}
