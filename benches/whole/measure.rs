//! What a program costs: its wall clock time, its processor time with that of the programs it starts, and its peak memory.
//!
//! The kernel tells the peak memory of ended children as one maximum, and counts in it what their parent held as they were
//! started. So each program is started by a small process of its own, which is this program under another name.

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one execution cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Cost {
    /// From start to end.
    pub wall: Duration,
    /// User and system time.
    pub cpu: Duration,
    /// The largest resident memory of any of its processes, in bytes.
    pub memory: u64,
    /// How it ended.
    pub code: Option<i32>,
}

/// Runs `program` in `folder` and tells its cost; its output goes to the file `out` there.
pub fn measure(folder: &Path, program: &[&str]) -> Cost {
    let launcher = std::env::current_exe().unwrap();
    let output = Command::new(launcher)
        .arg("launch")
        .args(program)
        .current_dir(folder)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The small process: starts the program and prints what it cost.
pub fn launch(mut program: impl Iterator<Item = String>) {
    let mut command = Command::new(program.next().unwrap());
    let out = std::fs::File::create("out").unwrap();
    let err = out.try_clone().unwrap();
    command.args(program).stdout(out).stderr(err);
    let begun = Instant::now();
    let status = command.status().unwrap();
    let wall = begun.elapsed();
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let micros = (used.user_time() + used.system_time()).num_microseconds();
    let cost = Cost {
        wall,
        cpu: Duration::from_micros(micros as u64),
        memory: used.max_rss() as u64 * 1024,
        code: status.code(),
    };
    println!("{}", serde_json::to_string(&cost).unwrap());
}

/// The middle of `values`; the lower one of two.
pub fn median<T: PartialOrd + Copy>(mut values: Vec<T>) -> T {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap());
    values[(values.len() - 1) / 2]
}

/// The medians of several executions.
pub fn typical(costs: &[Cost]) -> Cost {
    let of = |part: fn(&Cost) -> Duration| median(costs.iter().map(part).collect());
    Cost {
        wall: of(|cost| cost.wall),
        cpu: of(|cost| cost.cpu),
        memory: median(costs.iter().map(|cost| cost.memory).collect()),
        code: costs[0].code,
    }
}
