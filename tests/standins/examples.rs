//! The recorded examples of the services, replayed against the stand-ins.

use super::discord::send;
use crate::support::client::call_json;
use crate::support::contract::{contract, examples};
use crate::support::discord::Discord;
use crate::support::graphql::Types;
use crate::support::meetup::{self, Meetup};
use crate::support::mobilizon::{Mobilizon, TYPES};
use apollo_compiler::Schema;
use chrono::TimeDelta;
use serde_json::{Value, json};

/// The answer of an example, with what only the real service can know taken out.
fn comparable(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(fields) = answer.as_object_mut() {
        fields.remove("id");
    }
    if let Some(error) = answer.pointer_mut("/errors/scheduled_start_time/_errors/0/message") {
        *error = json!("invented");
    }
    answer
}

#[test]
fn discord_answers_the_recorded_event_requests_as_recorded() {
    for (name, file) in examples("discord") {
        if !name.contains("_event_") || name.contains("list") {
            continue;
        }
        for case in file["cases"].as_array().unwrap() {
            let discord = Discord::start();
            discord
                .clock
                .stop_at("2026-09-10T08:15:04Z".parse().unwrap());
            let start = "2026-10-08T17:00:00Z".parse().unwrap();
            let (text, place) = texts();
            let id = discord.by_bot("Rust Evening #42", &text, start);
            discord.change_by_hand(&id, |item| {
                item.end = "2026-10-08T20:00:00Z".parse().unwrap();
                item.location = place;
            });
            match case["name"].as_str().unwrap() {
                "max_events" => {
                    for _ in 0..99 {
                        discord.by_hand("Game night", "", start);
                    }
                }
                "start_locked" => discord.clock.stop_at(start),
                "finished" => discord.cancel_by_hand(&id),
                "get" | "delete_again" => discord.delete_by_hand(&id),
                _ => {}
            }
            let (request, response) = (&case["request"], &case["response"]);
            let url = request["url"].as_str().unwrap();
            let url = url
                .replace("https://discord.com/api/v10", &discord.api_url())
                .replace("1547520765329408003", &id);
            let reply = send(request["method"].as_str().unwrap(), &url, &request["body"]);
            assert_eq!(json!(reply.status), response["status"], "{name}");
            assert_eq!(
                comparable(&reply.to_json()),
                comparable(&response["body"]),
                "{name}"
            );
        }
    }
}

#[test]
fn meetup_answers_the_recorded_requests_as_recorded() {
    for (name, file) in examples("meetup") {
        if !["self", "event", "venue_unknown", "validation", "photo"]
            .iter()
            .any(|part| name.contains(part))
        {
            continue;
        }
        for case in file["cases"].as_array().unwrap() {
            let meetup = Meetup::start();
            meetup
                .clock
                .stop_at("2026-09-10T08:15:05Z".parse().unwrap());
            // The event that the cases change and list; those that create one expect its own number.
            if !name.contains("create") {
                let input = recorded_input();
                let html = input["description"].as_str().unwrap();
                let start = "2026-10-08T17:00:00Z".parse().unwrap();
                let id = meetup.by_hand("Rust Evening #42", html, start);
                meetup.change_by_hand(&id, |item| {
                    item.duration = TimeDelta::hours(3);
                    item.venue = Some("27000123".to_owned());
                });
            }
            if case["name"] == "already_gone" {
                meetup.delete_by_hand("312345678");
            }
            if case["name"] == "published" {
                replay(&meetup, &file["cases"][0]);
            }
            let answer = replay(&meetup, case);
            let wanted = told(&case["response"]["body"]);
            assert_eq!(told(&answer), wanted, "{name} {}", case["name"]);
        }
    }
}

/// Sends the body of an example.
fn replay(meetup: &Meetup, case: &Value) -> Value {
    let bearer = format!("Bearer {}", meetup::TOKEN);
    let mut body = case["request"]["body"].clone();
    if case["name"] == "published" {
        body["variables"]["input"]["eventId"] = json!("312345678");
    }
    let headers = [("authorization", bearer.as_str())];
    let reply = call_json("POST", &meetup.api_url(), &headers, &body).unwrap();
    assert_eq!(reply.status, 200);
    reply.to_json()
}

/// The input of the recorded createEvent.
fn recorded_input() -> Value {
    let mut files = examples("meetup").into_iter();
    let (_, file) = files
        .find(|(name, _)| name == "04_event_create_200")
        .unwrap();
    file["cases"][0]["request"]["body"]["variables"]["input"].clone()
}

