//! The invariants of the delivery protocol, as far as they can be seen from outside.

use super::board::{Board, Origin, Remote, Request, Style};
use super::source::{Entry, Visibility};
use super::world::World;
use chrono::{DateTime, TimeDelta, Utc};
use kronos::consumer::{Action, Field, Operation, Outcome};
use kronos::delivery::{Delivery, State};
use kronos::event::{EventKey, Status};
use kronos::report::{OperationOutcome, Report};
use kronos::store::Store;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a service never gives back is compared with what was applied last; once the database was lost, nobody knows that, and
/// an item that was adopted may show an older text or picture until the event changes again.
const UNSEEN_AFTER_LOSS: [(Style, Field); 2] = [
    (Style::Guild, Field::Picture),
    (Style::City, Field::Description),
];

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
        creates_no_second(world, board, &entry);
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
fn creates_no_second(world: &mut World, board: usize, entry: &Entry) {
    let place = &world.boards[board];
    let stands = place
        .live(world.now)
        .find(|item| item.origin == Origin::Kronos(entry.index) && item.marker == Some(entry.url()))
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
    if let Outcome::Refused(_) = outcome {
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

/// The driver forgets what a lost database cannot know.
pub fn forget(world: &mut World) {
    world.forgotten = true;
    forget_answers(world);
}

/// The driver forgets what a killed run may not have written down.
pub fn forget_answers(world: &mut World) {
    for board in &mut world.boards {
        board.refused.clear();
        board.not_before.clear();
    }
}

/// What stands before a run, for I10.
pub fn before_run(world: &mut World) {
    let (now, kronos_now) = (world.now, world.kronos_now());
    for index in 0..world.boards.len() {
        let stood = world.boards[index]
            .live(now)
            .filter(|item| item.ends > kronos_now && !item.cancelled)
            .filter_map(|item| match item.origin {
                Origin::Kronos(entry) => Some(entry),
                Origin::Person => None,
            })
            .collect();
        world.run.stood.insert(index, stood);
    }
    world.run.empty = (0..super::source::GROUPS.len())
        .filter(|group| world.source.whole(*group, kronos_now).next().is_none())
        .collect();
}

/// I10: more than the limit, or anything of a group that is suddenly empty, waits for approval.
pub fn after_run(world: &mut World, delete_limit: f64) {
    let taken = std::mem::take(&mut world.run.taken);
    for (board, taken) in taken {
        let stood = world.run.stood.get(&board).cloned().unwrap_or_default();
        for group in 0..super::source::GROUPS.len() {
            let source = &world.source;
            let of_group = |entries: &[usize]| {
                let is_in = |entry: &&usize| source.entries[**entry].groups_ever.contains(&group);
                entries.iter().filter(is_in).count()
            };
            let (gone, all) = (of_group(&taken), of_group(&stood));
            let only_here = |entry: &usize| {
                let groups = &source.entries[*entry].groups_ever;
                groups.len() == 1 && groups.contains(&group)
            };
            // Of what was known by its marker alone nobody knows the group.
            let is_emptied = world.run.empty.contains(&group)
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

/// Every delivery of a consumer.
fn deliveries(store: &Store, target: &str) -> impl Iterator<Item = Delivery> {
    let keys = store.event_keys().unwrap();
    keys.into_iter()
        .filter_map(|key| store.delivery(target, &key).unwrap())
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
pub struct Generations(BTreeMap<(usize, EventKey), (u64, u64)>);

impl Generations {
    /// The database was lost or restored.
    pub fn forget(&mut self) {
        self.0.clear();
    }

    /// I7: generations never go back, and nothing is applied that was not desired.
    pub fn check(&mut self, world: &mut World, store: &Store) {
        let before = std::mem::take(&mut self.0);
        for board in 0..world.boards.len() {
            let target = world.boards[board].target();
            for delivery in deliveries(store, &target) {
                let now = (delivery.desired_gen, delivery.applied_gen);
                let key = (board, delivery.key.clone());
                let before = before.get(&key).copied().unwrap_or_default();
                self.0.insert(key, now);
                if now.0 < before.0 || now.1 < before.1 || now.1 > now.0 {
                    world.broken("I7", format!("{}: {before:?} became {now:?}", delivery.key));
                }
            }
        }
    }
}

/// I6: what is not at rest has a word in the report of a run that listed its consumer.
pub fn everything_is_told(world: &mut World, store: &Store, report: &Report) {
    let now = world.kronos_now();
    for board in 0..world.boards.len() {
        let told = &report.consumers[board];
        if told.error.is_some() {
            continue;
        }
        let target = world.boards[board].target();
        let ahead = |delivery: &Delivery| delivery.ends > now;
        for delivery in deliveries(store, &target).filter(ahead) {
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
            if open && !is_told {
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

/// Whether a report holds something that only an operator can release.
pub fn is_withheld(report: &Report) -> bool {
    report.count(OperationOutcome::Withheld) > 0
}

/// I5: once faults stopped, exactly one own and equal item for each desired event, and none for the others.
pub fn comes_to_rest(world: &mut World, store: &Store) {
    let now = world.now;
    let mut problems = Vec::new();
    for board in &world.boards {
        let all: Vec<Delivery> = deliveries(store, &board.target()).collect();
        for entry in &world.source.entries {
            let delivery = all
                .iter()
                .find(|delivery| delivery.key.as_str() == entry.url());
            let recorded = delivery.and_then(|delivery| delivery.remote_id.clone());
            let own: Vec<&Remote> = board
                .live(now)
                .filter(|item| item.origin == Origin::Kronos(entry.index))
                .filter(|item| item.marker.is_some() || recorded.as_ref() == Some(&item.id))
                .collect();
            let linked = board
                .live(now)
                .any(|item| item.origin == Origin::Person && item.links.contains(&entry.url()));
            let state = delivery.map(|delivery| delivery.state);
            if let Some(problem) = unrest(world, board, entry, &own, linked) {
                problems.push(format!(
                    "{} {problem} (its delivery is {state:?})",
                    board.name
                ));
            }
        }
    }
    for problem in problems {
        world.broken("I5", problem);
    }
}

fn unrest(
    world: &World,
    board: &Board,
    entry: &Entry,
    own: &[&Remote],
    linked: bool,
) -> Option<String> {
    let now = world.now;
    let index = entry.index;
    let event = entry.event();
    let rendering = Board::render(board.style, &event);
    let desired = entry.visibility == Visibility::Public && board.wants(entry);
    let ahead: Vec<_> = own.iter().filter(|item| item.begins > now).collect();
    if rendering.ends <= now || !desired {
        let left = ahead.iter().map(|item| &*item.id).collect::<Vec<_>>();
        return (!left.is_empty()).then(|| format!("still shows event {index}: {left:?}"));
    }
    if entry.status == Status::Cancelled {
        let left = ahead.iter().filter(|item| !item.cancelled).count();
        return (left > 0).then(|| format!("still shows event {index} as if it took place"));
    }
    if rendering.begins <= now {
        return None; // It has begun: neither created nor deleted.
    }
    match own {
        [] if linked => None,
        [] if board.style == Style::Guild && board.live(now).count() >= board.room => None,
        [] => Some(format!("lacks event {index}")),
        [item] => {
            // No service moves the beginning of what has begun.
            let has_begun = item.begins <= now;
            let is_judged = |field: Field| {
                field != Field::Publication
                    && !(has_begun && field == Field::Begins)
                    && !(world.forgotten && UNSEEN_AFTER_LOSS.contains(&(board.style, field)))
            };
            let fields = rendering
                .fields
                .iter()
                .filter(|(field, _)| is_judged(**field));
            let different: Vec<_> = fields
                .filter(|(field, text)| item.fields.get(field) != Some(text))
                .collect();
            if !different.is_empty() {
                return Some(format!(
                    "shows event {index} differently: {different:?} in {}",
                    item.id
                ));
            }
            if item.cancelled || (item.draft && !rendering.draft) {
                return Some(format!("does not show event {index} in public"));
            }
            None
        }
        _ => Some(format!("shows event {index} {} times", own.len())),
    }
}
