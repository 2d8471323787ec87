//! The command, killed: at random moments, at its exchanges and at its commits, whatever it is about to do. Then it runs to
//! rest, and every consumer is compared with the source.
//!
//! KRONOS_KILLS=n kills about n times instead of the usual few, KRONOS_BINARY=PATH kills that command instead of the one
//! that was built with the tests, and TMPDIR on a disk in memory makes it faster. A history that ends wrongly prints its
//! seed: KRONOS_SEED=n tells that one alone, KRONOS_FIRST_SEED=n begins there. The exchanges and commits at which it dies
//! are the same every time; a random moment is the same share of a run's length.

mod blow;
mod calls;
mod deed;
mod history;
mod truth;
mod world;

use history::{History, Tally};

/// How often the test suite kills, unless KRONOS_KILLS says otherwise.
const KILLS: usize = 36;
/// So many broken histories are told before the rest is left out.
const ENOUGH: usize = 5;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}

#[test]
fn whatever_a_run_was_killed_at_the_next_ones_end_as_the_source_says() {
    if let Some(seed) = number("KRONOS_SEED") {
        let mut tally = Tally::new();
        let told = History::new(seed, true).play(&mut tally);
        println!("{tally}");
        told.unwrap();
        return;
    }
    let first = number("KRONOS_FIRST_SEED").unwrap_or(1);
    let wanted = number("KRONOS_KILLS").map_or(KILLS, |kills| kills as usize);
    let (mut tally, mut broken) = (Tally::new(), Vec::new());
    let mut seed = first;
    while tally.kills() < wanted && broken.len() < ENOUGH {
        if let Err(problem) = History::new(seed, false).play(&mut tally) {
            println!("KRONOS_SEED={seed}: {problem}");
            broken.push(format!("KRONOS_SEED={seed}: {problem}"));
        }
        seed += 1;
        if seed.is_multiple_of(50) {
            println!("up to seed {}: {tally}", seed - 1);
        }
    }
    println!("seeds {first} to {}: {tally}", seed - 1);
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}
