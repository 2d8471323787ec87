//! What templates can do, and how they fail.

use super::hostile::TEXTS;
use super::*;
use crate::event::{Description, EventKey, Place, Status};
use crate::testing::at;
use crate::text::oracle::deceives;
use proptest::prelude::*;

fn event() -> Event {
    Event {
        key: EventKey::new("https://space.example/events/1"),
        uuid: None,
        title: "Rust & *night*".into(),
        description: Some(Description::Html(
            "<p>One <b>two</b> three four five</p>".into(),
        )),
        begins: at("2026-11-26T18:00:00Z"),
        ends: None,
        timezone: Some(chrono_tz::Europe::Berlin),
        all_day: false,
        place: Some(Place {
            name: Some("Hall <2>".into()),
            ..Place::default()
        }),
        online: None,
        online_only: false,
        picture: None,
        status: Status::Confirmed,
        capacity: None,
        participation: None,
        tags: vec!["rust".into(), "code".into()],
        updated: None,
    }
}

/// What a template gives for the event in the text `name`, or why it does not.
fn filled(name: &str, source: &str, limit: usize) -> Result<String, String> {
    let texts = TEXTS.iter().find(|text| text.name == name);
    let text = texts.unwrap_or_else(|| panic!("{name}"));
    let folder = Folder::of_one(std::slice::from_ref(text), source);
    let templates = Templates::load(TEXTS, &[&folder]).map_err(|error| error.to_string())?;
    let event = event();
    let mut page = templates.page(&event, None);
    let shown = page.text(text, limit, || "own".into());
    page.problem().map_or(Ok(shown), Err)
}

fn wrong(source: &str) -> String {
    filled("t.plain", source, 1_000).unwrap_err()
}

#[test]
fn values_are_escaped_for_the_markup_of_the_text() {
    let source = "{{ title }}: {{ venue }}";
    for (name, expected) in [
        ("t.line", "Rust & *night*: Hall <2>"),
        ("t.plain", "Rust & *night*: Hall <2>"),
        ("t.title", r"Rust & \*night\*: Hall \<2>"),
        ("t.markdown", r"Rust & \*night\*: Hall \<2>"),
        ("t.html", "<p>Rust &amp; *night*: Hall &lt;2&gt;</p>"),
    ] {
        assert_eq!(filled(name, source, 1_000).unwrap(), expected, "{name}");
    }
}

#[test]
fn a_description_is_in_the_services_own_markup_and_plain_to_filters() {
    let shown = |name, source| filled(name, source, 1_000).unwrap();
    assert_eq!(
        shown("t.markdown", "{{ description }}"),
        "One **two** three four five"
    );
    assert_eq!(
        shown("t.html", "{{ description }}"),
        "<p>One <b>two</b> three four five</p>"
    );
    assert_eq!(
        shown("t.line", "{{ description | upper }}"),
        "ONE TWO THREE FOUR FIVE"
    );
    assert_eq!(
        shown("t.plain", "{{ description | shorten(8) }}"),
        "One two…"
    );
    assert_eq!(
        shown("t.plain", "{% if description %}yes{% endif %}"),
        "yes"
    );
}

#[test]
fn what_is_too_long_is_taken_from_the_description_then_line_by_line() {
    let source = "{{ description }}\n\n{{ title }}\n{{ url }}\n{{ venue }}";
    assert_eq!(
        filled("t.plain", source, 66).unwrap(),
        "One two t…\n\nRust & *night*\nhttps://space.example/events/1\nHall <2>"
    );
    assert_eq!(
        filled("t.plain", source, 25).unwrap(),
        "Rust & *night*\nHall <2>"
    );
    assert_eq!(
        filled("t.html", "<p>{{ title }}</p>{{ description }}", 40).unwrap(),
        "<p>Rust &amp; *night*</p><p>One…</p>"
    );
}

#[test]
fn times_are_told_in_a_zone_and_a_language() {
    let source = "{{ begins | time(\"%A %-d %B %H:%M\", zone=\"Europe/Berlin\", language=\"de\") }} {{ begins | unix }} {{ begins }}";
    assert_eq!(
        filled("t.plain", source, 1_000).unwrap(),
        "Donnerstag 26 November 19:00 1795716000 2026-11-26T19:00:00+01:00"
    );
}

#[test]
fn what_there_is_not_is_empty_and_says_so() {
    let source =
        "{{ capacity }}[{% if ends %}x{% endif %}{% if capacity is none %}none{% endif %}]";
    assert_eq!(filled("t.plain", source, 1_000).unwrap(), "[none]");
}

#[test]
fn a_line_that_would_be_empty_is_what_the_program_says() {
    assert_eq!(filled("t.line", "{{ capacity }}", 100).unwrap(), "own");
    assert_eq!(filled("t.plain", "{{ capacity }}", 100).unwrap(), "");
}

#[test]
fn a_mistake_is_found_before_an_event_comes_with_file_line_and_field() {
    let unknown = wrong("one\n{% if false %}{{ titel }}{% endif %}");
    assert!(
        unknown.starts_with(
            "one/t.plain.jinja:2: \"titel\": there is no such field; known are all_day,"
        ),
        "{unknown}"
    );
    let syntax = wrong("one\n\n{{ title ");
    assert!(syntax.starts_with("one/t.plain.jinja:3: "), "{syntax}");
    let filter = wrong("{{ title | shout }}");
    assert!(
        filter.starts_with("one/t.plain.jinja:1: ") && filter.contains("shout"),
        "{filter}"
    );
    let below = wrong("\n{{ title.short }}");
    assert!(
        below.starts_with("one/t.plain.jinja:2: \"title.short\": "),
        "{below}"
    );
    let ends = wrong("{{ ends | time(\"%H\") }}");
    assert!(
        ends.contains("{% if ends %}") && ends.contains("only title and beginning"),
        "{ends}"
    );
    let zone = wrong("{{ begins | time(\"%H\", zone=\"Berlin\") }}");
    assert!(zone.contains("\"Europe/Berlin\""), "{zone}");
    let option = wrong("{{ begins | time(\"%H\", lang=\"de\") }}");
    assert!(option.contains("lang"), "{option}");
}

