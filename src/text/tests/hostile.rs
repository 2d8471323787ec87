//! Input that means harm, or is merely broken.

use super::*;

#[test]
fn a_link_whose_text_names_another_place_shows_both() {
    let html = "<a href=\"https://evil.example/\">https://bank.example/login</a>";
    assert_eq!(
        markdown(html),
        "https://bank.example/login (https://evil.example/)"
    );
    let html = "<a href=\"https://evil.example/\">bank.example</a>";
    assert_eq!(
        simple(html),
        "<p>bank.example (<a href=\"https://evil.example/\">https://evil.example/</a>)</p>"
    );
    let html = "<a href=\"https://www.bank.example/x\">Log in at bank.example</a>";
    assert_eq!(
        simple(html),
        "<p><a href=\"https://www.bank.example/x\">Log in at bank.example</a></p>"
    );
}

#[test]
fn user_names_in_urls_are_dropped() {
    let html = "<a href=\"https://bank.example@evil.example/\">bank</a>";
    assert_eq!(markdown(html), "bank (https://evil.example/)");
}

#[test]
fn an_address_holds_no_character_reference() {
    for (written, read) in [
        (
            "https://x.example/&lt;@1&gt;/",
            "https://x.example/%26lt;@1%26gt;/",
        ),
        (
            "https://x.example/?a=1&#64;x",
            "https://x.example/?a=1%26#64;x",
        ),
        (
            "https://x.example/?a=1&lt=2;3",
            "https://x.example/?a=1&lt=2;3",
        ),
    ] {
        assert_eq!(crate::text::web(written).as_deref(), Some(read));
        assert_eq!(crate::text::web(read).as_deref(), Some(read));
    }
}

#[test]
fn only_http_and_mailto_become_links() {
    for href in [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://x.example",
        "/relative",
        "//x.example",
        "java\nscript:x",
    ] {
        assert_eq!(
            simple(&format!("<a href=\"{href}\">text</a>")),
            "<p>text</p>"
        );
    }
    assert_eq!(
        simple("<a href='mailto:a@b.example'>mail</a>"),
        "<p><a href=\"mailto:a@b.example\">mail</a></p>"
    );
    assert_eq!(
        markdown("<a href='mailto:a_b@c.example'>mail</a>"),
        "mail (a\\_b@c.example)"
    );
    assert_eq!(
        markdown("<a href='mailto:a@b.example'>a@b.example</a>"),
        "a@b.example"
    );
    assert_eq!(
        simple("<a href='https://x.example' href='https://evil.example'>a</a>"),
        "<p><a href=\"https://x.example\">a</a></p>"
    );
}

#[test]
fn what_runs_or_embeds_leaves_nothing() {
    for html in [
        "<script>alert('<p>x</p>')</script>",
        "<style>p { color: red }</style>",
        "<template>x<template>y</template>z</template>",
        "<svg><text>x</text></svg>",
        "<iframe>x</iframe><object>x</object>",
        "<!-- x --><!DOCTYPE x><?x?>",
        "<script>never closed",
    ] {
        assert_eq!(markdown(html), "", "{html}");
        assert!(Document::html(html).is_empty());
    }
    assert_eq!(markdown("a<script/>b</script>c<svg/>d"), "acd");
}

#[test]
fn what_cannot_be_seen_is_empty() {
    for html in [
        "",
        " ",
        "<p></p>",
        "<p>&nbsp;\u{200b}</p>",
        "<b>\u{200d}</b>",
        "<img src=x alt=''>",
        "\u{3164}",
        "<ul><li></li></ul>",
    ] {
        assert!(Document::html(html).is_empty(), "{html}");
        assert_eq!(Document::html(html).to_simple_html(ALL), "");
    }
    assert!(Document::plain(" \n\u{202e}\n ").is_empty());
    assert!(!Document::html("<a href=https://x.example></a>").is_empty());
    assert_eq!(Document::default(), Document::html(""));
}

#[test]
fn overlapping_and_unclosed_tags_do_no_harm() {
    assert_eq!(
        simple("<p>a<b>b<p>c</b>d<li>e</ul></ol></div>"),
        "<p>a<b>b</b></p><p><b>c</b>d</p><ul><li>e</li></ul>"
    );
}

#[test]
fn deep_nesting_and_huge_input_take_little() {
    let deep = 100_000;
    for tag in [
        "<ul><li>",
        "<div>",
        "<b>",
        "<blockquote>",
        "<pre>",
        "<template>",
        "<a href=https://x.example>",
    ] {
        let document = Document::html(&format!("{}text", tag.repeat(deep)));
        assert!(length(&document.to_markdown(1_000)) <= 1_000);
        document.to_simple_html(1_000);
    }
    for piece in [
        "http://[",
        "<b>a</b><i>b</i>",
        "@",
        "<",
        "-",
        "1. ",
        "\u{301}",
        "https://x.example/ ",
        "&lt;t:",
        "(",
        "a\n\n",
    ] {
        let huge = piece.repeat((1 << 17) / piece.len());
        Document::html(&huge).to_markdown(4_096);
        Document::plain(&huge).to_simple_html(50_000);
        cut(&huge, 1_000);
        line(&huge);
        links(&huge);
        escape_markdown(&huge);
    }
}

#[test]
fn the_text_of_a_script_is_not_read_as_tags() {
    assert_eq!(
        plain("a<style>x<!-- </style>b<script>'</p><b>'</script>c"),
        "abc"
    );
}

#[test]
fn a_url_within_the_text_of_a_link_stands_by_itself() {
    assert_eq!(
        markdown("<a href=\"https://x.example/\">see https://x.example/a_b now</a>"),
        "see https://x.example/a_b now (https://x.example/)"
    );
}
