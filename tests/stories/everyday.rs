//! The everyday: what is created, changed, called off or deleted at Mobilizon is so at Discord, in place, and nothing else.

use super::scene::{Scene, in_days};
use crate::support::fault::{Fault, Latch, When};
use chrono::Duration;

#[test]
fn the_first_run_creates_the_second_sends_nothing_and_asks_once() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.event("Repair café", 5);
    assert_eq!(scene.deeds(), ["create done", "create done"]);
    let items = scene.discord.live_with(&scene.mobilizon.event_url(&rust));
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].name, "Rust night");
    assert_eq!(items[0].start, in_days(3));
    let (run, asked, sent) = scene.run_counting();
    let run = run.ends_with(0);
    assert_eq!((asked, sent), (1, 0));
    assert!(run.operations("guild").is_empty());
    assert_eq!(run.group("space", "hackerspace")["quiet"], true);
}

#[test]
fn an_edit_changes_the_item_in_place_and_names_the_fields() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.deeds();
    let id = scene.discord.live()[0].id.clone();
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&rust, |entry| entry.title("Rust evening"))
    });
    let run = scene.kronos.run().ends_with(0);
    assert_eq!(run.deeds("guild"), ["update done"]);
    assert_eq!(
        run.operations("guild")[0]["fields"],
        serde_json::json!(["title"])
    );
    assert_eq!(run.operations("guild")[0]["remote_id"], id.as_str());
    let items = scene.discord.live();
    assert_eq!(
        (items.len(), items[0].id.as_str(), items[0].name.as_str()),
        (1, id.as_str(), "Rust evening")
    );
    assert_eq!(scene.run_counting().2, 0);
}

#[test]
fn a_move_in_time_carries_both_ends() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.deeds();
    let begins = in_days(10);
    scene.at_rest(|| {
        scene.mobilizon.edit(&rust, |entry| {
            entry.begins(begins).ends(begins + Duration::hours(2))
        })
    });
    assert_eq!(scene.deeds(), ["update done"]);
    let item = &scene.discord.live()[0];
    assert_eq!(
        (item.start, item.end),
        (begins, begins + Duration::hours(2))
    );
}

#[test]
fn an_rsvp_bumps_last_modified_and_sends_nothing() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.deeds();
    scene.at_rest(|| scene.mobilizon.rsvp(&rust));
    let (run, _, sent) = scene.run_counting();
    assert!(run.ends_with(0).operations("guild").is_empty());
    assert_eq!(sent, 0);
}

#[test]
fn a_cancelled_event_is_called_off_and_a_confirmed_one_made_anew() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.deeds();
    let first = scene.discord.live()[0].id.clone();
    scene.at_rest(|| scene.mobilizon.cancel(&rust));
    assert_eq!(scene.deeds(), ["cancel done"]);
    assert!(scene.discord.live().is_empty());
    assert!(
        scene.discord.item(&first).is_some(),
        "cancelled, not deleted"
    );
    assert_eq!(scene.run_counting().2, 0);
    scene.at_rest(|| scene.mobilizon.confirm(&rust));
    assert_eq!(scene.deeds(), ["create done"]);
    assert_eq!(scene.discord.live().len(), 1);
    assert_ne!(scene.discord.live()[0].id, first);
}

#[test]
fn an_event_cancelled_before_it_stood_anywhere_makes_nothing() {
    let scene = Scene::new();
    scene.event_with("Never", 3, |entry| entry.status("CANCELLED"));
    assert!(scene.deeds().is_empty());
    assert!(scene.discord.items().is_empty());
}

#[test]
fn a_deleted_event_is_deleted() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.event("Repair café", 5);
    scene.deeds();
    scene.mobilizon.delete(&rust);
    assert_eq!(scene.deeds(), ["delete done"]);
    let names: Vec<String> = scene
        .discord
        .live()
        .into_iter()
        .map(|item| item.name)
        .collect();
    assert_eq!(names, ["Repair café"]);
    assert_eq!(scene.run_counting().2, 0);
}

