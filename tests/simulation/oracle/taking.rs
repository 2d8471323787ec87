//! What must hold when something is changed or taken away that stands at a consumer.

use crate::simulation::board::{Origin, Remote, Style};
use crate::simulation::source::{Entry, LATE, Visibility};
use crate::simulation::world::World;
use chrono::{DateTime, TimeDelta, Utc};
use kronos::consumer::{Action, Operation};
use kronos::delivery::Desired;
use kronos::store::Store;
use std::cell::RefCell;

/// Of two items of ours the one that was recorded before this run stays.
pub fn keeps_the_recorded(
    world: &mut World,
    store: &RefCell<Store>,
    board: usize,
    entry: &Entry,
    operation: &Operation<'_>,
) {
    let key = operation.key.to_string();
    let place = &world.boards[board];
    let recorded = world.recorded.get(&(board, key.clone()));
    let Some(recorded) = recorded.filter(|_| operation.action == Action::Delete) else {
        return;
    };
    let known = store
        .borrow()
        .delivery(&place.target(), operation.key)
        .unwrap();
    let is_wanted =
        known.is_some_and(|known| known.desired != Desired::Absent && known.absence.is_none());
    let own = place
        .live(world.now)
        .filter(|item| item.origin == Origin::Kronos(entry.index))
        .filter(|item| item.marker.as_ref() == Some(&key))
        .count();
    let is_recorded = operation.remote_id == Some(recorded);
    // Of a listing that left it out the other one was recorded meanwhile.
    if is_wanted && own > 1 && is_recorded && !world.run.muddled {
        let how = format!("of two items of {key} the recorded one is deleted");
        world.broken("I5", how);
    }
}

/// I8, I9 and I10.
pub fn touches_own(
    world: &mut World,
    board: usize,
    entry: &Entry,
    operation: &Operation<'_>,
    id: &str,
) {
    let (action, key) = (operation.action, operation.key.as_str());
    let now = world.now;
    let place = &world.boards[board];
    let Some(item) = place.items.iter().find(|item| item.id == id).cloned() else {
        return;
    };
    if item.origin == Origin::Person {
        world.broken("I8", format!("{action:?} of {id}, which a person made"));
        return;
    }
    let is_second = place
        .live(now)
        .any(|other| other.id != id && other.origin == item.origin);
    // What appeared too late may be taken for the second of two, by a listing that lags.
    if action == Action::Delete && !is_second && !item.overdue {
        if world.run.rolled_back {
            world.broken(
                "I9",
                format!("{id} is deleted although the database was lost"),
            );
        }
        if let Some(reason) = stood_all_along(world, board, entry, &item, key) {
            let how = format!("{id} is deleted although {reason}");
            let name = world.boards[board].name.to_string();
            let is_planned = (world.run.planned).contains(&(name, key.to_string(), action));
            if reason == UNAPPROVED && is_planned {
                world.run.by_plan.push((board, entry.index, Some(how)));
            } else {
                world.broken("I9", how);
            }
        }
    }
    // What stands under a former URL is of an event that nobody knows, and of no group.
    let is_known = key == entry.url();
    let taken = matches!(action, Action::Delete | Action::Cancel) && !is_second && is_known;
    let name = world.boards[board].name.to_string();
    let operation = (name, key.to_string(), action);
    let is_released = world.run.released.contains(&operation);
    if taken && !is_released && world.run.planned.contains(&operation) {
        world.run.by_plan.push((board, entry.index, None));
    } else if taken && !is_released {
        super::take(world, board, entry.index);
    }
}

const UNAPPROVED: &str = "nobody approved that its group is not read any more";

/// Why a deletion is wrong: the source showed the event during the whole run, or not for long enough.
fn stood_all_along(
    world: &World,
    board: usize,
    entry: &Entry,
    item: &Remote,
    key: &str,
) -> Option<String> {
    let kronos_now = world.kronos_now();
    // A file is written at once, but the others are asked meanwhile.
    let since = match world.boards[board].style {
        Style::File => TimeDelta::minutes(5),
        _ => TimeDelta::zero(),
    };
    // A creation that nobody heard of is taken away by its address: what stood under that before, and was left since it had begun,
    // is over and forgotten.
    let is_listed = world.boards[board].style.is_listed();
    let is_recorded = world.recorded.contains_key(&(board, key.to_string()));
    if !is_listed && !is_recorded && item.ends <= kronos_now.min(world.now) {
        return None;
    }
    // Where nothing can be listed, what a lost database knew of that is out of reach.
    let can_know = is_listed || !world.forgotten;
    if can_know && item.begins + since <= kronos_now.min(world.now) {
        return Some("it has begun".into());
    }
    let ends = entry.ends.unwrap_or(entry.begins + TimeDelta::hours(2));
    if ends <= kronos_now {
        return None; // It was moved into the past.
    }
    // A file is written without an intent: a run that was killed then knows nothing of it.
    let is_forgotten =
        world.forgotten || world.boards[board].style == Style::File && key != entry.url();
    if (is_forgotten || item.overdue) && item.marker != Some(entry.url()) {
        return None; // Its URL changed, and nobody knows, or ever knew, that it is of this event.
    }
    let before = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at + LATE < world.run.began);
    let is_out = |group: &usize| !world.configured.groups[*group];
    // What the source itself shows no more goes without an approval.
    let is_shown = entry.visibility == Visibility::Public;
    let name = world.boards[board].name.to_string();
    let is_released =
        (world.run.released).contains(&(name.clone(), key.to_string(), Action::Delete));
    if is_released && entry.groups_ever.iter().any(is_out) {
        return None;
    }
    let is_planned = (world.run.planned).contains(&(name, key.to_string(), Action::Delete));
    if entry.groups_ever.iter().all(is_out) {
        return is_shown.then(|| UNAPPROVED.into());
    }
    let was_read = |group: &usize| world.run.read.contains(group);
    if !entry.groups_ever.iter().any(was_read) {
        if is_planned && entry.groups_ever.iter().any(is_out) {
            return Some(UNAPPROVED.into());
        }
        return Some("none of its groups was read completely in this run".into());
    }
    match entry.visibility {
        // It was moved to a group that is not read.
        Visibility::Public | Visibility::Hidden if is_out(&entry.group) => None,
        Visibility::Public if before(entry.shown_since) && world.boards[board].wants(entry) => {
            Some("the source shows its event".into())
        }
        Visibility::Hidden if !world.boards[board].wants(entry) => None,
        // It had left its group or lost its tag, for all that the source told, which needs no hour.
        Visibility::Hidden if world.left_group.contains(&entry.index) => None,
        Visibility::Hidden
            if world.boards[board].picky && world.shown_untagged.contains(&entry.index) =>
        {
            None
        }
        Visibility::Hidden
            if world.jumped.is_none_or(|at| Some(at) < entry.hidden_since)
                && entry
                    .hidden_since
                    .is_some_and(|at| world.now - at < TimeDelta::hours(1)) =>
        {
            Some("its event was hidden for less than an hour".into())
        }
        _ => None,
    }
}
