//! A database that is lost, restored, or another's.

use crate::simulation::board::Style;
use crate::simulation::consumer::Fate;
use crate::simulation::databases;
use crate::simulation::driver::{Ended, How};
use crate::simulation::scenarios::Scene;
use crate::simulation::source::Visibility;
use crate::simulation::world::Faults;
use chrono::TimeDelta;

/// A run is killed at any step, and its database is lost; what was sent last takes effect late.
fn lost_anywhere(begin: impl Fn() -> Scene) -> Vec<String> {
    let mut wrong = Vec::new();
    for steps in 0.. {
        let mut scene = begin();
        scene.at.world.borrow_mut().latest = TimeDelta::seconds(120);
        scene.script(&[Fate::Late]);
        let how = How {
            crash_in: Some(steps),
            ..How::default()
        };
        let ended = scene.at.run(&how);
        if !matches!(ended, Ended::Killed) {
            break;
        }
        if scene.at.mark.is_none() {
            continue;
        }
        scene.lose_the_database();
        scene.at.run(&How::default());
        scene.pass(TimeDelta::hours(26));
        scene.run();
        wrong.extend(scene.wrong());
    }
    wrong
}

pub fn losses_while_a_creation_is_under_way() -> Vec<String> {
    lost_anywhere(|| Scene::new(Style::Guild, 1))
}

pub fn losses_while_an_update_is_under_way() -> Vec<String> {
    lost_anywhere(|| {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.run();
        scene.edit(0, |entry| entry.version += 1);
        scene
    })
}

pub fn a_loss_and_a_service_that_cannot_be_listed() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.lose_the_database();
    scene.faults(Faults {
        unlistable: 100,
        ..Faults::default()
    });
    scene.run();
    scene.faults(Faults::default());
    scene.run();
    scene.wrong()
}

pub fn a_restore_and_a_deletion() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.at.back_up();
    scene.run();
    scene.restore();
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    scene.run();
    scene.wrong()
}

pub fn another_database_and_a_deletion() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    let other = {
        let mut other = Scene::new(Style::Guild, 1);
        for _ in 0..5 {
            other.run();
        }
        databases::copy_of(&other.at.store.borrow())
    };
    scene.at.replace(other, true);
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    scene.run();
    scene.wrong()
}

pub fn a_loss_and_an_edit() -> Vec<String> {
    let mut scene = Scene::new(Style::City, 1);
    scene.run();
    scene.lose_the_database();
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.wrong()
}

pub fn a_restore_and_a_source_that_cannot_be_read() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.at.back_up();
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.restore();
    scene.faults(Faults {
        unreadable: 100,
        ..Faults::default()
    });
    scene.run();
    scene.faults(Faults::default());
    scene.run();
    scene.wrong()
}

pub fn a_loss_and_a_person_s_item_with_a_link() -> Vec<String> {
    let mut scene = Scene::new(Style::City, 1);
    scene.at.back_up();
    scene.a_person_makes_one(false);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.wrong()
}
