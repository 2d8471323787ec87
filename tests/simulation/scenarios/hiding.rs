//! Changes that cancel each other out in what a probe counts, and what is hidden in more than one group.

use super::*;

#[test]
fn a_deletion_is_seen_although_an_event_returns_to_the_group_at_the_same_time() {
    let mut scene = Scene::new(Style::Guild, 3);
    scene.run();
    scene.edit(0, |entry| entry.group = 1);
    scene.run();
    scene.edit(0, |entry| entry.group = 0);
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    assert_eq!(sent(&scene), ["Delete"]);
    scene.comes_to_rest();
}

#[test]
fn a_deletion_is_seen_although_one_of_two_new_events_was_missed_before() {
    for seed in 1..=20 {
        let mut scene = Scene::new(Style::Guild, 2);
        scene.run();
        scene.announce();
        scene.announce();
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            incomplete: 100,
            ..Faults::default()
        });
        scene.run();
        scene.faults(Faults::default());
        scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
        scene.run();
        assert_eq!(scene.items().len(), 3, "{seed}");
        scene.comes_to_rest();
    }
}

#[test]
fn an_event_that_is_known_from_two_groups_goes_an_hour_after_it_was_hidden() {
    let mut scene = Scene::new(Style::Guild, 3);
    scene.edit(2, |entry| entry.group = 1);
    scene.run();
    // It moves while its group is not read, and stands in both.
    scene.read_the_first_group(false);
    scene.edit(0, |entry| entry.group = 1);
    scene.run();
    scene.read_the_first_group(true);
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    for quarters in 0..4 {
        scene.run();
        assert_eq!(scene.items().len(), 3, "after {quarters} quarters");
    }
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.comes_to_rest();
}

#[test]
fn what_is_hidden_is_not_created_though_one_of_two_groups_that_had_it_cannot_be_read() {
    for seed in 1..=20 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.script(&[Fate::NotSent; 99]);
        scene.run();
        scene.read_the_first_group(false);
        scene.edit(0, |entry| entry.group = 1);
        scene.run();
        scene.read_the_first_group(true);
        scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            unreadable: 30,
            ..Faults::default()
        });
        let mut is_known = false;
        for _ in 0..12 {
            scene.run();
            is_known |= !scene.at.world.borrow().run.hidden.is_empty();
            assert!(!is_known || sent(&scene).is_empty(), "{seed}");
        }
    }
}

#[test]
fn an_event_that_went_to_and_fro_goes_an_hour_after_it_was_hidden() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    for group in [1, 0] {
        scene.edit(0, |entry| entry.group = group);
        scene.run();
    }
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.pass(TimeDelta::hours(1));
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn what_went_to_and_fro_and_was_hidden_goes_when_that_is_approved() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    for event in 0..2 {
        for group in [1, 0] {
            scene.edit(event, |entry| entry.group = group);
            scene.run();
        }
    }
    for event in 0..2 {
        scene.edit(event, |entry| entry.visibility = Visibility::Hidden);
    }
    scene.run();
    scene.pass(TimeDelta::hours(1));
    let withheld = scene.run();
    assert_eq!(scene.items().len(), 2, "its group is suddenly empty");
    scene.approve(&withheld);
    assert!(scene.items().is_empty());
    scene.comes_to_rest();
}

#[test]
fn what_was_hidden_in_one_group_and_seen_in_another_since_goes_only_an_hour_after_it_was_hidden_anew()
 {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    scene.script(&[Fate::Refused; 9]);
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    scene.pass(TimeDelta::hours(1));
    scene.run();
    assert_eq!(scene.items().len(), 2, "its deletion was refused");
    scene.script(&[]);
    for (group, visibility) in [
        (1, Visibility::Public),
        (0, Visibility::Public),
        (0, Visibility::Hidden),
    ] {
        scene.edit(0, |entry| {
            (entry.group, entry.visibility) = (group, visibility)
        });
        scene.run();
    }
    assert_eq!(scene.items().len(), 2);
    scene.pass(TimeDelta::hours(1));
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn an_event_that_moved_to_a_group_that_cannot_be_read_stays() {
    for seed in 1..=40 {
        let mut scene = Scene::new(Style::Guild, 2);
        scene.run();
        scene.edit(0, |entry| entry.group = 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            unreadable: 25,
            ..Faults::default()
        });
        assert!(told(&scene.run()).is_empty(), "{seed}");
    }
}

#[test]
fn an_event_that_was_hidden_once_before_it_left_its_group_goes_only_an_hour_after_it_is_hidden_anew()
 {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.at.world.borrow_mut().configured.groups[1] = false;
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    scene.edit(0, |entry| {
        (entry.visibility, entry.group) = (Visibility::Public, 1);
    });
    scene.script(&[Fate::NotSent; 9]);
    scene.run();
    scene.script(&[]);
    scene.pass(TimeDelta::hours(1));
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    for quarters in 0..4 {
        scene.run();
        assert_eq!(scene.items().len(), 2, "after {quarters} quarters");
    }
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

/// What left a group and is hidden for an hour was to go, and what was sent for that went so.
fn hidden_after_it_left_a_group(fate: Fate) -> Scene {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    scene.edit(0, |entry| entry.group = 1);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    scene.pass(TimeDelta::hours(1));
    scene.script(&[fate]);
    scene.run();
    assert_eq!(sent(&scene), ["Delete"]);
    assert_eq!(scene.items().len(), 2);
    scene
}

#[test]
fn what_left_a_group_and_is_hidden_goes_with_the_next_run_if_its_deletion_failed() {
    let mut scene = hidden_after_it_left_a_group(Fate::NotSent);
    scene.script(&[]);
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn what_left_a_group_and_is_hidden_is_asked_to_go_once_a_day_if_that_is_refused() {
    let mut scene = hidden_after_it_left_a_group(Fate::Refused);
    for quarter in 0..80 {
        scene.script(&[Fate::Refused]);
        scene.run();
        assert_eq!(sent(&scene), [""; 0], "{quarter} quarters of an hour later");
    }
}
