//! What a homeserver refuses, and what becomes of it; what `kronos check` says.

use super::{deeds, in_a_room};
use crate::support::exchange::Reply;
use crate::support::fault::{Fault, When};
use crate::support::matrix;
use chrono::TimeDelta;
use serde_json::json;

#[test]
fn the_homeservers_limit_is_honoured_and_everything_arrives() {
    let (scene, room) = in_a_room();
    for number in 0..4 {
        scene.event(&format!("Evening {number}"), 3 + number);
    }
    room.limit(2, TimeDelta::milliseconds(700));
    assert_eq!(deeds(&scene), ["create done"; 4]);
    assert_eq!(room.shown().len(), 4);
    assert!(room.exceeded() <= 2, "{} were too many", room.exceeded());
}

#[test]
fn a_limit_beyond_the_budget_waits_for_a_later_run() {
    let (mut scene, room) = in_a_room();
    scene.kronos.set("sync", "budget", "\"20s\"");
    scene.event("Rust night", 3);
    let body = json!({"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 3_000_000});
    room.server.fault(
        When::request("PUT", "/send/"),
        Fault::Answer(Reply::json(429, &body)),
    );
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("room"), ["create waiting"]);
    let sent = room.server.count();
    scene.kronos.run().ends_with(3);
    let writes = room.server.requests(sent);
    assert!(writes.iter().all(|request| request.method != "PUT"));
}

#[test]
fn a_message_that_is_too_large_is_refused_and_stops_no_other() {
    let (scene, room) = in_a_room();
    scene.event("Rust night", 3);
    scene.event("Repair café", 5);
    let body = json!({"errcode": "M_TOO_LARGE", "error": "event too large"});
    room.server.fault(
        When::request("PUT", "/send/"),
        Fault::Answer(Reply::json(413, &body)),
    );
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("room"), ["create failed", "create done"]);
    let reason = run.operations("room")[0]["reason"].to_string();
    assert!(reason.contains("event too large (M_TOO_LARGE)"), "{reason}");
}

#[test]
fn a_token_that_is_refused_ends_with_4_after_one_request() {
    let (scene, room) = in_a_room();
    scene.event("Rust night", 3);
    room.forget_tokens();
    let run = scene.kronos.run().ends_with(4);
    assert!(run.stdout.contains("access token"), "{}", run.stdout);
    assert_eq!(room.server.count(), 1);
}

#[test]
fn an_invitation_is_taken_by_the_first_message_and_not_by_a_dry_run() {
    let (scene, room) = in_a_room();
    room.close_the_door();
    scene.event("Rust night", 3);
    let run = scene.kronos.run().ends_with(4);
    let reason = run.operations("room")[0]["reason"].to_string();
    assert!(
        reason.contains("invite the user to #events:kronos.test"),
        "{reason}"
    );
    room.invite();
    scene.kronos.dry_run().ends_with(0);
    assert!(!room.is_in());
    assert_eq!(deeds(&scene), ["create done"]);
    assert!(room.is_in());
}

#[test]
fn who_was_in_the_room_before_looks_first_what_stands_there() {
    let (scene, room) = in_a_room();
    scene.event("Rust night", 3);
    deeds(&scene);
    room.close_the_door();
    room.invite();
    scene.kronos.delete_state();
    let run = scene.kronos.run().ends_with(3);
    let reason = run.operations("room")[0]["reason"].to_string();
    assert!(reason.contains("in the room before"), "{reason}");
    assert_eq!(deeds(&scene), ["adopt done"]);
    assert_eq!(room.sent(), 1);
}

#[test]
fn a_check_tells_of_the_homeserver_the_user_and_the_room_and_changes_nothing() {
    let (scene, room) = in_a_room();
    let run = scene.kronos.command(&["check"]).ends_with(0);
    for part in [
        "Stand-in/1.0, speaks Matrix up to v1.15",
        "the homeserver knows us as @kronos:kronos.test",
        "@kronos:kronos.test may send messages",
        "0 can be read",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    room.state(
        "m.room.encryption",
        json!({"algorithm": "m.megolm.v1.aes-sha2"}),
    );
    room.state("m.room.power_levels", json!({"events_default": 50}));
    let run = scene.kronos.command(&["check"]).ends_with(0);
    assert!(
        run.stdout.contains("the room is encrypted"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("messages need 50"), "{}", run.stdout);
    room.close_the_door();
    let run = scene.kronos.command(&["check"]).ends_with(0);
    assert!(run.stdout.contains("invite it"), "{}", run.stdout);
    assert!(!room.is_in());
    room.forget_tokens();
    let run = scene.kronos.command(&["check"]).ends_with(4);
    assert!(run.stdout.contains("make a new one"), "{}", run.stdout);
    assert!(!run.stdout.contains(matrix::TOKEN));
    assert!(
        room.server
            .requests(0)
            .iter()
            .all(|request| request.method == "GET")
    );
}
