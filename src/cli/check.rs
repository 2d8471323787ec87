//! `kronos check`: what holds and what does not, line by line, each with its mend.

use super::{CheckArgs, CliError, Global};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::sync::State;
use std::path::Path;
use std::rc::Rc;

/// One line: whether it holds, and what it says.
type Line = Result<String, String>;

/// Prints the lines; the exit code tells whether all of them hold.
///
/// # Errors
/// The configuration cannot be used: then nothing else can be checked.
pub fn check(global: &Global, args: &CheckArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let path = config::find(global.config.clone())?;
    let config = Config::load(&path, &clock)?;
    let mut lines: Vec<Line> = vec![Ok(format!(
        "configuration   {} can be used, its secrets are there and safe",
        config.path.display()
    ))];
    for named in &config.providers {
        lines.push(Ok(format!(
            "provider        {} reads {}, groups {}",
            named.name,
            named.provider.identity(),
            named.provider.groups().join(", ")
        )));
    }
    for named in &config.consumers {
        lines.push(Ok(format!(
            "consumer        {} writes to {}",
            named.name,
            named.consumer.target()
        )));
    }
    if config.providers.is_empty() {
        lines.push(Err(
            "provider        there is none; add a section [providers.NAME]".into(),
        ));
    }
    if config.consumers.is_empty() {
        lines.push(Err(
            "consumer        there is none; add a section [consumers.NAME]".into(),
        ));
    }
    lines.push(database(&config.store));
    if !args.offline {
        lines.push(Ok(
            "network         kronos sync --dry-run reads every service and sends nothing".into(),
        ));
    }
    for line in &lines {
        match line {
            Ok(text) => anstream::println!("ok   {text}"),
            Err(text) => anstream::println!("!!   {text}"),
        }
    }
    Ok(if lines.iter().all(Result::is_ok) {
        Exit::Done
    } else {
        Exit::Configuration
    })
}

fn database(path: &Path) -> Line {
    let shown = path.display();
    if !path.exists() {
        let folder = path
            .ancestors()
            .skip(1)
            .find(|folder| folder.exists())
            .unwrap_or(Path::new("."));
        let writable = tempfile::tempfile_in(folder).is_ok();
        return if writable {
            Ok(format!(
                "database        {shown} does not exist yet; the first run makes it"
            ))
        } else {
            Err(format!(
                "database        {shown} cannot be made: {} is not writable; change its owner or set [store] path",
                folder.display()
            ))
        };
    }
    match State::for_reading(path).and_then(|state| state.verify()) {
        Ok(()) => Ok(format!("database        {shown} is sound")),
        Err(error) => Err(format!("database        {error}")),
    }
}
