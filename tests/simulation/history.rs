//! A random history: what organisers, people, services, the machine and kronos do, one after the other.

use super::board::{Board, Origin, Remote, Style};
use super::driver::{Ended, How, Installation};
use super::oracle;
use super::rng::Rng;
use super::source::{GROUPS, Source, Visibility};
use super::world::{Faults, Watch, World};
use chrono::{DateTime, TimeDelta, Utc};
use kronos::event::{Field, Status};
use kronos::store::Store;
use std::collections::BTreeMap;

/// What came of a history.
pub struct Told {
    pub runs: u64,
    /// The invariants that were broken.
    pub wrong: Vec<String>,
}

/// Plays the history of this seed.
pub fn play(seed: u64, tracing: bool) -> Told {
    let mut rng = Rng::new(seed);
    let mut at = Installation::new(beginning(&mut rng, tracing));
    at.trace(|| format!("history {seed}"));
    let steps = rng.between(5, 30);
    for _ in 0..steps {
        step(&mut rng, &mut at);
        if !at.world.borrow().wrong.is_empty() {
            break;
        }
    }
    if at.world.borrow().wrong.is_empty() {
        rest(&mut at);
    }
    let wrong = std::mem::take(&mut at.world.borrow_mut().wrong);
    Told {
        runs: at.runs,
        wrong,
    }
}

fn beginning(rng: &mut Rng, tracing: bool) -> World {
    let now = DateTime::from_timestamp(1_770_000_000 + rng.between(0, 86_400), 0).unwrap();
    let settle = TimeDelta::seconds(120);
    let latest = TimeDelta::seconds(*rng.pick(&[0, 60, 119, 120]));
    let mut boards = vec![
        Board::new(
            Style::Guild,
            "guild",
            *rng.pick(&[2, 4, 100]),
            rng.chance(30),
        ),
        Board::new(Style::City, "city", 0, rng.chance(30)),
        Board::new(Style::File, "file", 0, rng.chance(30)),
    ];
    boards.remove(rng.below(3) as usize);
    if rng.chance(50) {
        boards.remove(rng.below(2) as usize);
    }
    let mut world = World {
        now,
        skew: TimeDelta::seconds(*rng.pick(&[0, 0, 3, 40, -3, -40])),
        jumped: None,
        rng: Rng::new(rng.next()),
        settle,
        latest,
        lag: settle - latest - TimeDelta::milliseconds(1).min(settle - latest),
        source: Source::default(),
        boards,
        faults: Faults::default(),
        crash_in: None,
        forgotten: false,
        is_busy: false,
        timers: Vec::new(),
        run: Watch::default(),
        wrong: Vec::new(),
        tracing,
    };
    let events = if rng.chance(15) {
        rng.between(6, 10)
    } else {
        rng.between(1, 4)
    };
    for _ in 0..events {
        let group = rng.below(GROUPS.len() as u64) as usize;
        let begins = some_time(rng, now);
        world.source.add(now, group, begins, rng.chance(50));
    }
    world
}

/// A beginning ahead, mostly well ahead.
fn some_time(rng: &mut Rng, now: DateTime<Utc>) -> DateTime<Utc> {
    let minutes = if rng.chance(10) {
        rng.between(5, 600)
    } else {
        rng.between(14 * 1440, 40 * 1440)
    };
    now + TimeDelta::minutes(minutes)
}

/// One stretch of the history: something happens, time passes, kronos runs.
fn step(rng: &mut Rng, at: &mut Installation) {
    for _ in 0..rng.below(3) {
        organise(rng, at);
    }
    if rng.chance(25) {
        meddle(rng, at);
    }
    if rng.chance(10) {
        jump(rng, at);
    }
    let minutes = match rng.below(10) {
        0..=1 => 0,
        2..=5 => rng.between(1, 20),
        6..=7 => 60,
        8 => rng.between(60, 600),
        _ => 1500,
    };
    at.advance(TimeDelta::seconds(minutes * 60 + rng.between(0, 59)));
    if rng.chance(8) {
        lose(rng, at);
    }
    if rng.chance(10) {
        at.back_up();
    }
    change_faults(rng, at);
    if rng.chance(15) {
        foresee(at);
    }
    let crash_in = rng.chance(30).then(|| rng.below(60) as u32);
    let how = How {
        full: rng.chance(20),
        crash_in,
        ..How::default()
    };
    let ended = at.run(&how);
    if let Ended::Reported(report) = ended
        && oracle::is_withheld(&report)
        && rng.chance(40)
    {
        at.run(&How {
            approve: Some(report.plan),
            ..How::default()
        });
    }
}

