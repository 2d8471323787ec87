//! Meetup: a draft whose id is stored, then published; the group's own clock; nobody is e-mailed.

use super::scene::{Scene, in_days};
use crate::support::fault::{Fault, When};
use crate::support::kronos::Death;
use crate::support::meetup::{Meetup, Status};
use chrono::Duration;

/// The usual scene with a Meetup group instead of the guild.
fn at_meetup() -> (Scene, Meetup) {
    let mut scene = Scene::new();
    let meetup = Meetup::start();
    scene.kronos.remove("consumers.guild");
    let Scene { kronos, .. } = &mut scene;
    let bare = std::mem::take(kronos);
    *kronos = bare.meetup("city", &meetup);
    (scene, meetup)
}

fn deeds(scene: &Scene) -> Vec<String> {
    scene.kronos.run().ends_with(0).deeds("city")
}

#[test]
fn the_first_run_publishes_and_the_second_sends_nothing() {
    let (scene, meetup) = at_meetup();
    let rust = scene.event("Rust night", 3);
    assert_eq!(deeds(&scene), ["create done"]);
    let items = meetup.live_with(&scene.mobilizon.event_url(&rust));
    assert_eq!(items.len(), 1);
    assert_eq!(
        (items[0].title.as_str(), items[0].status, items[0].start),
        ("Rust night", Status::Active, in_days(3))
    );
    assert!(meetup.announced().is_empty(), "nobody is e-mailed");
    let before = meetup.server.count();
    assert!(deeds(&scene).is_empty());
    assert_eq!(meetup.server.count(), before);
}

#[test]
fn edits_cancellations_and_deletions_are_carried_in_place() {
    let (scene, meetup) = at_meetup();
    let (edited, cancelled, deleted) = (
        scene.event("Rust night", 3),
        scene.event("Repair café", 5),
        scene.event("Radio", 7),
    );
    deeds(&scene);
    let begins = in_days(12);
    scene.at_rest(|| {
        scene.mobilizon.edit(&edited, |entry| {
            entry
                .title("Rust evening")
                .begins(begins)
                .ends(begins + Duration::hours(2))
        })
    });
    scene.at_rest(|| scene.mobilizon.cancel(&cancelled));
    scene.mobilizon.delete(&deleted);
    let mut done = deeds(&scene);
    done.sort();
    assert_eq!(done, ["cancel done", "delete done", "update done"]);
    let items = meetup.live();
    assert_eq!(items.len(), 1);
    assert_eq!(
        (items[0].title.as_str(), items[0].start),
        ("Rust evening", begins)
    );
    let statuses: Vec<Status> = meetup.items().into_iter().map(|item| item.status).collect();
    assert!(
        statuses.contains(&Status::Cancelled),
        "cancelled, not deleted: {statuses:?}"
    );
    assert!(deeds(&scene).is_empty());
}

#[test]
fn a_tentative_event_is_a_draft_until_it_is_confirmed() {
    let (scene, meetup) = at_meetup();
    let rust = scene.event_with("Rust night", 3, |entry| entry.status("TENTATIVE"));
    assert_eq!(deeds(&scene), ["create done"]);
    assert_eq!(meetup.live()[0].status, Status::Draft);
    assert!(deeds(&scene).is_empty());
    scene.at_rest(|| scene.mobilizon.confirm(&rust));
    let run = scene.kronos.run().ends_with(0);
    assert_eq!(run.deeds("city"), ["update done"]);
    assert_eq!(
        run.operations("city")[0]["fields"],
        serde_json::json!(["publication"])
    );
    assert_eq!(meetup.live()[0].status, Status::Active);
}

#[test]
fn with_publish_off_drafts_are_left_for_a_person() {
    let (mut scene, meetup) = at_meetup();
    scene.kronos.set("consumers.city", "publish", "false");
    scene.event("Rust night", 3);
    assert_eq!(deeds(&scene), ["create done"]);
    assert_eq!(meetup.live()[0].status, Status::Draft);
    let id = meetup.live()[0].id.clone();
    meetup.change_by_hand(&id, |item| item.status = Status::Active);
    assert!(
        scene
            .kronos
            .run_with(&["--full"])
            .ends_with(0)
            .operations("city")
            .is_empty(),
        "later runs never unpublish"
    );
    assert_eq!(meetup.live()[0].status, Status::Active);
}

#[test]
fn killed_anywhere_it_ends_with_one_published_event() {
    for death in [Death::BeforeItIsHandled, Death::BeforeTheAnswer] {
        for number in 1.. {
            let (scene, meetup) = at_meetup();
            let rust = scene.event("Rust night", 3);
            let run = scene.kronos.kill_at(
                &meetup.server,
                When::exchange(meetup.server.count() + number),
                death,
            );
            if !run.was_killed() {
                break;
            }
            for _ in 0..3 {
                scene.kronos.run().ends_with(0);
            }
            let items = meetup.live_with(&scene.mobilizon.event_url(&rust));
            let states: Vec<Status> = items.iter().map(|item| item.status).collect();
            assert_eq!(
                states,
                [Status::Active],
                "killed at exchange {number} ({death:?})"
            );
            let before = meetup.server.count();
            scene.kronos.run().ends_with(0);
            assert_eq!(
                meetup.server.count(),
                before,
                "at rest after a kill at exchange {number} ({death:?})"
            );
        }
    }
}

#[test]
fn a_creation_whose_answer_is_lost_is_found_by_its_marker_and_published() {
    let (scene, meetup) = at_meetup();
    let rust = scene.event("Rust night", 3);
    meetup
        .server
        .fault(When::field("createEvent"), Fault::CloseAfter);
    assert_eq!(deeds(&scene), ["create done"]);
    assert_eq!(meetup.live_with(&scene.mobilizon.event_url(&rust)).len(), 1);
    assert_eq!(meetup.live()[0].status, Status::Active);
}

#[test]
fn without_its_database_everything_is_adopted_and_nothing_created() {
    let (scene, meetup) = at_meetup();
    scene.event("Rust night", 3);
    scene.event("Repair café", 5);
    deeds(&scene);
    scene.kronos.delete_database();
    assert_eq!(deeds(&scene), ["adopt done", "adopt done"]);
    assert_eq!(meetup.items().len(), 2);
}

#[test]
fn a_person_s_copy_is_never_touched() {
    let (scene, meetup) = at_meetup();
    let rust = scene.event("Rust night", 3);
    deeds(&scene);
    let ours = meetup.live()[0].id.clone();
    let copy = meetup.copy_by_hand(&ours);
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&rust, |entry| entry.title("Rust evening"))
    });
    assert_eq!(deeds(&scene), ["update done"]);
    assert_eq!(meetup.item(&ours).unwrap().title, "Rust evening");
    assert_ne!(meetup.item(&copy).unwrap().title, "Rust evening");
    scene.kronos.delete_database();
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(
        run.deeds("city"),
        ["create failed"],
        "two items carry the marker, and none is provably ours"
    );
    assert_eq!(meetup.live().len(), 2);
    meetup.delete_by_hand(&copy);
    assert_eq!(
        scene
            .kronos
            .run_with(&["--full"])
            .ends_with(0)
            .deeds("city"),
        ["adopt done"]
    );
}

#[test]
fn a_lapsed_subscription_ends_with_4_and_says_so() {
    let (scene, meetup) = at_meetup();
    scene.event("Rust night", 3);
    meetup.lapse(true);
    let run = scene.kronos.run().ends_with(4);
    assert!(
        run.consumer("city")["error"]
            .as_str()
            .unwrap()
            .contains("Pro"),
        "{}",
        run.consumer("city")
    );
}