#[test]
fn a_template_that_does_not_end_and_one_that_looks_elsewhere_are_mistakes() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    assert!(wrong(endless).contains("does not come to an end"));
    let endless = "{% set x = 'x' * 90000 %}{% for a in range(9000) %}{{ x }}{% endfor %}";
    let problem = wrong(endless);
    assert!(problem.contains("more than a mebibyte"), "{problem}");
    for source in [
        "{% include \"/etc/passwd\" %}",
        "{% extends \"x\" %}",
        "{% import \"x\" as x %}",
    ] {
        assert!(wrong(source).contains("one/t.plain.jinja:1: "), "{source}");
    }
}

#[test]
fn a_template_that_fails_with_some_event_only_tells_of_its_line_and_what_failed() {
    let problem = wrong("\n{% if not ends and tags %}{{ tags[7].name }}{% endif %}");
    assert!(
        problem.starts_with("one/t.plain.jinja:2: \"tags[7].name\": there is nothing of that name"),
        "{problem}"
    );
}

#[test]
fn the_first_folder_that_has_a_text_gives_it_and_the_version_changes_with_it() {
    let folder = |source| Folder::of_one(&TEXTS[..1], source);
    let version = |folders: &[&Folder]| Templates::load(TEXTS, folders).unwrap().version();
    let (one, two) = (folder("one"), folder("two"));
    assert_eq!(version(&[]), "");
    assert_eq!(version(&[&one, &two]), version(&[&one]));
    assert_ne!(version(&[&one]), version(&[&two]));
}

#[test]
fn a_folder_holds_templates_of_texts_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let known: Vec<&Text> = TEXTS.iter().collect();
    let read = || Folder::read(folder.path(), &known).map_err(|error| error.to_string());
    std::fs::write(folder.path().join("t.line.jinja"), "x").unwrap();
    std::fs::write(folder.path().join(".t.line.jinja.swp"), "x").unwrap();
    assert!(read().is_ok());
    std::fs::write(folder.path().join("t.name.jinja"), "x").unwrap();
    let problem = read().unwrap_err();
    assert!(
        problem.contains("t.name.jinja: no text has this name"),
        "{problem}"
    );
    assert!(problem.contains("t.line.jinja, t.title.jinja"), "{problem}");
    std::fs::remove_file(folder.path().join("t.name.jinja")).unwrap();
    std::fs::write(folder.path().join("t.line.jinja"), b"\xff").unwrap();
    assert!(read().unwrap_err().contains("UTF-8"));
    let missing = Folder::read(&folder.path().join("none"), &known);
    assert!(
        missing
            .unwrap_err()
            .to_string()
            .contains("there is no such folder")
    );
}

#[test]
fn what_an_event_says_cannot_deceive_whoever_reads_the_error() {
    let mut event = event();
    event.title = format!("a\u{202e}b\u{1b}[31m{}", "x".repeat(10_000));
    event.tags = vec!["only".into()];
    let folder = Folder::of_one(
        &TEXTS[..1],
        "{% if tags == [\"only\"] %}{{ title | time(\"%H\") }}{% endif %}",
    );
    let templates = Templates::load(TEXTS, &[&folder]).unwrap();
    let mut page = templates.page(&event, None);
    assert_eq!(page.text(&TEXTS[0], 100, || "own".into()), "own");
    crate::hostile::sentence(&page.problem().unwrap());
}

/// What templates are made of, and what breaks them.
fn piece() -> impl Strategy<Value = String> {
    let jinja = [
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{{ title }}",
        "{{ description }}",
        "{{ description | shorten(5) }}",
        "{{ begins | time(\"%H %Z %c\") }}",
        "{{ begins | time(\"%\") }}",
        "{{ begins | time(\"%-9999999999d\") }}",
        "{{ ends | unix }}",
        "{% if ends %}",
        "{% else %}",
        "{% endif %}",
        "{% for tag in tags %}",
        "{% endfor %}",
        "{{ title | shorten(-1) }}",
        "{{ title * 3 }}",
        "{{ 1 / 0 }}",
        "{{ \"%s\" | format(title) }}",
        "{{ range(99999) }}",
        "{% set x = description %}",
        "{{ x }}",
        "{% autoescape false %}",
        "{% endautoescape %}",
        "{{ title | escape }}",
        "{{ title | safe }}",
        "{{ tags | join }}",
        "{{ description | length }}",
        "{{ capacity + 1 }}",
        "{{ title[::-1] }}",
        "{{ debug() }}",
        "\u{fffc}",
        "\u{fffc}9\u{fffc}",
    ];
    prop_oneof![
        prop::sample::select(jinja.to_vec()).prop_map(String::from),
        crate::text::properties::nasty(),
    ]
}

proptest! {
    #![proptest_config(crate::text::properties::config())]

    #[test]
    fn whatever_stands_in_a_template_it_gives_a_text_within_the_limit_or_says_what_is_wrong(
        pieces in prop::collection::vec(piece(), 1..6), limit in 1_usize..200,
    ) {
        for text in TEXTS {
            match filled(text.name, &pieces.concat(), limit) {
                Ok(shown) => {
                    prop_assert!(crate::text::length(&shown) <= limit.max(3), "{:?}", shown);
                    prop_assert!(!deceives(&shown), "{:?}", shown);
                }
                Err(problem) => crate::hostile::sentence(&problem),
            }
        }
    }
}
