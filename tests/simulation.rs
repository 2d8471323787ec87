//! The delivery protocol, played through in histories of faults.
//!
//! The product's own run works here with a clock, a store and a world that are handed in: organisers edit, people meddle,
//! services lag and answer ambiguously, the process is killed at any step, databases are lost and restored. After each
//! history the protocol's invariants are checked against what really stands there.
//!
//! A history is a function of its seed: `KRONOS_SEED=n cargo test simulation -- --nocapture` tells one line by line, and
//! `KRONOS_RUNS=n` makes about so many runs instead of the usual 100,000.

mod board;
mod clock;
mod consumer;
mod driver;
mod history;
mod oracle;
mod provider;
mod rng;
mod source;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

/// How many runs the test suite makes, unless KRONOS_RUNS says otherwise.
const RUNS: u64 = 100_000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}

/// Plays one history, and says how to play it again if it ends badly.
fn play(seed: u64, tracing: bool) -> u64 {
    let told = history::play(seed, tracing);
    assert!(
        told.wrong.is_empty(),
        "history {seed} broke the protocol: {}\nto see it: KRONOS_SEED={seed} cargo test simulation -- --nocapture",
        told.wrong.join("; ")
    );
    told.runs
}

#[test]
fn the_invariants_hold_in_every_history() {
    if let Some(seed) = number("KRONOS_SEED") {
        play(seed, true);
        return;
    }
    let wanted = number("KRONOS_RUNS").unwrap_or(RUNS);
    let first = number("KRONOS_FIRST_SEED").unwrap_or(1);
    let (seed, runs) = (AtomicU64::new(first), AtomicU64::new(0));
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while runs.load(Ordering::Relaxed) < wanted {
                    let made = play(seed.fetch_add(1, Ordering::Relaxed), false);
                    runs.fetch_add(made, Ordering::Relaxed);
                }
            });
        }
    });
    let histories = seed.into_inner() - first;
    println!("{} runs in {histories} histories", runs.into_inner());
}
