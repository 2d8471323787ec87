//! What holds of every text that strangers write; each function panics where it does not.

use super::oracle::{deceives, mentions, open_signs, text_of};
use super::*;
use unicode_normalization::is_nfc;
use unicode_segmentation::UnicodeSegmentation;

/// Everything that is promised of texts, for `text` and outputs of at most `limit`.
pub(crate) fn holds(text: &str, limit: usize) {
    mentions_nobody(text, limit);
    is_harmless(text, limit);
    fits(text, limit);
    masks_no_link(text, limit);
    leaves_nothing_open(text, limit);
    is_well_formed(text, limit);
    is_one_line(text);
    is_shown(text);
    is_cut_well(text, limit.max(1));
    keeps_its_urls(text);
    links(text);
    escape_html(text);
}

/// Every form of output of both kinds of document: Markdown, plain text, simple HTML.
pub(super) fn outputs(text: &str, limit: usize) -> Vec<[String; 3]> {
    [Document::html(text), Document::plain(text)]
        .iter()
        .map(|document| {
            [
                document.to_markdown(limit),
                document.to_plain(limit),
                document.to_simple_html(limit),
            ]
        })
        .collect()
}

/// No output holds a mention.
pub(super) fn mentions_nobody(text: &str, limit: usize) {
    for [markdown, plain, html] in outputs(text, limit) {
        assert!(!mentions(&markdown), "{markdown:?}");
        assert!(!mentions(&plain), "{plain:?}");
        let shown = text_of(&html);
        assert!(shown.is_some_and(|shown| !mentions(&shown)), "{html:?}");
        assert!(
            !html.contains("@everyone") && !html.contains("@here"),
            "{html:?}"
        );
    }
    assert!(!mentions(&line(text)));
    assert!(!mentions(&escape_markdown(text)));
}

/// No output holds a control, bidirectional or other deceptive character, and its white space is in order.
pub(super) fn is_harmless(text: &str, limit: usize) {
    for output in outputs(text, limit).concat() {
        assert!(!deceives(&output), "{output:?}");
        assert!(!output.contains("\n\n\n"), "{output:?}");
        assert_eq!(output.trim(), &output);
        assert!(is_nfc(&output), "{output:?}");
    }
    assert!(!deceives(&escape_markdown(text)));
    assert!(!deceives(&line(text)));
}

/// Every output keeps to its limit and says when it was cut.
pub(super) fn fits(text: &str, limit: usize) {
    let whole = outputs(text, usize::MAX).concat();
    for (output, whole) in outputs(text, limit).concat().into_iter().zip(whole) {
        assert!(length(&output) <= limit);
        assert!(
            output == whole || limit == 0 || output.contains('…'),
            "{output:?} of {whole:?}"
        );
        assert!(output == whole || length(&whole) > limit || !whole.is_empty());
    }
    assert!(length(&cut(text, limit)) <= limit);
}

/// No text stands for a link that leads elsewhere.
pub(super) fn masks_no_link(text: &str, limit: usize) {
    for [markdown, _, html] in outputs(text, limit) {
        assert!(!markdown.contains("]("), "{markdown:?}");
        assert!(!super::oracle::masks(&html), "{html:?}");
    }
    assert!(!escape_markdown(text).contains("]("));
}

/// Markdown's signs come in pairs.
pub(super) fn leaves_nothing_open(text: &str, limit: usize) {
    for [markdown, _, _] in outputs(text, limit) {
        assert_eq!(open_signs(&markdown), None, "{markdown:?}");
    }
}

/// Simple HTML holds what it may, each tag with its end.
pub(super) fn is_well_formed(text: &str, limit: usize) {
    for [_, _, html] in outputs(text, limit) {
        assert!(html == "…" || text_of(&html).is_some(), "{html:?}");
    }
}

/// A clean line is one, and cleaning it again changes nothing.
pub(super) fn is_one_line(text: &str) {
    let clean = line(text);
    assert_eq!(line(&clean), clean);
    assert!(!clean.contains('\n') && !clean.contains("  ") && is_nfc(&clean));
    assert_eq!(clean.trim(), &clean);
}

/// What is shown in a terminal cannot steer it, and showing it again changes nothing.
pub(super) fn is_shown(text: &str) {
    let seen = shown(text);
    assert!(!deceives(&seen) && !seen.contains('\n'), "{seen:?}");
    assert_eq!(shown(&seen), seen);
}

/// A cut ends at a grapheme, and outside of URLs and time stamps.
pub(super) fn is_cut_well(text: &str, limit: usize) {
    let short = cut(text, limit);
    if short == text || short.is_empty() {
        return;
    }
    let kept = short.strip_suffix('…').unwrap_or(&short);
    let kept = kept.strip_suffix(' ').unwrap_or(kept);
    assert!(text.starts_with(kept));
    let rest = text[kept.len()..].trim_start();
    let end = text.len() - rest.len();
    let boundary =
        |at: usize| at == text.len() || text.grapheme_indices(true).any(|(start, _)| start == at);
    assert!((kept.len()..=end).any(boundary), "{short:?}");
    for url in super::links::find(text) {
        assert!(
            !(url.start < kept.len() && kept.len() < url.end),
            "{short:?}"
        );
        if url.end == kept.len() {
            assert!(short.ends_with(" …"), "{short:?}");
        }
    }
}

/// Every URL that is written is found again. But for one that holds what looks like a character reference: HTML would have
/// escaped it.
pub(super) fn keeps_its_urls(text: &str) {
    for document in [Document::html(text), Document::plain(text)] {
        let inlines = document.blocks.iter().flat_map(|block| &block.inlines);
        let targets: Vec<String> = inlines
            .filter_map(|inline| match inline {
                super::document::Inline::Link(link)
                    if link.url.starts_with("http") && !link.url.contains('&') =>
                {
                    Some(link.url.clone())
                }
                _ => None,
            })
            .collect();
        for output in [
            document.to_markdown(usize::MAX),
            document.to_plain(usize::MAX),
            document.to_simple_html(usize::MAX),
        ] {
            let found = links(&output);
            for url in &targets {
                assert!(found.contains(url), "{url} in {output:?}: {found:?}");
            }
        }
    }
}
