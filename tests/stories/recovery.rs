//! Killed, lost, restored, unanswered: one item for each event all the same, with the fields of the source.

use super::scene::Scene;
use crate::support::fault::{Fault, When};
use crate::support::kronos::Death;

impl Scene {
    /// Every event stands exactly once, under its present title.
    fn is_true(&self, titles: &[(&str, &str)], story: &str) {
        for (uuid, title) in titles {
            let items = self.discord.live_with(&self.mobilizon.event_url(uuid));
            let names: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
            assert_eq!(names, [*title], "{story}");
        }
        assert_eq!(self.discord.live().len(), titles.len(), "{story}");
    }

    /// Runs until nothing is sent any more.
    fn rest(&self, story: &str) {
        for _ in 0..4 {
            let before = self.discord.server.count();
            self.kronos.run().ends_with(0);
            if self.discord.server.count() == before {
                return;
            }
        }
        panic!("{story}: it does not come to rest");
    }
}

/// Kills a run before and after each of its exchanges with either service, in a fresh scene each time.
fn killed_everywhere(prepare: impl Fn(&Scene) -> Vec<(String, &'static str)>) {
    for at_discord in [false, true] {
        for death in [Death::BeforeItIsHandled, Death::BeforeTheAnswer] {
            for number in 1.. {
                let scene = Scene::new();
                let events = prepare(&scene);
                let server = if at_discord {
                    &scene.discord.server
                } else {
                    &scene.mobilizon.server
                };
                let run =
                    scene
                        .kronos
                        .kill_at(server, When::exchange(server.count() + number), death);
                let story =
                    format!("killed at exchange {number} ({death:?}, Discord: {at_discord})");
                if !run.was_killed() {
                    break;
                }
                scene.rest(&story);
                let titles: Vec<(&str, &str)> = events
                    .iter()
                    .map(|(uuid, title)| (uuid.as_str(), *title))
                    .collect();
                scene.is_true(&titles, &story);
            }
        }
    }
}

#[test]
fn a_first_run_killed_anywhere_leaves_one_item_for_each_event() {
    killed_everywhere(|scene| {
        vec![
            (scene.event("Rust night", 3), "Rust night"),
            (scene.event("Repair café", 5), "Repair café"),
        ]
    });
}

#[test]
fn edits_a_cancellation_and_a_deletion_killed_anywhere_end_as_if_they_had_not_been() {
    killed_everywhere(|scene| {
        let (edited, cancelled, deleted) = (
            scene.event("Rust night", 3),
            scene.event("Repair café", 5),
            scene.event("Board games", 6),
        );
        let kept = scene.event("Radio", 7);
        scene.deeds();
        scene.at_rest(|| {
            scene
                .mobilizon
                .edit(&edited, |entry| entry.title("Rust evening"))
        });
        scene.at_rest(|| scene.mobilizon.cancel(&cancelled));
        scene.mobilizon.delete(&deleted);
        vec![(edited, "Rust evening"), (kept, "Radio")]
    });
}

#[test]
fn without_its_database_everything_is_adopted_and_nothing_created() {
    for everything in [false, true] {
        let scene = Scene::new();
        let (rust, café) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
        scene.deeds();
        if everything {
            scene.kronos.delete_state()
        } else {
            scene.kronos.delete_database()
        }
        assert_eq!(scene.deeds(), ["adopt done", "adopt done"]);
        scene.is_true(&[(&rust, "Rust night"), (&café, "Repair café")], "adopted");
        assert_eq!(scene.run_counting().2, 0);
    }
}

#[test]
fn what_was_deleted_at_the_source_while_the_database_was_lost_goes_one_run_later() {
    let scene = Scene::new();
    let (rust, café) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
    scene.deeds();
    scene.kronos.delete_database();
    scene.mobilizon.delete(&rust);
    let run = scene.kronos.run().ends_with(0);
    let mut deeds = run.deeds("guild");
    deeds.sort();
    assert_eq!(
        deeds,
        ["adopt done", "delete waiting"],
        "the run that finds the loss deletes nothing"
    );
    assert_eq!(scene.deeds(), ["delete done"]);
    scene.is_true(&[(&café, "Repair café")], "after the loss");
}

#[test]
fn what_was_deleted_while_the_state_was_lost_goes_though_the_run_that_found_it_was_killed() {
    let scene = Scene::new();
    let (rust, café) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
    scene.deeds();
    scene.kronos.delete_state();
    scene.mobilizon.delete(&rust);
    let next = When::exchange(scene.discord.server.count() + 1);
    let killed = scene
        .kronos
        .kill_at(&scene.discord.server, next, Death::BeforeItIsHandled);
    assert!(killed.was_killed());
    let mut deeds = scene.deeds();
    deeds.sort();
    assert_eq!(deeds, ["adopt done", "delete done"]);
    scene.is_true(&[(&café, "Repair café")], "killed after the loss");
}

#[test]
fn what_was_deleted_while_the_state_was_lost_is_looked_up_until_the_source_tells() {
    let scene = Scene::new();
    let (rust, café) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
    scene.deeds();
    scene.kronos.delete_state();
    scene.mobilizon.delete(&rust);
    scene
        .mobilizon
        .server
        .fault(When::request("GET", "/events/"), Fault::CloseBefore);
    assert_eq!(scene.deeds(), ["adopt done"]);
    assert_eq!(scene.deeds(), ["delete done"]);
    scene.is_true(
        &[(&café, "Repair café")],
        "the source told nothing at first",
    );
    assert_eq!(scene.run_counting().2, 0);
}

#[test]
fn an_older_database_duplicates_and_deletes_nothing() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.deeds();
    let old = scene.kronos.save_database();
    let café = scene.event("Repair café", 5);
    assert_eq!(scene.deeds(), ["create done"]);
    scene.kronos.restore_database(&old);
    assert_eq!(scene.deeds(), ["adopt done"]);
    scene.is_true(&[(&rust, "Rust night"), (&café, "Repair café")], "restored");
}

