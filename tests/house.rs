//! The house keeps its shape: who may know whom, and that everything that ships can be read.

use std::fs;
use std::path::{Path, PathBuf};

/// For each room, the rooms that it may know.
const MAY_KNOW: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "check", "clock", "config", "event", "exit", "listen", "monitor", "relay", "report",
            "status", "stream", "sync", "text",
        ],
    ),
    ("check", &["http", "text"]),
    ("clock", &[]),
    (
        "config",
        &[
            "clock", "consumer", "duration", "http", "kind", "listen", "matrix", "provider",
            "secret", "stream", "template", "zmtp",
        ],
    ),
    (
        "consumer",
        &[
            "check", "clock", "duration", "event", "http", "kind", "matrix", "picture", "secret",
            "stream", "template", "text", "zmtp",
        ],
    ),
    ("delivery", &["event", "rule"]),
    ("duration", &[]),
    ("event", &[]),
    ("exit", &[]),
    ("http", &["clock", "secret"]),
    ("kind", &["clock", "http", "secret", "template"]),
    ("lib", &[]),
    ("main", &["cli"]),
    ("listen", &["matrix", "stream", "template", "text", "zmtp"]),
    ("matrix", &["http", "secret"]),
    (
        "monitor",
        &["clock", "exit", "http", "report", "secret", "text"],
    ),
    ("picture", &["event", "http"]),
    ("plan", &["consumer", "delivery", "event", "rule"]),
    (
        "provider",
        &["check", "clock", "event", "http", "kind", "secret", "text"],
    ),
    ("relay", &["stream", "zmtp"]),
    ("report", &["event", "exit", "plan", "text"]),
    ("rule", &[]),
    ("secret", &[]),
    ("status", &["delivery", "event", "store", "text"]),
    ("store", &["delivery", "event", "rule"]),
    (
        "sync",
        &[
            "clock", "consumer", "delivery", "event", "http", "monitor", "plan", "provider",
            "report", "rule", "store",
        ],
    ),
    ("template", &["event", "text"]),
    ("text", &[]),
    ("stream", &[]),
    ("zmtp", &[]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
}

/// The rooms that a source names after `crate::` (or the library's name, in `main`), its tests aside.
fn known(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let names = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| {
            let mut names = Vec::new();
            for start in ["crate::", "kronos::"] {
                names.extend(line.split(start).skip(1).map(|rest| {
                    rest.chars()
                        .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                        .collect::<String>()
                }));
            }
            names
        });
    names.filter(|name| !name.is_empty()).collect()
}

/// Whether a file or folder is compiled for tests and fuzzing only.
fn of_tests(name: &str) -> bool {
    name.contains("test") || matches!(name, "hostile" | "hostile.rs")
}

#[test]
fn every_room_knows_only_those_that_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let inside = file.strip_prefix(&root).unwrap();
        if inside
            .components()
            .any(|part| of_tests(&part.as_os_str().to_string_lossy()))
        {
            continue;
        }
        let first = inside
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .into_owned();
        let room = first.trim_end_matches(".rs");
        let (_, allowed) = MAY_KNOW
            .iter()
            .find(|(name, _)| *name == room)
            .unwrap_or_else(|| panic!("{room} is no room of the house"));
        for name in known(&fs::read_to_string(&file).unwrap()) {
            assert!(
                name == room || allowed.contains(&name.as_str()),
                "{} knows {name}",
                inside.display()
            );
        }
    }
}

#[test]
fn plan_and_delivery_are_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![root.join("plan.rs"), root.join("delivery.rs")];
    sources(&root.join("plan"), &mut files);
    sources(&root.join("delivery"), &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for word in [
            "async ", ".await", "Utc::now", "std::fs", "std::net", "rand",
        ] {
            assert!(!text.contains(word), "{} holds {word:?}", file.display());
        }
    }
}

/// Cargo refuses to build anything where a target that Cargo.toml names without its path is missing.
#[test]
fn the_container_is_built_from_all_that_cargo_wants() {
    let read = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        fs::read_to_string(path).unwrap()
    };
    let containerfile = read("Containerfile");
    let copied = |name: &str| {
        let mut lines = containerfile.lines();
        lines.any(|line| line.starts_with("COPY ") && line.split(' ').any(|word| word == name))
    };
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    for (table, folder) in [
        ("bench", "benches"),
        ("test", "tests"),
        ("example", "examples"),
    ] {
        let targets = manifest.get(table).and_then(toml::Value::as_array);
        let unnamed = |target: &toml::Value| target.get("path").is_none();
        if targets.is_some_and(|targets| targets.iter().any(unnamed)) {
            assert!(copied(folder), "{folder}");
        }
    }
    for name in ["Cargo.toml", "Cargo.lock", "src"] {
        assert!(copied(name), "{name}");
    }
}
