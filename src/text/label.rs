//! The text of a link, and whether it tells the truth.

use super::document::{Inline, Link, Text};
use super::{clean, finish, links, target};
use url::Url;

/// A link that shows where it leads.
pub(super) fn bare(url: &str) -> Inline {
    let label = match target::address(url) {
        Some(address) => vec![Text::unstyled(&address)],
        None => Vec::new(),
    };
    let url = url.to_string();
    Inline::Link(Link { url, label })
}

/// Adds `link` so that its text does not deceive: a text that says what the URL says gives way to the URL, one that holds a URL or
/// names another place stands outside of the link, and white space at its ends, too.
pub(super) fn resolve(inlines: &mut Vec<Inline>, mut link: Link) {
    let label: String = link.label.iter().map(|text| text.text.as_str()).collect();
    if !label.chars().any(clean::visible) {
        inlines.push(bare(&link.url));
        return;
    }
    let (before, after) = trim(&mut link.label);
    inlines.push(Inline::Text(Text::unstyled(&before)));
    let label = label.trim();
    if says(label, &link.url) {
        inlines.push(bare(&link.url));
    } else if names_another_place(label, &link.url) || !links::find(label).is_empty() {
        for text in link.label {
            finish::push_linked(inlines, text);
        }
        inlines.push(Inline::Text(Text::unstyled(" (")));
        inlines.push(bare(&link.url));
        inlines.push(Inline::Text(Text::unstyled(")")));
    } else {
        inlines.push(Inline::Link(link));
    }
    inlines.push(Inline::Text(Text::unstyled(&after)));
}

/// Whether `label` is `url`, perhaps without its scheme or its last slash, or written otherwise.
pub(super) fn says(label: &str, url: &str) -> bool {
    if let Some(address) = target::address(url) {
        let label = label.replace(super::mention::BREAK, "");
        return label == address || label.strip_prefix("mailto:") == Some(&address);
    }
    let core = |url: &str| {
        let core = url.split_once("://").map_or(url, |(_, rest)| rest);
        core.trim_end_matches('/').to_string()
    };
    core(label) == core(url)
        || [label.to_string(), format!("https://{label}")]
            .iter()
            .filter_map(|label| target::target(label))
            .any(|label| core(&label) == core(url))
}

/// Whether a word of `label` looks like an address at another host than that of `url`.
fn names_another_place(label: &str, url: &str) -> bool {
    let place = host(url);
    label
        .split_whitespace()
        .filter_map(host)
        .any(|host| Some(host) != place)
}

/// The host that `word` names, without "www.": a URL's, or that of what a browser would make a URL of.
fn host(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let url = if word.contains("://") {
        Url::parse(word)
    } else {
        Url::parse(&format!("https://{word}"))
    };
    let host = url.ok()?.host_str()?.to_string();
    let (_, last) = host.rsplit_once('.')?;
    let named = last.len() >= 2 && last.contains(|c: char| c.is_ascii_alphabetic());
    named.then(|| host.trim_start_matches("www.").to_string())
}

/// Takes the white space from both ends of a label, and gives it, as a space or a break each.
fn trim(label: &mut [Text]) -> (String, String) {
    let (mut before, mut after) = (String::new(), String::new());
    for text in label.iter_mut() {
        let white = text.text.len() - text.text.trim_start().len();
        before.extend(text.text.drain(..white));
        if !text.text.is_empty() {
            break;
        }
    }
    for text in label.iter_mut().rev() {
        after.insert_str(0, &text.text.split_off(text.text.trim_end().len()));
        if !text.text.is_empty() {
            break;
        }
    }
    (before, after)
}
