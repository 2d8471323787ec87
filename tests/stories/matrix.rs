//! Matrix: a message for each event in a room, edited in place, taken away when the event is gone.

mod real;
mod recovery;
mod refusals;

use super::scene::{Scene, in_days};
use crate::support::kronos::Kronos;
use crate::support::matrix::view::{self, Shown};
use crate::support::matrix::{self, Matrix};
use chrono::Duration;

/// The usual scene with a room instead of the guild, to which kronos has an access token.
pub fn in_a_room() -> (Scene, Matrix) {
    let (mut scene, room) = (Scene::new(), Matrix::start());
    let url = room.url();
    share_to(&mut scene, |bare| {
        bare.matrix("room", &url, matrix::ALIAS).secret(
            "consumers.room",
            "access_token",
            matrix::TOKEN,
        )
    });
    (scene, room)
}

/// Replaces the guild by another consumer.
pub fn share_to(scene: &mut Scene, consumer: impl FnOnce(Kronos) -> Kronos) {
    scene.kronos.remove("consumers.guild");
    let bare = std::mem::take(&mut scene.kronos);
    scene.kronos = consumer(bare);
}

/// A run that must end with 0, and what it did in the room.
pub fn deeds(scene: &Scene) -> Vec<String> {
    let mut deeds = scene.kronos.run().ends_with(0).deeds("room");
    deeds.sort();
    deeds
}

fn titles(shown: &[Shown]) -> Vec<&str> {
    shown.iter().map(Shown::title).collect()
}

/// What an event goes through in a room, whoever keeps the room. `shown` tells what people see in it.
pub fn from_announcement_to_removal(scene: &Scene, shown: &dyn Fn() -> Vec<Shown>) {
    let (edited, cancelled, deleted) = (
        scene.event_with("Rust night", 3, |entry| {
            entry.description("<p>Bring a <b>laptop</b> &amp; @room &lt;3</p>")
        }),
        scene.event("Repair café", 5),
        scene.event("Board games", 6),
    );
    assert_eq!(deeds(scene), ["create done"; 3]);
    let first = shown();
    assert_eq!(titles(&first), ["Rust night", "Repair café", "Board games"]);
    for (message, uuid) in first.iter().zip([&edited, &cancelled, &deleted]) {
        let url = scene.mobilizon.event_url(uuid);
        assert_eq!(message.body().lines().last(), Some(url.as_str()));
        assert_eq!(message.content["msgtype"], "m.notice");
        assert_eq!(message.content["m.mentions"], serde_json::json!({}));
    }
    assert!(
        first[0]
            .html()
            .contains("Bring a <b>laptop</b> &amp; @\u{200b}room &lt;3")
    );
    assert!(deeds(scene).is_empty());

    scene.at_rest(|| {
        scene.mobilizon.edit(&edited, |entry| {
            entry
                .title("Rust evening")
                .begins(in_days(4))
                .ends(in_days(4) + Duration::hours(2))
        })
    });
    scene.at_rest(|| scene.mobilizon.cancel(&cancelled));
    scene.mobilizon.delete(&deleted);
    let run = scene.kronos.run().ends_with(0);
    let mut done = run.deeds("room");
    done.sort();
    assert_eq!(done, ["cancel done", "delete done", "update done"]);
    let second = shown();
    assert_eq!(titles(&second), ["Rust evening", "Cancelled: Repair café"]);
    let ids = |shown: &[Shown]| -> Vec<String> {
        shown.iter().map(|message| message.id.clone()).collect()
    };
    assert_eq!(ids(&second), ids(&first)[..2], "edited in place");
    assert!(second.iter().all(|message| message.edited));
    assert!(second[1].html().contains("<del>Repair café</del>"));
    assert!(deeds(scene).is_empty());

    scene.at_rest(|| scene.mobilizon.confirm(&cancelled));
    assert_eq!(deeds(scene), ["update done"]);
    assert_eq!(titles(&shown()), ["Rust evening", "Repair café"]);

    scene.kronos.delete_state();
    assert_eq!(
        deeds(scene),
        ["adopt done"; 2],
        "known by what stands there"
    );
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&edited, |entry| entry.title("Rust at dawn"))
    });
    assert_eq!(deeds(scene), ["update done"]);
    assert_eq!(titles(&shown()), ["Rust at dawn", "Repair café"]);
    assert_eq!(ids(&shown()), ids(&second));
}

#[test]
fn an_event_is_announced_edited_in_place_called_off_and_taken_away() {
    let (scene, room) = in_a_room();
    from_announcement_to_removal(&scene, &|| room.shown());
}

