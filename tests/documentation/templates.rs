//! What docs/templates.md tells of templates is so, and each of its examples gives what stands below it.

use kronos::clock::{Clock, SystemClock};
use kronos::config::Config;
use kronos::consumer::KINDS;
use kronos::event::{Description, Event, EventKey, Place, Status};
use kronos::template;
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::rc::Rc;

const PAGE: &str = include_str!("../../docs/templates.md");

/// A consumer of each kind that has texts.
const CONFIGURATION: &str = r##"
[templates]
path = "templates"
[consumers.discord]
type = "discord"
guild_id = "1122"
token = "x"
[consumers.discord-channel]
type = "discord-channel"
channel_id = "1122"
token = "x"
[consumers.meetup]
type = "meetup"
group = "rust"
access_token = "x"
[consumers.matrix]
type = "matrix"
homeserver = "https://matrix.example.org"
room = "#events:example.org"
access_token = "x"
[consumers.ical]
type = "ical"
path = "events.ics"
"##;

/// The event that the page's examples are about.
fn event() -> Event {
    let at = |text: &str| text.parse().unwrap();
    let text = |text: &str| Some(text.to_string());
    Event {
        key: EventKey::new("https://mobilizon.example.org/events/1"),
        uuid: None,
        title: "Rust night".into(),
        description: Some(Description::Html("<p>Bring a <b>laptop</b>.</p>".into())),
        begins: at("2026-11-26T18:00:00Z"),
        ends: Some(at("2026-11-26T21:00:00Z")),
        timezone: Some("Europe/Berlin".parse().unwrap()),
        all_day: false,
        place: Some(Place {
            name: text("Hackerspace"),
            street: text("Steinstr. 23"),
            locality: text("Karlsruhe"),
            ..Place::default()
        }),
        online: None,
        online_only: false,
        picture: None,
        status: Status::Confirmed,
        capacity: Some(30),
        participation: text("https://tickets.example.org/1"),
        tags: vec!["public".into(), "rust".into()],
        updated: None,
    }
}

/// The examples: a text's name, its template, and what that gives.
fn examples() -> Vec<(&'static str, &'static str, &'static str)> {
    let (_, examples) = PAGE.split_once("\n## Examples\n").unwrap();
    let parts = examples.split(".jinja`\n\n```jinja\n");
    let parts: Vec<&str> = parts.collect();
    let example = |pair: &[&'static str]| {
        let name = pair[0].rsplit('`').next().unwrap();
        let (template, rest) = pair[1].split_once("```\n\ngives\n\n```text\n").unwrap();
        (name, template, rest.split_once("```\n").unwrap().0)
    };
    parts.windows(2).map(example).collect()
}

fn load(folder: &Path) -> Config {
    let path = folder.join("kronos.toml");
    std::fs::write(&path, CONFIGURATION).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    Config::load(&path, &clock).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_example_gives_what_stands_below_it() {
    let folder = tempfile::tempdir().unwrap();
    let templates = folder.path().join("templates");
    std::fs::create_dir(&templates).unwrap();
    let examples = examples();
    for (name, template, _) in &examples {
        std::fs::write(templates.join(format!("{name}.jinja")), template).unwrap();
    }
    let config = load(folder.path());
    let texts = config.consumers.iter().flat_map(|named| {
        let rendering = named.consumer.render(&event());
        assert_eq!(rendering.problem, None);
        named.consumer.texts(&rendering)
    });
    let texts: Vec<_> = texts.collect();
    for (name, _, gives) in &examples {
        let (_, shown) = texts.iter().find(|(text, _)| text == name).unwrap();
        assert_eq!(shown, gives.trim_end(), "{name}");
    }
    for kind in KINDS.iter().filter(|kind| !kind.texts.is_empty()) {
        let is_of_kind = |name: &str| name.split('.').next() == Some(kind.name);
        assert!(
            examples.iter().any(|(name, ..)| is_of_kind(name)),
            "{}",
            kind.name
        );
    }
}

/// What stands between back quotes in the first cells of the table below a heading of which `head` is the first cell.
fn first_cells(head: &str) -> BTreeSet<String> {
    let (_, table) = PAGE.split_once(&format!("| {head} |")).unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.strip_prefix("| ")?.split(" | ").next());
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    names.map(String::from).collect()
}

#[test]
fn it_names_every_text_and_every_field_and_no_other() {
    let texts = KINDS.iter().flat_map(|kind| kind.texts);
    let files: BTreeSet<String> = texts.map(template::Text::file).collect();
    assert_eq!(first_cells("File"), files);
    let fields: BTreeSet<String> = template::FIELDS
        .iter()
        .map(|field| field.to_string())
        .collect();
    assert_eq!(first_cells("Field"), fields);
}

#[test]
fn it_names_every_language() {
    let (_, after) = PAGE.split_once("Languages: ").unwrap();
    let (named, _) = after.split_once(';').unwrap();
    let named = named.replace(" and ", ", ");
    let event = event();
    let folder = tempfile::tempdir().unwrap();
    let templates = folder.path().join("templates");
    std::fs::create_dir(&templates).unwrap();
    let every: String = named
        .split(", ")
        .map(|language| format!("{{{{ begins | time(\"%B\", language=\"{language}\") }}}}|"))
        .collect();
    std::fs::write(templates.join("ical.summary.jinja"), every).unwrap();
    let config = load(folder.path());
    let calendar = config
        .consumers
        .iter()
        .find(|named| named.kind == "ical")
        .unwrap();
    let texts = calendar.consumer.texts(&calendar.consumer.render(&event));
    assert_eq!(texts[0].1.matches('|').count(), named.split(", ").count());
    std::fs::write(
        templates.join("ical.summary.jinja"),
        "{{ begins | time(\"%B\", language=\"xx\") }}",
    )
    .unwrap();
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let refused = Config::load(&folder.path().join("kronos.toml"), &clock)
        .err()
        .unwrap();
    let (_, known) = refused
        .to_string()
        .split_once("known are ")
        .map(|(a, b)| (a.to_string(), b.to_string()))
        .unwrap();
    let known = known.split(" (").next().unwrap().to_string();
    assert_eq!(known, named);
}
