//! What histories brought to light, told one by one.

use super::board::{Board, Style};
use super::consumer::Fate;
use super::driver::{Ended, How, Installation};
use super::rng::Rng;
use super::source::{Entry, Visibility};
use super::world::{Faults, World};
use chrono::{DateTime, TimeDelta};
use kronos::delivery::Delivery;
use kronos::event::{EventKey, Status};
use kronos::report::Report;
use kronos::store::Store;

/// An installation with so many events in the first group, ten days ahead and more, and one consumer.
pub struct Scene {
    pub at: Installation,
}

impl Scene {
    pub fn new(style: Style, events: i64) -> Self {
        let now = DateTime::from_timestamp(1_770_000_000, 0).unwrap();
        let board = Board::new(style, "board", 100, true);
        let mut world = World::new(now, Rng::new(1), vec![board], false);
        for event in 0..events {
            world
                .source
                .add(now, 0, now + TimeDelta::days(10 + event), true);
        }
        let scene = Self {
            at: Installation::new(world),
        };
        scene.pass(TimeDelta::minutes(15));
        scene
    }

    pub fn pass(&self, length: TimeDelta) {
        self.at.advance(length);
    }

    /// A run, and a quarter of an hour.
    pub fn run(&mut self) -> Report {
        let Ended::Reported(report) = self.at.run(&How::default()) else {
            panic!("the run did not end well")
        };
        self.pass(TimeDelta::minutes(15));
        report
    }

    pub fn edit(&self, index: usize, change: impl FnOnce(&mut Entry)) {
        let mut world = self.at.world.borrow_mut();
        let now = world.now;
        world.source.edit(now, index, change);
        drop(world);
        self.pass(TimeDelta::minutes(1));
    }

    /// How the next requests go.
    fn script(&self, fates: &[Fate]) {
        self.at.world.borrow_mut().script = fates.iter().copied().collect();
    }

    fn faults(&self, faults: Faults) {
        self.at.world.borrow_mut().faults = faults;
    }

    fn lose_the_database(&mut self) {
        self.at.replace(Store::in_memory().unwrap(), true);
    }

    /// The ids of what stands at the consumer.
    pub fn items(&self) -> Vec<String> {
        let world = self.at.world.borrow();
        let board = &world.boards[0];
        board.live(world.now).map(|item| item.id.clone()).collect()
    }

    fn delivery(&self, index: usize) -> Delivery {
        let world = self.at.world.borrow();
        let key = EventKey::new(world.source.entries[index].url());
        let store = self.at.store.borrow();
        let found = store.delivery(&world.boards[0].target(), &key).unwrap();
        found.expect("it has a delivery")
    }

    /// Everything is as it should be, and no invariant was broken on the way.
    pub fn comes_to_rest(mut self) {
        self.at.check_rest();
        assert_eq!(self.at.world.borrow().wrong, Vec::<String>::new());
    }
}

fn empty_readings() -> Faults {
    Faults {
        emptied: 100,
        ..Faults::default()
    }
}

#[test]
fn a_draft_that_turns_out_to_exist_is_published_once() {
    let mut scene = Scene::new(Style::City, 1);
    scene.script(&[Fate::Unheard]);
    scene.run();
    assert_eq!(scene.at.world.borrow().run.changes.len(), 2);
    scene.comes_to_rest();
}

#[test]
fn an_event_keeps_its_item_under_a_new_url_while_an_update_of_it_is_unknown() {
    let mut scene = Scene::new(Style::City, 1);
    scene.run();
    let before = scene.items();
    scene.edit(0, |entry| entry.version += 1);
    scene.script(&[Fate::Lost, Fate::Lost, Fate::Lost]);
    scene.run();
    scene.edit(0, |entry| entry.address += 1);
    scene.run();
    assert_eq!(scene.items(), before);
    scene.pass(TimeDelta::hours(26));
    scene.run();
    assert_eq!(scene.items(), before);
    scene.comes_to_rest();
}

#[test]
fn an_event_gets_no_second_item_under_a_new_url_while_its_creation_is_unknown() {
    let mut scene = Scene::new(Style::City, 1);
    scene.at.world.borrow_mut().latest = TimeDelta::seconds(120);
    scene.script(&[Fate::Late]);
    // The run dies before it can find out.
    scene.at.run(&How {
        crash_in: Some(30),
        ..How::default()
    });
    scene.edit(0, |entry| entry.address += 1);
    scene.run();
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn an_event_follows_its_new_url_although_there_was_no_room_for_it_under_the_old_one() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.script(&[Fate::Answered, Fate::Lost]);
    scene.at.world.borrow_mut().boards[0].room = 1;
    scene.run();
    scene.edit(1, |entry| entry.address += 1);
    scene.run();
    scene.at.world.borrow_mut().boards[0].room = 100;
    scene.run();
    scene.run();
    assert_eq!(scene.items().len(), 2);
    scene.comes_to_rest();
}

#[test]
fn a_refused_deletion_of_what_was_moved_into_the_past_is_tried_again_after_a_day() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    let yesterday = scene.at.now() - TimeDelta::days(1);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (yesterday, None));
    scene.script(&[Fate::Refused]);
    scene.run();
    assert_eq!(scene.items().len(), 1);
    scene.pass(TimeDelta::hours(25));
    scene.run();
    scene.run();
    scene.comes_to_rest();
}

#[test]
fn a_refusal_is_remembered_although_its_item_is_found_as_one_of_an_unknown_event() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    let yesterday = scene.at.now() - TimeDelta::days(1);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (yesterday, None));
    scene.script(&[Fate::Refused]);
    scene.run();
    let generation = scene.delivery(0).desired_gen;
    scene.at.run(&How {
        full: true,
        ..How::default()
    });
    assert_eq!(scene.delivery(0).desired_gen, generation);
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
}

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
    let item = scene.items()[0].clone();
    let now = scene.at.now();
    // A person deletes it; it is made anew; the copy knows only the old one.
    let deleted = |items: &mut Vec<super::board::Remote>| items.retain(|other| other.id != item);
    scene.at.world.borrow_mut().boards[0].change(now, deleted);
    scene.at.run(&How {
        full: true,
        ..How::default()
    });
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    let copy = scene.at.copies.pop().unwrap();
    scene.at.replace(copy, true);
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
    let copy = scene.at.copies.pop().unwrap();
    scene.at.replace(copy, true);
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
        younger.at.store.borrow().duplicate().unwrap()
    };
    scene.at.replace(copy, false);
    scene.at.mark = Some(scene.at.store.borrow().mark());
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    assert_eq!(scene.items().len(), 2);
}

#[test]
fn one_poisoned_event_changes_nothing_for_the_others() {
    let others = |poison: bool| {
        let mut scene = Scene::new(Style::Guild, 4);
        if poison {
            scene.at.world.borrow_mut().boards[0].poison.insert(1);
        }
        let mut sent = Vec::new();
        for step in 0..6 {
            scene.edit(step % 4, |entry| entry.version += 1);
            scene.run();
            let world = scene.at.world.borrow();
            let of_others = world
                .run
                .changes
                .iter()
                .filter(|change| !change.ends_with("/1"));
            sent.push(of_others.cloned().collect::<Vec<_>>());
        }
        assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
        sent
    };
    assert_eq!(others(true), others(false));
}

#[test]
fn a_run_sends_no_more_than_twenty_requests_that_are_refused() {
    let mut scene = Scene::new(Style::Guild, 30);
    for event in 0..30 {
        scene.at.world.borrow_mut().boards[0].poison.insert(event);
    }
    scene.run();
    assert_eq!(scene.at.world.borrow().run.refusals, 20);
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
}
