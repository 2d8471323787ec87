//! What holds for every text, tried on many: PROPTEST_CASES says on how many.

use super::oracle::{deceives, mentions, open_signs, text_of};
use super::*;
use proptest::prelude::*;
use unicode_normalization::is_nfc;
use unicode_segmentation::UnicodeSegmentation;

/// Pieces that have broken such code before, here or elsewhere.
const NASTY: &[&str] = &[
    "@everyone",
    "@here",
    "@",
    "everyone",
    "here",
    "＠ｅveryone",
    "@\u{202e}everyone",
    "@\u{200b}here",
    "@\u{200d}here",
    "<@",
    "<@&12>",
    "<#",
    "</",
    "<:x:1>",
    "<a:x:1>",
    "<id:",
    "<t:1795719600:F>",
    "<t:",
    "<",
    ">",
    "&lt;@1&gt;",
    "&#64;here",
    "@<!-- -->everyone",
    "@<b>everyone</b>",
    "<b>@</b>here",
    "@<wbr>here",
    "@<a href=\"https://h.example\">here</a>",
    "<p>",
    "</p>",
    "<br>",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<u>",
    "</u>",
    "<s>",
    "</s>",
    "<ul>",
    "</ul>",
    "<ol>",
    "</ol>",
    "<li>",
    "</li>",
    "<h2>",
    "</h2>",
    "<blockquote>",
    "</blockquote>",
    "<pre>",
    "</pre>",
    "<code>",
    "</code>",
    "<hr>",
    "</a>",
    "<a href=\"https://evil.example/[x](y)\">",
    "<a href=\"javascript:alert(1)\">",
    "<a href='https://x.example/_a_*b*'>",
    "<a href=mailto:a@here.example>",
    "<a href=\"https://a@everyone/\">",
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<img alt='@here](x'>",
    "https://x.example/a_b(c)",
    "http://[::1](",
    "https://bank.example",
    "HTTPS://X.example/@everyone",
    "https://",
    "://",
    "[a](https://x.example)",
    "](",
    "[",
    "]",
    "(",
    ")",
    "**",
    "*",
    "_",
    "__",
    "~~",
    "`",
    "```",
    "||",
    "\\",
    "\n",
    "\n\n",
    "\r\n",
    " ",
    "\t",
    "\u{a0}",
    "\u{2028}",
    "# ",
    "> ",
    "- ",
    "+ ",
    "1. ",
    "-# ",
    ">>> ",
    "1",
    ".",
    "\u{202e}",
    "\u{2066}",
    "\u{feff}",
    "\u{0}",
    "\u{1b}",
    "\u{e0041}",
    "\u{200d}",
    "👩‍🔧",
    "🏳️‍🌈",
    "e",
    "\u{301}",
    "\u{338}",
    "ᄀ",
    "ᅡ",
    "ᆨ",
    "…",
    "ä",
    "日本",
    "&amp;",
    "&#x202e;",
    "&",
    "\"",
    "'",
];

fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => prop::sample::select(NASTY).prop_map(str::to_string),
        1 => "[a-z ]{1,8}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop_oneof![
        9 => prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

