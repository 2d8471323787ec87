//! What is wrong with a template, in one line that a person can act on.

use crate::text;
use minijinja::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// A template, or a folder of them, that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {problem}", path.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct TemplateError {
    /// The file or folder.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: Option<usize>,
    /// What is wrong there, and the mend.
    pub problem: String,
}

impl TemplateError {
    /// About a file or folder as a whole.
    pub(super) fn whole(path: &Path, problem: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: None,
            problem: problem.into(),
        }
    }

    /// What the engine says of the template `source` that stands at `path`.
    pub(super) fn of(path: &Path, source: &str, error: &Error) -> Self {
        // The engine points at what follows the name, if that is what it cannot find.
        let is_of_name = |c: char| c.is_alphanumeric() || "_.[]".contains(c);
        let place = error.range().and_then(|range| {
            let start = source
                .get(..range.start)?
                .trim_end_matches(is_of_name)
                .len();
            source.get(start..range.end)
        });
        let place = place.map(|place| place.split_whitespace().collect::<Vec<_>>().join(" "));
        let place = place.map(|place| text::shown(&place));
        let place = place.filter(|place| !place.is_empty() && place.chars().count() <= LONGEST);
        let detail = error.detail().map(String::from);
        let said = detail.unwrap_or_else(|| error.kind().to_string());
        // It may repeat what stands in an event.
        let said = text::cut(&text::shown(&said), MOST_SAID);
        let problem = match error.kind() {
            ErrorKind::UndefinedError => {
                "there is nothing of that name; docs/templates.md lists what there is".into()
            }
            ErrorKind::WriteFailure => "it gives more than a mebibyte of text; shorten it".into(),
            ErrorKind::OutOfFuel => "it does not come to an end; take a loop out of it".into(),
            ErrorKind::SyntaxError => format!("{said}; mend what stands there, or before it"),
            ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest => {
                format!("{said}; docs/templates.md lists what there is")
            }
            _ => said,
        };
        Self {
            path: path.into(),
            line: error.line(),
            problem: match place {
                Some(place) => format!("{place:?}: {problem}"),
                None => problem,
            },
        }
    }

    /// A name that no template is given, on the first line that has it.
    pub(super) fn unknown(path: &Path, source: &str, name: &str, problem: String) -> Self {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let has = |line: &str| line.split(|c| !is_word(c)).any(|word| word == name);
        Self {
            path: path.into(),
            line: source.lines().position(has).map(|index| index + 1),
            problem: format!("{name:?}: {problem}"),
        }
    }

    /// The same, told of what it failed with.
    pub(super) fn with(mut self, what: String) -> Self {
        self.problem = format!("{} ({what})", self.problem);
        self
    }
}

/// A longer piece of a template is not repeated in a message.
const LONGEST: usize = 60;
/// What the engine says is told up to this many UTF-16 units: the list of languages fits.
const MOST_SAID: usize = 400;
