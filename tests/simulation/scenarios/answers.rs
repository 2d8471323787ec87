//! What the source answers when it is asked for a single event is newer than what a reading shows.

use super::*;

/// A time that readings still show though it is over, and one that lies ahead.
pub(super) fn over_and_ahead(scene: &Scene) -> (DateTime<chrono::Utc>, DateTime<chrono::Utc>) {
    let now = scene.at.now();
    (now - TimeDelta::hours(14), now + TimeDelta::days(10))
}

/// What is done at the source now, and no reading shows yet.
pub(super) fn just_now(scene: &Scene, change: impl FnOnce(&mut Entry)) {
    let mut world = scene.at.world.borrow_mut();
    let now = world.now;
    world.source.edit(now, 0, change);
    world.faults.late = 100;
}

#[test]
fn an_answer_that_an_event_lies_ahead_is_believed_rather_than_a_reading_that_it_is_over() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let ahead = scene.at.now() + TimeDelta::days(10);
    scene.edit(0, |entry| {
        entry.group = 1;
        (entry.begins, entry.ends) = (ahead - TimeDelta::hours(254), None);
    });
    scene.pass(TimeDelta::minutes(1));
    just_now(&scene, |entry| entry.begins = ahead);
    scene.run_whole();
    assert_eq!(scene.items().len(), 2);
    scene.faults(Faults::default());
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn an_event_that_is_over_by_a_reading_is_asked_for_before_it_goes_until_it_is_gone() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let (over, ahead) = over_and_ahead(&scene);
    for (script, unconfirmed, is_whole) in [
        (Fate::Answered, 0, true),
        (Fate::Answered, 0, false),
        (Fate::NotSent, 0, false),
        (Fate::Answered, 100, false),
    ] {
        scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
        scene.pass(TimeDelta::minutes(1));
        if unconfirmed == 0 {
            scene.script(&[script; 9]);
            just_now(&scene, |entry| entry.begins = ahead);
        }
        scene.at.world.borrow_mut().faults.unconfirmed = unconfirmed;
        match is_whole {
            true => scene.run_whole(),
            false => drop(scene.run()),
        }
        assert_eq!(scene.items().len(), 2);
        scene.faults(Faults::default());
        scene.script(&[]);
    }
    scene.run();
    assert_eq!(scene.items().len(), 1, "it is over indeed");
    scene.comes_to_rest();
}

#[test]
fn an_event_that_is_over_by_a_reading_is_asked_for_before_it_goes_also_under_a_new_url() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let (over, ahead) = over_and_ahead(&scene);
    scene.edit(0, |entry| {
        (entry.begins, entry.ends) = (over, None);
        entry.address += 1;
    });
    scene.pass(TimeDelta::minutes(1));
    just_now(&scene, |entry| entry.begins = ahead);
    scene.run_whole();
    assert_eq!(scene.items().len(), 2);
    scene.faults(Faults::default());
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn an_event_that_is_over_by_a_reading_and_was_hidden_just_now_stays_until_that_is_confirmed() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let (over, ahead) = over_and_ahead(&scene);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
    scene.pass(TimeDelta::minutes(1));
    just_now(&scene, |entry| {
        (entry.begins, entry.visibility) = (ahead, Visibility::Hidden)
    });
    scene.run_whole();
    assert_eq!(scene.items().len(), 2);
    scene.faults(Faults::default());
    scene.run();
    scene.pass(TimeDelta::hours(1));
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn an_event_that_was_over_and_lies_ahead_in_a_group_that_is_not_read_goes() {
    let mut scene = Scene::new(Style::Hook, 2);
    scene.run();
    let (over, ahead) = over_and_ahead(&scene);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
    scene.script(&[Fate::NotSent; 9]);
    scene.run();
    scene.script(&[]);
    scene.at.world.borrow_mut().configured.groups[1] = false;
    scene.edit(0, |entry| (entry.begins, entry.group) = (ahead, 1));
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn an_answer_that_an_event_cannot_be_seen_is_believed_rather_than_a_reading_that_shows_it() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.edit(0, |entry| entry.tagged = false);
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.edit(0, |entry| (entry.group, entry.tagged) = (1, true));
    scene.pass(TimeDelta::minutes(1));
    just_now(&scene, |entry| entry.visibility = Visibility::Hidden);
    scene.run_whole();
    assert_eq!(scene.items().len(), 1);
    scene.edit(0, |entry| entry.visibility = Visibility::Public);
    scene.faults(Faults::default());
    scene.run();
    assert_eq!(scene.items().len(), 2, "it was only missing");
    scene.comes_to_rest();
}

