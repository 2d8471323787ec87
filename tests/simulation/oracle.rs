//! The invariants of the delivery protocol, as far as they can be seen from outside.

use super::board::{Origin, Remote};
use super::source::Entry;
use super::world::{Withheld, World};
use chrono::{DateTime, Utc};
use kronos::delivery::{Delivery, Desired, State};
use kronos::event::{EventKey, Fingerprint};
use kronos::report::{ConsumerReport, OperationOutcome, OperationReport, Report};
use kronos::store::Store;
use std::collections::{BTreeMap, BTreeSet};

mod request;
mod rest;
mod taking;

pub use request::{after_request, after_unauthorised, before_request, unauthorised};
pub use rest::comes_to_rest;

/// The driver forgets what a lost database cannot know, or one that was restored as of a run. `is_same`: by its mark it is no other
/// than the one before, and is not taken for one.
pub fn forget(world: &mut World, run: u64, is_same: bool) {
    for board in &mut world.boards {
        let changed = std::mem::take(&mut board.changed_by);
        let (later, known) = changed.into_iter().partition(|(_, by)| *by > run);
        let later: BTreeMap<usize, u64> = later;
        board.forgotten.extend(later.into_keys());
        board.changed_by = known;
    }
    world.forgotten = true;
    let before = world.forgotten_at.filter(|_| is_same);
    world.forgotten_at = before.or(Some(world.now));
    world.recorded.clear();
    world.left.clear();
    world.left_group.clear();
    forget_answers(world);
}

/// The driver forgets what a killed run may not have written down.
pub fn forget_answers(world: &mut World) {
    world.patience = None;
    for board in &mut world.boards {
        board.refused.clear();
        board.not_before.clear();
    }
}

/// What stands before a run, for I10.
pub fn before_run(world: &mut World) {
    let (now, kronos_now) = (world.now, world.kronos_now());
    for index in 0..world.boards.len() {
        // Where nothing can be listed, and where nothing tells that it is ours, what stands there is what is known to.
        // An id tells nothing of another board, where the item may carry the same: what was sent here and not heard of may not stand.
        let recorded = world.recorded.iter();
        let recorded = recorded.filter(|((board, _), _)| *board == index);
        let recorded: BTreeSet<&String> = recorded.map(|(_, id)| id).collect();
        let is_known = |item: &Remote| {
            let style = world.boards[index].style;
            let is_present = |entry: &Entry| item.marker == Some(entry.url());
            let mut entries = world.source.entries.iter();
            let is_seen = style.is_listed() && entries.any(is_present);
            is_seen || world.forgotten || recorded.contains(&item.id)
        };
        let stood = world.boards[index]
            .live(now)
            .filter(|item| is_known(item))
            .filter(|item| item.ends > kronos_now && !item.cancelled)
            .filter_map(|item| match item.origin {
                Origin::Kronos(entry) => Some((entry, item.begins)),
                Origin::Person => None,
            })
            .filter(|(entry, begins)| {
                // Whether it still shows ahead nobody knows where the change was not heard of.
                let is_heard = !world.boards[index].unheard.contains(entry);
                *begins > kronos_now && is_heard
                    || world.source.entries[*entry].seen_over_at > kronos_now
            })
            .map(|(entry, _)| entry)
            .collect();
        world.run.stood.insert(index, stood);
    }
    world.run.empty = (0..super::source::GROUPS.len())
        .filter(|group| world.configured.groups[*group])
        .filter(|group| world.source.whole(*group, kronos_now).next().is_none())
        .collect();
}

