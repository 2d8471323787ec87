//! What one run makes of what services answer: what it settles itself, sends again, or leaves to the next.

use super::*;
use kronos::delivery::State;

#[test]
fn a_creation_that_nobody_heard_of_is_found_by_one_more_listing_and_told_as_a_creation() {
    for fate in [Fate::Unheard, Fate::Nameless] {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.script(&[fate]);
        let report = scene.run();
        assert_eq!(told(&report), [(Action::Create, OperationOutcome::Done)]);
        assert_eq!(report.consumers[0].requests, 3, "two listings");
        let operation = &report.consumers[0].operations[0];
        assert_eq!(operation.reason, None);
        assert!(operation.remote_id.is_some() && !operation.fields.is_empty());
        assert_eq!(scene.delivery(0).state, State::Idle);
        scene.comes_to_rest();
    }
}

#[test]
fn an_update_that_nobody_heard_of_is_told_as_done_once_a_listing_shows_it() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.script(&[Fate::Unheard]);
    let report = scene.run();
    assert_eq!(told(&report), [(Action::Update, OperationOutcome::Done)]);
    let operation = &report.consumers[0].operations[0];
    assert_eq!(
        (&operation.reason, operation.remote_id.is_some()),
        (&None, true)
    );
    scene.comes_to_rest();
}

#[test]
fn a_draft_that_a_killed_run_made_is_published_by_the_next() {
    for steps in 0.. {
        let mut scene = Scene::new(Style::City, 1);
        scene.run();
        scene.run();
        scene.announce();
        let how = How {
            crash_in: Some(steps),
            ..How::default()
        };
        let ended = scene.at.run(&how);
        scene.pass(TimeDelta::minutes(15));
        scene.run();
        let world = scene.at.world.borrow();
        let drafts: Vec<bool> = world.boards[0]
            .live(world.now)
            .map(|item| item.draft)
            .collect();
        assert_eq!(drafts, [false; 2], "killed after {steps} steps");
        if !matches!(ended, Ended::Killed) {
            break;
        }
    }
}

#[test]
fn a_request_is_sent_again_in_the_same_run_where_the_service_s_patience_allows_it() {
    for seed in 1..=12 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.script(&[Fate::Limited]);
        let began = scene.at.now();
        scene.run();
        let wait = scene.at.world.borrow().boards[0].blocked_until.unwrap() - began;
        let is_short = wait < TimeDelta::minutes(14);
        assert_eq!(scene.items().len(), usize::from(is_short), "{wait}");
        assert_eq!(sent(&scene).len(), 1 + usize::from(is_short));
        scene.pass(TimeDelta::hours(2));
        scene.run();
        scene.comes_to_rest();
    }
}

#[test]
fn a_request_is_tried_no_more_than_three_times_in_a_run() {
    let most = (1..=40).map(|seed| {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.script(&[Fate::Limited; 9]);
        scene.run();
        sent(&scene).len()
    });
    assert_eq!(most.max(), Some(3));
}

#[test]
fn a_run_does_not_wait_for_a_service_longer_than_its_time_allows() {
    for seed in 1..=12 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.at.settings.budget = TimeDelta::seconds(615);
        scene.script(&[Fate::Limited]);
        let began = scene.at.now();
        let report = scene.run();
        let wait = scene.at.world.borrow().boards[0].blocked_until.unwrap() - began;
        if wait > TimeDelta::seconds(590) {
            let lasted = report.finished - report.started;
            assert!(lasted < TimeDelta::minutes(1), "{wait}: {lasted}");
        }
    }
}

#[test]
fn what_is_under_way_is_not_touched_once_it_is_over_though_the_machine_stood_still_meanwhile() {
    for reading in 0.. {
        let mut scene = Scene::new(Style::Guild, 1);
        let soon = scene.at.now() + TimeDelta::minutes(25);
        let end = soon + TimeDelta::minutes(30);
        scene.edit(0, |entry| (entry.begins, entry.ends) = (soon, Some(end)));
        scene.run();
        scene.pass(TimeDelta::minutes(25));
        scene.edit(0, |entry| entry.version += 1);
        let stall = (reading, TimeDelta::minutes(14));
        scene.at.world.borrow_mut().stall_in = Some(stall);
        scene.run();
        let world = scene.at.world.borrow();
        let last = world.boards[0].mutated.values().max();
        assert!(last.is_some_and(|at| *at < end), "{reading}");
        assert_eq!(world.wrong, Vec::<String>::new());
        if world.stall_in.is_some() {
            assert_eq!(sent(&scene), ["Update"], "nothing stood still");
            break;
        }
    }
}

