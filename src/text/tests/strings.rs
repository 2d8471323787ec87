//! Lines, escapes, cuts of strings, links, moments.

use super::*;
use chrono::TimeZone;

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
fn text_that_only_looks_like_a_url_is_escaped() {
    assert_eq!(
        Document::plain("see http://a*b* now").to_markdown(ALL),
        "see http://a\\*b\\* now"
    );
    assert_eq!(
        escape_markdown("http://a*b* https://x.example/[_]"),
        "http://a\\*b\\* https://x.example/%5B_%5D"
    );
}

#[test]
fn a_mark_never_falls_onto_markup() {
    assert_eq!(
        simple("<b>\u{338}a</b><br>\u{338}b"),
        "<p><b>a</b><br>b</p>"
    );
    assert_eq!(simple("<i>e</i><b>\u{301}a</b>"), "<p><i>é</i><b>a</b></p>");
    assert_eq!(simple("<i>ᄀ</i><b>ᅡ</b><u>ᆨ</u>"), "<p><i>각</i></p>");
    let html =
        "<p>x<a href=https://x.example></a>\u{338}<a href=https://y.example> \u{338}b</a></p>";
    assert!(!simple(html).contains('\u{338}'));
}
