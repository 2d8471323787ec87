//! What becomes of each kind of markup.

use super::*;

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
fn a_link_around_paragraphs_is_a_link_in_each() {
    let html = "<a href=\"https://x.example\"><p>a</p><p>b</p></a><p>c</p>";
    assert_eq!(
        markdown(html),
        "a (https://x.example)\n\nb (https://x.example)\n\nc"
    );
}

#[test]
fn a_picture_leaves_its_alternative_text() {
    assert_eq!(plain("a <img src=x alt='b  c'>"), "a b c");
}

#[test]
fn a_mention_of_mobilizon_is_just_text() {
    assert_eq!(
        plain("<span class=\"h-card mention\">@<span>marleen</span></span>"),
        "@marleen"
    );
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
