//! What every consumer shows of an event, whoever wrote it: no live mention, no masked link, no control, bidirectional or other
//! deceptive character, within the service's limits in the service's own unit, the marker intact.

use super::{now, sentence};
use crate::consumer::{self, Consumer, Rendering};
use crate::event::Event;
use crate::kind::Section;
use crate::template::{Folder, Text};
use crate::testing::section;
use crate::text::oracle::{deceives, masks, mentions, text_of};
use crate::text::{length, links};
use serde_json::Value;
use std::rc::Rc;

/// The keys with which a kind is built here. A new kind adds its own, and its promises to [`promises`].
fn keys(kind: &str) -> &'static str {
    match kind {
        "discord" => "guild_id = '1122'\ntoken = 'x'",
        "discord-channel" => "channel_id = '1122'\ntoken = 'x'",
        "meetup" => "group = 'rust'\naccess_token = 'x'",
        "matrix" => {
            "homeserver = 'https://m.example'\nroom = '#events:m.example'\naccess_token = 'x'"
        }
        "webhook" => {
            "url = 'https://h.example/'\nsecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'"
        }
        "stream" => {
            r#"
                submit = ['tcp://127.0.0.1:5571']
                publish = ['tcp://127.0.0.1:5572']
                prefix = 'org.example.kronos'
                key = """
metadata
    id = "space"
ed
    signing-key = "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1"
"""
            "#
        }
        "ical" => "path = 'events.ics'",
        kind => panic!("src/hostile/shown.rs: add the keys that build a consumer of type {kind:?}"),
    }
}

/// What holds of what a kind shows.
fn promises(kind: &str, event: &Event, shown: &Rendering) {
    match kind {
        "discord" => discord(event, shown),
        "discord-channel" => channel(event, shown),
        "meetup" => meetup(event, shown),
        "matrix" => matrix(event, shown),
        "webhook" | "stream" => told(event, shown),
        "ical" => crate::consumer::ical::hostile::shown(event, shown),
        kind => panic!(
            "src/hostile/shown.rs: say what holds of the texts of {kind:?}, of which strangers write parts"
        ),
    }
}

/// A template that undoes whatever it can: nothing is escaped, and what it says itself is meant badly.
const NASTY: &str = "@everyone <@12> </a:1> @{{ title | safe }} [{{ title | safe }}](https://evil.example/) \u{202e}{{ place | safe }}
<script>alert(1)</script><a href=\"https://evil.example/\">https://bank.example</a><b><p><i>{{ description }}</b>
@{{ description }}[x]{{ description | shorten(40) }}({{ description | upper | safe }}) ```
{% for tag in tags %}<{{ tag | safe }}>{% endfor %} {{ url | safe }} {{ online }} ```";

/// A kind of consumer, and one of it.
type Named = (&'static str, Box<dyn Consumer>);

/// The consumers of every kind, with the templates that `folder` gives for its texts.
pub(super) fn consumers(folder: impl Fn(&[Text]) -> Option<Folder>) -> Vec<Named> {
    let built = consumer::KINDS.iter().map(|kind| build(kind, &folder));
    built
        .map(|built| built.unwrap_or_else(|error| panic!("{error}")))
        .collect()
}

fn build(
    kind: &consumer::Kind,
    folder: impl Fn(&[Text]) -> Option<Folder>,
) -> Result<Named, String> {
    let section = Section {
        templates: folder(kind.texts).map(Rc::new).into_iter().collect(),
        ..section("x", keys(kind.name), now())
    };
    let built = (kind.build)(&section);
    built
        .map(|built| (kind.name, built))
        .map_err(|error| error.to_string())
}

thread_local! {
    static CONSUMERS: Vec<Named> = consumers(|_| None)
        .into_iter()
        .chain(consumers(|texts| Some(Folder::of_one(texts, NASTY))))
        .collect();
}

/// Renders `event` for every kind of consumer, and holds the renderings against what is promised.
pub(crate) fn holds(event: &Event) {
    CONSUMERS.with(|consumers| {
        for (kind, consumer) in consumers {
            let shown = one(kind, consumer.as_ref(), event);
            assert_eq!(shown.problem, None, "{kind}");
        }
    });
}

/// The same with the template `source` for each text, which may fail.
pub(super) fn holds_with(source: &str, event: &Event) {
    let kinds = consumer::KINDS.iter();
    for kind in kinds.filter(|kind| !kind.texts.is_empty()) {
        match build(kind, |texts| Some(Folder::of_one(texts, source))) {
            Ok((kind, consumer)) => {
                let shown = one(kind, consumer.as_ref(), event);
                shown.problem.iter().for_each(|problem| sentence(problem));
            }
            Err(error) => sentence(&error),
        }
    }
}

/// What `consumer` shows of `event`, which keeps its promises.
fn one(kind: &str, consumer: &dyn Consumer, event: &Event) -> Rendering {
    let shown = consumer.render(event);
    assert_eq!(
        shown,
        consumer.render(event),
        "the same event gives the same rendering"
    );
    assert!(shown.ends >= shown.begins, "{kind}: ends before it begins");
    harmless(&shown.payload);
    promises(kind, event, &shown);
    shown
}

/// No text of a payload controls or deceives.
fn harmless(payload: &Value) {
    match payload {
        Value::String(text) => assert!(!deceives(text), "{text:?}"),
        Value::Array(all) => all.iter().for_each(harmless),
        Value::Object(all) => all.values().for_each(harmless),
        _ => {}
    }
}

/// The text of a payload's key.
fn text<'a>(shown: &'a Rendering, pointer: &str) -> &'a str {
    shown
        .payload
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

