//! What the text looks like, by example.

use super::*;
use chrono::TimeZone;

const ALL: usize = usize::MAX;

fn markdown(html: &str) -> String {
    Document::html(html).to_markdown(ALL)
}

fn plain(html: &str) -> String {
    Document::html(html).to_plain(ALL)
}

fn simple(html: &str) -> String {
    Document::html(html).to_simple_html(ALL)
}

#[test]
fn emphasis_becomes_markdown_and_simple_html() {
    let html = "<p><strong>bold</strong>, <em>italic</em>, <del>gone</del>, <u>under</u>, <code>a*b</code></p>";
    assert_eq!(
        markdown(html),
        "**bold**, *italic*, ~~gone~~, __under__, `a*b`"
    );
    assert_eq!(plain(html), "bold, italic, ~gone~, under, a*b");
    assert_eq!(
        simple(html),
        "<p><b>bold</b>, <i>italic</i>, ~gone~, under, a*b</p>"
    );
}

#[test]
fn white_space_stays_outside_of_the_emphasis() {
    assert_eq!(markdown("a<b> b </b>c"), "a **b** c");
}

#[test]
fn runs_of_emphasis_that_touch_stay_apart() {
    assert_eq!(markdown("<b>a</b><i>b</i>"), "**a**\u{200b}*b*");
    assert_eq!(
        markdown("<b>a<i>b</b>c</i>"),
        "**a**\u{200b}***b***\u{200b}*c*"
    );
}

#[test]
fn emphasis_does_not_run_over_a_line_break() {
    assert_eq!(markdown("<b>a<br>b</b>"), "**a**\n**b**");
}

#[test]
fn lists_nest_and_count() {
    let html = "<p>Bring:</p><ul><li><p>shoes</p></li><li>tools<ol><li>one</li><li>two</li></ol></li></ul><p>Done</p>";
    assert_eq!(
        markdown(html),
        "Bring:\n\n- shoes\n- tools\n  1. one\n  2. two\n\nDone"
    );
    assert_eq!(
        simple(html),
        "<p>Bring:</p><ul><li>shoes</li><li>tools<ul><li>1. one</li><li>2. two</li></ul></li></ul><p>Done</p>"
    );
}

#[test]
fn headings_are_bold() {
    let html = "<h2>When</h2><p>Now</p>";
    assert_eq!(markdown(html), "**When**\nNow");
    assert_eq!(plain(html), "When\nNow");
    assert_eq!(simple(html), "<p><b>When</b></p><p>Now</p>");
}

#[test]
fn a_quote_is_quoted_line_by_line() {
    let html = "<blockquote><p>a<br>b</p></blockquote>c";
    assert_eq!(markdown(html), "> a\n> b\n\nc");
    assert_eq!(simple(html), "<p><i>a<br>b</i></p><p>c</p>");
}

#[test]
fn preformatted_text_keeps_its_white_space_and_cannot_end_early() {
    let html = "<pre><code>$ a  &lt;b\n  c ``` d\n</code></pre>";
    assert_eq!(
        markdown(html),
        "```\n$ a  <b\n  c `\u{200b}`\u{200b}` d\n```"
    );
    assert_eq!(simple(html), "<p>$ a  &lt;b<br>  c ``` d</p>");
}

#[test]
fn a_rule_stands_between_things_only() {
    assert_eq!(markdown("<hr>a<hr><hr>b<hr>"), "a\n\n———\n\nb");
    assert!(Document::html("<hr><hr/>").is_empty());
}

#[test]
fn a_link_is_its_text_and_its_url_and_never_masked() {
    let html = "See <a href=\"https://x.example/a_b\">the <b>page</b></a>, now";
    assert_eq!(
        markdown(html),
        "See the **page** (https://x.example/a_b), now"
    );
    assert_eq!(plain(html), "See the page (https://x.example/a_b), now");
    assert_eq!(
        simple(html),
        "<p>See <a href=\"https://x.example/a_b\">the <b>page</b></a>, now</p>"
    );
    assert_eq!(
        markdown("[a](https://x.example)"),
        "\\[a\\]\\(https://x.example)"
    );
}