#[test]
fn an_answer_about_what_is_known_by_its_item_alone_is_believed_rather_than_an_older_reading() {
    let mut scene = Scene::new(Style::Guild, 1);
    let hook = Board::new(Style::Hook, "hook", 100, true);
    {
        let mut world = scene.at.world.borrow_mut();
        world.boards.push(hook);
        world.configured.boards.push(true);
    }
    scene.run();
    scene.at.world.borrow_mut().unnoticed = true;
    scene.at.replace(databases::empty(), false);
    just_now(&scene, |entry| entry.visibility = Visibility::Hidden);
    scene.faults(Faults::default());
    scene.at.run(&How::default());
    assert_eq!(
        sent(&scene),
        [""; 0],
        "it is known by its item in the guild"
    );
    scene.at.world.borrow_mut().faults.late = 100;
    scene.at.run(&How::default());
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
    scene.faults(Faults::default());
    for _ in 0..3 {
        scene.pass(TimeDelta::hours(26));
        let report = scene.run();
        scene.approve(&report);
    }
    scene.comes_to_rest();
}

#[test]
fn an_event_that_is_over_by_a_reading_and_under_way_by_an_answer_does_not_go() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let (over, _) = over_and_ahead(&scene);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
    scene.pass(TimeDelta::minutes(1));
    let until = scene.at.now() + TimeDelta::hours(10);
    just_now(&scene, |entry| entry.ends = Some(until));
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.faults(Faults::default());
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.comes_to_rest();
}

#[test]
fn an_event_that_ends_by_a_reading_before_the_run_plans_is_asked_for_before_it_goes() {
    for millis in (0..1500).step_by(50) {
        let mut scene = Scene::new(Style::Guild, 2);
        scene.run();
        let (_, ahead) = over_and_ahead(&scene);
        let ends = scene.at.now() + TimeDelta::minutes(2) + TimeDelta::milliseconds(millis);
        let begins = ends - TimeDelta::hours(3);
        scene.edit(0, |entry| (entry.begins, entry.ends) = (begins, Some(ends)));
        scene.pass(TimeDelta::minutes(1));
        just_now(&scene, |entry| (entry.begins, entry.ends) = (ahead, None));
        scene.run_whole();
        let is_deleted = sent(&scene).contains(&"Delete".to_string());
        assert!(!is_deleted, "{millis} ms after the run began");
    }
}

#[test]
fn after_a_loss_an_item_of_what_is_over_by_a_reading_goes_only_once_the_source_was_asked() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let (over, ahead) = over_and_ahead(&scene);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
    scene.lose_the_database();
    // A run that tells of the loss and lists nothing.
    scene.at.world.borrow_mut().configured.boards[0] = false;
    scene.run();
    scene.at.world.borrow_mut().configured.boards[0] = true;
    just_now(&scene, |entry| entry.begins = ahead);
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.faults(Faults::default());
    scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
    scene.run();
    scene.run();
    assert_eq!(scene.items().len(), 1, "it is over indeed");
    scene.comes_to_rest();
}

#[test]
fn an_event_that_is_over_by_a_reading_is_known_by_its_id_although_its_url_is_another_by_now() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let (over, _) = over_and_ahead(&scene);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
    scene.pass(TimeDelta::minutes(1));
    just_now(&scene, |entry| entry.address += 1);
    scene.run_whole();
    assert_eq!(scene.items().len(), 1);
    scene.faults(Faults::default());
    scene.comes_to_rest();
}
