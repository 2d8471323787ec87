//! A random history: what organisers, people, services, the machine and kronos do, one after the other.

use super::board::{Board, Style};
use super::driver::{Ended, How, Installation};
use super::oracle;
use super::rng::Rng;
use super::source::GROUPS;
use super::world::{Faults, World};
use chrono::{DateTime, TimeDelta, Utc};
use deeds::{meddle, organise};
use operator::{jump, lose, reconfigure, retry};
use std::ops::RangeInclusive;

mod deeds;
mod operator;

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
        Board::new(Style::Hook, "hook", 0, rng.chance(30)),
        Board::new(Style::Blind, "blind", 0, rng.chance(30)),
    ];
    while boards.len() > 2 {
        boards.remove(rng.below(boards.len() as u64) as usize);
    }
    if rng.chance(50) {
        boards.remove(rng.below(2) as usize);
    }
    for board in &mut boards {
        let announces = matches!(board.style, Style::Guild | Style::Blind);
        let ahead = announces && rng.chance(30);
        board.ahead = ahead.then(|| TimeDelta::days(rng.between(1, 30)));
    }
    let mut world = World::new(now, Rng::new(rng.next()), boards, tracing);
    world.skew = TimeDelta::seconds(*rng.pick(&[0, 0, 3, 40, -3, -40]));
    world.latest = latest;
    world.copying = rng.chance(30);
    world.lag = world.settle - latest - TimeDelta::milliseconds(1).min(world.settle - latest);
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
    if rng.chance(8) && !at.world.borrow().copying {
        lose(rng, at);
    }
    if rng.chance(8) {
        reconfigure(rng, at);
    }
    if rng.chance(5) {
        retry(rng, at);
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
        stop_in: rng.chance(5).then(|| rng.below(40) as u32),
        unmarked: rng.chance(20),
        approve: at
            .withheld
            .keys()
            .next()
            .filter(|_| rng.chance(30))
            .cloned(),
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

fn change_faults(rng: &mut Rng, at: &mut Installation) {
    let mut world = at.world.borrow_mut();
    let mut some = |most: &[u64]| *rng.pick(most);
    world.faults = Faults {
        unreadable: some(&[0, 0, 0, 20]),
        incomplete: some(&[0, 0, 0, 30]),
        emptied: some(&[0, 0, 0, 20]),
        unconfirmed: some(&[0, 0, 0, 30]),
        stale_probe: some(&[0, 0, 50]),
        late: some(&[0, 0, 0, 30]),
        unlistable: some(&[0, 0, 0, 20]),
        lagging: some(&[0, 50, 100]),
        requests: some(&[0, 0, 30, 60]),
        slow: some(&[0, 0, 20]),
        impatient: some(&[0, 0, 0, 0, 20]),
        muddled: some(&[0, 0, 0, 30]),
        stalls: some(&[0, 0, 0, 0, 0, 2]),
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
        // Who was taken out comes back; what is not read any more stays out.
        if world.configured.boards.contains(&false) {
            world.configured.boards.fill(true);
            world.reconfigured_at = Some(world.now);
        }
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
    let soon = at.now() + TimeDelta::minutes(5);
    if opens(&at.world.borrow(), at.now()..=soon) {
        at.advance(TimeDelta::minutes(5));
    }
    let since = at.world.borrow().run.began;
    if opens(&at.world.borrow(), since..=at.now()) {
        // What may be shown from now on is sent first.
        at.run(&How::default());
    }
    for how in [&full, &How::default()] {
        at.run(how);
        let mut world = at.world.borrow_mut();
        if !world.run.changes.is_empty() {
            let changes = world.run.changes.clone();
            world.broken("I5", format!("a run at rest sends {changes:?}"));
        }
    }
}

/// Whether the moment from which an event may be shown somewhere lies there.
fn opens(world: &World, there: RangeInclusive<DateTime<Utc>>) -> bool {
    let aheads = world.boards.iter().filter_map(|board| board.ahead);
    aheads.into_iter().any(|ahead| {
        let mut entries = world.source.entries.iter();
        entries.any(|entry| there.contains(&(entry.begins - ahead)))
    })
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
