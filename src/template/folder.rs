//! A folder of templates, read once.

use super::{TemplateError, Text};
use crate::text::shown;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// No template is longer, in bytes.
const LARGEST: u64 = 64 * 1024;

/// The templates of one folder, by the names of their files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
    files: BTreeMap<String, String>,
}

impl Folder {
    /// Reads the folder at `path`, in which only templates of the texts `known` may stand, and files whose name begins with a dot.
    ///
    /// # Errors
    /// A folder or file that cannot be read, or a file of another name.
    pub fn read(path: &Path, known: &[&Text]) -> Result<Self, TemplateError> {
        let unreadable = |path: &Path, error: std::io::Error| {
            let problem = match error.kind() {
                ErrorKind::NotFound => "there is no such folder; make it, or name another".into(),
                ErrorKind::NotADirectory => "is no folder; name the folder of the templates".into(),
                _ => format!("cannot be read ({error}); let the user running kronos read it"),
            };
            TemplateError::whole(path, problem)
        };
        let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, error))?;
        let mut files = BTreeMap::new();
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(path, error))?;
            let (name, file) = (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            );
            if name.starts_with('.') {
                continue;
            }
            if !known.iter().any(|text| text.file() == name) {
                let names: Vec<String> = known.iter().map(|text| text.file()).collect();
                let problem = format!(
                    "no text has this name; known are {}; name the file as one of them or take it out of the folder",
                    names.join(", ")
                );
                let named = path.join(shown(&name));
                return Err(TemplateError::whole(&named, problem));
            }
            let size = std::fs::metadata(&file).map_err(|error| unreadable(&file, error))?;
            if size.len() > LARGEST || !size.is_file() {
                let problem = format!("is no file of at most {LARGEST} bytes; shorten it");
                return Err(TemplateError::whole(&file, problem));
            }
            let source = std::fs::read_to_string(&file).map_err(|error| match error.kind() {
                ErrorKind::InvalidData => {
                    TemplateError::whole(&file, "is not in UTF-8; save it in this encoding")
                }
                _ => unreadable(&file, error),
            })?;
            files.insert(name, source);
        }
        Ok(Self {
            path: path.into(),
            files,
        })
    }

    /// The templates that ship, as if they stood in a folder.
    #[cfg(any(test, fuzzing))]
    pub fn shipped(texts: &[Text]) -> Self {
        let file = |text: &Text| (text.file(), text.shipped.to_string());
        Self {
            path: PathBuf::from("shipped"),
            files: texts.iter().map(file).collect(),
        }
    }

    /// The template `source` for each of `texts`.
    #[cfg(any(test, fuzzing))]
    pub fn of_one(texts: &[Text], source: &str) -> Self {
        let file = |text: &Text| (text.file(), source.to_string());
        Self {
            path: PathBuf::from("one"),
            files: texts.iter().map(file).collect(),
        }
    }

    /// Where the template of `text` stands, or would.
    pub(super) fn path(&self, text: &Text) -> PathBuf {
        self.path.join(text.file())
    }

    /// The template of `text`.
    pub(super) fn source(&self, text: &Text) -> Option<&str> {
        self.files.get(&text.file()).map(String::as_str)
    }
}
