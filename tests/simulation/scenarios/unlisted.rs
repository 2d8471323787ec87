//! Consumers of which nothing can be listed, and events that are not to be shown yet.

use super::*;
use kronos::delivery::State;

/// One event, whose creation nobody heard of: it was lost, or is under way.
fn unheard_creation(style: Style, fate: Fate) -> Scene {
    let mut scene = Scene::new(style, 1);
    scene.at.world.borrow_mut().latest = TimeDelta::seconds(120);
    scene.script(&[fate, fate, fate]);
    scene.run();
    scene
}

#[test]
fn a_creation_that_nobody_heard_of_is_sent_again_under_its_key_and_else_left_to_an_operator() {
    let mut hook = Scene::new(Style::Hook, 1);
    hook.script(&[Fate::Unheard, Fate::Lost]);
    hook.run();
    assert_eq!(sent(&hook), ["Create"; 3]);
    assert_eq!(hook.items().len(), 1);
    hook.comes_to_rest();
    for fate in [Fate::Unheard, Fate::Lost, Fate::Late, Fate::Nameless] {
        let mut blind = Scene::new(Style::Blind, 1);
        blind.script(&[fate]);
        blind.run();
        assert_eq!(sent(&blind), ["Create"], "{fate:?}");
        blind.edit(0, |entry| entry.version += 1);
        blind.run_whole();
        assert_eq!(sent(&blind), [""; 0], "{fate:?}");
        blind.comes_to_rest();
    }
}

#[test]
fn an_event_that_was_hidden_meanwhile_is_not_created_to_be_deleted() {
    let mut scene = unheard_creation(Style::Hook, Fate::Lost);
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    assert_eq!(sent(&scene), ["Delete"]);
    scene.comes_to_rest();
}

#[test]
fn what_may_have_been_created_and_was_to_go_is_made_when_its_event_returns() {
    let mut scene = unheard_creation(Style::Hook, Fate::Lost);
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    scene.pass(TimeDelta::hours(2));
    scene.script(&[Fate::NotSent; 9]);
    scene.run();
    scene.script(&[]);
    scene.edit(0, |entry| entry.visibility = Visibility::Public);
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn what_may_have_been_created_goes_when_the_event_is_moved_into_the_past() {
    let mut scene = unheard_creation(Style::Hook, Fate::Late);
    let yesterday = scene.at.now() - TimeDelta::days(1);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (yesterday, None));
    scene.run();
    scene.run();
    assert!(scene.items().is_empty());
    scene.comes_to_rest();
}

#[test]
fn what_may_have_been_created_is_changed_and_not_created_twice_when_the_event_has_begun_meanwhile()
{
    let mut scene = unheard_creation(Style::Hook, Fate::Late);
    let now = scene.at.now();
    scene.edit(0, |entry| entry.begins = now);
    scene.run();
    scene.edit(0, |entry| entry.begins = now + TimeDelta::days(10));
    scene.run();
    assert_eq!(sent(&scene), ["Update"]);
    scene.comes_to_rest();
}

#[test]
fn what_was_last_applied_before_a_restore_does_not_hide_what_stands_since() {
    let clocks = [TimeDelta::zero(), TimeDelta::hours(5)];
    for (style, ahead) in [Style::Hook, Style::Blind]
        .map(|style| clocks.map(|ahead| (style, ahead)))
        .concat()
    {
        let mut scene = Scene::new(style, 1);
        scene.at.world.borrow_mut().skew = ahead;
        scene.run();
        scene.at.back_up();
        scene.edit(0, |entry| entry.status = Status::Cancelled);
        scene.run();
        scene.edit(0, |entry| entry.status = Status::Confirmed);
        scene.at.world.borrow_mut().skew = TimeDelta::zero();
        scene.restore();
        scene.run();
        scene.run();
        assert_eq!(sent(&scene), [""; 0], "once is enough");
        scene.comes_to_rest();
    }
}

#[test]
fn what_a_restored_database_knew_and_is_gone_is_not_made_anew_beside_what_was_forgotten() {
    let mut scene = Scene::new(Style::Blind, 1);
    scene.run();
    scene.at.back_up();
    scene.a_person_deletes_the_first();
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    assert_eq!(scene.items().len(), 1, "it was made anew");
    scene.restore();
    // What the restored database knows is sent once more, and what comes of that is not heard in the run that found it restored.
    scene.script(&[Fate::Refused]);
    scene.run();
    scene.pass(TimeDelta::hours(26));
    scene.run();
    assert_eq!(scene.items().len(), 1);
    assert_eq!(scene.delivery(0).state, State::Conflict);
    scene.comes_to_rest();
}

