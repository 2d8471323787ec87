//! What the source says, or seems to say, and what would go for it.

use crate::simulation::board::Style;
use crate::simulation::consumer::Fate;
use crate::simulation::scenarios::Scene;
use crate::simulation::source::Visibility;
use crate::simulation::world::Faults;

fn standing(events: i64) -> Scene {
    let mut scene = Scene::new(Style::Guild, events);
    scene.run();
    scene
}

fn broken(scene: &Scene) -> Vec<String> {
    scene.at.world.borrow().wrong.clone()
}

pub fn a_deletion_and_a_reading_with_missing_pages() -> Vec<String> {
    let mut scene = standing(1);
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.faults(Faults {
        incomplete: 100,
        ..Faults::default()
    });
    scene.run_whole();
    broken(&scene)
}

pub fn a_reading_that_is_empty_by_mistake() -> Vec<String> {
    let mut scene = standing(1);
    scene.faults(Faults {
        emptied: 100,
        ..Faults::default()
    });
    scene.run_whole();
    broken(&scene)
}

pub fn an_event_that_was_just_hidden() -> Vec<String> {
    let mut scene = standing(1);
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    broken(&scene)
}

pub fn an_event_that_was_hidden_before_it_was_created() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.script(&[Fate::NotSent]);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.run();
    broken(&scene)
}

fn delete(scene: &Scene, events: std::ops::Range<usize>) {
    for event in events {
        scene.edit(event, |entry| entry.visibility = Visibility::Deleted);
    }
}

pub fn four_deletions_of_five() -> Vec<String> {
    let mut scene = standing(5);
    delete(&scene, 0..4);
    scene.run();
    broken(&scene)
}

pub fn both_events_of_a_group_are_deleted() -> Vec<String> {
    let mut scene = standing(2);
    delete(&scene, 0..2);
    scene.run();
    broken(&scene)
}

pub fn a_group_that_is_read_no_more() -> Vec<String> {
    let mut scene = standing(1);
    scene.read_the_first_group(false);
    scene.run();
    broken(&scene)
}

pub fn an_approval_and_four_more_deletions() -> Vec<String> {
    let mut scene = standing(10);
    delete(&scene, 0..4);
    let report = scene.run();
    delete(&scene, 4..8);
    scene.approve(&report);
    broken(&scene)
}