/// I10: more than the limit, or anything of a group that is suddenly empty, waits for approval. `plan` is the run's plan, if it
/// came to tell.
pub fn after_run(world: &mut World, delete_limit: f64, plan: Option<&str>) {
    let by_plan = std::mem::take(&mut world.run.by_plan);
    let is_other = plan.is_some() && plan != world.run.approved.as_deref();
    for (board, entry, wrong) in by_plan.into_iter().filter(|_| is_other) {
        match wrong {
            Some(how) => world.broken("I9", how),
            None => take(world, board, entry),
        }
    }
    let taken = std::mem::take(&mut world.run.taken);
    for (board, taken) in taken {
        let mut stood = world.run.stood.get(&board).cloned().unwrap_or_default();
        // What was over before the machine went on, or the source was to be asked again, stood no more when it was planned.
        let now = world.kronos_now();
        stood.retain(|entry| world.source.entries[*entry].seen_over_at > now);
        for group in 0..super::source::GROUPS.len() {
            let source = &world.source;
            let is_in = |entry: &&usize| source.entries[**entry].groups_shown.contains(&group);
            let gone = taken.iter().filter(is_in).count();
            let all = stood.iter().filter(is_in).count();
            let only_here = |entry: &usize| {
                let groups = &source.entries[*entry].groups_ever;
                groups.len() == 1 && groups.contains(&group)
            };
            // Of what was known by its marker alone nobody knows the group.
            let is_emptied = world.run.empty.contains(&group)
                && world.run.read.contains(&group)
                && !world.forgotten
                && stood.iter().filter(|entry| only_here(entry)).count() >= 2
                && taken.iter().any(only_here);
            let limit = (delete_limit * all as f64).max(3.0);
            // What is known by its marker alone counts as a group of its own.
            let groups = if world.forgotten { 2.0 } else { 1.0 };
            if gone as f64 > limit * groups {
                world.broken(
                    "I10",
                    format!("{gone} of {all} were taken from group {group}"),
                );
            }
            if is_emptied {
                world.broken(
                    "I10",
                    format!("group {group} is suddenly empty, and something was taken from it"),
                );
            }
        }
    }
}

/// What is taken away counts once.
fn take(world: &mut World, board: usize, entry: usize) {
    let taken = world.run.taken.entry(board).or_default();
    if !taken.contains(&entry) {
        taken.push(entry);
    }
}

/// By board: every delivery that the database holds.
pub type Deliveries = Vec<Vec<Delivery>>;

/// Reads all of them.
pub fn all_deliveries(world: &World, store: &Store) -> Deliveries {
    let boards = world.boards.iter();
    boards
        .map(|board| deliveries(store, &board.target()).collect())
        .collect()
}

/// Every delivery of a consumer.
fn deliveries(store: &Store, target: &str) -> impl Iterator<Item = Delivery> {
    let keys = store.event_keys().unwrap();
    keys.into_iter()
        .filter_map(|key| store.delivery(target, &key).unwrap())
}

/// Where nothing can be listed: which requests nobody heard of.
pub fn notes_unheard(world: &mut World, known: &Deliveries) {
    let World { boards, source, .. } = world;
    for (board, known) in boards.iter_mut().zip(known) {
        let is_unheard = |delivery: &&Delivery| {
            !board.style.is_listed() && matches!(delivery.state, State::Sending | State::Unknown)
        };
        let unheard = known.iter().filter(is_unheard);
        let entries = unheard.filter_map(|delivery| source.of_marker(delivery.key.as_str()));
        board.unheard.extend(entries.map(|entry| entry.index));
    }
}

/// Tells what the database holds.
pub fn trace(world: &World, store: &Store) {
    for board in world.boards.iter().filter(|_| world.tracing) {
        for delivery in deliveries(store, &board.target()) {
            let Delivery {
                key,
                state,
                desired,
                remote_id,
                ..
            } = &delivery;
            world.trace(|| {
                format!(
                    "      {} {key} {desired:?} {state:?} {remote_id:?}",
                    board.name
                )
            });
        }
    }
}

/// What the database says after a run, for I6 and I7.
#[derive(Default)]
pub struct Generations {
    now: BTreeMap<(usize, EventKey), Known>,
    /// The same after the run before.
    before: BTreeMap<(usize, EventKey), Known>,
}

/// What was desired and applied of a delivery, and in which generation.
#[derive(Clone, Copy)]
struct Known {
    generations: (u64, u64),
    wish: (Desired, Fingerprint),
    ends: DateTime<Utc>,
}

impl Generations {
    /// The database was lost or restored.
    pub fn forget(&mut self) {
        self.now.clear();
    }

    /// What the run before left of a delivery was over when this one began.
    fn was_over(&self, board: usize, key: &EventKey, began: DateTime<Utc>) -> bool {
        let before = self.before.get(&(board, key.clone()));
        before.is_some_and(|known| known.ends <= began)
    }

