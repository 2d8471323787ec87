//! The delivery protocol, played through in histories of faults.
//!
//! The product's own run works here with a clock, a store and a world that are handed in: organisers edit, people meddle,
//! services lag and answer ambiguously, the process is killed at any step, databases are lost and restored. After each
//! history the protocol's invariants are checked against what really stands there; `rules` shows that each rule of the
//! protocol is needed for that.
//!
//! A history is a function of its seed: `KRONOS_SEED=n cargo test simulation -- --nocapture` tells one line by line.
//! `KRONOS_RUNS=n` makes about so many runs instead of the usual 100,000, `KRONOS_FIRST_SEED=n` begins elsewhere, and
//! `KRONOS_MINUTES=n` ends after so long; what was played, and what was found broken, is printed.

mod board;
mod clock;
mod consumer;
mod databases;
mod driver;
mod history;
mod oracle;
mod process;
mod provider;
pub mod rng;
#[cfg(debug_assertions)]
mod rules;
mod scenarios;
mod source;
mod takeover;
mod world;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How many runs the test suite makes, unless KRONOS_RUNS says otherwise.
const RUNS: u64 = 100_000;

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
    )
}

/// So many broken histories are told before the rest is left out.
const ENOUGH: usize = 12;

#[test]
fn the_invariants_hold_in_every_history() {
    if let Some(seed) = number("KRONOS_SEED") {
        let told = history::play(seed, true);
        assert!(told.wrong.is_empty(), "{}", told.wrong.join("\n"));
        return;
    }
    let minutes = number("KRONOS_MINUTES");
    let wanted = number("KRONOS_RUNS").unwrap_or(minutes.map_or(RUNS, |_| u64::MAX));
    let end = minutes.map(|minutes| Instant::now() + Duration::from_secs(60 * minutes));
    let first = number("KRONOS_FIRST_SEED").unwrap_or(1);
    let (seed, runs) = (AtomicU64::new(first), AtomicU64::new(0));
    let broken: Mutex<Vec<String>> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while runs.load(Ordering::Relaxed) < wanted
                    && end.is_none_or(|end| Instant::now() < end)
                    && broken.lock().unwrap().len() < ENOUGH
                {
                    let seed = seed.fetch_add(1, Ordering::Relaxed);
                    let told = history::play(seed, false);
                    runs.fetch_add(told.runs, Ordering::Relaxed);
                    if !told.wrong.is_empty() {
                        let line = format!("KRONOS_SEED={seed}: {}", told.wrong.join("; "));
                        println!("{line}");
                        broken.lock().unwrap().push(line);
                    }
                }
            });
        }
    });
    let (histories, runs) = (seed.into_inner() - first, runs.into_inner());
    let broken = broken.into_inner().unwrap();
    println!(
        "{runs} runs in {histories} histories from seed {first} on; {} were broken",
        broken.len()
    );
    assert!(
        broken.is_empty(),
        "after {histories} histories and {runs} runs:\n{}\nto see one: KRONOS_SEED=… cargo test simulation -- --nocapture",
        broken.join("\n")
    );
}