#[test]
fn the_second_run_sends_nothing_and_an_edit_names_its_fields() {
    let (scene, room) = in_a_room();
    let rust = scene.event("Rust night", 3);
    deeds(&scene);
    let before = room.server.count();
    assert!(deeds(&scene).is_empty());
    assert_eq!(room.server.count(), before);
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&rust, |entry| entry.title("Rust evening"))
    });
    let run = scene.kronos.run().ends_with(0);
    let done = &run.operations("room")[0];
    assert_eq!(done["fields"], serde_json::json!(["title", "description"]));
    let url = done["remote_url"].as_str().unwrap();
    assert!(url.starts_with("https://matrix.to/#/%21gqn"), "{url}");
    assert!(url.ends_with("?via=kronos.test"), "{url}");
}

#[test]
fn an_event_further_away_than_ahead_waits_and_what_was_announced_stays() {
    let (mut scene, room) = in_a_room();
    let far = scene.event("Summer camp", 40);
    scene.event("Rust night", 3);
    let run = scene.kronos.run().ends_with(0);
    let mut done = run.deeds("room");
    done.sort();
    assert_eq!(done, ["create done", "create waiting"]);
    scene.kronos.set("consumers.room", "ahead", "\"50d\"");
    assert_eq!(deeds(&scene), ["create done"]);
    assert_eq!(room.shown_with(&scene.mobilizon.event_url(&far)).len(), 1);
    scene.kronos.set("consumers.room", "ahead", "\"30d\"");
    assert!(deeds(&scene).is_empty());
    assert_eq!(room.shown().len(), 2);
}

#[test]
fn a_password_logs_in_once_a_run_always_as_the_same_device() {
    let (mut scene, room) = in_a_room();
    scene.kronos.remove("consumers.room");
    let url = room.url();
    share_to(&mut scene, |bare| {
        bare.matrix("room", &url, matrix::ALIAS)
            .text("consumers.room", "user", matrix::USER)
            .secret("consumers.room", "password", matrix::PASSWORD)
    });
    for (number, title) in [(1, "Rust night"), (2, "Repair café")] {
        scene.event(title, 3);
        let run = scene.kronos.run_with(&["-vv"]).ends_with(0);
        assert_eq!(run.deeds("room"), ["create done"]);
        assert_eq!(room.logins(), number);
        assert!(!run.stderr.contains(matrix::PASSWORD) && !run.stderr.contains("EXAMPLE-login"));
    }
    let devices: Vec<String> = room
        .server
        .requests(0)
        .iter()
        .filter(|request| request.path.ends_with("/login"))
        .map(|request| request.json()["device_id"].to_string())
        .collect();
    assert_eq!(devices.len(), 2);
    assert_eq!(devices[0], devices[1]);
    assert!(devices[0].starts_with("\"KRONOS_"), "{}", devices[0]);
}

#[test]
fn what_others_say_about_an_event_keeps_nothing_from_being_announced() {
    let (scene, room) = in_a_room();
    let rust = scene.event("Rust night", 3);
    let url = scene.mobilizon.event_url(&rust);
    let text = serde_json::json!({"msgtype": "m.text", "body": format!("Who comes?\n{url}")});
    room.say(matrix::ALICE, text.clone());
    // Kronos itself may say other things, as a listener does.
    room.say(matrix::USER, text);
    assert_eq!(deeds(&scene), ["create done"]);
    assert_eq!(view::with(room.shown(), &url).len(), 2);
}

#[test]
fn a_long_history_is_read_page_by_page_to_its_beginning() {
    let (scene, room) = in_a_room();
    let rust = scene.event("Rust night", 3);
    deeds(&scene);
    for number in 0..120 {
        room.say(
            matrix::USER,
            serde_json::json!({"msgtype": "m.notice", "body": format!("Build {number}")}),
        );
    }
    scene.kronos.delete_state();
    assert_eq!(deeds(&scene), ["adopt done"]);
    let url = scene.mobilizon.event_url(&rust);
    assert_eq!(room.shown_with(&url).len(), 1);
}

#[test]
fn hostile_text_stays_text() {
    let (scene, room) = in_a_room();
    let nasty = "<img src=x onerror=alert(1)> @room @alice:kronos.test </p><script>";
    scene.event_with(nasty, 3, |entry| {
        entry.description(
            "<script>alert(1)</script><a href=\"javascript:alert(1)\">here</a> <p onclick=x>text",
        )
    });
    assert_eq!(deeds(&scene), ["create done"]);
    let shown = &room.shown()[0];
    for forbidden in ["<img", "<script", "onclick=x>", "javascript:", "@room"] {
        assert!(!shown.html().contains(forbidden), "{}", shown.html());
    }
    assert!(
        shown.html().contains("&lt;img src=x onerror=alert(1)&gt;"),
        "{}",
        shown.html()
    );
    assert!(!shown.body().contains("@room"), "{}", shown.body());
}
