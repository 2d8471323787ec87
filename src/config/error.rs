//! What is wrong with a configuration, in one line that a person can act on.

use crate::template::TemplateError;
use std::path::PathBuf;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is none.
    #[error("no kronos.toml was found (looked at {looked}); write one with: kronos init")]
    Missing {
        /// Where was looked.
        looked: String,
    },
    /// It cannot be read.
    #[error("{}: cannot be read ({error}); check that the file exists and that the user running kronos may read it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Something in it, or in a template, is wrong.
    #[error("{}{}: {problem}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: Option<usize>,
        /// The key, what is wrong with it, and the mend.
        problem: String,
    },
}

impl From<TemplateError> for ConfigError {
    fn from(error: TemplateError) -> Self {
        Self::Wrong {
            path: error.path,
            line: error.line,
            problem: error.problem,
        }
    }
}

/// "did you mean …?", or else all that there is.
pub(super) fn nearest<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.collect();
    known.sort_unstable();
    known.dedup();
    let best = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .min();
    match best {
        Some((distance, name)) if distance <= 1 + name.len() / 3 => {
            format!("did you mean {name:?}?")
        }
        _ if known.is_empty() => "there is none".into(),
        _ => format!("known are {}", known.join(", ")),
    }
}
