//! What the disk can answer to any single call: the run ends in order, sends nothing that it could not note down before,
//! and the next ones make up for it.
//!
//! strace (1) gives the answers. KRONOS_FAULTS=all tries every call up to the last that a run makes, without it a few are.

use super::stage::{Service, Stage, check, is_orderly};
use crate::support::strace;
use std::any::Any;
use std::panic::catch_unwind;

/// No room, a damaged disk, one that became read-only, and no more room for this user.
const ERRORS: [&str; 4] = ["ENOSPC", "EIO", "EROFS", "EDQUOT"];
/// The calls that change files or bring them to the disk; the others read.
const CALLS: [&str; 8] = [
    "pwrite64",
    "write",
    "fsync",
    "fdatasync",
    "openat",
    "rename",
    "ftruncate",
    "unlink",
];
/// Which of a kind of call are tried without KRONOS_FAULTS.
const FEW: [usize; 3] = [1, 4, 17];
/// More calls of a kind than a run makes.
const MOST: usize = 400;

/// Answers so to the `number`th call, and to all after it if the trouble stays; gives whether there was such a call.
fn is_made_up_for(call: &str, error: &str, number: usize, stays: bool) -> Result<bool, String> {
    let stage = Stage::set(Service::Discord);
    let kronos = &stage.scene.kronos;
    let log = kronos.path("calls");
    let when = format!("{number}{}", if stays { "+" } else { "" });
    let run = kronos.run_under(
        &strace::injecting(
            &kronos.path("state"),
            &log,
            call,
            &format!("error={error}:when={when}"),
        ),
        &[],
    );
    is_orderly(&run)?;
    stage.is_decent()?;
    let was_met = std::fs::read_to_string(&log)
        .unwrap()
        .contains("(INJECTED)");
    if run.code == Some(1) {
        let names_it = run.stderr.contains(kronos.path("state").to_str().unwrap());
        check(names_it, &format!("it does not say where: {}", run.stderr))?;
    }
    for _ in 0..2 {
        let run = kronos.run();
        check(
            run.code == Some(0),
            &format!("afterwards: {}{}", run.stdout, run.stderr),
        )?;
    }
    stage.is_true()?;
    let before = stage.server().count();
    kronos.run().ends_with(0);
    check(stage.server().count() == before, "it does not come to rest")?;
    Ok(was_met)
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).into()));
    text.unwrap_or_else(|| "it panicked".into())
}

#[test]
fn whatever_the_disk_answers_to_a_call_is_made_up_for() {
    if !strace::can_trace() {
        println!("skipped: strace is missing, or may not trace");
        return;
    }
    let all = std::env::var("KRONOS_FAULTS").is_ok_and(|faults| faults == "all");
    let (mut cells, mut broken) = (0, Vec::new());
    for (place, call) in CALLS.into_iter().enumerate() {
        for (kind, error) in ERRORS.into_iter().enumerate() {
            for stays in [false, true] {
                let sampled = kind == place % ERRORS.len() && stays == (place % 2 == 0);
                let numbers: Vec<usize> = match all {
                    true => (1..MOST).collect(),
                    false if sampled => FEW.to_vec(),
                    false => Vec::new(),
                };
                for number in numbers {
                    // Whatever a cell ends with, its name is told, and the others are tried.
                    let came = catch_unwind(|| is_made_up_for(call, error, number, stays));
                    match came.unwrap_or_else(|panic| Err(said(&*panic))) {
                        Ok(true) => cells += 1,
                        Ok(false) => break,
                        Err(problem) => broken.push(format!(
                            "{error} for call {number} of {call} (it stays: {stays}): {problem}"
                        )),
                    }
                }
            }
        }
    }
    println!("{cells} calls went wrong");
    assert!(
        broken.is_empty(),
        "{} cells:\n{}",
        broken.len(),
        broken.join("\n\n")
    );
}
