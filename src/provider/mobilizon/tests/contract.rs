//! Every document, held against the server's schema and its limit of complexity.

use super::shared;
use crate::provider::mobilizon::documents::{
    self, CHANGES, EVENTS, EVENTS_AT_ONCE, EVENTS_UNORDERED, GROUPS_AT_ONCE,
};
use apollo_compiler::executable::{Selection, SelectionSet};
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};
use serde_json::{Value, json};

/// One for each selected field, as Absinthe counts by default.
fn fields(document: &ExecutableDocument, set: &SelectionSet) -> usize {
    set.selections
        .iter()
        .map(|selection| match selection {
            Selection::Field(field) => 1 + fields(document, &field.selection_set),
            Selection::FragmentSpread(spread) => {
                let fragment = &document.fragments[&spread.fragment_name];
                fields(document, &fragment.selection_set)
            }
            Selection::InlineFragment(inline) => fields(document, &inline.selection_set),
        })
        .sum()
}

fn schema() -> Option<Valid<Schema>> {
    let text = shared("contracts/mobilizon.graphql")?;
    Some(Schema::parse_and_validate(text, "mobilizon.graphql").unwrap())
}

/// Checks one request against `schema`; gives its complexity.
fn held(schema: &Valid<Schema>, document: &str, variables: Value) -> usize {
    let document = ExecutableDocument::parse_and_validate(schema, document, "document")
        .unwrap_or_else(|error| panic!("{error}\n{document}"));
    let operation = document.operations.get(None).unwrap();
    let variables: JsonMap = serde_json::from_value(variables).unwrap();
    for name in variables.keys() {
        let declared = &operation.variables;
        assert!(
            declared
                .iter()
                .any(|variable| variable.name == name.as_str()),
            "{name:?}"
        );
    }
    coerce_variable_values(schema, operation, &variables).unwrap();
    fields(&document, &operation.selection_set)
}

/// Checks what was really sent.
pub(super) fn hold(body: &Value) {
    if let Some(schema) = schema() {
        let document = body["query"].as_str().unwrap();
        assert!(held(&schema, document, body["variables"].clone()) <= 300);
    }
}

#[test]
fn every_document_fits_the_schema_and_the_limit_of_complexity() {
    let Some(schema) = schema() else { return };
    let page = json!({"group": "a", "page": 1, "limit": 100});
    let dated = json!({"group": "a", "after": "2026-11-07T00:00:00Z", "page": 1, "limit": 100});
    assert!(held(&schema, EVENTS, dated.clone()) < 60);
    assert!(held(&schema, EVENTS_UNORDERED, dated) < 60);
    assert!(held(&schema, CHANGES, page) < 60);
    assert!(held(&schema, documents::SEARCH, json!({"term": "hackerspce"})) < 60);
    let uuids = vec!["0b9f3c52-7a1d-4b1c-9a55-6d1f0c9f1e01"; EVENTS_AT_ONCE];
    let variables = documents::variables("e", uuids.into_iter());
    let confirm = documents::confirm(EVENTS_AT_ONCE);
    assert!(held(&schema, &confirm, variables) < 300);
    let names = vec!["hackerspace"; GROUPS_AT_ONCE];
    let variables = documents::variables("g", names.into_iter());
    let probe = documents::probe(GROUPS_AT_ONCE);
    assert_eq!(
        held(&schema, &probe, variables),
        300,
        "a server takes 300, not more"
    );
}

#[test]
fn a_group_name_is_never_part_of_a_document() {
    let hostile = "a\") { id } evil: group(preferredUsername: \"b";
    let variables = documents::variables("g", [hostile].into_iter());
    assert_eq!(variables, json!({ "g0": hostile }));
    assert!(!documents::probe(1).contains("evil"));
}

#[test]
fn the_document_for_old_servers_asks_for_nothing_that_they_lack() {
    assert!(!EVENTS_UNORDERED.contains("order:"));
    assert!(!EVENTS_UNORDERED.contains("externalParticipationUrl"));
}
