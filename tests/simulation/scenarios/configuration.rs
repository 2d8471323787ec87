//! A configuration that changes, and a source that wants to be left alone.

use super::*;

#[test]
fn what_a_group_that_is_read_no_more_would_take_away_waits_for_approval() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    scene.read_the_first_group(false);
    let report = scene.run();
    assert_eq!(report.count(OperationOutcome::Withheld), 2);
    assert_eq!(scene.items().len(), 2);
    scene.approve(&report);
    assert!(scene.items().is_empty());
    scene.comes_to_rest();
}

#[test]
fn an_event_waits_for_approval_although_it_left_another_group_before_its_own_is_read_no_more() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.edit(0, |entry| entry.group = 1);
    scene.run();
    scene.edit(0, |entry| entry.group = 0);
    scene.run();
    scene.read_the_first_group(false);
    let report = scene.run();
    assert_eq!(report.count(OperationOutcome::Withheld), 1);
    assert_eq!(scene.items().len(), 1);
}

#[test]
fn an_event_that_is_missing_goes_once_approved_although_its_group_is_read_no_more() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    scene.read_the_first_group(false);
    let report = scene.run();
    scene.approve(&report);
    assert!(scene.items().is_empty());
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_what_stands_of_a_group_that_is_read_no_more_goes_once_approved() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.at.back_up();
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.restore();
    scene.read_the_first_group(false);
    scene.run();
    let report = scene.run();
    scene.approve(&report);
    assert!(scene.items().is_empty());
    scene.comes_to_rest();
}

#[test]
fn a_source_that_asks_for_patience_is_asked_nothing_more_by_the_same_run() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    for impatient in [30, 60, 100] {
        scene.faults(Faults {
            impatient,
            ..Faults::default()
        });
        for _ in 0..10 {
            scene.run_whole();
            scene.pass(TimeDelta::hours(3));
        }
    }
    scene.faults(Faults::default());
    scene.run();
    scene.run();
    scene.comes_to_rest();
}
