//! Every document and every input against Meetup's schema.

use super::super::{documents, input, list};
use super::*;
use crate::picture::Format;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

fn schema() -> Option<Valid<Schema>> {
    let sdl = std::fs::read_to_string(shared("contracts/meetup.graphql")?).unwrap();
    Some(Schema::parse_and_validate(sdl, "meetup.graphql").unwrap())
}

fn assert_fits(schema: &Valid<Schema>, document: &str, variables: Value) {
    let parsed = ExecutableDocument::parse_and_validate(schema, document, "document.graphql")
        .unwrap_or_else(|error| panic!("{error}\n{document}"));
    let operation = parsed.operations.get(None).unwrap();
    let values: JsonMap = serde_json::from_value(variables.clone()).unwrap();
    if let Err(error) = coerce_variable_values(schema, operation, &values) {
        panic!("{}\n{variables:#}", error.message());
    }
}

fn shown(event: &Event) -> super::super::render::Shown {
    let keys = "group = \"g\"\naccess_token = \"t\"\nvenues = { \"Chaosdorf\" = \"27000123\" }";
    let rendering = super::super::render::render(&config(keys).unwrap(), event);
    serde_json::from_value(rendering.payload).unwrap()
}

fn events() -> Vec<Event> {
    let online = Some("https://meet.example.org/".to_string());
    vec![
        event(),
        Event {
            place: None,
            capacity: Some(12),
            ..event()
        },
        Event {
            online,
            online_only: true,
            ends: None,
            ..event()
        },
    ]
}

#[test]
fn readings_fit_the_schema() {
    let Some(schema) = schema() else { return };
    for after in [None, Some("cursor")] {
        assert_fits(
            &schema,
            documents::GROUP_EVENTS,
            list::page("g", now(), after),
        );
    }
    assert_fits(&schema, documents::GROUP, json!({ "urlname": "g" }));
    assert_fits(&schema, documents::CHECK, json!({ "urlname": "g" }));
    assert_fits(&schema, documents::EVENT, json!({ "id": "1" }));
}

#[test]
fn changes_fit_the_schema() {
    let Some(schema) = schema() else { return };
    let zone = chrono_tz::Europe::Berlin;
    for event in events() {
        let shown = shown(&event);
        for photo in [None, Some(0), Some(530_000_001)] {
            assert_fits(
                &schema,
                documents::CREATE,
                input::create("g", &shown, zone, photo),
            );
            for is_draft in [true, false] {
                let edit = input::edit("1", &shown, zone, photo, is_draft);
                assert_fits(&schema, documents::EDIT, edit);
            }
        }
    }
    assert_fits(&schema, documents::PUBLISH, input::event("1"));
    assert_fits(&schema, documents::ANNOUNCE, input::event("1"));
    for is_removed in [true, false] {
        assert_fits(&schema, documents::DELETE, input::delete("1", is_removed));
    }
    for format in [Format::Jpeg, Format::Png, Format::Gif] {
        assert_fits(&schema, documents::PHOTO, input::photo("1", format));
    }
}

#[test]
fn the_check_itself_notices_a_wrong_input() {
    let Some(schema) = schema() else { return };
    let wrong = std::panic::catch_unwind(|| {
        assert_fits(
            &schema,
            documents::PUBLISH,
            json!({ "input": { "id": "1" } }),
        );
    });
    assert!(wrong.is_err());
}

#[test]
fn a_filter_carries_an_offset_and_names_the_states() {
    let page = list::page("g", at("2026-10-08T17:00:00Z"), None);
    assert_eq!(
        page["filter"],
        json!({ "status": ["ACTIVE", "DRAFT"], "afterDateTime": "2026-09-23T17:00:00+00:00" })
    );
}
