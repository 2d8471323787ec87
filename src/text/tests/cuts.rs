//! Documents that must be shorter.

use super::*;

#[test]
fn a_cut_of_markdown_closes_what_is_open() {
    assert_eq!(Document::html("<b>abcdef</b>").to_markdown(9), "**abcd**…");
    assert_eq!(
        Document::html("<pre>abcdefghi</pre>").to_markdown(15),
        "```\nabcdef…\n```"
    );
    assert_eq!(
        Document::html("<p>one</p><p>two</p>").to_markdown(7),
        "one\n\nt…"
    );
}

#[test]
fn a_cut_of_a_document_never_cuts_a_url() {
    let document = Document::html("<p>at https://x.example/abc now</p>");
    assert_eq!(document.to_markdown(26), "at https://x.example/abc …");
    assert_eq!(document.to_markdown(25), "at…");
    let document = Document::html("<a href=https://x.example>label</a> more");
    assert_eq!(document.to_markdown(27), "label (https://x.example) …");
    assert_eq!(document.to_markdown(20), "labe…");
}

#[test]
fn a_cut_of_simple_html_is_well_formed() {
    let document = Document::html("<ul><li>one<ul><li><b>two</b></li></ul></li></ul>");
    assert_eq!(
        document.to_simple_html(60),
        "<ul><li>one<ul><li><b>two</b></li></ul></li></ul>"
    );
    assert_eq!(
        document.to_simple_html(48),
        "<ul><li>one<ul><li><b>t</b>…</li></ul></li></ul>"
    );
    assert_eq!(document.to_simple_html(20), "<ul><li>o…</li></ul>");
    assert_eq!(document.to_simple_html(3), "…");
    assert_eq!(document.to_simple_html(0), "");
}

#[test]
fn a_cut_of_a_document_ends_at_a_grapheme_even_across_its_pieces() {
    assert_eq!(Document::plain("a👩‍🔧b").to_plain(6), "a…");
    assert_eq!(Document::html("a👩<b>\u{200d}🔧</b>b").to_plain(6), "a…");
}
