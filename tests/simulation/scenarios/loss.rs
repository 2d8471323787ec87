//! A database that is lost, or that an older copy replaces.

use super::*;

#[test]
fn after_a_loss_an_item_stays_ours_although_its_group_was_read_as_empty() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.lose_the_database();
    scene.faults(empty_readings());
    scene.run();
    scene.faults(Faults::default());
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn after_a_loss_an_item_stays_ours_when_its_hidden_event_returns() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.lose_the_database();
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Public);
    scene.faults(empty_readings());
    scene.run();
    scene.faults(Faults::default());
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn after_a_loss_an_item_is_recognised_although_its_event_is_hidden_meanwhile() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.at.back_up();
    // It is made anew; the copy knows only the old one.
    scene.a_person_deletes_the_first();
    scene.run_whole();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.restore();
    scene.run();
    scene.pass(TimeDelta::hours(26));
    scene.run();
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_a_newer_item_of_an_event_that_was_cancelled_then_is_recognised() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.edit(0, |entry| entry.status = Status::Cancelled);
    scene.run();
    scene.at.back_up();
    scene.edit(0, |entry| entry.status = Status::Confirmed);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.restore();
    scene.run();
    scene.pass(TimeDelta::hours(26));
    scene.run();
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn after_a_loss_the_item_of_an_event_that_was_moved_into_the_past_goes() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.lose_the_database();
    let yesterday = scene.at.now() - TimeDelta::days(1);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (yesterday, None));
    scene.run();
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn an_item_that_was_recognised_stays_so_although_the_service_asks_for_patience() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.edit(1, |entry| entry.version += 1);
    scene.lose_the_database();
    let until = scene.at.now() + TimeDelta::hours(2);
    scene.at.world.borrow_mut().boards[0].blocked_until = Some(until);
    scene.run();
    scene.pass(TimeDelta::hours(26));
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn items_that_were_recognised_only_now_count_when_a_group_is_suddenly_empty() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    let copy = {
        let mut younger = Scene::new(Style::Guild, 2);
        // It knows the events, but of no item.
        younger.script(&[Fate::NotSent, Fate::NotSent]);
        younger.run();
        databases::copy_of(&younger.at.store.borrow())
    };
    scene.at.replace(copy, false);
    scene.at.mark = Some(scene.at.store.borrow().mark());
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    assert_eq!(scene.items().len(), 2);
}

#[test]
fn after_a_restore_a_newer_item_is_recognised_although_the_older_one_could_not_be_looked_at() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.at.back_up();
    scene.a_person_deletes_the_first();
    scene.run_whole();
    scene.restore();
    scene.at.world.borrow_mut().blind = 1;
    scene.run();
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_a_newer_item_goes_although_an_older_one_was_known_to_be_gone() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.edit(0, |entry| entry.tagged = false);
    scene.run();
    scene.at.back_up();
    scene.edit(0, |entry| entry.tagged = true);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.restore();
    scene.run();
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_a_newer_item_goes_although_the_event_was_moved_into_the_past_meanwhile() {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    scene.at.back_up();
    scene.a_person_deletes_the_first();
    scene.run_whole();
    let yesterday = scene.at.now() - TimeDelta::days(1);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (yesterday, None));
    scene.restore();
    scene.run();
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn an_event_that_is_known_by_its_item_under_a_new_url_and_by_a_restored_database_under_the_old_one_stands_once()
 {
    for style in [Style::Guild, Style::City] {
        let mut scene = Scene::new(style, 1);
        scene.run();
        scene.at.back_up();
        scene.a_person_deletes_the_first();
        scene.edit(0, |entry| entry.address += 1);
        scene.run_whole();
        scene.pass(TimeDelta::minutes(15));
        scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
        scene.restore();
        scene.run();
        scene.edit(0, |entry| entry.visibility = Visibility::Public);
        for _ in 0..3 {
            scene.run_whole();
            scene.pass(TimeDelta::minutes(15));
        }
        assert_eq!(scene.items().len(), 1, "{style:?}");
        scene.comes_to_rest();
    }
}

