//! strace (1), by which single system calls of the command can be watched, answered or made its last. It needs no right
//! that the tests have not.

use std::path::Path;
use std::process::{Command, Stdio};

/// Whether it is there and may do its work.
pub fn can_trace() -> bool {
    let mut command = Command::new("strace");
    let command = command.args(["-f", "-qq", "-o", "/dev/null", "true"]);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Writes down each call, one a line, in `log`.
pub fn logging(log: &Path) -> Vec<String> {
    ["strace", "-f", "-qq", "-o", log.to_str().unwrap()]
        .map(String::from)
        .into()
}

/// Meddles with calls of that name as strace's `inject` says.
pub fn meddling(log: &Path, call: &str, how: &str) -> Vec<String> {
    let mut program = logging(log);
    program.extend([
        "-e".into(),
        format!("trace={call}"),
        "-e".into(),
        format!("inject={call}:{how}"),
    ]);
    program
}

/// The same, but only where the call is about the database's files in `state`.
pub fn injecting(state: &Path, log: &Path, call: &str, how: &str) -> Vec<String> {
    let mut program = meddling(log, call, how);
    for name in [
        "",
        "-wal",
        "-shm",
        "-journal",
        ".lock",
        ".epoch",
        ".epoch.new",
    ] {
        let path = state.join(format!("kronos.db{name}"));
        program.extend(["-P".into(), path.display().to_string()]);
    }
    program
}