#[test]
fn nothing_is_sent_that_could_not_be_answered_within_the_run_s_time() {
    for (seconds, sends) in [(20, false), (35, true)] {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.settings.budget = TimeDelta::seconds(seconds);
        scene.run();
        assert_eq!(sent(&scene).len(), usize::from(sends), "{seconds} s");
        assert_eq!(scene.items().len(), usize::from(sends));
    }
}

#[test]
fn a_service_that_does_not_answer_three_times_in_a_row_is_left_alone() {
    let mut scene = Scene::new(Style::Guild, 8);
    scene.script(&[Fate::NotSent, Fate::NotSent, Fate::Answered]);
    scene.run();
    assert_eq!(sent(&scene).len(), 8, "it answered in between");
    let mut silent = Scene::new(Style::Guild, 8);
    silent.script(&[Fate::NotSent; 9]);
    silent.run();
    assert_eq!(sent(&silent).len(), 3);
    silent.script(&[]);
    silent.run();
    silent.comes_to_rest();
}

#[test]
fn what_is_answered_well_is_no_refusal_however_much_it_is() {
    let mut scene = Scene::new(Style::Guild, 45);
    scene.run();
    assert_eq!(scene.items().len(), 45);
    scene.comes_to_rest();
}

#[test]
fn what_goes_and_what_changes_is_counted_group_by_group() {
    let mut scene = Scene::new(Style::Guild, 3);
    let counts = |report: &Report| {
        let group = &report.providers[0].groups[0];
        (group.changed, group.gone, group.events)
    };
    assert_eq!(counts(&scene.run()), (3, 0, 3));
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    scene.edit(2, |entry| entry.version += 1);
    assert_eq!(counts(&scene.run()), (1, 2, 1));
    assert_eq!(counts(&scene.run()), (0, 0, 1));
}

#[test]
fn where_nothing_can_be_listed_what_was_not_heard_of_is_sent_again_after_a_pause() {
    let mut scene = Scene::new(Style::Hook, 1);
    scene.script(&[Fate::Lost]);
    let report = scene.run();
    assert_eq!(sent(&scene), ["Create"; 2]);
    assert!(report.finished - report.started >= TimeDelta::seconds(5));
    scene.comes_to_rest();
}

#[test]
fn a_creation_that_may_have_been_applied_stays_unknown_though_it_is_refused_when_it_is_sent_again()
{
    let mut scene = interrupted_creation(Style::Hook, Fate::Unheard);
    scene.script(&[Fate::Refused]);
    let report = scene.run();
    assert_eq!(told(&report), [(Action::Create, OperationOutcome::Unknown)]);
    let delivery = scene.delivery(0);
    assert_eq!((delivery.state, delivery.attempts), (State::Unknown, 3));
    scene.pass(TimeDelta::hours(26));
    scene.run();
    assert_eq!(sent(&scene), ["Create"]);
    scene.comes_to_rest();
}

/// One event with a second item of ours, that of its first creation, which came after all.
fn with_a_second_item() -> Scene {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.script(&[Fate::Overdue]);
    scene.run();
    scene.pass(TimeDelta::hours(2));
    assert_eq!(scene.items().len(), 2);
    scene
}

