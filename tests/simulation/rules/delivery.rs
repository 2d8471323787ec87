//! What services list and answer, and what people do there.

use crate::simulation::board::Style;
use crate::simulation::consumer::Fate;
use crate::simulation::driver::How;
use crate::simulation::scenarios::Scene;
use crate::simulation::world::Faults;
use chrono::TimeDelta;

pub fn listings_and_looks_that_lag() -> Vec<String> {
    let mut scene = Scene::new(Style::City, 1);
    scene.at.world.borrow_mut().lag = scene.at.settings.settle;
    scene.at.run(&How::default());
    scene.faults(Faults {
        lagging: 100,
        ..Faults::default()
    });
    for _ in 0..5 {
        scene.run_whole();
    }
    scene.faults(Faults::default());
    scene.edit(0, |entry| entry.version += 1);
    scene.pass(TimeDelta::hours(26));
    scene.run();
    scene.wrong()
}

pub fn listings_that_leave_out_an_item() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.faults(Faults {
        muddled: 100,
        ..Faults::default()
    });
    for _ in 0..6 {
        scene.run_whole();
        scene.pass(TimeDelta::minutes(15));
    }
    scene.wrong()
}

pub fn a_person_s_edit() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.a_person_edits_the_first();
    scene.run_whole();
    scene.wrong()
}

pub fn a_person_s_copy_where_makers_are_named() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.a_person_makes_one(true);
    scene.run();
    scene.wrong()
}

pub fn a_person_s_copy_where_no_maker_is_named() -> Vec<String> {
    let mut scene = Scene::new(Style::City, 1);
    scene.run();
    scene.run();
    scene.a_person_makes_one(true);
    scene.a_person_deletes_the_first();
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.run();
    scene.wrong()
}

pub fn a_second_item_that_appears_late() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.script(&[Fate::Overdue]);
    scene.run();
    scene.pass(TimeDelta::hours(2));
    scene.run_whole();
    scene.wrong()
}

pub fn a_tag_that_goes_and_comes_back_at_once() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.tagged = false);
    scene.at.run(&How::default());
    scene.edit(0, |entry| entry.tagged = true);
    scene.at.run(&How::default());
    scene.wrong()
}

pub fn an_edit() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.run();
    scene.wrong()
}

fn with_fates(events: i64, fates: &[Fate]) -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, events);
    scene.script(fates);
    scene.run();
    scene.run_whole();
    scene.at.world.borrow().wrong.clone()
}

pub fn a_refused_creation() -> Vec<String> {
    with_fates(1, &[Fate::Refused, Fate::Refused])
}

pub fn thirty_refused_creations() -> Vec<String> {
    with_fates(30, &[Fate::Refused; 30])
}

pub fn a_token_that_is_not_valid() -> Vec<String> {
    with_fates(3, &[Fate::Unauthorised])
}

pub fn a_service_that_asks_for_patience() -> Vec<String> {
    with_fates(1, &[Fate::Limited])
}

pub fn three_events_and_room_for_one() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 3);
    scene.at.world.borrow_mut().boards[0].room = 1;
    scene.run();
    scene.wrong()
}

pub fn a_dry_run() -> Vec<String> {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.at.dry_run();
    scene.at.world.borrow().wrong.clone()
}