/// The limits are those of `ExternalScheduledEventCreateRequest` (Discord's OpenAPI document, v10), in UTF-16 units.
fn discord(event: &Event, shown: &Rendering) {
    let (name, place) = (
        text(shown, "/name"),
        text(shown, "/entity_metadata/location"),
    );
    for line in [name, place] {
        assert!((1..=100).contains(&length(line)), "{line:?}");
        assert!(!mentions(line) && !line.contains('\n'), "{line:?}");
        assert_eq!(line.trim(), line);
    }
    let description = text(shown, "/description");
    assert!(
        (1..=1_000).contains(&length(description)),
        "{description:?}"
    );
    assert!(!mentions(description), "{description:?}");
    assert!(!description.contains("]("), "{description:?}");
    assert_eq!(description.lines().next_back(), Some(event.key.as_str()));
    consumer::discord::hostile::comes_back(event, shown);
}

/// The limits are those of "Embed Limits" (Discord API docs), in UTF-16 units.
fn channel(event: &Event, shown: &Rendering) {
    let title = text(shown, "/embeds/0/title");
    assert!((1..=256).contains(&length(title)), "{title:?}");
    let description = text(shown, "/embeds/0/description");
    // A template may leave it out.
    assert!(length(description) <= 4_096);
    assert!(length(title) + length(description) <= 6_000);
    assert!(length(text(shown, "/content")) <= 2_000);
    for text in [title, description] {
        assert!(!mentions(text) && !text.contains("]("), "{text:?}");
    }
    consumer::discord_channel::hostile::comes_back(event, shown);
}

/// The limits are those of `CreateEventInput` (Meetup's schema), in characters, of which UTF-16 has no fewer units.
fn meetup(event: &Event, shown: &Rendering) {
    let (title, description) = (text(shown, "/title"), text(shown, "/description"));
    assert!(
        (1..=80).contains(&length(title)) && !title.contains('\n'),
        "{title:?}"
    );
    assert!(length(description) <= 50_000);
    let read = text_of(description);
    assert!(
        read.as_deref().is_some_and(|read| !mentions(read)),
        "{description:?}"
    );
    assert!(!masks(description), "{description:?}");
    assert_eq!(
        links(description).last().map(String::as_str),
        Some(event.key.as_str())
    );
    consumer::meetup::hostile::comes_back(event, description);
}

/// The HTML is such as the Matrix specification has clients show; the limit is that of an event.
fn matrix(event: &Event, shown: &Rendering) {
    let body = text(shown, "/body");
    assert!(!mentions(body), "{body:?}");
    assert_eq!(body.lines().next_back(), Some(event.key.as_str()));
    let html = text(shown, "/formatted_body");
    // The one element that is not among those of other services.
    let read = text_of(&html.replace("<del>", "").replace("</del>", ""));
    assert!(
        read.as_deref().is_some_and(|read| !mentions(read)),
        "{html:?}"
    );
    assert!(!masks(html), "{html:?}");
    assert_eq!(shown.payload["m.mentions"], serde_json::json!({}));
    consumer::matrix::hostile::comes_back(event, shown);
}

/// Receivers get clean text, and HTML in which nothing can run.
fn told(event: &Event, shown: &Rendering) {
    assert_eq!(text(shown, "/url"), event.key.as_str());
    let (title, html) = (text(shown, "/title"), text(shown, "/description/html"));
    assert!(!mentions(title) && !title.contains('\n'), "{title:?}");
    assert!(!mentions(text(shown, "/description/text")));
    let read = text_of(html);
    assert!(
        read.as_deref().is_some_and(|read| !mentions(read)),
        "{html:?}"
    );
    assert!(!masks(html), "{html:?}");
}