fn limit() -> impl Strategy<Value = usize> {
    prop_oneof![3 => 0..80usize, 1 => Just(1_000), 1 => Just(usize::MAX)]
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Every form of output of both kinds of document: Markdown, plain text, simple HTML.
fn outputs(text: &str, limit: usize) -> Vec<[String; 3]> {
    [Document::html(text), Document::plain(text)]
        .iter()
        .map(|d| {
            [
                d.to_markdown(limit),
                d.to_plain(limit),
                d.to_simple_html(limit),
            ]
        })
        .collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_output_mentions_anyone(text in nasty(), limit in limit()) {
        for [markdown, plain, html] in outputs(&text, limit) {
            prop_assert!(!mentions(&markdown), "{markdown:?}");
            prop_assert!(!mentions(&plain), "{plain:?}");
            let shown = text_of(&html);
            prop_assert!(shown.as_deref().is_some_and(|shown| !mentions(shown)), "{html:?}");
            prop_assert!(!html.contains("@everyone") && !html.contains("@here"), "{html:?}");
        }
        prop_assert!(!mentions(&line(&text)));
        prop_assert!(!mentions(&escape_markdown(&text)));
    }

    #[test]
    fn no_output_controls_or_deceives(text in nasty(), limit in limit()) {
        for output in outputs(&text, limit).concat() {
            prop_assert!(!deceives(&output), "{output:?}");
            prop_assert!(!output.contains("\n\n\n"), "{output:?}");
            prop_assert_eq!(output.trim(), &output);
            prop_assert!(is_nfc(&output), "{:?}", output);
        }
        prop_assert!(!deceives(&escape_markdown(&text)));
        prop_assert!(!deceives(&line(&text)));
    }

    #[test]
    fn every_output_stays_within_its_limit_and_says_when_it_was_cut(text in nasty(), limit in 0..200usize) {
        let whole = outputs(&text, usize::MAX).concat();
        for (output, whole) in outputs(&text, limit).concat().into_iter().zip(whole) {
            prop_assert!(length(&output) <= limit);
            prop_assert!(output == whole || limit == 0 || output.contains('…'), "{output:?} of {whole:?}");
            prop_assert!(output == whole || length(&whole) > limit || !whole.is_empty());
        }
        let short = cut(&text, limit);
        prop_assert!(length(&short) <= limit);
    }

    #[test]
    fn no_markdown_masks_a_link(text in nasty(), limit in limit()) {
        for [markdown, _, _] in outputs(&text, limit) {
            prop_assert!(!markdown.contains("]("), "{markdown:?}");
        }
        prop_assert!(!escape_markdown(&text).contains("]("));
    }

    #[test]
    fn no_markdown_leaves_a_format_open(text in nasty(), limit in limit()) {
        for [markdown, _, _] in outputs(&text, limit) {
            prop_assert_eq!(open_signs(&markdown), None, "{:?}", markdown);
        }
    }

    #[test]
    fn simple_html_is_well_formed_however_it_is_cut(text in nasty(), limit in limit()) {
        for [_, _, html] in outputs(&text, limit) {
            prop_assert!(html == "…" || text_of(&html).is_some(), "{html:?}");
        }
    }

    #[test]
    fn a_clean_line_is_one_line_and_stays_as_it_is(text in nasty()) {
        let clean = line(&text);
        prop_assert_eq!(line(&clean), clean.clone());
        prop_assert!(!clean.contains('\n') && !clean.contains("  ") && is_nfc(&clean));
        prop_assert_eq!(clean.trim(), &clean);
    }

    #[test]
    fn a_cut_ends_at_a_grapheme_and_outside_of_urls_and_stamps(text in nasty(), limit in 1..60usize) {
        let short = cut(&text, limit);
        if short != text {
            let kept = short.strip_suffix('…').unwrap();
            let kept = kept.strip_suffix(' ').unwrap_or(kept);
            prop_assert!(text.starts_with(kept));
            let rest = text[kept.len()..].trim_start();
            let end = text.len() - rest.len();
            let boundary = |at: usize| at == text.len() || text.grapheme_indices(true).any(|(start, _)| start == at);
            prop_assert!((kept.len()..=end).any(boundary), "{short:?}");
            for url in super::links::find(&text) {
                prop_assert!(!(url.start < kept.len() && kept.len() < url.end), "{short:?}");
                if url.end == kept.len() {
                    prop_assert!(short.ends_with(" …"), "{short:?}");
                }
            }
        }
    }

    /// But for one that holds what looks like a character reference: HTML would have escaped it.
    #[test]
    fn every_url_that_is_written_is_found_again(text in nasty()) {
        for document in [Document::html(&text), Document::plain(&text)] {
            let targets: Vec<String> = document.blocks.iter().flat_map(|b| &b.inlines).filter_map(|inline| match inline {
                super::document::Inline::Link(link) if link.url.starts_with("http") && !link.url.contains('&') => Some(link.url.clone()),
                _ => None,
            }).collect();
            for output in [document.to_markdown(usize::MAX), document.to_plain(usize::MAX), document.to_simple_html(usize::MAX)] {
                let found = links(&output);
                for url in &targets {
                    prop_assert!(found.contains(url), "{url} in {output:?}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_panics(text in any::<String>(), limit in any::<usize>(), seconds in any::<i32>()) {
        outputs(&text, limit);
        cut(&text, limit);
        links(&text);
        escape_html(&text);
        let at = chrono::DateTime::from_timestamp(i64::from(seconds), 0).unwrap();
        moment(at, Some(chrono_tz::America::Sao_Paulo));
    }
}