#[test]
fn an_item_that_a_listing_showed_under_a_former_url_stays_that_of_its_event() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.address += 1);
    scene.at.run(&How::default());
    scene.lose_the_database();
    scene.at.world.borrow_mut().lag = TimeDelta::seconds(115);
    scene.faults(Faults {
        lagging: 100,
        ..Faults::default()
    });
    let mut last = None;
    for _ in 0..4 {
        last = Some(scene.run());
        scene.pass(TimeDelta::hours(2));
        assert_eq!(scene.items().len(), 1);
    }
    let all = last.unwrap().consumers;
    assert!(all.iter().all(|told| told.operations.is_empty()));
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_nothing_older_is_sent_of_what_moved_to_a_group_that_was_never_read() {
    for seed in 1..=20 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().configured.groups[1] = false;
        scene.run();
        scene.at.back_up();
        scene.at.world.borrow_mut().configured.groups[1] = true;
        scene.edit(0, |entry| (entry.version, entry.group) = (2, 1));
        scene.run();
        scene.restore();
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            unreadable: 50,
            ..Faults::default()
        });
        for _ in 0..3 {
            scene.run();
        }
        assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
    }
}

#[test]
fn after_a_restore_nothing_older_is_sent_of_what_returned_and_was_not_read() {
    for seed in 1..=10 {
        let mut scene = Scene::new(Style::Hook, 2);
        scene.run();
        scene.at.back_up();
        scene.edit(0, |entry| entry.version += 1);
        scene.run();
        scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
        scene.restore();
        scene.run();
        scene.edit(0, |entry| {
            (entry.visibility, entry.group) = (Visibility::Public, 1);
        });
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            incomplete: 50,
            ..Faults::default()
        });
        scene.run();
        scene.faults(Faults::default());
        scene.comes_to_rest();
    }
}

#[test]
fn after_a_loss_an_item_of_a_hidden_event_goes_though_only_a_later_listing_of_the_run_shows_it() {
    let mut scene = Scene::new(Style::City, 1);
    scene.run();
    scene.announce();
    scene.at.run(&How::default());
    scene.at.world.borrow_mut().lag = TimeDelta::seconds(115);
    for index in 0..2 {
        let mut world = scene.at.world.borrow_mut();
        let now = world.now;
        let hide = |entry: &mut Entry| entry.visibility = Visibility::Hidden;
        world.source.edit(now, index, hide);
    }
    scene.lose_the_database();
    scene.faults(Faults {
        lagging: 100,
        ..Faults::default()
    });
    scene.run();
    for _ in 0..3 {
        scene.pass(TimeDelta::hours(2));
        let report = scene.run();
        scene.approve(&report);
    }
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_what_had_left_a_group_goes_only_an_hour_after_it_was_hidden() {
    let mut scene = Scene::new(Style::City, 2);
    let read_the_second_group = |scene: &Scene, is_read| {
        scene.at.world.borrow_mut().configured.groups[1] = is_read;
    };
    read_the_second_group(&scene, false);
    scene.run();
    scene.edit(0, |entry| entry.group = 1);
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.at.back_up();
    read_the_second_group(&scene, true);
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.restore();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    for quarters in 0..4 {
        scene.run();
        assert_eq!(scene.items().len(), 2, "after {quarters} quarters");
    }
    scene.pass(TimeDelta::hours(1));
    scene.run();
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_what_is_hidden_goes_only_after_two_readings_though_none_came_for_an_hour() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    scene.at.back_up();
    scene.run();
    scene.restore();
    scene.faults(Faults {
        unreadable: 100,
        ..Faults::default()
    });
    scene.run();
    scene.faults(Faults::default());
    scene.pass(TimeDelta::hours(1));
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}
