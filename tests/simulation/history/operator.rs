//! What happens to the installation: its clock, its database, its configuration, and what an operator commands.

use crate::simulation::board::{Board, Origin, Remote, Style};
use crate::simulation::databases;
use crate::simulation::driver::Installation;
use crate::simulation::rng::Rng;
use crate::simulation::source::GROUPS;
use crate::simulation::world::World;
use chrono::TimeDelta;
use kronos::event::EventKey;

/// The machine's clock is set. A service that names no maker proves one by the moment at which an item was made, so a clock
/// that is wrong by more than a minute leaves an item whose creation was interrupted to the operator: not played.
pub fn jump(rng: &mut Rng, at: &mut Installation) {
    let is_unnamed = |board: &Board| board.style == Style::City;
    if at.world.borrow().boards.iter().any(is_unnamed) {
        return;
    }
    let minutes = rng.between(-300, 300);
    // A clock that jumps ahead makes any wait end early; nothing can be known of that, so nothing is under way then.
    at.advance(at.settings.settle);
    let mut world = at.world.borrow_mut();
    world.skew = TimeDelta::minutes(minutes);
    world.jumped = Some(world.now);
    world.trace(|| format!("the clock is now {minutes} min ahead"));
}

/// The database is lost, or an older copy takes its place.
pub fn lose(rng: &mut Rng, at: &mut Installation) {
    let keep_mark = rng.chance(60);
    let store = match at.copies.pop().filter(|_| rng.chance(60)) {
        Some(copy) => {
            at.trace(|| {
                format!(
                    "the database is restored as of run {}, with mark: {keep_mark}",
                    copy.epoch()
                )
            });
            copy
        }
        None => {
            at.trace(|| format!("the database is lost, with mark: {keep_mark}"));
            databases::empty()
        }
    };
    if !(keep_mark && at.mark.is_some()) && store.epoch() == 0 {
        at.world.borrow_mut().unnoticed = true;
        // Nothing tells that it is no first run, which does not wait: so nothing may be under way.
        at.advance(at.settings.settle);
    }
    at.replace(store, keep_mark);
}

/// The configuration changes: a group or a consumer is taken out or put back, or what is to be shown is.
pub fn reconfigure(rng: &mut Rng, at: &mut Installation) {
    let mut guard = at.world.borrow_mut();
    let world = &mut *guard;
    match rng.below(4) {
        0 => {
            let group = rng.below(GROUPS.len() as u64) as usize;
            let groups = &mut world.configured.groups;
            groups[group] = !groups[group];
            if !groups.contains(&true) {
                groups[1 - group] = true;
            }
        }
        1 => {
            let board = rng.below(world.boards.len() as u64) as usize;
            let served = &mut world.configured.boards[board];
            *served = !*served;
        }
        2 => world.configured.rendering += 1,
        _ => {
            let board = rng.below(world.boards.len() as u64) as usize;
            let picky = &mut world.boards[board].picky;
            *picky = !*picky;
        }
    }
    world.reconfigured_at = Some(world.now);
    world.trace(|| format!("the configuration: {:?}", world.configured));
}

/// Where nothing can be listed an operator looks before anything is made again: whether something stands there, or comes.
fn stands_blindly(world: &World, board: usize, entry: usize) -> bool {
    let board = &world.boards[board];
    let is_of_it = |item: &Remote| item.origin == Origin::Kronos(entry);
    board.style == Style::Blind
        && (board.live(world.now).any(is_of_it) || board.awaits_creation(entry))
}

/// An operator releases whatever is held back of an event.
pub fn retry(rng: &mut Rng, at: &mut Installation) {
    let mut guard = at.world.borrow_mut();
    let world = &mut *guard;
    let url = rng.pick(&world.source.entries).url();
    let now = world.kronos_now();
    let mut store = at.store.borrow_mut();
    let entry = world.source.of_marker(&url).map(|entry| entry.index);
    for board in 0..world.boards.len() {
        if entry.is_some_and(|entry| stands_blindly(world, board, entry)) {
            continue;
        }
        let target = world.boards[board].target();
        let key = EventKey::new(&*url);
        let released = store.release(&key, Some(&target), now).unwrap();
        world.trace(|| format!("an operator retries {url}: {released:?}"));
        if !released.is_empty() {
            world.boards[board].refused.remove(&url);
            world.left.remove(&(board, url.clone()));
        }
    }
}
