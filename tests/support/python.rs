//! A Python that compares what kronos does with other people's implementations of the same thing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A Python in which `modules` can be imported: the one that the environment variable KRONOS_PYTHON names, else `python3`.
///
/// `None`, with a message, where there is none; the test that asked then has nothing to check. `.ci/run` installs what the
/// tests need (`.ci/requirements.txt`) and sets the variable.
///
/// # Panics
/// If there is none while the environment variable CI is set: there it must not be skipped.
pub fn python(modules: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os("KRONOS_PYTHON");
    let python = PathBuf::from(named.unwrap_or_else(|| "python3".into()));
    let Err(problem) = imports(&python, modules) else {
        return Some(python);
    };
    assert!(
        std::env::var_os("CI").is_none(),
        "{problem}, and CI must not skip what it checks"
    );
    println!("skipped: {problem}; .ci/requirements.txt names what is needed");
    None
}

/// Whether `python` can import all of `modules`; if not, why.
fn imports(python: &Path, modules: &[&str]) -> Result<(), String> {
    let program = format!("import {}", modules.join(", "));
    let run = Command::new(python)
        .args(["-c", &program])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{} cannot be started ({error})", python.display()))?;
    if run.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&run.stderr);
    let last = said.trim().lines().next_back().unwrap_or("no reason given");
    Err(format!("{}: {last}", python.display()))
}
