//! What a run concludes from readings of the source, and what it tells of them.

use super::*;

/// Of each group: how many requests were sent for it, and how many events were new or changed, went, and stand.
fn told(report: &Report) -> Vec<(u64, [usize; 3])> {
    let groups = report.providers[0].groups.iter();
    groups
        .map(|group| (group.requests, [group.changed, group.gone, group.events]))
        .collect()
}

#[test]
fn requests_and_events_are_counted_group_by_group() {
    let mut scene = Scene::new(Style::Guild, 3);
    // One probe for both, and a reading of each.
    assert_eq!(told(&scene.run()), [(2, [3, 0, 3]), (1, [0, 0, 0])]);
    assert_eq!(told(&scene.run()), [(1, [0, 0, 3]), (0, [0, 0, 0])]);
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.edit(1, |entry| entry.version += 1);
    // What is missing is asked for singly.
    assert_eq!(told(&scene.run()), [(3, [1, 1, 2]), (0, [0, 0, 0])]);
    scene.edit(2, |entry| entry.group = 1);
    assert_eq!(told(&scene.run())[0].1, [0, 1, 1]);
    scene.run_whole();
    scene.comes_to_rest();
}

#[test]
fn what_is_hidden_has_gone_only_once_that_is_confirmed() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    assert_eq!(told(&scene.run())[0].1, [0, 0, 2]);
    scene.pass(TimeDelta::hours(1));
    assert_eq!(told(&scene.run())[0].1[1..], [1, 1]);
    scene.comes_to_rest();
}

#[test]
fn an_event_that_was_there_after_all_has_to_be_missed_twice_anew() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run_whole();
    scene.pass(TimeDelta::hours(2));
    scene.edit(0, |entry| entry.visibility = Visibility::Public);
    scene.faults(empty_readings());
    scene.run_whole();
    scene.faults(Faults::default());
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run_whole();
    assert_eq!(scene.items().len(), 1);
    scene.pass(TimeDelta::hours(2));
    scene.run_whole();
    assert!(scene.items().is_empty());
    scene.comes_to_rest();
}

#[test]
fn an_event_that_was_moved_further_back_than_readings_go_is_taken_away() {
    for length in [None, Some(TimeDelta::hours(3))] {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.run();
        let back = scene.at.now() - TimeDelta::days(20);
        scene.edit(0, |entry| {
            (entry.begins, entry.ends) = (back, length.map(|length| back + length));
        });
        scene.run_whole();
        assert!(scene.items().is_empty(), "{length:?}");
        scene.comes_to_rest();
    }
}

#[test]
fn a_consumer_that_lets_nobody_in_is_told_of_as_such() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.at.world.borrow_mut().boards[0].unauthorised = true;
    let report = scene.run();
    let consumer = &report.consumers[0];
    assert!(consumer.unauthorised && consumer.error.is_some());
}
