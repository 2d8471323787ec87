//! `[templates]` and `templates` of a consumer: the folders from which texts are taken.

use super::{ConfigError, Source};
use crate::consumer::{self, Kind};
use crate::template::{Folder, Text};
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

/// The templates that ship, by the names of their files.
pub fn shipped_templates() -> impl Iterator<Item = (String, &'static str)> {
    let texts = consumer::KINDS.iter().flat_map(|kind| kind.texts);
    texts.map(|text| (text.file(), text.shipped))
}

/// The folders of templates that were read, each once.
#[derive(Default)]
pub(super) struct Folders(HashMap<PathBuf, Rc<Folder>>);

impl Folders {
    /// Those that the consumer `name` takes its texts from: its own before the one that all share.
    ///
    /// # Errors
    /// A folder that cannot be read, or holds what is no template of ours.
    pub fn of(
        &mut self,
        source: &Source,
        name: &str,
        kind: &Kind,
    ) -> Result<Vec<Rc<Folder>>, ConfigError> {
        let keys = ["consumers", name, "templates"];
        if kind.texts.is_empty() && source.text(&keys)?.is_some() {
            let problem = format!(
                "a consumer of type {:?} tells programs of events and has no texts; take the key out",
                kind.name
            );
            return Err(source.error(&keys, problem));
        }
        let own = self.folder(source, &keys)?;
        // What is wrong with the shared folder is told once, by itself.
        let shared = self.shared(source).ok().flatten();
        Ok(own.into_iter().chain(shared).collect())
    }

    /// The one that all share.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    pub fn shared(&mut self, source: &Source) -> Result<Option<Rc<Folder>>, ConfigError> {
        source.check_keys(&["templates"], &["path"])?;
        self.folder(source, &["templates", "path"])
    }

    fn folder(
        &mut self,
        source: &Source,
        keys: &[&str],
    ) -> Result<Option<Rc<Folder>>, ConfigError> {
        let Some(written) = source.text(keys)? else {
            return Ok(None);
        };
        let path = source.folder().join(written);
        if let Some(folder) = self.0.get(&path) {
            return Ok(Some(folder.clone()));
        }
        let known: Vec<&Text> = consumer::KINDS.iter().flat_map(|kind| kind.texts).collect();
        let folder = Folder::read(&path, &known).map_err(|error| match error.path == path {
            true => source.error(keys, error.to_string()),
            false => error.into(),
        })?;
        let folder = Rc::new(folder);
        self.0.insert(path, folder.clone());
        Ok(Some(folder))
    }
}