/// An answer without what the examples invented: texts and places of errors, upload addresses and the draft's number.
fn told(answer: &Value) -> Value {
    let mut answer = answer.clone();
    fn walk(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields.iter_mut() {
                    match key.as_str() {
                        "message" | "locations" | "uploadUrl" => *value = json!("invented"),
                        _ => walk(value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::String(text) => *text = text.replace("312345999", "312345678"),
            _ => {}
        }
    }
    walk(&mut answer);
    answer
}

/// The description and location of the event that the examples are about.
fn texts() -> (String, String) {
    let (_, file) = examples("discord").swap_remove(0);
    let body = &file["cases"][0]["request"]["body"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&body["description"]),
        text(&body["entity_metadata"]["location"]),
    )
}

#[test]
fn mobilizon_takes_the_documents_of_the_examples_and_answers_in_their_shape() {
    let Some(path) = contract("examples/mobilizon/queries.graphql") else {
        return;
    };
    let documents = std::fs::read_to_string(path).unwrap();
    let snapshot = json!({"query": only(&documents, "KronosGroup"), "variables": {"group": "g", "page": 1, "limit": 4}});
    let types = Types::new(TYPES);
    let complexity = types.check(&snapshot).map(|query| query.complexity());
    assert_eq!(complexity, Ok(79), "as the server counts it");
    let mobilizon = Mobilizon::start();
    mobilizon.group("copperleaf");
    let picture = mobilizon.picture("cat.png", "image/png", b"bytes");
    let uuid = mobilizon.event("copperleaf", |event| {
        event
            .tag("public")
            .picture(picture)
            .place("Hall", "Street 1", "76133", "Karlsruhe")
    });
    for (operation, variables) in [
        (
            "KronosGroup",
            json!({"group": "copperleaf", "page": 1, "limit": 4}),
        ),
        ("KronosEventByUuid", json!({"uuid": uuid})),
        (
            "KronosGroups",
            json!({"g0": "copperleaf", "g1": "nosuchgroup", "limit": 4}),
        ),
    ] {
        // The server counts every operation of a document; the examples keep several in one file.
        let document = only(&documents, operation);
        let body = json!({"query": document, "operationName": operation, "variables": variables});
        let reply = call_json("POST", &format!("{}/api", mobilizon.url()), &[], &body).unwrap();
        let answer = reply.to_json();
        let file = match operation {
            "KronosGroup" => "01_group_page1",
            "KronosEventByUuid" => "04_event_long_html",
            _ => "09_two_groups_partial",
        };
        let (_, example) = examples("mobilizon")
            .into_iter()
            .find(|(name, _)| name == file)
            .unwrap();
        assert_eq!(shape(&answer), shape(&example), "{operation}");
    }
}

/// The operation with the fragments that it spreads, without the other operations.
fn only(documents: &str, operation: &str) -> String {
    let document = apollo_compiler::ast::Document::parse(documents, "queries.graphql").unwrap();
    let wanted = document
        .definitions
        .iter()
        .filter_map(|definition| definition.as_operation_definition())
        .find(|found| found.name.as_ref().is_some_and(|name| name == operation))
        .unwrap()
        .to_string();
    let fragments = document
        .definitions
        .iter()
        .filter_map(|definition| definition.as_fragment_definition())
        .filter(|fragment| wanted.contains(&format!("...{}", fragment.name)))
        .map(|fragment| fragment.to_string());
    fragments.fold(wanted.clone(), |text, fragment| text + &fragment)
}

/// Every path of keys in a value, the same for each item of a list; nulls count for any shape.
fn shape(value: &Value) -> Vec<String> {
    fn walk(value: &Value, path: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    found.push(format!("{path}.{key}"));
                    walk(value, &format!("{path}.{key}"), found);
                }
            }
            Value::Array(items) => items
                .iter()
                .take(1)
                .for_each(|item| walk(item, path, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    // Whether these are filled depends on the event, not on the service.
    found.retain(|path| !path.contains("metadata.") || path.contains("picture"));
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_type_of_the_mobilizon_stand_in_is_in_the_contract() {
    holds(TYPES, "contracts/mobilizon.graphql");
}

#[test]
fn every_type_of_the_meetup_stand_in_is_in_the_contract() {
    holds(meetup::TYPES, "contracts/meetup.graphql");
}

/// Every field and argument of `types` stands in the contract with the same type.
fn holds(types: &str, contract_name: &str) {
    let Some(path) = contract(contract_name) else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let theirs = Schema::builder()
        .adopt_orphan_extensions()
        .parse(&text, "contract")
        .build();
    let theirs = theirs.unwrap_or_else(|wrong| wrong.partial);
    let ours = Schema::parse_and_validate(types, "stand-in").unwrap();
    for (name, kind) in ours.types.iter().filter(|(_, kind)| !kind.is_built_in()) {
        let known = theirs
            .types
            .get(name)
            .unwrap_or_else(|| panic!("the contract has no {name}"));
        if let (Some(ours), Some(theirs)) = (kind.as_enum(), known.as_enum()) {
            for value in ours.values.keys() {
                assert!(theirs.values.contains_key(value), "{name} has no {value}");
            }
        }
        if let (Some(ours), Some(theirs)) = (kind.as_input_object(), known.as_input_object()) {
            for (field, ours) in &ours.fields {
                let theirs = theirs
                    .fields
                    .get(field)
                    .unwrap_or_else(|| panic!("{name} has no {field}"));
                assert_eq!(ours.ty, theirs.ty, "{name}.{field}");
            }
        }
        let fields = kind.as_object().map(|kind| &kind.fields);
        let Some(fields) = fields.or(kind.as_interface().map(|kind| &kind.fields)) else {
            continue;
        };
        for (field, ours) in fields {
            let theirs = theirs
                .type_field(name, field)
                .unwrap_or_else(|_| panic!("{name} has no {field}"));
            assert_eq!(ours.ty, theirs.ty, "{name}.{field}");
            for argument in &ours.arguments {
                let known = theirs.argument_by_name(&argument.name);
                assert_eq!(
                    known.map(|known| &known.ty),
                    Some(&argument.ty),
                    "{name}.{field}"
                );
            }
        }
    }
}