#[test]
fn a_link_whose_text_is_its_url_is_written_once() {
    for text in [
        "https://x.example/a_b",
        "x.example/a_b",
        "http://x.example/a_b/",
    ] {
        let html = format!("<p><a href=\"https://x.example/a_b\">{text}</a>.</p>");
        assert_eq!(markdown(&html), "https://x.example/a_b.");
    }
    assert_eq!(
        markdown("<a href=\"https://x.example\">x.example</a>"),
        "https://x.example"
    );
    assert_eq!(
        markdown("<a href=\"https://x.example/\"><img src=x></a>"),
        "https://x.example/"
    );
}

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
fn a_url_in_text_is_neither_escaped_nor_lengthened() {
    assert_eq!(
        markdown("a_b https://x.example/a_b*c, d_e"),
        "a\\_b https://x.example/a_b*c, d\\_e"
    );
    assert_eq!(
        markdown("<a href=\"https://x.example/\">x.example</a>more"),
        "https://x.example/ more"
    );
    assert_eq!(
        markdown("[https://x.example/a]"),
        "\\[https://x.example/a \\]"
    );
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
fn a_link_around_paragraphs_is_a_link_in_each() {
    let html = "<a href=\"https://x.example\"><p>a</p><p>b</p></a><p>c</p>";
    assert_eq!(
        markdown(html),
        "a (https://x.example)\n\nb (https://x.example)\n\nc"
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
fn a_picture_leaves_its_alternative_text() {
    assert_eq!(plain("a <img src=x alt='b  c'>"), "a b c");
}

#[test]
fn mentions_are_broken_wherever_they_form() {
    for html in [
        "@everyone",
        "@<b>every</b>one",
        "@<!-- -->everyone",
        "@&#x202e;everyone",
        "@\u{7}everyone",
        "<a href=https://x.example>@</a>everyone",
    ] {
        assert!(
            plain(html).starts_with("@\u{200b}"),
            "{html}: {}",
            plain(html)
        );
        assert!(markdown(html).replace(['*'], "").starts_with("@\u{200b}"));
    }
    for mention in [
        "@here",
        "＠here",
        "@ＨＥＲＥ",
        "<@12>",
        "<@&12>",
        "<#12>",
        "</a:12>",
        "<:a:12>",
        "<a:a:12>",
        "<id:guide>",
    ] {
        let first = mention.chars().next().unwrap();
        let broken = mention.replacen(first, &format!("{first}\u{200b}"), 1);
        assert_eq!(line(mention), broken);
        assert_eq!(line(&broken), broken);
        assert_eq!(Document::plain(mention).to_plain(ALL), broken);
    }
    assert_eq!(escape_markdown("<@12>"), "\\<\u{200b}@12>");
    assert_eq!(
        markdown("https://x.example/@everyone"),
        "https://x.example/%40everyone"
    );
}

#[test]
fn a_mention_of_mobilizon_is_just_text() {
    assert_eq!(
        plain("<span class=\"h-card mention\">@<span>marleen</span></span>"),
        "@marleen"
    );
}

#[test]
fn everything_that_markdown_reads_is_escaped() {
    assert_eq!(
        escape_markdown("*a* _b_ ~~c~~ `d` ||e|| \\f <g>"),
        "\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\` \\|\\|e\\|\\| \\\\f \\<g>"
    );
    assert_eq!(
        escape_markdown("# a\n> b\n- c\n+ d\n12. e\n  - f\n-# g"),
        "\\# a\n\\> b\n\\- c\n\\+ d\n12\\. e\n  \\- f\n\\-# g"
    );
    assert_eq!(
        escape_markdown("a # b > c - d 1. e 3.5 (f)"),
        "a # b > c - d 1. e 3.5 (f)"
    );
    assert_eq!(
        escape_markdown("see https://x.example/a_b_c. d_e"),
        "see https://x.example/a_b_c. d\\_e"
    );
}

#[test]
fn html_is_escaped() {
    assert_eq!(
        escape_html("<a href=\"x\">&'"),
        "&lt;a href=&quot;x&quot;&gt;&amp;'"
    );
    assert_eq!(
        simple("&lt;b&gt; &amp;amp; \"x\""),
        "<p>&lt;b&gt; &amp;amp; &quot;x&quot;</p>"
    );
}

#[test]
fn a_line_is_composed_cleaned_and_collapsed() {
    assert_eq!(
        line("  Cafe\u{301}\t\n  \u{a0}x\u{202e}y\u{0}\u{feff}\u{2028}z  "),
        "Café xy z"
    );
    assert_eq!(line("\u{1f3f4}\u{e0067}\u{e0062}\u{e007f}"), "\u{1f3f4}");
    assert_eq!(line("👩‍🔧🏳️‍🌈"), "👩‍🔧🏳️‍🌈");
    assert_eq!(line("\u{200d}\u{fe0f} \u{3164}"), "");
}

#[test]
fn paragraphs_stay_with_at_most_one_blank_line() {
    assert_eq!(
        plain("<p>a</p><p></p><p> </p><br><div>b<br><br><br><br>c</div>"),
        "a\n\nb\n\nc"
    );
    assert_eq!(
        Document::plain("a\nb\r\n\r\n\n\n c   d ").to_plain(ALL),
        "a\nb\n\nc d"
    );
}

#[test]
fn plain_text_is_shown_as_written_with_its_urls_linked() {
    let document = Document::plain("# Hi <b>\n* see https://x.example/?a=1&b=2.\n\nBye");
    assert_eq!(
        document.to_markdown(ALL),
        "\\# Hi \\<b>\n\\* see https://x.example/?a=1&b=2.\n\nBye"
    );
    assert_eq!(
        document.to_simple_html(ALL),
        "<p># Hi &lt;b&gt;<br>* see <a href=\"https://x.example/?a=1&amp;b=2\">https://x.example/?a=1&amp;b=2</a>.</p><p>Bye</p>"
    );
}

#[test]
fn lengths_are_in_utf_16_units() {
    assert_eq!(length("aä日👩‍🔧"), 8);
}

#[test]
fn a_cut_keeps_graphemes_urls_and_stamps_whole() {
    assert_eq!(cut("abcdef", 6), "abcdef");
    assert_eq!(cut("abcdefg", 6), "abcde…");
    assert_eq!(cut("abc defg", 5), "abc…");
    assert_eq!(cut("a👩‍🔧b", 6), "a…");
    assert_eq!(cut("at https://x.example/abc now", 20), "at…");
    assert_eq!(
        cut("at https://x.example/abc now", 26),
        "at https://x.example/abc …"
    );
    assert_eq!(cut("at https://x.example/abc now", 25), "at…");
    assert_eq!(cut("on <t:1795719600:F> there", 15), "on…");
    assert_eq!(cut("on <t:1795719600:F> there", 20), "on <t:1795719600:F>…");
    assert_eq!(cut("abc", 1), "…");
    assert_eq!(cut("abc", 0), "");
}

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
fn links_are_found_wherever_they_stand() {
    let found = |text: &str| links(text).join(" ");
    assert_eq!(
        found("bare https://a.example/x, end"),
        "https://a.example/x"
    );
    assert_eq!(found("<https://a.example/x>"), "https://a.example/x");
    assert_eq!(
        found("[text](https://a.example/x)more"),
        "https://a.example/x"
    );
    assert_eq!(
        found("[https://a.example/x](https://b.example/y)"),
        "https://a.example/x https://b.example/y"
    );
    assert_eq!(
        found("<a href=\"https://a.example/?x=1&amp;y=2\">b</a>"),
        "https://a.example/?x=1&y=2"
    );
    assert_eq!(
        found("<a href='https://a.example/x'>https://b.example</a>"),
        "https://a.example/x https://b.example"
    );
    assert_eq!(
        found("https://a\\-b.example/c\\_d\\.e"),
        "https://a-b.example/c_d.e"
    );
    assert_eq!(found("**https://a.example/x**"), "https://a.example/x");
    assert_eq!(
        found("(see https://a.example/x_(y)!)."),
        "https://a.example/x_(y)"
    );
    assert_eq!(
        found("\"https://a.example/x\"; https://b.example?"),
        "https://a.example/x https://b.example"
    );
    assert_eq!(
        found("HTTP://a.example:8080/#x"),
        "HTTP://a.example:8080/#x"
    );
    assert_eq!(found("http:// https://. ftp://a.example x://y"), "");
}

#[test]
fn moments_are_local_or_utc() {
    let at = chrono::Utc
        .with_ymd_and_hms(2026, 11, 26, 18, 0, 0)
        .unwrap();
    assert_eq!(
        moment(at, Some(chrono_tz::Europe::Berlin)),
        "Thu 26 Nov 2026 19:00 CET"
    );
    assert_eq!(moment(at, None), "Thu 26 Nov 2026 18:00 UTC");
    assert_eq!(
        moment(at, Some(chrono_tz::America::Sao_Paulo)),
        "Thu 26 Nov 2026 15:00 UTC-03"
    );
    assert_eq!(
        moment(at - chrono::Days::new(20), None),
        "Fri 6 Nov 2026 18:00 UTC"
    );
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
fn real_descriptions_keep_their_words_and_links() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/examples/mobilizon");
    let Ok(text) = std::fs::read_to_string(folder.join("04_event_long_html.json")) else {
        assert!(std::env::var_os("CI").is_none(), "the examples are missing");
        println!("skipped: the examples are missing");
        return;
    };
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let document = Document::html(json["data"]["event"]["description"].as_str().unwrap());
    let markdown = document.to_markdown(4_096);
    assert!(length(&markdown) <= 4_096);
    assert!(
        markdown.starts_with("**Three days of making things that glow 💡**\nOnce a year"),
        "{markdown}"
    );
    assert!(markdown.contains("Curated this year by @marleen and @tuur, with guests from Orbit Garden (https://orbitgarden.example/), "));
    assert!(markdown.contains("**Friday**\n- **16:00** — Doors"));
    let plain = document.to_plain(ALL);
    assert!(plain.contains("1. Closed shoes. Really.\n2. A mug"));
    assert!(plain.contains("Full text: https://copperleaf.example/rules. Questions: our chat room (https://chat.copperleaf.example/#/room/glowfest)."));
    assert!(
        plain.contains("$ ssh glow@lamp.copperleaf.example\nlamp> set all #ff8800\nok (417 lamps)")
    );
    let html = document.to_simple_html(50_000);
    assert!(html.contains("<p>Full text: <a href=\"https://copperleaf.example/rules\">https://copperleaf.example/rules</a>. "));
    assert!(!html.contains('…'));
}
