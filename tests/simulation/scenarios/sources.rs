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
    let quiet = scene.run();
    assert_eq!(told(&quiet), [(1, [0, 0, 3]), (0, [0, 0, 0])]);
    assert!(quiet.providers[0].groups[0].quiet);
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.edit(1, |entry| entry.version += 1);
    // What is missing is asked for singly.
    let changed = scene.run();
    assert_eq!(told(&changed), [(3, [1, 1, 2]), (0, [0, 0, 0])]);
    assert!(!changed.providers[0].groups[0].quiet);
    scene.edit(2, |entry| entry.group = 1);
    assert_eq!(told(&scene.run())[0].1, [0, 1, 1]);
    let how = How {
        full: true,
        ..How::default()
    };
    let Ended::Reported(whole) = scene.at.run(&how) else {
        panic!("the run did not end well")
    };
    assert_eq!(told(&whole), [(2, [0, 0, 1]), (1, [0, 0, 1])]);
    assert!(!whole.providers[0].groups[0].quiet, "it was read");
    scene.comes_to_rest();
}

#[test]
fn a_group_that_has_to_be_read_twice_counts_both_readings() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let yesterday = scene.at.now() - TimeDelta::days(1);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (yesterday, None));
    // A probe, what changed, and then everything and what is to go, singly.
    assert_eq!(told(&scene.run())[0], (4, [1, 0, 2]));
    assert_eq!(sent(&scene), ["Delete"]);
    scene.comes_to_rest();
}

#[test]
fn what_took_place_as_it_was_known_to_is_not_asked_for_singly() {
    let mut scene = Scene::new(Style::Guild, 2);
    let soon = scene.at.now() + TimeDelta::hours(1);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (soon, None));
    scene.run();
    scene.pass(TimeDelta::hours(4));
    let how = How {
        full: true,
        ..How::default()
    };
    let Ended::Reported(whole) = scene.at.run(&how) else {
        panic!("the run did not end well")
    };
    assert_eq!(told(&whole)[0], (2, [0, 0, 2]));
    scene.comes_to_rest();
}

#[test]
fn a_group_whose_second_reading_is_not_complete_is_told_of_as_such() {
    let mut torn = 0;
    for seed in 1..=20 {
        let mut scene = Scene::new(Style::Guild, 2);
        scene.run();
        let yesterday = scene.at.now() - TimeDelta::days(1);
        scene.edit(0, |entry| (entry.begins, entry.ends) = (yesterday, None));
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            incomplete: 50,
            ..Faults::default()
        });
        let report = scene.run();
        let group = &report.providers[0].groups[0];
        let is_complete = scene.at.world.borrow().run.read.contains(&0);
        assert_eq!(group.complete, is_complete, "{seed}");
        assert_eq!(group.error.is_none(), is_complete, "{seed}");
        torn += usize::from(group.requests > 2 && !is_complete);
    }
    assert!(torn > 0);
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

#[test]
fn what_a_reading_may_have_missed_is_read_by_the_next_run() {
    let missing_pages = Faults {
        incomplete: 100,
        ..Faults::default()
    };
    let no_answer = Faults {
        unconfirmed: 100,
        ..Faults::default()
    };
    for faults in [missing_pages, no_answer] {
        let mut scene = Scene::new(Style::Guild, 2);
        scene.run();
        scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
        scene.faults(faults);
        let report = scene.run();
        let group = &report.providers[0].groups[0];
        assert!(group.error.is_some() && !group.unread);
        assert_eq!(scene.items().len(), 2);
        scene.faults(Faults::default());
        scene.run();
        assert_eq!(scene.items().len(), 1);
        scene.comes_to_rest();
    }
}

#[test]
fn an_edit_in_the_second_of_the_last_reading_is_seen_by_the_next_run() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    let now = scene.at.now();
    let edit = |scene: &Scene| {
        let mut world = scene.at.world.borrow_mut();
        world.source.edit(now, 0, |entry| entry.version += 1);
    };
    edit(&scene);
    scene.run();
    edit(&scene);
    scene.run();
    assert_eq!(sent(&scene), ["Update"]);
    scene.run();
    assert_eq!(sent(&scene), [""; 0]);
    scene.comes_to_rest();
}

#[test]
fn requests_that_failed_are_counted_where_they_were_made() {
    for seed in 1..=20 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            unreadable: 50,
            ..Faults::default()
        });
        let report = scene.run();
        let groups = &report.providers[0].groups;
        let most = groups.iter().zip([2, 1]);
        for (group, most) in most {
            let is_read = group.error.is_none();
            assert!(group.requests <= most && (!is_read || group.requests == most));
            assert_eq!(group.unread, !is_read);
        }
    }
}

#[test]
fn a_source_that_asked_for_more_patience_than_a_run_has_is_asked_by_one_that_has_it() {
    let mut long = 0;
    for seed in 1..=12 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            impatient: 100,
            ..Faults::default()
        });
        scene.run();
        scene.faults(Faults::default());
        let until = scene.at.world.borrow().patience.unwrap();
        if until - scene.at.now() < TimeDelta::minutes(30) {
            continue;
        }
        long += 1;
        let report = scene.run();
        let group = &report.providers[0].groups[0];
        assert_eq!((group.requests, group.unread), (0, true));
        assert!(group.error.is_some());
        let rest = until - scene.at.now();
        scene.pass(rest - TimeDelta::minutes(10));
        let report = scene.run();
        assert!(report.providers[0].groups[0].complete && report.finished >= until);
        scene.comes_to_rest();
    }
    assert!(long > 0);
}
