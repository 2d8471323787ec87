//! What holds whatever stands in kronos.toml.

use super::{Config, Source};
use crate::clock::{Clock, SystemClock};
use std::path::Path;
use std::rc::Rc;

/// A configuration's bytes. What is said of it names the file, and a line that it has.
pub(crate) fn holds(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Files that it names are for whoever wrote it: here it is to name none.
    if text.contains("file") || text.contains("path") {
        return;
    }
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let path = Path::new("/nowhere/kronos.toml");
    let wrong =
        match Source::of(path, text.into()).and_then(|source| Config::of(source, path, &clock)) {
            Ok((_, wrong)) => wrong,
            Err(error) => vec![error],
        };
    for error in wrong {
        let said = error.to_string();
        assert!(said.starts_with("/nowhere/kronos.toml"), "{said}");
        let line = said
            .split(':')
            .nth(1)
            .and_then(|line| line.parse::<usize>().ok());
        assert!(
            line.is_none_or(|line| (1..=text.lines().count().max(1)).contains(&line)),
            "{said}"
        );
    }
}