#[test]
fn a_hidden_event_waits_and_stays_when_it_returns() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.event("Repair café", 5);
    scene.deeds();
    scene.at_rest(|| scene.mobilizon.hide(&rust));
    assert_eq!(scene.deeds(), ["delete waiting"]);
    assert_eq!(
        scene.deeds(),
        ["delete waiting"],
        "two readings, but no hour between them"
    );
    assert_eq!(scene.discord.live().len(), 2);
    scene.at_rest(|| scene.mobilizon.show(&rust));
    assert!(scene.deeds().is_empty());
    assert_eq!(scene.discord.live().len(), 2);
}

#[test]
fn an_event_moved_into_the_past_leaves_the_guild_while_one_that_passed_stays() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.event("Repair café", 5);
    scene.deeds();
    scene.at_rest(|| {
        scene.mobilizon.edit(&rust, |entry| {
            entry
                .begins(in_days(-30))
                .ends(in_days(-30) + Duration::hours(1))
        })
    });
    assert_eq!(scene.deeds(), ["delete done"]);
    assert_eq!(scene.discord.live().len(), 1);
}

#[test]
fn past_events_are_not_created() {
    let scene = Scene::new();
    scene.event("Long gone", -3);
    assert!(scene.deeds().is_empty());
    assert_eq!(
        scene.discord.server.count(),
        2,
        "the first run looks what stands there, and that is all"
    );
}

#[test]
fn drafts_and_private_events_are_not_shared() {
    let scene = Scene::new();
    scene.event_with("Draft", 3, |entry| entry.draft(true));
    scene.event_with("Unlisted", 3, |entry| entry.visibility("UNLISTED"));
    assert!(scene.deeds().is_empty());
}

#[test]
fn what_a_person_deleted_or_changed_at_the_guild_is_mended_by_the_next_full_run() {
    let mut scene = Scene::new();
    scene.event("Rust night", 3);
    scene.event("Repair café", 5);
    scene.deeds();
    // Until a listing has settled, it proves nothing.
    scene.kronos.set("sync", "settle", "\"1ms\"");
    let ids: Vec<String> = scene
        .discord
        .live()
        .into_iter()
        .map(|item| item.id)
        .collect();
    scene.discord.delete_by_hand(&ids[0]);
    scene
        .discord
        .change_by_hand(&ids[1], |item| item.name = "Something else".into());
    let settled = scene.kronos.run_with(&["--full"]).ends_with(0);
    assert_eq!(settled.deeds("guild"), ["update done", "create done"]);
    let mut names: Vec<String> = scene
        .discord
        .live()
        .into_iter()
        .map(|item| item.name)
        .collect();
    names.sort();
    assert_eq!(names, ["Repair café", "Rust night"]);
}

#[test]
fn an_event_that_a_person_shared_by_hand_is_left_to_them() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    let url = scene.mobilizon.event_url(&rust);
    scene
        .discord
        .by_hand("My own", &format!("Come to {url} all"), in_days(3));
    assert_eq!(scene.deeds(), ["create waiting"]);
    assert_eq!(scene.discord.live().len(), 1);
    assert_eq!(scene.discord.live()[0].name, "My own");
}

#[test]
fn what_happens_while_a_group_is_read_again_is_seen_and_counted_with_the_rest() {
    let scene = Scene::new();
    let (past, gone, edited) = (
        scene.event("Rust night", 3),
        scene.event("Radio", 4),
        scene.event("Repair café", 5),
    );
    scene.deeds();
    scene.at_rest(|| {
        let yesterday = in_days(-2);
        scene.mobilizon.edit(&past, |entry| {
            entry.begins(yesterday).ends(yesterday + Duration::hours(3))
        })
    });
    // The third exchange begins the second reading: an item of ours is to go.
    let latch = Latch::new();
    let second = When::exchange(scene.mobilizon.server.count() + 3);
    let held = Fault::HoldBefore(latch.clone());
    scene.mobilizon.server.fault(second, held);
    let run = scene.kronos.start(&[]);
    latch.wait_until_reached();
    scene.mobilizon.delete(&gone);
    scene.mobilizon.edit(&edited, |entry| entry.title("Repair"));
    latch.open();
    let run = run.wait().ends_with(0);
    let group = run.group("space", "hackerspace");
    let counts = ["changed", "gone", "events"].map(|count| group[count].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 2], "{group}");
    assert_eq!(
        run.deeds("guild"),
        ["delete done", "delete done", "update done"]
    );
}
