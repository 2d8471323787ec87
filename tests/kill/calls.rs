//! The command, killed before its system calls, one after the other. strace (1) counts them and kills; it needs no right
//! that the tests have not.
//!
//! KRONOS_CALLS=all kills at every single call, KRONOS_CALLS=NAME at all of that name, and without it at a few.

use super::blow::Blow;
use super::deed::Deed;
use super::history::{History, Tally};
use crate::support::strace::can_trace;
use std::collections::BTreeMap;

/// At how many calls of each kind of run the test suite kills.
const FEW: usize = 5;
/// A world in which so much happened is left for a new one, lest it grow.
const ROUNDS: usize = 16;
/// Runs of a kind differ in length: when so many in a row had no such call, none has.
const ENOUGH: usize = 4;

/// Worlds in which the same happens again and again.
struct Series {
    deed: Deed,
    history: History,
    rounds: usize,
    tally: Tally,
}

impl Series {
    fn of(deed: Deed) -> Self {
        let mut tally = Tally::new();
        let history = fresh(deed, 0, &mut tally);
        Self {
            deed,
            history,
            rounds: 0,
            tally,
        }
    }

    /// The calls of such a run, each by its name and its number among those of that name.
    fn calls(&mut self) -> Vec<(String, usize)> {
        self.history.happens(self.deed);
        let mut numbers = BTreeMap::<String, usize>::new();
        let calls = self.history.calls(self.deed).into_iter();
        let calls = calls.map(|name| {
            let number = numbers.entry(name.clone()).or_default();
            *number += 1;
            (name, *number)
        });
        let calls = calls.collect();
        let rested = self.history.comes_to_rest(self.deed, &mut self.tally);
        rested.unwrap();
        self.rounds += 1;
        calls
    }

    /// Kills the next such run there, and compares; gives whether it had that call.
    #[track_caller]
    fn is_made_up_for(&mut self, name: &str, number: usize) -> bool {
        let (deed, tally) = (self.deed, &mut self.tally);
        if self.rounds >= ROUNDS || deed == Deed::First {
            self.history = fresh(deed, tally.kills() as u64, tally);
            self.rounds = 0;
        }
        self.rounds += 1;
        self.history.happens(deed);
        let blow = Blow::Call(name.into(), number);
        let struck = self.history.strike(deed, &blow, tally);
        let told = struck.and_then(|died| {
            self.history.comes_to_rest(deed, tally)?;
            Ok(died)
        });
        told.unwrap_or_else(|problem| panic!("{deed:?}, killed {blow}: {problem}"))
    }
}

/// A world that is ready for `deed`.
fn fresh(deed: Deed, seed: u64, tally: &mut Tally) -> History {
    let mut history = History::new(seed, false);
    if deed != Deed::First {
        history.happens(Deed::First);
        history.comes_to_rest(Deed::First, tally).unwrap();
    }
    history
}

#[test]
fn a_run_killed_before_any_system_call_is_made_up_for() {
    if !can_trace() {
        println!("skipped: strace is missing, or may not trace");
        return;
    }
    let wanted = std::env::var("KRONOS_CALLS").ok();
    for deed in [Deed::First, Deed::Upgrade, Deed::Mixed] {
        let mut series = Series::of(deed);
        let calls = series.calls();
        match &wanted {
            None => {
                for (name, number) in calls.iter().step_by(calls.len() / FEW).skip(1) {
                    series.is_made_up_for(name, *number);
                }
            }
            Some(part) => {
                let mut most = BTreeMap::<&str, usize>::new();
                for (name, number) in &calls {
                    most.insert(name, *number);
                }
                most.retain(|name, _| part == "all" || name == part);
                for (name, most) in most {
                    let mut lacking = 0;
                    for number in 1.. {
                        let has_it = series.is_made_up_for(name, number);
                        lacking = if has_it { 0 } else { lacking + 1 };
                        if number > most && lacking >= ENOUGH {
                            break;
                        }
                    }
                    println!("{deed:?}, {name}: {}", series.tally);
                }
            }
        }
        println!("{deed:?}, {} calls: {}", calls.len(), series.tally);
    }
}
