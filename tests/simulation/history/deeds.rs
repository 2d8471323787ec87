//! What happens to kronos from outside: organisers, people, the machine.

use super::some_time;
use crate::simulation::board::{Board, Origin, Remote, Style};
use crate::simulation::driver::Installation;
use crate::simulation::rng::Rng;
use crate::simulation::source::{Entry, GROUPS, Visibility};
use crate::simulation::world::World;
use chrono::TimeDelta;
use kronos::delivery::{Provenance, State};
use kronos::event::{EventKey, Field, Status};
use kronos::store::Store;
use std::collections::BTreeMap;

/// An organiser changes something.
pub fn organise(rng: &mut Rng, at: &mut Installation) {
    let mut guard = at.world.borrow_mut();
    let world = &mut *guard;
    let now = world.now;
    let count = world.source.entries.len();
    if count < 10 && rng.chance(12) {
        let begins = some_time(rng, now);
        world.source.add(
            now,
            rng.below(GROUPS.len() as u64) as usize,
            begins,
            rng.chance(50),
        );
        world.trace(|| format!("event {count} is announced"));
        return;
    }
    if rng.chance(3) {
        for index in 0..count {
            world.source.edit(now, index, |entry| {
                if entry.visibility == Visibility::Public {
                    entry.visibility = Visibility::Hidden;
                }
            });
        }
        world.trace(|| "everything is hidden".into());
        return;
    }
    let index = rng.below(count as u64) as usize;
    if world.source.entries[index].visibility == Visibility::Deleted {
        return;
    }
    let kind = rng.below(16);
    let begins = match rng.below(6) {
        0 => now - TimeDelta::hours(rng.between(3, 72)),
        _ => some_time(rng, now),
    };
    let status = *rng.pick(&[Status::Confirmed, Status::Tentative, Status::Cancelled]);
    world.source.edit(now, index, |entry| match kind {
        0..=2 => entry.version += 1,
        3..=4 => {
            entry.begins = begins;
            entry.ends = entry.ends.map(|_| begins + TimeDelta::hours(3));
        }
        5..=7 => entry.status = status,
        8 => entry.visibility = Visibility::Deleted,
        9..=10 => entry.visibility = Visibility::Hidden,
        11..=12 => entry.visibility = Visibility::Public,
        13 => entry.tagged = !entry.tagged,
        14 => entry.group = 1 - entry.group,
        _ if begins.timestamp() % 2 == 0 => entry.address += 1,
        _ => entry.picture += 1,
    });
    world.trace(|| {
        let entry = &world.source.entries[index];
        format!(
            "event {index} now: {} v{} {:?} {:?} in {} {}{} begins {}",
            entry.url(),
            entry.version,
            entry.visibility,
            entry.status,
            GROUPS[entry.group],
            if entry.tagged { "tagged" } else { "untagged" },
            entry.picture,
            entry.begins
        )
    });
}

/// A person does something at a consumer.
pub fn meddle(rng: &mut Rng, at: &mut Installation) {
    let mut guard = at.world.borrow_mut();
    let world = &mut *guard;
    let now = world.now;
    let index = rng.below(world.boards.len() as u64) as usize;
    if !world.boards[index].style.is_listed() {
        return plunder(rng, world, index);
    }
    let entry = rng.pick(&world.source.entries).clone();
    // Where no maker is named a copy of the whole text is told from ours only by what is recorded of ours.
    let is_known = world.boards[index].style == Style::Guild
        || world.copying && is_recorded(&at.store.borrow(), &world.boards[index], &entry);
    let board = &mut world.boards[index];
    let ours: Vec<String> = board
        .live(now)
        .filter(|item| item.origin != Origin::Person)
        .map(|item| item.id.clone())
        .collect();
    let theirs: Vec<String> = board
        .live(now)
        .filter(|item| item.origin == Origin::Person)
        .map(|item| item.id.clone())
        .collect();
    let kind = rng.below(8);
    let line = match kind {
        0..=2 => {
            // Their own item: of something else, or with a link to the event.
            let begins = some_time(rng, now);
            let id = board.new_id();
            let links = if kind == 0 {
                Vec::new()
            } else {
                vec![entry.url()]
            };
            let marker = (kind == 2 && is_known).then(|| entry.url());
            let line = format!("a person makes {id} with {links:?} {marker:?}");
            board.change(now, |items| {
                items.push(Remote {
                    id,
                    origin: Origin::Person,
                    marker,
                    links,
                    fields: BTreeMap::from([(Field::Title, "a person's own".into())]),
                    begins,
                    ends: begins + TimeDelta::hours(2),
                    created: now,
                    draft: false,
                    cancelled: false,
                    overdue: false,
                });
            });
            line
        }
        3 if !theirs.is_empty() => {
            let id = rng.pick(&theirs).clone();
            board.change(now, |items| items.retain(|item| item.id != id));
            format!("a person deletes their own {id}")
        }
        4..=5 if !ours.is_empty() => {
            let id = rng.pick(&ours).clone();
            board.change(now, |items| items.retain(|item| item.id != id));
            format!("a person deletes {id}")
        }
        _ if !ours.is_empty() => {
            let id = rng.pick(&ours).clone();
            let unmark = kind == 7 && board.style == Style::Guild;
            board.change(now, |items| {
                for item in items.iter_mut().filter(|item| item.id == id) {
                    let field = if unmark {
                        Field::Description
                    } else {
                        Field::Title
                    };
                    item.fields.insert(field, "a person's words".into());
                    if unmark {
                        (item.marker, item.links) = (None, Vec::new());
                    }
                }
            });
            format!("a person edits {id}")
        }
        _ => return,
    };
    let name = world.boards[index].name;
    world.trace(|| format!("{name}: {line}"));
}

/// A person takes our item away where it can be taken away, and where nothing will tell that it is gone.
fn plunder(rng: &mut Rng, world: &mut World, index: usize) {
    let now = world.now;
    let board = &mut world.boards[index];
    let ours: Vec<Remote> = board.live(now).cloned().collect();
    if board.style == Style::Hook || ours.is_empty() {
        return;
    }
    let item = rng.pick(&ours);
    if let Origin::Kronos(entry) = item.origin {
        board.plundered.insert(entry);
    }
    board.change(now, |items| items.retain(|other| other.id != item.id));
    world.trace(|| format!("a person deletes {}", item.id));
}

/// Our item of an event is known at a board, at rest, and what stands there was worked off.
fn is_recorded(store: &Store, board: &Board, entry: &Entry) -> bool {
    let target = board.target();
    let key = EventKey::new(entry.url());
    let served = store.consumer(&target).unwrap();
    let known = store.delivery(&target, &key).unwrap();
    served.is_some_and(|memory| !memory.adopting)
        && known.is_some_and(|known| {
            known.state == State::Idle
                && known.remote_id.is_some()
                && known.provenance != Some(Provenance::Linked)
        })
}
