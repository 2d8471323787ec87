//! Two runs at once, which the lock prevents: where it fails, the older run sends nothing more.

use super::board::Style;
use super::driver::{Ended, How};
use super::process;
use super::scenarios::Scene;
use chrono::TimeDelta;
use kronos::store::{Lock, Store, StoreError};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

fn open(path: &Path, lock: &Lock) -> Rc<RefCell<Store>> {
    Rc::new(RefCell::new(Store::open(path, lock).unwrap()))
}

/// A run is overtaken after so many of its requests by another, which sees an edit that it did not see.
pub fn overtaken_after(requests: u32, style: Style) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kronos.db");
    let lock = Rc::new(Lock::exclusive(&path).unwrap());
    let mut scene = Scene::new(style, 3);
    scene.at.store = open(&path, &lock);
    let (world, settings) = (scene.at.world.clone(), scene.at.settings.clone());
    let other = {
        let (world, lock, path) = (world.clone(), lock.clone(), path.clone());
        move || {
            let store = open(&path, &lock);
            let (mark, epoch) = (store.borrow().mark(), store.borrow().epoch() + 1);
            let mut truth = world.borrow_mut();
            truth.run.epoch = epoch;
            let now = truth.now;
            for index in 0..3 {
                truth.source.edit(now, index, |entry| entry.version += 1);
            }
            drop(truth);
            let ended = process::run(&world, &settings, Some(&mark), &How::default(), &store);
            assert!(matches!(ended, Ended::Reported(_)));
        }
    };
    world.borrow_mut().takeover = Some((requests, Rc::new(other)));
    let ended = scene.at.run(&How::default());
    let is_overtaken = matches!(ended, Ended::Broken(StoreError::Epoch { .. }));
    assert!(is_overtaken, "the older run noticed nothing");
    world
        .borrow_mut()
        .wrong
        .retain(|wrong| !wrong.contains("another run took over"));
    scene.at.store = open(&path, &lock);
    scene.at.mark = Some(scene.at.store.borrow().mark());
    for _ in 0..2 {
        scene.pass(TimeDelta::hours(25));
        scene.run();
    }
    scene.comes_to_rest();
}

#[test]
fn a_run_that_was_overtaken_sends_nothing_more_and_spoils_nothing() {
    for style in [Style::Guild, Style::City] {
        for requests in 0..3 {
            overtaken_after(requests, style);
        }
    }
}
