//! Where a link may lead, and how its URL is written.

use super::mention;
use url::Url;

/// The longest URL that becomes a link, in bytes; the text of a longer one stays as text.
const LONGEST: usize = 2_048;

/// The URL to link to for `href`: http(s) without user name and password, or mailto. `None` for anything else.
///
/// It is ASCII, and written so that it means the same in text, in Markdown and in HTML: nothing in it is a mention, looks like a
/// Markdown link, or would be left off by who looks for URLs in text.
pub(super) fn target(href: &str) -> Option<String> {
    let href = href.trim();
    if href.len() > LONGEST {
        return None;
    }
    let mut url = Url::parse(href).ok()?;
    match url.scheme() {
        "http" | "https" if url.host_str().is_some_and(is_ordinary) => {
            url.set_username("").ok()?;
            url.set_password(None).ok()?;
        }
        // An address that names another place is none.
        "mailto" if !url.path().is_empty() && !url.path().contains("://") => {}
        _ => return None,
    }
    let mut written = url.to_string();
    let bare_host = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if bare_host && !href.ends_with('/') && !written.ends_with("./") {
        written.pop();
    }
    Some(safe(&written)).filter(|url| url.len() <= LONGEST)
}

/// Whether `host` is made of what hosts are made of; a parser lets more pass.
fn is_ordinary(host: &str) -> bool {
    host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c))
}

/// The URL to write for `text`, if it is one of http(s): it can stand in any text, on a line of its own and beside others. Without
/// user name and password, in ASCII, free of mentions. An ordinary URL stays as it is.
pub fn web(text: &str) -> Option<String> {
    target(text).filter(|url| url.starts_with("http"))
}

/// The address of a mailto URL.
pub(super) fn address(url: &str) -> Option<String> {
    let address = url.strip_prefix("mailto:")?;
    let address = address.split('?').next().unwrap_or(address);
    Some(address.replace("%40", "@"))
}

/// `url` with those characters percent-encoded that text around it could trip over.
pub(super) fn safe(url: &str) -> String {
    let authority = url.find("://").map_or(0, |at| {
        let host = at + "://".len();
        url[host..]
            .find(['/', '?', '#'])
            .map_or(url.len(), |end| host + end)
    });
    let balanced = balanced(url);
    let mut out = String::with_capacity(url.len());
    for (at, c) in url.char_indices() {
        let rest = &url[at + c.len_utf8()..];
        let encode = match c {
            '|' | '`' | '\\' | '<' | '>' | '"' => true,
            '[' | ']' => at >= authority,
            '(' | ')' => !balanced,
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '~' => {
                at >= authority && rest.is_empty()
            }
            '@' => rest.is_empty() || mention::begins(c, rest),
            '&' => is_reference(rest),
            _ => false,
        };
        if encode {
            out.push_str(&format!("%{:02X}", c as u32));
        } else {
            out.push(c);
        }
    }
    // Only in the authority of what does not parse.
    out.replace("](", "]%28")
}

/// Whether HTML or Markdown would read what follows `&` as a character reference, such as `lt;`.
fn is_reference(rest: &str) -> bool {
    let name = rest.split(';').next().unwrap_or_default();
    name.len() < rest.len()
        && !name.is_empty()
        && name
            .trim_start_matches('#')
            .chars()
            .all(|c| c.is_ascii_alphanumeric())
}

/// Whether each parenthesis has its other half.
fn balanced(url: &str) -> bool {
    let mut open = 0usize;
    for c in url.chars() {
        match c {
            '(' => open += 1,
            ')' if open == 0 => return false,
            ')' => open -= 1,
            _ => {}
        }
    }
    open == 0
}
