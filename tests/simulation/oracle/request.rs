//! What must hold of every request that changes something, when it is sent and when it is answered.

use super::taking::{keeps_the_recorded, touches_own};
use crate::simulation::board::{Origin, Remote, Request, Style};
use crate::simulation::source::{Entry, LATE};
use crate::simulation::world::World;
use chrono::TimeDelta;
use kronos::consumer::{Action, Field, Operation, Outcome, Rendering};
use kronos::delivery::State;
use kronos::store::Store;
use std::cell::RefCell;
use std::collections::BTreeMap;

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
    let (idempotency_key, now) = (operation.idempotency_key, world.now);
    if let Some(action) = world.boards[board].awaits(key, idempotency_key, now) {
        let how = format!(
            "{:?} of {key} while its {action:?} is under way",
            operation.action
        );
        world.broken("I2", how);
    }
    let is_file = world.boards[board].style == Style::File;
    if let Some(rendering) = operation.rendering.filter(|_| !is_file) {
        comes_in_time(world, operation.action, key, rendering);
    }
    if operation.action == Action::Create
        && world.run.room.get(&board).is_some_and(|room| *room <= 0)
    {
        world.broken(
            "room",
            format!("{key} is created although there is no room"),
        );
    }
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
        match world.boards[board].style.is_listed() {
            true => creates_no_second(world, board, &entry, key),
            false => tells_no_second(world, board, &entry, operation),
        }
        is_shown(world, &entry);
    } else if let Some(id) = operation.remote_id {
        keeps_the_recorded(world, store, board, &entry, operation);
        takes_nothing_back(world, board, &entry, operation, id);
        touches_own(world, board, &entry, operation, id);
    }
    entry.index
}

/// What is over is not touched, and what has begun not created.
fn comes_in_time(world: &mut World, action: Action, key: &str, rendering: &Rendering) {
    let now = world.kronos_now();
    if action == Action::Create && rendering.begins <= now {
        world.broken("past", format!("{key} is created although it has begun"));
    }
    if action == Action::Create && rendering.opens.is_some_and(|opens| opens > now) {
        let how = format!("{key} is created although it is not to be shown yet");
        world.broken("opening", how);
    }
    if action != Action::Delete && rendering.ends <= now {
        world.broken("past", format!("{action:?} of {key}, which is over"));
    }
}

/// Nothing is made of what this run was told cannot be seen.
fn is_shown(world: &mut World, entry: &Entry) {
    if world.run.hidden.contains(&entry.index) {
        let how = format!("event {} is created although it is hidden", entry.index);
        world.broken("I9", how);
    }
}