    /// I7: generations never go back, and nothing is applied that was not desired.
    pub fn check(&mut self, world: &mut World, known: &Deliveries) {
        self.before = std::mem::take(&mut self.now);
        world.recorded.clear();
        world.left.clear();
        for (board, known) in known.iter().enumerate() {
            for delivery in known {
                let now = (delivery.desired_gen, delivery.applied_gen);
                let key = (board, delivery.key.clone());
                if let Some(id) = &delivery.remote_id {
                    let place = (board, delivery.key.to_string());
                    world.recorded.insert(place, id.clone());
                }
                if delivery.state == State::Conflict {
                    world.left.insert((board, delivery.key.to_string()));
                }
                let wish = (delivery.desired, delivery.desired_hash);
                let generations = now;
                let known = self.before.get(&key).copied();
                let ends = delivery.ends;
                let new = Known {
                    generations,
                    wish,
                    ends,
                };
                self.now.insert(key, new);
                let before = known.map_or((0, 0), |known| known.generations);
                // The item of a former URL, made by a run that was killed or forgotten, is one of an unknown event, which begins anew.
                let entry = world.source.of_marker(delivery.key.as_str());
                let is_former = entry.is_some_and(|entry| entry.url() != delivery.key.as_str());
                let was_wanted = known.is_some_and(|known| known.wish.0 != Desired::Absent);
                let is_taken_up = is_former && was_wanted && delivery.desired == Desired::Absent;
                let begins_anew = is_taken_up || (world.forgotten || is_former) && now == (1, 0);
                if begins_anew {
                    continue;
                }
                let is_other = known.is_some_and(|known| known.wish != wish);
                if is_other && now.0 == before.0 {
                    let how = format!("{} is desired differently in one generation", delivery.key);
                    world.broken("I7", how);
                }
                if now.0 < before.0 || now.1 < before.1 || now.1 > now.0 {
                    world.broken("I7", format!("{}: {before:?} became {now:?}", delivery.key));
                }
            }
        }
    }
}

/// I6: what is not at rest has a word in the report of a run that listed its consumer. Consumers are served at the same time: what
/// only the item at one of them told, that an event which was over lies ahead, the next run tells of the others.
pub fn everything_is_told(
    world: &mut World,
    generations: &Generations,
    known: &Deliveries,
    report: &Report,
) {
    let now = world.kronos_now();
    let began = world.run.began + world.skew;
    for (board, known) in known.iter().enumerate() {
        let name = world.boards[board].name;
        let told = report.consumers.iter().find(|told| told.name == name);
        let Some(told) = told.filter(|told| told.error.is_none()) else {
            continue;
        };
        let ahead = |delivery: &&Delivery| delivery.ends > now;
        for delivery in known.iter().filter(ahead) {
            let open = matches!(
                delivery.state,
                State::Pending
                    | State::Sending
                    | State::Unknown
                    | State::Wait
                    | State::Quarantined
                    | State::Conflict
            );
            let is_told = told
                .operations
                .iter()
                .any(|operation| operation.event == delivery.key);
            // That it is not to be shown yet is said once.
            let is_closed = delivery.opens().is_some_and(|opens| opens > began);
            let key = &delivery.key;
            let is_learned = world.run.looked_up.contains(key.as_str())
                && generations.was_over(board, key, began);
            if open && !is_told && !is_closed && !is_learned {
                world.broken(
                    "I6",
                    format!(
                        "{} is {:?} and nobody says so",
                        delivery.key, delivery.state
                    ),
                );
            }
            if delivery.state == State::Sending {
                world.broken(
                    "I6",
                    format!("{} is still sending after the run", delivery.key),
                );
            }
        }
    }
}

/// What a report says was withheld.
pub fn withheld(report: &Report) -> Withheld {
    told(report, |told| told.outcome == OperationOutcome::Withheld)
}

/// What the plan of a run was to do, withheld or not: what it only waits with is no part of it, but what was put off is.
pub fn planned(report: &Report) -> Withheld {
    let put_off = [
        "the rest waits for the next run",
        "nothing more is sent to it in this run",
        "the service takes no more before",
        "the run was told to stop",
        "the next run goes on",
    ];
    told(report, |told| {
        let reason = told.reason.as_deref().unwrap_or_default();
        told.outcome != OperationOutcome::Waiting || put_off.iter().any(|why| reason.contains(why))
    })
}

fn told(report: &Report, is_meant: impl Fn(&OperationReport) -> bool) -> Withheld {
    let of = |told: &ConsumerReport| {
        let told_of = told.operations.iter();
        let told_of = told_of.filter(|operation| is_meant(operation));
        let name = told.name.clone();
        told_of
            .map(|operation| (name.clone(), operation.event.to_string(), operation.action))
            .collect::<Vec<_>>()
    };
    report.consumers.iter().flat_map(of).collect()
}

/// Whether a report holds something that only an operator can release.
pub fn is_withheld(report: &Report) -> bool {
    report.count(OperationOutcome::Withheld) > 0
}
