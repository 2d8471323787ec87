//! What histories brought to light, told one by one.

use super::board::{Board, Origin, Remote, Style};
use super::consumer::Fate;
use super::databases;
use super::driver::{Ended, How, Installation};
use super::rng::Rng;
use super::source::{Entry, Visibility};
use super::world::{Faults, World};
use chrono::{DateTime, TimeDelta};
use kronos::delivery::Delivery;
use kronos::event::{Action, EventKey, Field, Status};
use kronos::report::{OperationOutcome, Report};
use std::collections::BTreeMap;

mod answers;
mod approving;
mod configuration;
mod deleting;
mod exchanges;
mod files;
mod guarding;
mod hiding;
mod loss;
mod recognising;
mod serving;
mod sources;
mod unlisted;

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

    /// One more event in the first group.
    pub fn announce(&self) {
        let mut world = self.at.world.borrow_mut();
        let now = world.now;
        world.source.add(now, 0, now + TimeDelta::days(20), true);
    }

    /// How the next requests go.
    pub fn script(&self, fates: &[Fate]) {
        self.at.world.borrow_mut().script = fates.iter().copied().collect();
    }

    pub fn faults(&self, faults: Faults) {
        self.at.world.borrow_mut().faults = faults;
    }

    /// The first group is read no more, or again.
    pub fn read_the_first_group(&self, is_read: bool) {
        self.at.world.borrow_mut().configured.groups[0] = is_read;
    }

    /// A run that releases what the last one withheld.
    pub fn approve(&mut self, report: &Report) {
        self.at.run(&How {
            approve: Some(report.plan.clone()),
            ..How::default()
        });
    }

    pub fn lose_the_database(&mut self) {
        self.at.replace(databases::empty(), true);
    }

    /// The newest copy takes the database's place.
    pub fn restore(&mut self) {
        let copy = self.at.copies.pop().unwrap();
        self.at.replace(copy, true);
    }

    pub fn run_whole(&mut self) {
        self.at.run(&How {
            full: true,
            ..How::default()
        });
    }

    pub fn a_person_edits_the_first(&self) {
        let mut world = self.at.world.borrow_mut();
        let now = world.now;
        world.boards[0].change(now, |items| {
            let words = "a person's words".to_string();
            items[0].fields.insert(Field::Title, words)
        });
    }

    pub fn a_person_deletes_the_first(&self) {
        let id = self.items()[0].clone();
        let mut world = self.at.world.borrow_mut();
        let now = world.now;
        world.boards[0].change(now, |items| items.retain(|item| item.id != id));
    }

    /// The ids of what stands at the consumer.
    pub fn items(&self) -> Vec<String> {
        let world = self.at.world.borrow();
        let board = &world.boards[0];
        board.live(world.now).map(|item| item.id.clone()).collect()
    }

    pub fn delivery(&self, index: usize) -> Delivery {
        let world = self.at.world.borrow();
        let key = EventKey::new(world.source.entries[index].url());
        let store = self.at.store.borrow();
        let found = store.delivery(&world.boards[0].target(), &key).unwrap();
        found.expect("it has a delivery")
    }

    /// A person makes an item of their own that carries the first event's link, as a whole copy of its text or in some other place.
    pub fn a_person_makes_one(&self, is_copy: bool) {
        let mut world = self.at.world.borrow_mut();
        let now = world.now;
        let (url, begins) = (
            world.source.entries[0].url(),
            world.source.entries[0].begins,
        );
        let board = &mut world.boards[0];
        let item = Remote {
            id: board.new_id(),
            origin: Origin::Person,
            marker: is_copy.then(|| url.clone()),
            links: vec![url],
            fields: BTreeMap::from([(Field::Title, "a person's own".into())]),
            begins,
            ends: begins + TimeDelta::hours(2),
            created: now,
            draft: false,
            cancelled: false,
            overdue: false,
        };
        board.change(now, |items| items.push(item));
    }

    /// What was found broken so far, and what is not as it should be at the end.
    pub fn wrong(mut self) -> Vec<String> {
        self.at.check_rest();
        self.at.world.borrow().wrong.clone()
    }

    /// Everything is as it should be, and no invariant was broken on the way.
    pub fn comes_to_rest(self) {
        assert_eq!(self.wrong(), Vec::<String>::new());
    }
}

/// One event, whose creation went so; the process died before it could write that down.
fn interrupted_creation(style: Style, fate: Fate) -> Scene {
    for steps in 0.. {
        let mut scene = Scene::new(style, 1);
        scene.at.world.borrow_mut().latest = TimeDelta::seconds(120);
        scene.script(&[fate]);
        let how = How {
            crash_in: Some(steps),
            ..How::default()
        };
        assert!(matches!(scene.at.run(&how), Ended::Killed));
        if !scene.at.world.borrow().run.changes.is_empty() {
            return scene;
        }
    }
    unreachable!()
}

/// What was sent, by kind.
fn sent(scene: &Scene) -> Vec<String> {
    let world = scene.at.world.borrow();
    let words = world.run.changes.iter();
    let words = words.filter_map(|change| change.split(' ').next());
    words.map(Into::into).collect()
}

/// What the report tells of the only consumer: each operation, and what came of it.
fn told(report: &Report) -> Vec<(Action, OperationOutcome)> {
    let operations = report.consumers[0].operations.iter();
    operations
        .map(|operation| (operation.action, operation.outcome))
        .collect()
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
    let mut scene = interrupted_creation(Style::City, Fate::Late);
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
    scene.run_whole();
    assert_eq!(scene.delivery(0).desired_gen, generation);
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
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

#[test]
fn an_interrupted_creation_is_completed_although_its_first_update_is_refused() {
    let mut scene = interrupted_creation(Style::Guild, Fate::Unheard);
    assert_eq!(scene.items().len(), 1);
    // No listing gives the picture back.
    scene.edit(0, |entry| entry.picture += 1);
    scene.script(&[Fate::Refused]);
    scene.run();
    scene.pass(TimeDelta::hours(26));
    scene.run();
    scene.comes_to_rest();
}
