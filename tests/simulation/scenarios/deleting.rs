//! When something is taken away, and what is told of it.

use super::answers::{just_now, over_and_ahead};
use super::*;

#[test]
fn a_deletion_that_failed_is_proved_anew_before_it_is_sent_again() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.script(&[Fate::NotSent]);
    scene.run();
    scene.faults(Faults {
        unreadable: 100,
        ..Faults::default()
    });
    let report = scene.run();
    assert_eq!(told(&report), [(Action::Delete, OperationOutcome::Waiting)]);
    assert_eq!(sent(&scene), [""; 0]);
    scene.faults(Faults::default());
    scene.run();
    assert_eq!(sent(&scene), ["Delete"]);
    scene.comes_to_rest();
}

#[test]
fn what_begins_while_the_machine_stands_still_is_not_taken_away() {
    for reading in 0.. {
        let mut scene = Scene::new(Style::Guild, 1);
        let soon = scene.at.now() + TimeDelta::minutes(25);
        let late = soon + TimeDelta::hours(3);
        scene.edit(0, |entry| (entry.begins, entry.ends) = (soon, Some(late)));
        scene.run();
        scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
        let stall = (reading, TimeDelta::minutes(12));
        scene.at.world.borrow_mut().stall_in = Some(stall);
        scene.run();
        let is_gone = scene.items().is_empty();
        let world = scene.at.world.borrow();
        let sent = world.boards[0].mutated.values().max();
        assert!(!is_gone || sent.is_some_and(|at| *at < soon), "{reading}");
        if world.stall_in.is_some() {
            assert!(is_gone, "nothing stood still");
            break;
        }
    }
}

#[test]
fn a_second_item_whose_removal_nobody_heard_of_is_told_as_gone_once_it_is_not_listed() {
    let with_a_second_item = || {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.script(&[Fate::Overdue]);
        scene.run();
        scene.pass(TimeDelta::hours(2));
        scene
    };
    let ended = |fates: &[Fate]| {
        let mut scene = with_a_second_item();
        scene.script(fates);
        let how = How {
            full: true,
            ..How::default()
        };
        let Ended::Reported(report) = scene.at.run(&how) else {
            panic!("the run did not end well")
        };
        let [operation] = &report.consumers[0].operations[..] else {
            panic!("{:?}", told(&report))
        };
        assert_eq!(operation.action, Action::Delete);
        (operation.outcome, scene.items().len())
    };
    assert_eq!(ended(&[Fate::Unheard]), (OperationOutcome::Done, 1));
    assert_eq!(ended(&[Fate::Lost; 9]), (OperationOutcome::Unknown, 2));
}

#[test]
fn of_two_second_items_the_one_that_is_listed_no_more_is_told_as_gone() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.script(&[Fate::Overdue, Fate::Overdue]);
    scene.run();
    scene.pass(TimeDelta::hours(25));
    assert_eq!(scene.items().len(), 4);
    scene.script(&[&[Fate::Unheard][..], &[Fate::Lost; 9]].concat());
    let removed = [OperationOutcome::Done, OperationOutcome::Unknown];
    let removed = removed.map(|outcome| (Action::Delete, outcome));
    assert_eq!(told(&scene.run()), removed);
    assert_eq!(scene.items().len(), 3);
}

#[test]
fn what_is_stuck_is_told_by_each_run_and_as_new_by_the_first() {
    for (stands, action) in [(false, Action::Create), (true, Action::Update)] {
        let mut scene = Scene::new(Style::Guild, 1);
        if stands {
            scene.run();
            scene.edit(0, |entry| entry.version += 1);
        }
        scene.script(&[Fate::Refused]);
        for is_first in [true, false] {
            let report = scene.run();
            assert_eq!(told(&report), [(action, OperationOutcome::Failed)]);
            let consumer = &report.consumers[0];
            assert_eq!(
                (consumer.listed, consumer.operations[0].fresh),
                (is_first, is_first)
            );
        }
    }
}

#[test]
fn a_second_item_goes_although_its_event_has_begun() {
    let mut scene = Scene::new(Style::Guild, 1);
    let soon = scene.at.now() + TimeDelta::hours(1);
    let end = soon + TimeDelta::hours(6);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (soon, Some(end)));
    scene.script(&[Fate::Overdue]);
    scene.run();
    scene.pass(TimeDelta::hours(2));
    assert_eq!(scene.items().len(), 2);
    scene.run_whole();
    assert_eq!(scene.items().len(), 1);
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
}

#[test]
fn what_was_deleted_goes_in_the_run_in_which_another_event_is_over_only_by_a_reading() {
    let mut scene = Scene::new(Style::Guild, 3);
    scene.run();
    let (over, ahead) = over_and_ahead(&scene);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    scene.pass(TimeDelta::minutes(1));
    just_now(&scene, |entry| entry.begins = ahead);
    scene.run_whole();
    assert_eq!(sent(&scene), ["Delete"]);
    assert_eq!(scene.items().len(), 2);
    scene.faults(Faults::default());
    scene.run();
    scene.comes_to_rest();
}
