//! `kronos status` says what is where, what waits and why, and which command releases it.

use crate::stories::scene::{Scene, in_days};
use crate::support::exchange::Reply;
use crate::support::fault::{Fault, Latch, When};
use serde_json::{Value, json};

fn status(scene: &Scene, arguments: &[&str]) -> String {
    let arguments = [&["status"], arguments].concat();
    scene.kronos.command(&arguments).ends_with(0).stdout
}

fn as_json(scene: &Scene) -> Value {
    serde_json::from_str(&status(scene, &["--format", "json"])).unwrap()
}

#[track_caller]
fn assert_holds(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}

#[test]
fn before_the_first_run_there_is_nothing_and_no_file_is_added() {
    let scene = Scene::new();
    assert_holds(
        &status(&scene, &[]),
        &["guild (discord:", ": nothing", "No run has been made yet"],
    );
    assert!(scene.kronos.state_files().is_empty());
}

#[test]
fn what_stands_is_counted_and_named_on_request_and_no_file_changes() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    scene.event("Repair café", 4);
    scene.deeds();
    let files = scene.kronos.state_files();
    let text = status(&scene, &[]);
    assert_holds(
        &text,
        &[": 2 stand\n", "Last runs", "exit 0  Run 1: 2 events"],
    );
    assert!(!text.contains("Rust night"));
    assert_holds(
        &status(&scene, &["-v"]),
        &["stands       Rust night", "there: https://discord.com/"],
    );
    assert_eq!(scene.kronos.state_files(), files);
    let json = as_json(&scene);
    assert_eq!(json["consumers"][0]["deliveries"][0]["place"], "stands");
    assert_eq!(json["runs"][0]["exit"], 0);
}

#[test]
fn an_event_is_found_by_its_url_its_id_its_title_and_its_item() {
    let scene = Scene::new();
    let uuid = scene.event("Rust night", 3);
    scene.event("Radio", 4);
    scene.deeds();
    let url = scene.mobilizon.event_url(&uuid);
    let item = scene.discord.live_with(&url)[0].id.clone();
    for wanted in [&url, &uuid, "rust NIGHT", &item] {
        let text = status(&scene, &[wanted]);
        assert_holds(
            &text,
            &[
                "Rust night",
                &url,
                "stands",
                "in space/hackerspace",
                "guild",
                "create at guild, applied",
            ],
        );
        assert!(!text.contains("Radio"), "{text}");
    }
    let run = scene.kronos.command(&["status", "Knitting"]).ends_with(1);
    assert_holds(&run.stderr, &["\"Knitting\""]);
}

#[test]
fn what_a_guard_withholds_shows_the_command_that_releases_it() {
    let scene = Scene::new();
    let events = [scene.event("One", 3), scene.event("Two", 4)];
    scene.deeds();
    events
        .iter()
        .for_each(|event| scene.mobilizon.delete(event));
    let plan = scene.kronos.run().ends_with(3).plan();
    let command = format!("release it with: kronos sync --approve {plan}");
    assert_holds(
        &status(&scene, &[]),
        &["2 withheld", &command, "it was deleted at its source"],
    );
    scene.kronos.run_with(&["--approve", &plan]).ends_with(0);
    let text = status(&scene, &[]);
    assert!(!text.contains("withheld       "), "{text}");
    assert_holds(&text, &[": nothing"]);
}

#[test]
fn what_a_service_refused_is_quarantined_with_its_reason_until_it_is_released() {
    let scene = Scene::new();
    let uuid = scene.event("Rust night", 3);
    let url = scene.mobilizon.event_url(&uuid);
    let refusal = Reply::json(400, &json!({"message": "Invalid Form Body", "code": 50035}));
    let posts = When::that(|request| request.method == "POST");
    scene.discord.server.fault(posts, Fault::Answer(refusal));
    scene.kronos.run().ends_with(3);
    let command = format!("kronos retry {url} --consumer guild");
    assert_holds(
        &status(&scene, &[]),
        &[
            "1 quarantined",
            "Invalid Form Body",
            "since ",
            "not before ",
            &command,
        ],
    );
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    scene.kronos.command(&words).ends_with(0);
    assert_holds(
        &status(&scene, &[]),
        &["1 waits", "the next run sees to it"],
    );
    assert_eq!(scene.deeds(), ["create done"]);
}

#[test]
fn a_person_s_own_item_is_linked_and_a_failure_says_why() {
    let scene = Scene::new();
    let linked = scene.mobilizon.event_url(&scene.event("Rust night", 3));
    scene.discord.by_hand("Rust night", &linked, in_days(3));
    scene.event("Radio", 4);
    scene.discord.may_create(false);
    scene.kronos.run();
    assert_holds(
        &status(&scene, &[]),
        &[
            "1 linked",
            "1 failed",
            "a person's own item",
            "Create Events",
        ],
    );
}

#[test]
fn while_a_run_is_under_way_it_ends_with_75() {
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
    scene.kronos.command(&["status"]).ends_with(75);
    latch.open();
    run.wait().ends_with(0);
}