/// An organiser changes something.
fn organise(rng: &mut Rng, at: &mut Installation) {
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
fn meddle(rng: &mut Rng, at: &mut Installation) {
    let mut guard = at.world.borrow_mut();
    let world = &mut *guard;
    let now = world.now;
    let index = rng.below(world.boards.len() as u64) as usize;
    let entry = rng.pick(&world.source.entries).clone();
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
            let marker = (kind == 2 && board.style == Style::Guild).then(|| entry.url());
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

/// The machine's clock is set. A service that names no maker proves one by the moment at which an item was made, so a clock
/// that is wrong by more than a minute leaves an item whose creation was interrupted to the operator: not played.
fn jump(rng: &mut Rng, at: &mut Installation) {
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
fn lose(rng: &mut Rng, at: &mut Installation) {
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
            Store::in_memory().unwrap()
        }
    };
    if !keep_mark && store.epoch() == 0 {
        // Nothing tells that it is no first run, which does not wait: so nothing may be under way.
        at.advance(at.settings.settle);
    }
    at.replace(store, keep_mark);
}

fn change_faults(rng: &mut Rng, at: &mut Installation) {
    let mut world = at.world.borrow_mut();
    let mut some = |most: &[u64]| *rng.pick(most);
    world.faults = Faults {
        unreadable: some(&[0, 0, 0, 20]),
        incomplete: some(&[0, 0, 0, 30]),
        emptied: some(&[0, 0, 0, 20]),
        unconfirmed: some(&[0, 0, 0, 30]),
        stale_probe: some(&[0, 0, 50]),
        unlistable: some(&[0, 0, 0, 20]),
        lagging: some(&[0, 50, 100]),
        requests: some(&[0, 0, 30, 60]),
        slow: some(&[0, 0, 20]),
    };
    let entries = world.source.entries.len() as u64;
    for board in &mut world.boards {
        if rng.chance(70) {
            board.unauthorised = false;
        }
        if rng.chance(50) {
            board.poison.clear();
        }
        if rng.chance(10) {
            board.poison.insert(rng.below(entries) as usize);
        }
    }
}

/// I15: a dry run sends nothing, and its plan is the next run's.
fn foresee(at: &mut Installation) {
    at.world.borrow_mut().faults = Faults::default();
    let before = at.world.borrow().rng.clone();
    let now = at.now();
    let Some(planned) = at.dry_run() else { return };
    {
        // The same moment again, as far as a dry run can tell it.
        let mut world = at.world.borrow_mut();
        world.rng = before;
        world.now = now;
    }
    if let Ended::Reported(report) = at.run(&How::default())
        && report.plan != planned
    {
        at.world.borrow_mut().broken(
            "I15",
            "the dry run's plan is not that of the run after it".into(),
        );
    }
}

/// Faults stop, time passes, kronos runs a few times; then nothing is left to do.
fn rest(at: &mut Installation) {
    {
        let mut world = at.world.borrow_mut();
        world.faults = Faults::default();
        world.skew = TimeDelta::zero();
        for board in &mut world.boards {
            board.unauthorised = false;
            board.poison.clear();
        }
        world.trace(|| "faults stop".into());
    }
    for _ in 0..3 {
        at.advance(TimeDelta::hours(26));
        run_and_approve(at);
    }
    at.check_rest();
    let full = How {
        full: true,
        ..How::default()
    };
    at.advance(TimeDelta::minutes(15));
    for how in [&full, &How::default()] {
        at.run(how);
        let mut world = at.world.borrow_mut();
        if !world.run.changes.is_empty() {
            let changes = world.run.changes.clone();
            world.broken("I5", format!("a run at rest sends {changes:?}"));
        }
    }
}

/// What is withheld is approved, as often as it takes.
fn run_and_approve(at: &mut Installation) {
    let mut approve = None;
    for _ in 0..4 {
        let Ended::Reported(report) = at.run(&How {
            approve,
            ..How::default()
        }) else {
            return;
        };
        if !oracle::is_withheld(&report) {
            return;
        }
        approve = Some(report.plan);
    }
    at.world
        .borrow_mut()
        .broken("I10", "what was approved stays withheld".into());
}
