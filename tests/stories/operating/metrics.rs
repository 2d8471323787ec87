//! A metrics file for the textfile collector is written after each run.

use crate::stories::scene::Scene;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A scene whose runs are measured, and the file.
fn measured() -> (Scene, PathBuf) {
    let mut scene = Scene::new();
    let path = scene.kronos.path("kronos.prom");
    let value = toml::Value::from(path.to_str().unwrap()).to_string();
    scene.kronos.set("monitor", "metrics_file", &value);
    (scene, path)
}

/// The value of a sample.
#[track_caller]
fn value(text: &str, sample: &str) -> f64 {
    let found = text
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    let found = found.unwrap_or_else(|| panic!("no {sample} in:\n{text}"));
    found.parse().unwrap()
}

#[test]
fn a_run_tells_what_it_read_what_it_did_and_what_stands() {
    let (scene, path) = measured();
    scene.event("Rust night", 3);
    scene.event("Radio", 4);
    scene.kronos.run().ends_with(0);
    let text = fs::read_to_string(&path).unwrap();
    for (sample, expected) in [
        ("kronos_run_exit_code", 0.0),
        (
            "kronos_events{provider=\"space\",group=\"hackerspace\"}",
            2.0,
        ),
        (
            "kronos_group_read{provider=\"space\",group=\"hackerspace\"}",
            1.0,
        ),
        (
            "kronos_operations{consumer=\"guild\",outcome=\"done\"}",
            2.0,
        ),
        (
            "kronos_operations{consumer=\"guild\",outcome=\"failed\"}",
            0.0,
        ),
        (
            "kronos_deliveries{consumer=\"guild\",state=\"stands\"}",
            2.0,
        ),
        (
            "kronos_deliveries{consumer=\"guild\",state=\"quarantined\"}",
            0.0,
        ),
        ("kronos_requests{consumer=\"guild\"}", 4.0),
        ("kronos_refusals{consumer=\"guild\"}", 0.0),
        ("kronos_refusals{provider=\"space\"}", 0.0),
    ] {
        assert_eq!(value(&text, sample), expected, "{sample}\n{text}");
    }
    let run = value(&text, "kronos_last_run_timestamp_seconds");
    assert_eq!(value(&text, "kronos_last_success_timestamp_seconds"), run);
    assert!(run > 1.7e9 && value(&text, "kronos_run_duration_seconds") >= 0.0);
    assert!(value(&text, "kronos_requests{provider=\"space\"}") > 0.0);
    assert!(value(&text, "kronos_database_size_bytes") > 4096.0);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
}

#[test]
fn the_last_success_stays_while_runs_fail() {
    let (scene, path) = measured();
    scene.event("Rust night", 3);
    scene.kronos.run().ends_with(0);
    let success = "kronos_last_success_timestamp_seconds";
    let before = value(&fs::read_to_string(&path).unwrap(), success);
    scene.mobilizon.server.go_away();
    scene.kronos.run().ends_with(1);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(value(&text, success), before);
    assert!(value(&text, "kronos_last_run_timestamp_seconds") > before);
    assert_eq!(value(&text, "kronos_run_exit_code"), 1.0);
    let read = "kronos_group_read{provider=\"space\",group=\"hackerspace\"}";
    assert_eq!(value(&text, read), 0.0);
}

#[test]
fn what_a_service_refused_is_counted() {
    let (scene, path) = measured();
    scene.event("Rust night", 3);
    scene.discord.may_create(false);
    scene.kronos.run();
    let text = fs::read_to_string(&path).unwrap();
    assert!(value(&text, "kronos_refusals{consumer=\"guild\"}") >= 1.0);
    assert_eq!(value(&text, "kronos_refusals{provider=\"space\"}"), 0.0);
}

#[test]
fn a_dry_run_writes_none_and_a_file_that_cannot_be_written_changes_no_exit_code() {
    let (mut scene, path) = measured();
    scene.kronos.dry_run().ends_with(0);
    assert!(!path.exists());
    let nowhere = toml::Value::from(scene.kronos.path("no/where.prom").to_str().unwrap());
    scene
        .kronos
        .set("monitor", "metrics_file", &nowhere.to_string());
    let run = scene.kronos.run().ends_with(0);
    assert!(
        run.stderr.contains("no/where.prom was not written"),
        "{}",
        run.stderr
    );
}
