//! What must hold of every request that changes something, when it is sent and when it is answered.

use crate::simulation::board::{Origin, Remote, Request, Style};
use crate::simulation::source::{Entry, Visibility};
use crate::simulation::world::World;
use chrono::{DateTime, TimeDelta, Utc};
use kronos::consumer::{Action, Operation, Outcome};
use kronos::delivery::State;
use kronos::store::Store;
use std::cell::RefCell;

/// I17: after a 401 nothing more is asked.
pub fn unauthorised(world: &mut World, board: usize) {
    world.run.after_unauthorised.entry(board).or_default();
}

/// Counts what is asked after a 401.
pub fn after_unauthorised(world: &mut World, board: usize) {
    if let Some(count) = world.run.after_unauthorised.get_mut(&board) {
        *count += 1;
        if *count > 1 {
            world.broken("I17", "asked again after a 401".into());
        }
    }
}

/// Everything that must hold when a request that changes something is about to be sent. Gives the entry that it is about.
pub fn before_request(
    world: &mut World,
    store: &RefCell<Store>,
    board: usize,
    operation: &Operation<'_>,
) -> usize {
    let key = operation.key.as_str();
    let Some(entry) = world.source.of_marker(key).cloned() else {
        world.broken("I8", format!("a request about {key}, which is no event"));
        return 0;
    };
    world
        .run
        .changes
        .push(format!("{:?} {key}", operation.action));
    if world.run.dry {
        world.broken(
            "I15",
            format!("a dry run sends {:?} {key}", operation.action),
        );
    }
    if operation.run != world.run.epoch {
        let epoch = world.run.epoch;
        world.broken(
            "I11",
            format!("run {} sends, but the epoch is {epoch}", operation.run),
        );
    }
    if world.run.refusals >= 20 && world.boards[board].style != Style::File {
        world.broken("I17", "a request after twenty refusals".into());
    }
    if world.boards[board].style != Style::File {
        intent_is_open(world, store, board, operation);
    }
    let kronos_now = world.kronos_now();
    if let Some(at) = world.boards[board].not_before.get(key)
        && *at > kronos_now
    {
        let how = format!(
            "{key} is sent {} s before its Retry-After",
            (*at - kronos_now).num_seconds()
        );
        world.broken("I17", how);
    }
    if operation.action == Action::Create {
        creates_no_second(world, board, &entry, key);
    } else if let Some(id) = operation.remote_id {
        touches_own(world, board, &entry, operation.action, id);
    }
    entry.index
}

/// I1 and I2.
fn intent_is_open(
    world: &mut World,
    store: &RefCell<Store>,
    board: usize,
    operation: &Operation<'_>,
) {
    let store = store.borrow();
    let target = world.boards[board].target();
    let delivery = store.delivery(&target, operation.key).unwrap();
    let intent = delivery
        .filter(|delivery| delivery.state == State::Sending)
        .and_then(|_| store.open_intent(&target, operation.key).unwrap());
    let fits = intent.is_some_and(|intent| {
        intent.action == operation.action
            && intent.epoch == operation.run
            && intent.remote_id.as_deref() == operation.remote_id
    });
    if !fits {
        world.broken(
            "I1",
            format!(
                "{:?} of {} without its intent",
                operation.action, operation.key
            ),
        );
    }
}

/// I3: nothing of ours stands there or is on its way.
fn creates_no_second(world: &mut World, board: usize, entry: &Entry, key: &str) {
    let place = &world.boards[board];
    let stands = place
        .live(world.now)
        .find(|item| {
            item.origin == Origin::Kronos(entry.index) && item.marker.as_deref() == Some(key)
        })
        .map(|item| item.id.clone());
    if let Some(id) = stands {
        world.broken(
            "I3",
            format!("event {} is created while {id} stands", entry.index),
        );
    } else if place.awaits_creation(entry.index) {
        world.broken(
            "I3",
            format!(
                "event {} is created while an earlier creation is under way",
                entry.index
            ),
        );
    }
}

/// I8, I9 and I10.
fn touches_own(world: &mut World, board: usize, entry: &Entry, action: Action, id: &str) {
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
    if action == Action::Delete && !is_second {
        if world.run.rolled_back {
            world.broken(
                "I9",
                format!("{id} is deleted although the database was lost"),
            );
        }
        if let Some(reason) = stood_all_along(world, board, entry, &item) {
            world.broken("I9", format!("{id} is deleted although {reason}"));
        }
    }
    let taken = matches!(action, Action::Delete | Action::Cancel) && !is_second;
    if taken && !world.run.approved {
        let taken = world.run.taken.entry(board).or_default();
        if !taken.contains(&entry.index) {
            taken.push(entry.index);
        }
    }
}

/// Why a deletion is wrong: the source showed the event during the whole run, or not for long enough.
fn stood_all_along(world: &World, board: usize, entry: &Entry, item: &Remote) -> Option<String> {
    let kronos_now = world.kronos_now();
    // A file is written at once, but the others are asked meanwhile.
    let since = match world.boards[board].style {
        Style::File => TimeDelta::minutes(5),
        _ => TimeDelta::zero(),
    };
    if item.begins + since <= kronos_now.min(world.now) {
        return Some("it has begun".into());
    }
    let ends = entry.ends.unwrap_or(entry.begins + TimeDelta::hours(2));
    if ends <= kronos_now {
        return None; // It was moved into the past.
    }
    if world.forgotten && item.marker != Some(entry.url()) {
        return None; // Its URL changed, and nobody knows any more that it was this event.
    }
    let before = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at < world.run.began);
    match entry.visibility {
        Visibility::Public if before(entry.shown_since) && world.boards[board].wants(entry) => {
            Some("the source shows its event".into())
        }
        Visibility::Hidden if !world.boards[board].wants(entry) => None,
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

/// Everything that must hold of an answer.
pub fn after_request(world: &mut World, board: usize, request: &Request, outcome: &Outcome) {
    let now = world.kronos_now();
    if !matches!(
        outcome,
        Outcome::Later {
            retry_at: Some(_),
            ..
        }
    ) {
        world.boards[board].not_before.remove(&request.key);
    }
    let done = (
        board,
        request.action,
        request.key.clone(),
        request.id.clone(),
    );
    // A listing that lags can make anything else be sent again, which does no harm.
    if request.action == Action::Publish {
        if world.run.done.contains(&done) {
            world.broken("once", format!("{done:?} was done in this run"));
        }
        if let Outcome::Applied { .. } = outcome {
            world.run.done.push(done);
        }
    }
    // Whether a deletion is desired, and why, no payload tells.
    let has_payload = !matches!(request.action, Action::Delete | Action::Cancel);
    if let Outcome::Refused(_) = outcome
        && has_payload
    {
        let payload = format!(
            "{:?} {:?}",
            request.action,
            request
                .rendering
                .as_ref()
                .map(|rendering| &rendering.payload)
        );
        let known = world.boards[board]
            .refused
            .insert(request.key.clone(), (now, payload.clone()));
        if let Some((at, before)) = known
            && before == payload
            && now - at < TimeDelta::days(1)
            && world.jumped.is_none_or(|jumped| jumped + world.skew < at)
        {
            world.broken(
                "I12",
                format!("{} is refused twice within a day", request.key),
            );
        }
    }
}
