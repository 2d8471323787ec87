//! The table: what was measured, what it may be at most, and whether that holds.

use std::time::Duration;

/// The rows so far; each is printed when it is there.
#[derive(Default)]
pub struct Table {
    failed: Vec<String>,
}

impl Table {
    /// Prints the head.
    pub fn new() -> Self {
        println!("| case | measured | at most | holds |");
        println!("|---|---|---|---|");
        Self::default()
    }

    /// A row with a bound.
    pub fn row(&mut self, case: &str, measured: String, bound: String, holds: bool) {
        println!(
            "| {case} | {measured} | {bound} | {} |",
            if holds { "yes" } else { "**no**" }
        );
        if !holds {
            self.failed.push(case.into());
        }
    }

    /// A row that only tells.
    pub fn tell(&mut self, case: &str, measured: String) {
        println!("| {case} | {measured} | | |");
    }

    /// Prints what does not hold.
    pub fn end(self) {
        if self.failed.is_empty() {
            println!("\nEvery row holds.");
        } else {
            println!("\nDoes not hold: {}.", self.failed.join("; "));
        }
    }
}

/// In milliseconds.
pub fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

/// In MiB.
pub fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / MIB as f64)
}

/// Bytes of a MiB.
pub const MIB: u64 = 1 << 20;

/// How many times as long `a` is as `b`.
pub fn ratio(a: Duration, b: Duration) -> f64 {
    a.as_secs_f64() / b.as_secs_f64()
}
