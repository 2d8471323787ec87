//! Rooms that are told of messages: which ones, and in what words. Pure.

use super::rule::{Pattern, Rule};
use crate::stream::Message;
use crate::template;
use crate::text::Document;
use minijinja::{AutoEscape, Environment, Value as Shown};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is said of a message for which no template is configured.
const TEMPLATE: &str = r#"{% if title %}<strong>{{ title }}</strong>{% if begins %} ({{ begins }}){% endif %}{% if status == "cancelled" %}: cancelled{% endif %}{% if url %}<br>{{ url }}{% endif %}{% else %}<strong>{{ tag }}</strong> {{ json }}{% endif %}"#;
/// Of data for which there is no better word so many characters are shown.
const MOST_JSON: usize = 2_000;
/// A message in a room is not longer, in UTF-16 units.
const LONGEST: usize = 16_000;

/// A room's rules and templates.
pub struct Room {
    rules: Vec<Rule>,
    /// The longest globs first: the first that fits the tag is used. Each is named by its number.
    tags: Vec<Pattern>,
    templates: Environment<'static>,
}

impl Room {
    /// A room that is told what one of the rules fits; everything if there is none. A template gives HTML, in which values are
    /// escaped.
    ///
    /// # Errors
    /// A glob or a template that cannot be used, by the glob, and what is wrong with it.
    pub fn new(
        rules: Vec<Rule>,
        mut templates: Vec<(String, String)>,
    ) -> Result<Self, (String, String)> {
        let mut environment = template::engine();
        environment.set_auto_escape_callback(|_| AutoEscape::Html);
        templates.sort_by_key(|(glob, _)| std::cmp::Reverse(glob.len()));
        let mut tags = Vec::new();
        for (number, (glob, template)) in templates.into_iter().enumerate() {
            let pattern = Pattern::new(&glob).map_err(|problem| (glob.clone(), problem))?;
            tags.push(pattern);
            environment
                .add_template_owned(number.to_string(), template)
                .map_err(|error| (glob, format!("the template cannot be used ({error})")))?;
        }
        Ok(Self {
            rules,
            tags,
            templates: environment,
        })
    }

    /// Whether the room is told of the message.
    pub fn wants(&self, message: &Message) -> bool {
        self.rules.is_empty() || self.rules.iter().any(|rule| rule.fits(message))
    }

    /// What is sent to the room: HTML, and the same in plain text.
    ///
    /// # Errors
    /// The template does not work with this message.
    pub fn content(&self, message: &Message) -> Result<Value, String> {
        let shown = shown(message);
        let rendered = match self.tags.iter().position(|tag| tag.fits(message.tag())) {
            Some(number) => self
                .templates
                .get_template(&number.to_string())
                .and_then(|template| template.render(shown)),
            None => self.templates.render_named_str("default", TEMPLATE, shown),
        };
        let html = rendered.map_err(|error| error.to_string())?;
        let document = Document::html(&html);
        let plain = document.to_plain(LONGEST);
        // Too long to be whole: the simple form is cut where it may be.
        let html = match html.encode_utf16().count() > LONGEST {
            true => document.to_simple_html(LONGEST),
            false => html,
        };
        Ok(json!({
            "msgtype": "m.notice",
            "body": plain,
            "format": "org.matrix.custom.html",
            "formatted_body": html,
            "m.mentions": {},
        }))
    }
}

/// What a template sees: the data's own keys, and besides them `tag`, `uuid`, `data` and `json`.
fn shown(message: &Message) -> Shown {
    let mut keys: BTreeMap<String, Shown> = match message.data() {
        Value::Object(data) => entries(data),
        _ => BTreeMap::new(),
    };
    let json: String = message.data().to_string().chars().take(MOST_JSON).collect();
    keys.extend([
        ("tag".into(), message.tag().into()),
        ("uuid".into(), message.uuid().into()),
        ("data".into(), value(message.data())),
        ("json".into(), json.into()),
    ]);
    keys.into()
}

fn entries(data: &Map<String, Value>) -> BTreeMap<String, Shown> {
    data.iter()
        .map(|(key, item)| (key.clone(), value(item)))
        .collect()
}

