//! Runs that are killed or stand still at any moment, and events that begin or end meanwhile.

use crate::simulation::board::Style;
use crate::simulation::consumer::Fate;
use crate::simulation::driver::{Ended, How};
use crate::simulation::scenarios::Scene;
use chrono::TimeDelta;

/// A run is killed at any step, the next follows at once; what was sent last takes effect late.
fn killed_anywhere(begin: impl Fn(Style) -> Scene, fate: Fate) -> Vec<String> {
    let mut wrong = Vec::new();
    for style in [Style::Guild, Style::City] {
        for steps in 0.. {
            let mut scene = begin(style);
            scene.at.world.borrow_mut().latest = TimeDelta::seconds(120);
            scene.script(&[fate]);
            let how = How {
                crash_in: Some(steps),
                ..How::default()
            };
            let ended = scene.at.run(&how);
            scene.at.run(&How::default());
            scene.pass(TimeDelta::hours(26));
            let last = scene.at.world.borrow().source.entries.len() - 1;
            scene.edit(last, |entry| entry.version += 1);
            scene.run();
            wrong.extend(scene.wrong());
            if !matches!(ended, Ended::Killed) {
                break;
            }
        }
    }
    wrong
}

pub fn creations_killed_anywhere() -> Vec<String> {
    let begin = |style| Scene::new(style, 1);
    let mut wrong = killed_anywhere(begin, Fate::Late);
    wrong.extend(killed_anywhere(begin, Fate::Unheard));
    wrong
}

/// What stands there was worked off before, so that a marker alone makes nothing ours any more.
pub fn second_creations_killed_anywhere() -> Vec<String> {
    let begin = |style| {
        let mut scene = Scene::new(style, 1);
        scene.run();
        scene.announce();
        scene
    };
    killed_anywhere(begin, Fate::Unheard)
}

pub fn updates_killed_anywhere() -> Vec<String> {
    let begin = |style| {
        let mut scene = Scene::new(style, 1);
        scene.run();
        scene.edit(0, |entry| entry.version += 1);
        scene
    };
    killed_anywhere(begin, Fate::Late)
}

/// The machine stands still for some minutes at any reading of the clock.
fn stalled_anywhere(begin: impl Fn() -> Scene) -> Vec<String> {
    let mut wrong = Vec::new();
    for reading in 0.. {
        let mut scene = begin();
        scene.at.world.borrow_mut().stall_in = Some((reading, TimeDelta::seconds(400)));
        scene.at.run(&How::default());
        let has_stalled = scene.at.world.borrow_mut().stall_in.take().is_none();
        scene.pass(TimeDelta::hours(26));
        scene.run();
        wrong.extend(scene.wrong());
        if !has_stalled {
            break;
        }
    }
    wrong
}

pub fn requests_of_a_machine_that_stands_still() -> Vec<String> {
    stalled_anywhere(|| Scene::new(Style::Guild, 1))
}

pub fn creations_just_before_the_event() -> Vec<String> {
    stalled_anywhere(|| {
        let scene = Scene::new(Style::Guild, 1);
        let soon = scene.at.now() + TimeDelta::minutes(5);
        scene.edit(0, |entry| (entry.begins, entry.ends) = (soon, None));
        scene
    })
}

pub fn an_event_that_was_cut_short() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    let soon = scene.at.now() + TimeDelta::minutes(30);
    let late = soon + TimeDelta::hours(5);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (soon, Some(late)));
    scene.run();
    scene.pass(TimeDelta::hours(1));
    let over = scene.at.now() - TimeDelta::minutes(1);
    scene.edit(0, |entry| entry.ends = Some(over));
    scene.run();
    scene.run();
    scene.wrong()
}
