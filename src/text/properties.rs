//! What holds for every text, tried on many: PROPTEST_CASES says on how many, PROPTEST_RNG_SEED on which.

use super::hostile::*;
use super::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Pieces that have broken such code before, here or elsewhere.
pub(crate) const NASTY: &[&str] = &[
    "@everyone",
    "@here",
    "@room",
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

pub(crate) fn nasty() -> impl Strategy<Value = String> {
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

pub(crate) fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig {
        failure_persistence: None,
        // The same texts every time, so that the suite says the same twice; PROPTEST_RNG_SEED says which others.
        rng_seed: match usual.rng_seed {
            RngSeed::Random => RngSeed::Fixed(1),
            wanted => wanted,
        },
        ..usual
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn no_output_mentions_anyone(text in nasty(), limit in limit()) {
        mentions_nobody(&text, limit);
    }

    #[test]
    fn no_output_controls_or_deceives(text in nasty(), limit in limit()) {
        is_harmless(&text, limit);
    }

    #[test]
    fn every_output_stays_within_its_limit_and_says_when_it_was_cut(text in nasty(), limit in 0..200usize) {
        fits(&text, limit);
    }

    #[test]
    fn no_link_is_masked(text in nasty(), limit in limit()) {
        masks_no_link(&text, limit);
    }

    #[test]
    fn no_markdown_leaves_a_format_open(text in nasty(), limit in limit()) {
        leaves_nothing_open(&text, limit);
    }

    #[test]
    fn simple_html_is_well_formed_however_it_is_cut(text in nasty(), limit in limit()) {
        is_well_formed(&text, limit);
    }

    #[test]
    fn a_clean_line_is_one_line_and_stays_as_it_is(text in nasty()) {
        is_one_line(&text);
    }

    #[test]
    fn what_is_shown_in_a_terminal_is_one_line_and_stays_as_it_is(text in nasty()) {
        is_shown(&text);
    }

    #[test]
    fn a_cut_ends_at_a_grapheme_and_outside_of_urls_and_stamps(text in nasty(), limit in 1..60usize) {
        is_cut_well(&text, limit);
    }

    #[test]
    fn every_url_that_is_written_is_found_again(text in nasty()) {
        keeps_its_urls(&text);
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