#[test]
fn what_is_gone_when_an_update_that_nobody_heard_of_is_sent_again_is_made_anew() {
    let mut scene = Scene::new(Style::Blind, 1);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.script(&[Fate::Lost; 3]);
    scene.run();
    scene.run();
    scene.a_person_deletes_the_first();
    scene.pass(TimeDelta::hours(26));
    scene.run();
    assert_eq!(sent(&scene), ["Update", "Create"]);
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn after_a_loss_nothing_older_arrives_later_than_what_is_told_anew() {
    let mut scene = interrupted_creation(Style::Hook, Fate::Late);
    let now = scene.at.now();
    let mut world = scene.at.world.borrow_mut();
    world.source.edit(now, 0, |entry| entry.version += 1);
    drop(world);
    scene.lose_the_database();
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn an_event_that_was_hidden_returns_under_another_address_although_its_creation_is_unknown() {
    let mut scene = unheard_creation(Style::Hook, Fate::Lost);
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    scene.edit(0, |entry| {
        entry.visibility = Visibility::Public;
        entry.address += 1;
    });
    for _ in 0..3 {
        scene.pass(TimeDelta::hours(26));
        scene.run();
    }
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn after_a_restore_an_event_moves_to_another_address_although_its_creation_is_unknown() {
    for style in [Style::Hook, Style::City] {
        let mut scene = Scene::new(style, 1);
        scene.script(&[Fate::Lost; 3]);
        scene.run();
        scene.at.back_up();
        scene.pass(TimeDelta::hours(26));
        scene.run();
        scene.edit(0, |entry| entry.address += 1);
        scene.restore();
        for _ in 0..3 {
            scene.pass(TimeDelta::hours(26));
            scene.run();
        }
        scene.comes_to_rest();
    }
}

#[test]
fn what_may_have_been_created_goes_although_its_event_moved_to_another_group_under_another_address()
{
    let mut scene = unheard_creation(Style::Hook, Fate::Late);
    scene.at.world.borrow_mut().configured.boards[0] = false;
    scene.edit(0, |entry| entry.tagged = false);
    scene.run();
    scene.edit(0, |entry| {
        entry.address += 1;
        entry.group = 1;
    });
    scene.at.world.borrow_mut().configured.boards[0] = true;
    scene.script(&[]);
    scene.run();
    assert!(scene.items().is_empty());
    scene.comes_to_rest();
}

#[test]
fn what_may_have_been_created_stays_if_its_event_is_wanted_again_under_another_address() {
    let mut scene = unheard_creation(Style::Hook, Fate::Late);
    scene.at.world.borrow_mut().configured.boards[0] = false;
    scene.edit(0, |entry| entry.tagged = false);
    scene.run();
    scene.edit(0, |entry| {
        entry.address += 1;
        entry.tagged = true;
    });
    scene.at.world.borrow_mut().configured.boards[0] = true;
    scene.script(&[]);
    scene.run();
    assert_eq!(sent(&scene), ["Create"]);
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn an_event_is_shown_by_the_first_run_after_it_may_be() {
    for style in [Style::Guild, Style::Blind] {
        let mut scene = Scene::new(style, 1);
        scene.at.world.borrow_mut().boards[0].ahead = Some(TimeDelta::days(5));
        scene.run();
        scene.run_whole();
        assert!(scene.items().is_empty());
        scene.pass(TimeDelta::days(5));
        scene.run();
        assert_eq!(scene.items().len(), 1);
        scene.comes_to_rest();
    }
}

#[test]
fn a_newer_text_is_sent_as_such_although_nobody_knows_whether_the_one_before_arrived() {
    let mut scene = Scene::new(Style::Hook, 1);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.script(&[Fate::Unheard; 3]);
    scene.run();
    assert_eq!(scene.delivery(0).state, kronos::delivery::State::Unknown);
    scene.edit(0, |entry| entry.version += 1);
    scene.script(&[]);
    scene.run();
    let title = {
        let world = scene.at.world.borrow();
        world.boards[0].items[0].fields[&Field::Title].clone()
    };
    assert_eq!(title, "Event 0 v3");
    scene.comes_to_rest();
}

#[test]
fn what_was_sent_again_as_it_was_then_is_brought_up_to_date_at_once() {
    let mut scene = interrupted_creation(Style::Hook, Fate::Unheard);
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    assert_eq!(sent(&scene), ["Create", "Update"]);
    scene.comes_to_rest();
}

#[test]
fn what_was_sent_again_with_another_content_is_brought_up_to_date_whatever_it_was_at_first() {
    let mut scene = interrupted_creation(Style::Hook, Fate::Lost);
    scene.edit(0, |entry| entry.status = Status::Cancelled);
    scene.script(&[Fate::Nameless; 3]);
    scene.run();
    scene.edit(0, |entry| entry.status = Status::Confirmed);
    scene.script(&[]);
    scene.run();
    assert_eq!(sent(&scene), ["Create", "Update"]);
    scene.comes_to_rest();
}

#[test]
fn what_was_sent_again_as_it_was_then_begins_as_it_did_then_until_it_is_brought_up_to_date() {
    let mut scene = interrupted_creation(Style::Hook, Fate::Unheard);
    let begins = scene.at.world.borrow().source.entries[0].begins;
    scene.edit(0, |entry| {
        (entry.begins, entry.ends) = (begins + TimeDelta::days(9), None);
    });
    scene.script(&[Fate::Answered, Fate::NotSent, Fate::NotSent, Fate::NotSent]);
    scene.run();
    scene.pass(begins - scene.at.now() + TimeDelta::hours(1));
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    assert_eq!(sent(&scene), [""; 0]);
    scene.comes_to_rest();
}

#[test]
fn a_change_of_which_nobody_heard_before_a_restore_does_not_hide_what_stands_since() {
    for fate in [Fate::Lost, Fate::Unheard] {
        let mut scene = Scene::new(Style::Hook, 1);
        scene.run();
        scene.edit(0, |entry| entry.version = 2);
        scene.script(&[fate; 3]);
        scene.run();
        assert_eq!(scene.delivery(0).state, State::Unknown);
        scene.at.back_up();
        scene.script(&[]);
        scene.edit(0, |entry| entry.version = 3);
        scene.run();
        // The source has the former text again.
        scene.edit(0, |entry| entry.version = 2);
        scene.restore();
        for _ in 0..4 {
            scene.pass(TimeDelta::hours(26));
            scene.run();
        }
        assert_eq!(scene.delivery(0).state, State::Idle);
        let world = scene.at.world.borrow();
        let title = &world.boards[0].items[0].fields[&Field::Title];
        assert_eq!(title, "Event 0 v2", "{fate:?}");
    }
}
