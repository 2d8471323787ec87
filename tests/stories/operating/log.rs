//! The log is fit for its reader: a terminal, the journal, or a program.

use crate::stories::scene::Scene;
use crate::support::fault::{Fault, Latch, When};
use crate::support::kronos::{Death, Kronos};
use serde_json::Value;
use std::fs::File;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};

/// Runs `kronos ARGUMENTS` with its log in a file, which is named to it as the journal's stream (or another one is).
/// Gives the exit code and the log.
fn logged(kronos: &Kronos, is_stream: bool, arguments: &[&str]) -> (Option<i32>, String) {
    told(kronos, is_stream, false, arguments)
}

/// As [`logged`]; with `both`, standard output goes the same way.
fn told(kronos: &Kronos, is_stream: bool, both: bool, arguments: &[&str]) -> (Option<i32>, String) {
    let path = kronos.path("log");
    let file = File::create(&path).unwrap();
    let data = file.metadata().unwrap();
    let inode = data.ino() + u64::from(!is_stream);
    std::fs::write(kronos.path("kronos.toml"), kronos.config()).unwrap();
    let out = match both {
        true => Stdio::from(file.try_clone().unwrap()),
        false => Stdio::null(),
    };
    let status = Command::new(env!("CARGO_BIN_EXE_kronos"))
        .arg("--config")
        .arg(kronos.path("kronos.toml"))
        .args(arguments)
        .env_clear()
        .env("HOME", kronos.path("home"))
        .env("JOURNAL_STREAM", format!("{}:{inode}", data.dev()))
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(file)
        .status()
        .unwrap();
    (status.code(), std::fs::read_to_string(path).unwrap())
}

#[test]
fn a_quiet_run_is_one_line_in_the_journal_with_its_priority_and_without_a_time() {
    let scene = Scene::new();
    let (code, log) = logged(&scene.kronos, true, &["sync"]);
    assert_eq!(code, Some(0));
    assert_eq!(
        log,
        "<6>Run 1: 0 events in 1 group: nothing to do. run=1 exit=0\n"
    );
}

#[test]
fn warnings_and_errors_have_priorities_of_their_own_and_so_has_the_reason_for_ending() {
    let scene = Scene::new();
    scene.mobilizon.server.go_away();
    let (code, log) = logged(&scene.kronos, true, &["sync", "-v"]);
    assert_eq!(code, Some(1));
    assert!(
        log.lines().any(|line| line.starts_with("<3>Run 1")),
        "{log}"
    );
    assert!(
        log.lines().any(|line| line.starts_with("<7>sending")),
        "{log}"
    );
    let (code, log) = logged(&scene.kronos, true, &["sync", "-c", "/nowhere"]);
    assert_eq!(code, Some(4));
    assert!(log.starts_with("<3>/nowhere"), "{log}");
}

#[test]
fn that_a_run_was_interrupted_is_told_by_the_next_one_alone() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let posts = When::request("POST", "scheduled-events");
    let (discord, death) = (&scene.discord.server, Death::BeforeTheAnswer);
    assert!(scene.kronos.kill_at(discord, posts, death).was_killed());
    for is_told in [true, false] {
        let (code, log) = logged(&scene.kronos, true, &["sync"]);
        assert_eq!(code, Some(0), "{log}");
        let mut lines = log.lines();
        let told = lines.any(|line| line.starts_with("<4>an earlier run was interrupted"));
        assert_eq!(told, is_told, "{log}");
    }
}

#[test]
fn that_another_run_is_under_way_is_no_error() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let latch = Latch::new();
    let posts = When::that(|request| request.method == "POST");
    scene
        .discord
        .server
        .fault(posts, Fault::HoldBefore(latch.clone()));
    let run = scene.kronos.start(&[]);
    latch.wait_until_reached();
    let (code, log) = logged(&scene.kronos, true, &["sync"]);
    assert_eq!(code, Some(75));
    assert!(log.starts_with("<6>another run is under way"), "{log}");
    latch.open();
    run.wait().ends_with(0);
}

#[test]
fn who_reads_report_and_log_is_told_once_how_the_run_ended() {
    let scene = Scene::new();
    let (_, journal) = told(&scene.kronos, true, true, &["sync"]);
    assert_eq!(
        journal,
        "<6>Run 1: 0 events in 1 group: nothing to do. run=1 exit=0\n"
    );
    let (_, terminal) = told(&scene.kronos, false, true, &["sync"]);
    assert_eq!(terminal, "Run 2: 0 events in 1 group: nothing to do.\n");
    scene.event("Rust night", 3);
    let (_, journal) = told(&scene.kronos, true, true, &["sync"]);
    assert!(
        journal.starts_with("guild (discord)\n  + Rust night\n"),
        "{journal}"
    );
    assert!(
        journal.ends_with("\n<6>Run 3: 1 event in 1 group: 1 done. run=3 exit=0\n"),
        "{journal}"
    );
}

#[test]
fn a_consumer_that_could_not_be_served_is_no_run_with_nothing_to_do() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    scene.discord.accept_only("another");
    let (code, journal) = told(&scene.kronos, true, true, &["sync"]);
    assert_eq!(code, Some(4));
    assert!(
        journal.ends_with(
            "<3>Run 1: 1 event in 1 group: nothing done, 1 of 1 consumer could not be served. run=1 exit=4\n"
        ),
        "{journal}"
    );
}

#[test]
fn a_stream_that_is_another_is_no_journal() {
    let scene = Scene::new();
    let (_, log) = logged(&scene.kronos, false, &["sync"]);
    assert!(
        !log.starts_with('<') && log.contains(" INFO Run 1"),
        "{log}"
    );
}

#[test]
fn as_json_every_line_is_an_object_also_in_the_journal() {
    let scene = Scene::new();
    let arguments = ["sync", "--log-format", "json"];
    let (_, log) = logged(&scene.kronos, false, &arguments);
    let line: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["fields"]["exit"], 0);
    assert_eq!(line["level"], "INFO");
    let (_, log) = logged(&scene.kronos, true, &arguments);
    let line: Value = serde_json::from_str(log.strip_prefix("<6>").unwrap()).unwrap();
    assert!(line.get("timestamp").is_none(), "{log}");
    let (code, log) = logged(
        &scene.kronos,
        false,
        &["status", "-c", "/nowhere", "--log-format", "json"],
    );
    assert_eq!(code, Some(4));
    let line: Value = serde_json::from_str(&log).unwrap();
    assert_eq!(line["level"], "ERROR");
}
