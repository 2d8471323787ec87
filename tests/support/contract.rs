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

/// What is wrong with a JSON `body` sent with `method` to `path` (as the OpenAPI document writes it), and which of its keys the
/// document does not know; nothing where the document is missing.
pub fn discord_problems(method: &str, path: &str, body: &Value) -> Vec<String> {
    let Some(file) = contract("contracts/discord-openapi.json") else {
        return Vec::new();
    };
    let document: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let request =
        &document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
    assert!(request.is_object(), "the contract has no {method} {path}");
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": document["components"],
        "allOf": [request],
    });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut problems: Vec<String> = validator
        .iter_errors(body)
        .map(|error| error.to_string())
        .collect();
    let union = request["anyOf"].as_array().cloned().unwrap_or_default();
    let knows = |key: &str| {
        union.iter().chain([request]).any(|part| {
            let name = part["$ref"].as_str().unwrap_or_default();
            let name = name.rsplit('/').next().unwrap_or_default();
            document["components"]["schemas"][name]["properties"][key].is_object()
        })
    };
    let keys = body.as_object().into_iter().flat_map(|body| body.keys());
    problems.extend(
        keys.filter(|key| !knows(key))
            .map(|key| format!("no key {key}")),
    );
    problems
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
