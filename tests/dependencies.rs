//! docs/dependencies.md gives a reason for every direct dependency.

use std::collections::BTreeSet;
use std::path::Path;

const PAGE: &str = include_str!("../docs/dependencies.md");

/// The crates in the table below a heading.
fn explained(heading: &str) -> BTreeSet<String> {
    let (_, below) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    let rows = below.lines().take_while(|line| !line.starts_with('#'));
    let cells = rows.filter_map(|row| row.strip_prefix("| `")?.split_once("` | "));
    cells
        .filter(|(_, why)| why.trim_end_matches([' ', '|']).len() > 20)
        .map(|(name, _)| name.to_string())
        .collect()
}

/// The crates in a table of a manifest, for all targets.
fn required(manifest: &str, table: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
    let manifest: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let by_target = targets.into_iter().flat_map(toml::Table::values);
    let tables = by_target
        .filter_map(toml::Value::as_table)
        .chain([&manifest]);
    tables
        .filter_map(|tables| tables.get(table)?.as_table())
        .flat_map(toml::Table::keys)
        .filter(|name| *name != "kronos")
        .cloned()
        .collect()
}

#[test]
fn every_direct_dependency_has_its_reason_and_no_other_stands_there() {
    for (heading, manifest, table) in [
        ("In the program", "Cargo.toml", "dependencies"),
        ("In the tests", "Cargo.toml", "dev-dependencies"),
        ("In the fuzz targets", "fuzz/Cargo.toml", "dependencies"),
    ] {
        let (explained, required) = (explained(heading), required(manifest, table));
        let new: Vec<_> = required.difference(&explained).collect();
        assert!(
            new.is_empty(),
            "docs/dependencies.md, {heading:?}: write a line for each of {new:?} that says why it is needed, \
             and run: cargo deny check bans licenses sources"
        );
        let gone: Vec<_> = explained.difference(&required).collect();
        assert!(
            gone.is_empty(),
            "docs/dependencies.md, {heading:?}: take out the lines of {gone:?}; {manifest} does not name them"
        );
    }
}

#[test]
fn no_code_of_ours_is_unsafe() {
    for root in ["src/lib.rs", "src/main.rs", "tests/main.rs"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{root}");
    }
}
