//! The command, killed at its system calls, one after the other. strace (1) counts them and kills; it needs no right that
//! the tests have not.
//!
//! KRONOS_CALLS=all kills at every single call, and without it at a few.

use super::blow::{Blow, TRACE};
use super::deed::Deed;
use super::history::{History, Tally};
use std::process::{Command, Stdio};

/// At how many calls of each kind of run the test suite kills.
const FEW: usize = 5;
/// More calls than any of these runs makes.
const ENDLESS: usize = 100_000;
/// A world in which so much happened is left for a new one, lest it grow.
const ROUNDS: usize = 16;

/// Whether strace is there and may do its work.
fn can_trace() -> bool {
    let mut command = Command::new(TRACE[0]);
    let command = command.args(&TRACE[1..]).arg("true");
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Kills a run at its `number`th call and compares; gives whether there was such a call.
fn is_made_up_for(history: &mut History, deed: Deed, number: usize, tally: &mut Tally) -> bool {
    history.happens(deed);
    let told = history
        .strike(deed, Blow::Call(number), tally)
        .and_then(|died| history.comes_to_rest(deed, tally).map(|()| died));
    told.unwrap_or_else(|problem| panic!("{deed:?}, killed at call {number}: {problem}"))
}

#[test]
fn a_run_killed_at_any_system_call_is_made_up_for() {
    if !can_trace() {
        println!("skipped: strace is missing, or may not trace");
        return;
    }
    let all = std::env::var("KRONOS_CALLS").is_ok_and(|calls| calls == "all");
    let mut tally = Tally::new();
    for deed in [Deed::First, Deed::Mixed] {
        let step = if all {
            1
        } else {
            calls(deed, &mut tally) / FEW
        };
        // The rounds of a world differ in length, so that many must lack a call before none has it.
        let (mut number, mut lacking, mut rounds) = (step, 0, ROUNDS);
        let mut history = History::new(number as u64, false);
        while lacking < ROUNDS && number < ENDLESS {
            if rounds == ROUNDS || deed == Deed::First {
                (history, rounds) = (fresh(number as u64, deed, &mut tally), 0);
            }
            rounds += 1;
            let has_it = is_made_up_for(&mut history, deed, number, &mut tally);
            lacking = if has_it { 0 } else { lacking + 1 };
            number += step;
            if !all && lacking > 0 {
                break;
            }
        }
        println!("{deed:?}, up to call {number}: {tally}");
    }
}

/// A world that is ready for `deed`.
fn fresh(seed: u64, deed: Deed, tally: &mut Tally) -> History {
    let mut history = History::new(seed, false);
    if deed != Deed::First {
        history.happens(Deed::First);
        history.comes_to_rest(Deed::First, tally).unwrap();
    }
    history
}

/// About how many calls such a run makes.
fn calls(deed: Deed, tally: &mut Tally) -> usize {
    let mut history = fresh(0, deed, tally);
    history.happens(deed);
    let counted = history.count_calls(deed);
    history.comes_to_rest(deed, tally).unwrap();
    counted
}