/// Numbers that keep how they were written (`arbitrary_precision`) are numbers to `serde_json` only: each is handed over by hand.
fn value(json: &Value) -> Shown {
    match json {
        Value::Null => Shown::from(()),
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into(),
            (None, Some(broken)) if broken.to_string() == number.to_string() => broken.into(),
            _ => number.to_string().into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(value).collect(),
        Value::Object(data) => entries(data).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::Draft;

    fn message(tag: &str, data: Value) -> Message {
        Message::compose(Draft {
            tag,
            uuid: "u",
            time: "2026-11-21T20:00:00",
            origin: "o",
            data,
        })
        .unwrap()
    }

    fn room(templates: &[(&str, &str)]) -> Room {
        let own = |(glob, template): &(&str, &str)| ((*glob).into(), (*template).into());
        Room::new(Vec::new(), templates.iter().map(own).collect()).unwrap()
    }

    #[test]
    fn values_are_escaped_and_both_bodies_are_filled() {
        let room = room(&[("a.*", "<b>{{ name }}</b>: {{ n }} of {{ data.of }}")]);
        let data = json!({"name": "<script>alert('x')</script> & co", "n": 7, "of": 2.5});
        let content = room.content(&message("a.b", data)).unwrap();
        let html = content["formatted_body"].as_str().unwrap();
        assert!(html.starts_with("<b>&lt;script&gt;"), "{html}");
        assert!(html.ends_with("&amp; co</b>: 7 of 2.5"), "{html}");
        assert_eq!(
            content["body"],
            "<script>alert('x')<\u{200b}/script> & co: 7 of 2.5"
        );
    }

    #[test]
    fn the_template_of_the_longest_glob_that_fits_is_used() {
        let room = room(&[("*", "three"), ("a.*", "two"), ("a.bb", "one")]);
        let body = |tag| room.content(&message(tag, json!({}))).unwrap()["body"].clone();
        let bodies = ["a.bb", "a.c", "b"].map(body);
        assert_eq!(bodies, ["one", "two", "three"]);
    }

    #[test]
    fn without_a_template_an_event_is_told_by_its_title_and_the_rest_by_its_data() {
        let room = room(&[]);
        let body = |data| room.content(&message("t", data)).unwrap()["body"].clone();
        assert_eq!(
            body(
                json!({"title": "Rust & night", "begins": "2026-12-01T18:00:00Z", "url": "https://example.org/1", "status": "cancelled"})
            ),
            "Rust & night (2026-12-01T18:00:00Z): cancelled\nhttps://example.org/1"
        );
        assert_eq!(body(json!({"n": 1})), "t {\"n\":1}");
        assert_eq!(body(json!([1, "x"])), "t [1,\"x\"]");
    }

    #[test]
    fn a_missing_value_is_empty_and_a_wrong_template_is_told() {
        let room = room(&[("*", "[{{ nothing }}]")]);
        assert_eq!(
            room.content(&message("t", json!({}))).unwrap()["body"],
            "[]"
        );
        let wrong = Room::new(Vec::new(), vec![("*".into(), "{{".into())])
            .err()
            .unwrap();
        assert!(wrong.1.contains("cannot be used"));
    }

    #[test]
    fn what_is_too_long_is_cut() {
        let room = room(&[("*", "{{ text }}")]);
        let content = room
            .content(&message("t", json!({"text": "x".repeat(100_000)})))
            .unwrap();
        for key in ["body", "formatted_body"] {
            let text = content[key].as_str().unwrap();
            assert!(text.encode_utf16().count() <= LONGEST, "{key}");
        }
    }

    #[test]
    fn rules_are_alternatives() {
        let rule = |glob: &str| Rule::new(vec![("tag".into(), vec![glob.into()])]).unwrap();
        let room = Room::new(vec![rule("a"), rule("b")], Vec::new())
            .ok()
            .unwrap();
        let wants = |tag| room.wants(&message(tag, json!({})));
        assert_eq!((wants("a"), wants("b"), wants("c")), (true, true, false));
    }
}
