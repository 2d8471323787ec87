//! Items of ours that have to be recognised: after a loss, and where there are two of one event.

use super::*;
use kronos::delivery::State;

/// One event, whose item is known by its marker alone: it was hidden when the database was lost.
fn known_by_its_item(style: Style) -> Scene {
    let mut scene = Scene::new(style, 1);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.lose_the_database();
    scene.run();
    scene
}

fn unreadable() -> Faults {
    Faults {
        unreadable: 100,
        ..Faults::default()
    }
}

#[test]
fn an_event_that_was_known_by_its_item_alone_is_one_of_its_group_once_it_returned() {
    for seed in 1..=40 {
        let mut scene = known_by_its_item(Style::Guild);
        scene.edit(0, |entry| entry.visibility = Visibility::Public);
        scene.run();
        scene.run();
        scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            unreadable: 25,
            ..Faults::default()
        });
        // Whether the other group can be read does not matter.
        let report = scene.run();
        let group = &report.providers[0].groups[0];
        assert_eq!(scene.items().is_empty(), group.error.is_none(), "{seed}");
    }
}

#[test]
fn an_item_that_could_not_be_listed_after_a_loss_goes_with_the_first_listing() {
    for style in [Style::Guild, Style::City] {
        let mut scene = Scene::new(style, 1);
        scene.run();
        scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
        scene.lose_the_database();
        scene.faults(Faults {
            unlistable: 100,
            ..Faults::default()
        });
        scene.run();
        scene.faults(Faults::default());
        scene.run();
        assert!(scene.items().is_empty(), "{style:?}");
        scene.comes_to_rest();
    }
}

#[test]
fn an_item_is_not_asked_about_before_every_group_was_read() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.lose_the_database();
    scene.faults(unreadable());
    let report = scene.run();
    assert!(told(&report).is_empty(), "{:?}", told(&report));
    scene.faults(Faults::default());
    scene.run();
    scene.run();
    scene.comes_to_rest();
}

/// An event in the past, as a restored database has it, of which a newer item stands ahead.
fn with_a_newer_item_of_what_is_past() -> Scene {
    let mut scene = Scene::new(Style::Guild, 1);
    let ahead = scene.at.now() + TimeDelta::days(10);
    let yesterday = scene.at.now() - TimeDelta::days(1);
    let move_to = |scene: &Scene, at| {
        scene.edit(0, |entry| (entry.begins, entry.ends) = (at, None));
    };
    scene.run();
    move_to(&scene, yesterday);
    scene.run();
    scene.at.back_up();
    move_to(&scene, ahead);
    scene.run();
    assert_eq!(scene.items().len(), 1);
    move_to(&scene, yesterday);
    scene.restore();
    scene.run();
    scene
}

#[test]
fn after_a_restore_a_newer_item_goes_if_its_event_is_in_the_past_as_it_was_before() {
    let mut scene = with_a_newer_item_of_what_is_past();
    scene.run();
    assert!(scene.items().is_empty());
    scene.comes_to_rest();
}

#[test]
fn a_deletion_that_was_refused_is_tried_again_in_its_time_however_often_its_item_is_found() {
    let mut scene = with_a_newer_item_of_what_is_past();
    scene.script(&[Fate::Refused]);
    scene.run();
    assert_eq!(sent(&scene), ["Delete"]);
    for _ in 0..3 {
        scene.run_whole();
        assert_eq!(sent(&scene), [""; 0]);
        scene.pass(TimeDelta::hours(7));
    }
    scene.pass(TimeDelta::hours(4));
    scene.run_whole();
    assert_eq!(sent(&scene), ["Delete"]);
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_an_event_that_was_hidden_before_has_to_be_missed_twice_anew() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.edit(0, |entry| entry.tagged = false);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    scene.pass(TimeDelta::hours(2));
    scene.run();
    scene.at.back_up();
    scene.edit(0, |entry| {
        (entry.visibility, entry.tagged) = (Visibility::Public, true)
    });
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.restore();
    for _ in 0..3 {
        scene.run();
        assert_eq!(scene.items().len(), 2);
    }
    scene.pass(TimeDelta::hours(2));
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn the_run_that_finds_a_loss_lists_once_more_for_what_was_sent_before() {
    let mut scene = Scene::new(Style::City, 1);
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    scene.lose_the_database();
    let before = scene.at.world.borrow().boards[0].requests;
    let report = scene.run();
    assert_eq!(report.consumers[0].requests - before, 2);
    assert!(report.finished - report.started > scene.at.settings.settle);
}

#[test]
fn a_consumer_of_which_single_items_were_looked_at_after_a_loss_is_served_as_a_whole_all_the_same()
{
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.at.back_up();
    scene.a_person_deletes_the_first();
    scene.run_whole();
    scene.restore();
    scene.run();
    let before = scene.at.world.borrow().boards[0].requests;
    let report = scene.run();
    assert_eq!(report.consumers[0].requests, before, "it is at rest");
    scene.comes_to_rest();
}

#[test]
fn a_second_item_of_which_nobody_heard_whether_it_went_is_waited_for_though_the_first_was_recognised()
 {
    let mut seen = 0;
    for seed in 1..=60 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.script(&[Fate::Overdue, Fate::Late, Fate::Lost]);
        scene.at.run(&How::default());
        // How late both come is a matter of luck.
        if sent(&scene) != ["Create", "Create", "Delete"] {
            continue;
        }
        seen += 1;
        assert_eq!(scene.delivery(0).state, State::Unknown);
        scene.pass(TimeDelta::minutes(15));
        scene.run();
        assert_eq!(scene.items().len(), 1);
        scene.comes_to_rest();
    }
    assert!(seen > 0);
}

#[test]
fn what_was_sent_for_a_second_item_is_waited_for_though_the_first_was_recognised_in_the_same_run() {
    for steps in 0.. {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.script(&[Fate::Overdue, Fate::Nameless]);
        let how = How {
            crash_in: Some(steps),
            ..How::default()
        };
        assert!(matches!(scene.at.run(&how), Ended::Killed));
        if sent(&scene).len() < 2 {
            continue;
        }
        scene.pass(TimeDelta::hours(3));
        scene.at.run(&How::default());
        assert_eq!(sent(&scene), ["Delete"]);
        scene.a_person_deletes_the_first();
        scene.at.run(&How {
            full: true,
            ..How::default()
        });
        scene.pass(TimeDelta::minutes(15));
        scene.run_whole();
        assert_eq!(scene.items().len(), 1);
        return scene.comes_to_rest();
    }
}