/// I14: a restored database does not write what is older over what is newer. Where the source gave a complete reading without
/// the event, though it stands, or one of a while ago, what is known of it counts as read; the next reading mends that.
fn takes_nothing_back(
    world: &mut World,
    board: usize,
    entry: &Entry,
    operation: &Operation<'_>,
    id: &str,
) {
    if entry
        .groups_ever
        .iter()
        .any(|group| world.misread.contains(group))
    {
        return;
    }
    let version = |fields: &BTreeMap<Field, String>| -> Option<u32> {
        let (_, version) = fields.get(&Field::Title)?.rsplit_once(" v")?;
        version.parse().ok()
    };
    let item = world.boards[board].items.iter().find(|item| item.id == id);
    let stands = item.and_then(|item| version(&item.fields));
    let sent = operation
        .rendering
        .and_then(|rendering| version(&rendering.fields));
    if operation.action == Action::Update && stands > sent && sent.is_some() {
        let how = format!("{} goes back from {stands:?} to {sent:?}", operation.key);
        world.broken("I14", how);
    }
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
    let now = world.kronos_now();
    if let Some(intent) = intent.as_ref().filter(|intent| intent.deadline <= now) {
        let how = format!(
            "{} is sent after its deadline {}",
            operation.key, intent.deadline
        );
        world.broken("I11", how);
    }
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

/// I3, where nothing can be listed: the same creation may be sent again where its key is known, and none is sent where one may
/// have been applied.
fn tells_no_second(world: &mut World, board: usize, entry: &Entry, operation: &Operation<'_>) {
    let place = &world.boards[board];
    let is_of_it = |item: &Remote| item.origin == Origin::Kronos(entry.index);
    // By a clock that was wrong it may have been over, and forgotten.
    let wrong_by = world
        .jumped
        .map_or(TimeDelta::zero(), |_| TimeDelta::hours(6));
    let stands = place.live(world.now + wrong_by).any(is_of_it);
    let comes = place.awaits_creation(entry.index);
    let is_same = place.style == Style::Hook && place.knows(operation.idempotency_key);
    let is_left = world.left.contains(&(board, operation.key.to_string()));
    // To a receiver everything is told anew after a loss. Of what was lost unnoticed nobody can know, and of what the source
    // did not show to the run after the loss, either.
    let lost = world.forgotten_at;
    let may_be_new = Some(entry.updated + TimeDelta::seconds(1)) > lost
        || world.reconfigured_at >= lost
        || entry
            .groups_ever
            .iter()
            .any(|group| world.misread.contains(group));
    // What was not to be shown yet when that was lost, by a clock that may be wrong, is shown when it may be.
    let opens_since = place
        .ahead
        .is_some_and(|ahead| Some(entry.begins - ahead + wrong_by) > lost);
    let may_be_new = may_be_new || opens_since;
    let is_forgotten = lost.is_some() && (place.style == Style::Hook || may_be_new && !is_left);
    // Of what is over nothing more is sent: whether it still shows at its former time nobody knows where a change was not heard of.
    let is_unclear =
        place.unheard.contains(&entry.index) && world.source.was_over(entry.index, world.now);
    let is_excused = world.unnoticed || is_forgotten || is_unclear;
    if (stands || comes) && !is_same && !is_excused {
        let how = format!("event {} is created a second time", entry.index);
        world.broken("I3", how);
    }
}

/// I3: nothing of ours stands there or is on its way.
fn creates_no_second(world: &mut World, board: usize, entry: &Entry, key: &str) {
    // After a loss nobody knows that it was the same event under its former address.
    if !world.forgotten && world.boards[board].awaits_creation(entry.index) {
        let how = format!("event {} is created while it is being created", entry.index);
        world.broken("I3", how);
    }
    let place = &world.boards[board];
    let settled = place.mutated.get(key).map(|at| *at + world.settle);
    let listed = world.run.listed.get(&board).copied();
    if place.style != Style::File && settled.is_some() && listed < settled {
        let how = format!(
            "event {} is created before a listing has settled",
            entry.index
        );
        world.broken("I3", how);
    }
    let place = &world.boards[board];
    let stands = place
        .live(world.now)
        .find(|item| {
            item.origin == Origin::Kronos(entry.index)
                && item.marker.as_deref() == Some(key)
                && !item.overdue
        })
        .map(|item| item.id.clone());
    if let Some(id) = stands {
        world.broken(
            "I3",
            format!("event {} is created while {id} stands", entry.index),
        );
    }
}

/// Everything that must hold of an answer.
pub fn after_request(world: &mut World, board: usize, request: &Request, outcome: &Outcome) {
    if !matches!(
        outcome,
        Outcome::Later {
            retry_at: Some(_),
            ..
        }
    ) {
        world.boards[board].not_before.remove(&request.key);
    }
    if let Some(room) = world.run.room.get_mut(&board) {
        let is_done = matches!(outcome, Outcome::Applied { .. });
        let may_stand = is_done || matches!(outcome, Outcome::Ambiguous(_));
        match request.action {
            Action::Create => *room -= i64::from(may_stand),
            Action::Delete | Action::Cancel => *room += i64::from(is_done),
            _ => {}
        }
    }
    if matches!(
        outcome,
        Outcome::Applied { .. } | Outcome::Ambiguous(_) | Outcome::Gone(_)
    ) {
        let at = world.now;
        world.boards[board].mutated.insert(request.key.clone(), at);
    }
    if matches!(outcome, Outcome::Applied { .. } | Outcome::Ambiguous(_)) {
        let run = world.run.epoch;
        world.boards[board].changed_by.insert(request.entry, run);
    }
    if matches!(outcome, Outcome::Ambiguous(_)) && !world.boards[board].style.is_listed() {
        world.boards[board].unheard.insert(request.entry);
    }
    // What was carried out before may have shown the event as it was then.
    if let Outcome::Applied { .. } = outcome
        && !world.boards[board].dropped.contains(&request.entry)
    {
        world.boards[board].unheard.remove(&request.entry);
        world.boards[board].forgotten.remove(&request.entry);
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
        let is_of = |entry: &Entry| entry.index == request.entry;
        let entry = world.source.entries.iter().find(|entry| is_of(entry));
        let edited = entry.map(|entry| entry.updated + TimeDelta::seconds(1));
        let (now, reconfigured) = (world.now, world.reconfigured_at);
        let what = [request.idempotency_key.clone(), payload];
        // What may have been created is sent as the same request for every wish.
        let style = world.boards[board].style;
        let is_sent_again = style == Style::Hook && request.action == Action::Create;
        let known = world.boards[board]
            .refused
            .insert(request.key.clone(), (now, what.clone()));
        if let Some((at, before)) = known
            && before[1] == what[1]
            // Changed to and fro, by an organiser, a reading of a while ago or the configuration, it is another wish.
            && (before[0] == what[0] && !is_sent_again || edited.max(reconfigured) < Some(at - LATE))
            && now - at < TimeDelta::days(1)
            && world.jumped.is_none_or(|jumped| jumped < at)
        {
            world.broken(
                "I12",
                format!("{} is refused twice within a day", request.key),
            );
        }
    }
}