#[test]
fn nothing_more_is_sent_for_an_event_whose_second_item_could_not_be_taken_away() {
    let mut scene = with_a_second_item();
    scene.edit(0, |entry| entry.version += 1);
    scene.script(&[Fate::NotSent]);
    let report = scene.run();
    assert_eq!(sent(&scene), ["Delete"]);
    assert_eq!(report.count(OperationOutcome::Failed), 1);
    scene.run();
    assert_eq!(sent(&scene), ["Delete", "Update"]);
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn what_is_known_of_an_item_stays_known_when_a_second_one_is_taken_away() {
    let mut scene = with_a_second_item();
    let (before, began) = (scene.delivery(0), scene.at.now());
    scene.run_whole();
    assert_eq!(sent(&scene), ["Delete"]);
    let mut after = scene.delivery(0);
    assert!(after.last_mutation.is_some_and(|at| at >= began));
    after.last_mutation = before.last_mutation;
    assert_eq!(after, before);
    scene.comes_to_rest();
}

#[test]
fn a_service_that_asked_for_more_patience_than_a_run_has_is_asked_by_one_that_has_it() {
    let mut long = 0;
    for seed in 1..=12 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.script(&[Fate::Limited]);
        scene.run();
        let until = scene.at.world.borrow().boards[0].blocked_until.unwrap();
        if until - scene.at.now() < TimeDelta::minutes(30) {
            continue;
        }
        long += 1;
        let report = scene.run();
        assert_eq!(report.consumers[0].requests, 2, "that of the first run");
        assert!(!report.consumers[0].listed && report.consumers[0].error.is_some());
        let rest = until - scene.at.now();
        scene.pass(rest - TimeDelta::minutes(10));
        let report = scene.run();
        assert!(report.consumers[0].listed && report.finished >= until);
        scene.comes_to_rest();
    }
    assert!(long > 0);
}

#[test]
fn an_item_that_is_gone_though_it_was_listed_is_made_anew_in_the_same_run() {
    let mut met = 0;
    for seed in 1..=20 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.run();
        let mut world = scene.at.world.borrow_mut();
        world.rng = Rng::new(seed);
        world.lag = scene.at.settings.settle;
        drop(world);
        scene.faults(Faults {
            lagging: 100,
            ..Faults::default()
        });
        scene.a_person_deletes_the_first();
        scene.edit(0, |entry| entry.version += 1);
        scene.run();
        if sent(&scene)[0] == "Update" {
            met += 1;
            assert_eq!(sent(&scene), ["Update", "Create"]);
            scene.comes_to_rest();
        }
    }
    assert!(met > 0);
}

#[test]
fn what_is_published_is_not_published_again() {
    let mut scene = Scene::new(Style::City, 1);
    scene.run();
    assert_eq!(sent(&scene), ["Create", "Publish"]);
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    assert_eq!(sent(&scene), ["Update"]);
    scene.comes_to_rest();
}

#[test]
fn where_nobody_can_look_a_creation_that_was_not_heard_of_is_left_to_the_operator_at_once() {
    let mut scene = Scene::new(Style::Blind, 1);
    scene.script(&[Fate::Lost]);
    let report = scene.run();
    assert_eq!(told(&report), [(Action::Create, OperationOutcome::Unknown)]);
    let reason = report.consumers[0].operations[0].reason.clone().unwrap();
    assert!(reason.contains("kronos retry"), "{reason}");
    assert_eq!(scene.delivery(0).state, State::Conflict);
}

#[test]
fn what_was_made_and_what_went_is_told_with_its_id() {
    let mut scene = Scene::new(Style::Guild, 1);
    let id = |report: Report| report.consumers[0].operations[0].remote_id.clone();
    let made = id(scene.run());
    assert_eq!(made, scene.items().pop());
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    assert_eq!(id(scene.run()), made);
    assert!(scene.items().is_empty());
}

#[test]
fn nothing_is_created_in_the_room_of_what_did_not_go() {
    for (fate, and_then) in [
        (Fate::Refused, &[][..]),
        (Fate::NotSent, &[]),
        (Fate::Lost, &["Delete", "Create"]),
    ] {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().boards[0].room = 1;
        scene.run();
        scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
        scene.announce();
        scene.script(&[fate]);
        scene.run();
        assert_eq!(sent(&scene), [&["Delete"], and_then].concat(), "{fate:?}");
        scene.pass(TimeDelta::hours(26));
        scene.run();
        scene.comes_to_rest();
    }
}

#[test]
fn what_was_about_to_be_sent_is_sent_although_the_machine_stood_still_for_a_moment() {
    for reading in 0.. {
        let mut scene = Scene::new(Style::Guild, 1);
        let stall = (reading, TimeDelta::seconds(20));
        scene.at.world.borrow_mut().stall_in = Some(stall);
        let report = scene.run();
        assert_eq!(told(&report), [(Action::Create, OperationOutcome::Done)]);
        if scene.at.world.borrow().stall_in.is_some() {
            break;
        }
    }
}
