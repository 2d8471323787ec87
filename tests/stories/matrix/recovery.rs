//! Killed, lost, restored, unanswered: one message for each event all the same.

use super::{deeds, in_a_room, share_to};
use crate::stories::scene::Scene;
use crate::support::fault::{Fault, When};
use crate::support::kronos::Death;
use crate::support::matrix::{self, Matrix};

/// Each event has one message, under its present title, and there are no others.
fn is_true(scene: &Scene, room: &Matrix, titles: &[(&str, &str)], story: &str) {
    for (uuid, title) in titles {
        let shown = room.shown_with(&scene.mobilizon.event_url(uuid));
        let names: Vec<&str> = shown.iter().map(|message| message.title()).collect();
        assert_eq!(names, [*title], "{story}");
    }
    assert_eq!(room.shown().len(), titles.len(), "{story}");
}

/// Kills a run before and after each of its exchanges with the homeserver, in a fresh scene each time.
fn killed_everywhere(
    set: impl Fn() -> (Scene, Matrix),
    prepare: impl Fn(&Scene) -> Vec<(String, &'static str)>,
) {
    for death in [Death::BeforeItIsHandled, Death::BeforeTheAnswer] {
        for number in 1.. {
            let (scene, room) = set();
            let events = prepare(&scene);
            let when = When::exchange(room.server.count() + number);
            let run = scene.kronos.kill_at(&room.server, when, death);
            if !run.was_killed() {
                assert!(number > 4, "there is something to kill");
                break;
            }
            let story = format!("killed at exchange {number} ({death:?})");
            for _ in 0..3 {
                scene.kronos.run().ends_with(0);
            }
            let before = room.server.count();
            scene.kronos.run().ends_with(0);
            assert_eq!(room.server.count(), before, "{story}: it comes to rest");
            let titles: Vec<(&str, &str)> = events
                .iter()
                .map(|(uuid, title)| (uuid.as_str(), *title))
                .collect();
            is_true(&scene, &room, &titles, &story);
        }
    }
}

#[test]
fn a_first_run_killed_anywhere_leaves_one_message_for_each_event() {
    let with_password = || {
        let (mut scene, room) = in_a_room();
        scene.kronos.remove("consumers.room");
        let url = room.url();
        share_to(&mut scene, |bare| {
            bare.matrix("room", &url, matrix::ALIAS)
                .text("consumers.room", "user", matrix::USER)
                .secret("consumers.room", "password", matrix::PASSWORD)
        });
        (scene, room)
    };
    killed_everywhere(with_password, |scene| {
        vec![
            (scene.event("Rust night", 3), "Rust night"),
            (scene.event("Repair café", 5), "Repair café"),
        ]
    });
}

#[test]
fn a_first_run_that_also_has_to_join_may_be_killed_anywhere() {
    let outside = || {
        let (scene, room) = in_a_room();
        room.close_the_door();
        room.invite();
        (scene, room)
    };
    killed_everywhere(outside, |scene| {
        vec![(scene.event("Rust night", 3), "Rust night")]
    });
}

#[test]
fn edits_a_cancellation_and_a_deletion_killed_anywhere_end_as_if_they_had_not_been() {
    killed_everywhere(in_a_room, |scene| {
        let (edited, cancelled, deleted) = (
            scene.event("Rust night", 3),
            scene.event("Repair café", 5),
            scene.event("Board games", 6),
        );
        let kept = scene.event("Radio", 7);
        deeds(scene);
        scene.at_rest(|| {
            scene
                .mobilizon
                .edit(&edited, |entry| entry.title("Rust evening"))
        });
        scene.at_rest(|| scene.mobilizon.cancel(&cancelled));
        scene.mobilizon.delete(&deleted);
        vec![
            (edited, "Rust evening"),
            (kept, "Radio"),
            (cancelled, "Cancelled: Repair café"),
        ]
    });
}

#[test]
fn a_message_whose_answer_is_lost_is_found_in_the_same_run() {
    for fault in [
        Fault::CloseAfter,
        Fault::CloseBefore,
        Fault::applied_then_502(),
    ] {
        let (scene, room) = in_a_room();
        let rust = scene.event("Rust night", 3);
        let story = format!("{fault:?}");
        room.server.fault(When::request("PUT", "/send/"), fault);
        assert_eq!(deeds(&scene), ["create done"]);
        is_true(&scene, &room, &[(&rust, "Rust night")], &story);
        assert_eq!(room.sent(), 1, "{story}");
    }
}

#[test]
fn an_older_database_duplicates_and_deletes_nothing() {
    let (scene, room) = in_a_room();
    let rust = scene.event("Rust night", 3);
    deeds(&scene);
    let old = scene.kronos.save_database();
    let café = scene.event("Repair café", 5);
    assert_eq!(deeds(&scene), ["create done"]);
    scene.kronos.restore_database(&old);
    assert_eq!(deeds(&scene), ["adopt done"]);
    is_true(
        &scene,
        &room,
        &[(&rust, "Rust night"), (&café, "Repair café")],
        "restored",
    );
}

#[test]
fn what_was_edited_or_removed_by_hand_is_mended_by_the_next_full_run() {
    let (mut scene, room) = in_a_room();
    let (rust, café) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
    deeds(&scene);
    scene.kronos.set("sync", "settle", "\"1ms\"");
    let ids: Vec<String> = room.shown().into_iter().map(|message| message.id).collect();
    // Another client of the same user knows nothing of our key.
    room.say(
        matrix::USER,
        serde_json::json!({
            "msgtype": "m.text", "body": "* Nonsense", "m.new_content": {"msgtype": "m.text", "body": "Nonsense"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": ids[0]},
        }),
    );
    room.remove_by_hand(&ids[1]);
    let run = scene.kronos.run_with(&["--full"]).ends_with(0);
    let mut done = run.deeds("room");
    done.sort();
    assert_eq!(done, ["create done", "update done"]);
    is_true(
        &scene,
        &room,
        &[(&rust, "Rust night"), (&café, "Repair café")],
        "mended",
    );
}