#[test]
fn a_creation_whose_answer_is_lost_is_found_in_the_same_run() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene
        .discord
        .server
        .fault(When::request("POST", "scheduled-events"), Fault::CloseAfter);
    assert_eq!(scene.deeds(), ["create done"]);
    scene.is_true(&[(&rust, "Rust night")], "answer lost");
}

#[test]
fn a_creation_that_never_arrived_is_sent_again_only_after_a_settled_listing() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.discord.server.fault(
        When::request("POST", "scheduled-events"),
        Fault::CloseBefore,
    );
    assert_eq!(scene.deeds(), ["create done"]);
    scene.is_true(&[(&rust, "Rust night")], "request lost");
    let requests = scene.discord.server.requests(0);
    let listings = requests
        .iter()
        .filter(|request| request.method == "GET" && request.path.ends_with("scheduled-events"))
        .count();
    assert_eq!(listings, 2, "one before each attempt");
}

#[test]
fn a_refused_event_is_quarantined_until_it_is_released_and_stops_no_other() {
    let scene = Scene::new();
    let (rust, café) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
    let refusal = crate::support::exchange::Reply::json(
        400,
        &serde_json::json!({"message": "Invalid Form Body", "code": 50035}),
    );
    scene.discord.server.fault(
        When::request("POST", "scheduled-events"),
        Fault::Answer(refusal),
    );
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("guild"), ["create failed", "create done"]);
    let (run, _, sent) = scene.run_counting();
    assert_eq!(
        (run.ends_with(0).deeds("guild"), sent),
        (vec!["create failed".to_string()], 0),
        "only reported"
    );
    scene
        .kronos
        .command(&["retry", &scene.mobilizon.event_url(&rust)])
        .ends_with(0);
    assert_eq!(scene.deeds(), ["create done"]);
    scene.is_true(&[(&rust, "Rust night"), (&café, "Repair café")], "released");
}

#[test]
fn a_token_that_is_refused_ends_with_4_after_one_request() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    scene.discord.accept_only("another token");
    let (run, _, sent) = scene.run_counting();
    run.ends_with(4);
    assert_eq!(sent, 1);
}

#[test]
fn a_second_run_at_the_same_time_ends_with_75() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let latch = crate::support::fault::Latch::new();
    scene
        .mobilizon
        .server
        .fault(When::next(), Fault::HoldBefore(latch.clone()));
    let first = scene.kronos.start(&[]);
    latch.wait_until_reached();
    assert_eq!(scene.kronos.run_with(&[]).code, Some(75));
    assert_eq!(scene.kronos.run_with(&["--dry-run"]).code, Some(75));
    latch.open();
    first.wait().ends_with(0);
}

#[test]
fn sigterm_ends_the_run_after_the_exchange_under_way() {
    let scene = Scene::new();
    let (rust, _) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
    let latch = crate::support::fault::Latch::new();
    scene.discord.server.fault(
        When::request("POST", "scheduled-events"),
        Fault::HoldAfter(latch.clone()),
    );
    let run = scene.kronos.start(&[]);
    latch.wait_until_reached();
    run.terminate();
    latch.open();
    let run = run.wait().ends_with(3);
    assert_eq!(run.deeds("guild"), ["create done", "create waiting"]);
    scene.is_true(&[(&rust, "Rust night")], "stopped");
    assert_eq!(scene.deeds(), ["create done"]);
}
