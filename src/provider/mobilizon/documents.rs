//! The GraphQL documents. What is asked for stands in the `.graphql` files beside this one; the only text made here is the
//! list of aliases of a document that asks for several things at once. Names and ids are always variables, never spliced in.
//!
//! A server refuses a document of more than 300 selected fields (Mobilizon 5.1 source; Absinthe counts each field once).

use serde_json::{Map, Value};

/// How many groups one probe asks for: six fields each, 300 in all.
pub(super) const GROUPS_AT_ONCE: usize = 50;
/// How many events one confirmation asks for.
pub(super) const EVENTS_AT_ONCE: usize = 15;

/// A page of a group's events, oldest entry first. Variables: `group`, `after`, `page`, `limit`.
pub(super) const EVENTS: &str = concat!(
    include_str!("events.graphql"),
    include_str!("facts.graphql")
);
/// A page of a group's events, latest change first. Variables: `group`, `page`, `limit`.
pub(super) const CHANGES: &str = concat!(
    include_str!("changes.graphql"),
    include_str!("facts.graphql")
);
/// As [`EVENTS`], for servers that are too old for it: by their beginning, which an edit may move.
pub(super) const EVENTS_UNORDERED: &str = concat!(
    include_str!("events_unordered.graphql"),
    include_str!("facts.graphql")
);

/// The groups that resemble a name, and some that there are. Variable: `term`.
pub(super) const SEARCH: &str = include_str!("search.graphql");

/// Asks for the newest change and the total of `count` groups, `g0`, `g1`, …; each name is the variable of that name.
pub(super) fn probe(count: usize) -> String {
    let fields = aliases("g", count)
        .map(|alias| format!("  {alias}: group(preferredUsername: ${alias}) {{ ...Newest }}\n"));
    document(
        "Probe",
        declared("g", "String!", count),
        fields.collect(),
        include_str!("probe.graphql"),
    )
}

/// Asks how `count` events stand, `e0`, `e1`, …; each uuid is the variable of that name.
pub(super) fn confirm(count: usize) -> String {
    let fields = aliases("e", count)
        .map(|alias| format!("  {alias}: event(uuid: ${alias}) {{ ...Standing }}\n"));
    document(
        "Confirm",
        declared("e", "UUID!", count),
        fields.collect(),
        include_str!("confirm.graphql"),
    )
}

/// The variables of [`probe`] (`letter` is `g`) and [`confirm`] (`e`), in order.
pub(super) fn variables<'a>(letter: &str, values: impl Iterator<Item = &'a str>) -> Value {
    values
        .enumerate()
        .map(|(n, value)| (format!("{letter}{n}"), Value::from(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn aliases(letter: &str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |n| format!("{letter}{n}"))
}

fn declared(letter: &str, kind: &str, count: usize) -> String {
    aliases(letter, count)
        .map(|alias| format!("${alias}: {kind}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn document(name: &str, declared: String, fields: String, fragment: &str) -> String {
    format!("query {name}({declared}) {{\n{fields}}}\n{fragment}")
}
