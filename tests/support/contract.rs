//! The services' own descriptions of themselves, where they are at hand.

use serde_json::{Value, json};
use std::path::PathBuf;

/// The file or folder `name` of the shared folder beside the crate (`contracts/meetup.graphql`, `examples/discord`).
///
/// `None`, with a message, where the folder is missing; the test that asked then has nothing to check.
///
/// # Panics
/// If it is missing while the environment variable CI is set: there it must not be skipped.
pub fn contract(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared")
        .join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "{} is missing, and CI must not skip what it checks",
        path.display()
    );
    println!("skipped: {} is missing", path.display());
    None
}

/// What the OpenAPI document says about component `name`, as a validator; `None` where the document is missing.
pub fn discord_schema(name: &str) -> Option<jsonschema::Validator> {
    let text = std::fs::read_to_string(contract("contracts/discord-openapi.json")?).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert!(
        document["components"]["schemas"][name].is_object(),
        "the contract has no component {name}"
    );
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/components/schemas/{name}"),
        "components": document["components"],
    });
    Some(jsonschema::validator_for(&schema).unwrap())
}

/// The example files of one service (`discord`, `meetup`, `mobilizon`), sorted by name; empty where the folder is missing.
pub fn examples(service: &str) -> Vec<(String, Value)> {
    let Some(folder) = contract(&format!("examples/{service}")) else {
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(path).unwrap();
            (name, serde_json::from_str(&text).unwrap())
        })
        .collect()
}
