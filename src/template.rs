//! Texts that people read, in words of the operator's own: [minijinja](https://docs.rs/minijinja) templates in files.
//!
//! A kind of consumer declares its [`Text`]s, each with the template that ships, which says in a template's words what the program
//! writes of itself. A file of that name in a folder of the configuration is used in its place. Whatever a template gives is made
//! safe as the program's own words are, and the marker is none of its business. No I/O but the reading of the folders.

use crate::event::{Event, Fingerprint};
use minijinja::{Environment, Value};
use std::collections::BTreeMap;
use std::path::PathBuf;

mod engine;
mod error;
mod finish;
mod folder;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod language;
mod sample;
mod shown;
mod time;

pub use engine::engine;
pub use error::TemplateError;
pub use folder::Folder;
pub use shown::{FIELDS, REMINDER};

/// What a file of a template ends with.
pub const ENDING: &str = ".jinja";
/// Rises when the same template gives another text.
const VERSION: u32 = 1;

/// A text that people read.
#[derive(Debug)]
pub struct Text {
    /// Its name, and that of its file without [`ENDING`]: the kind, a dot, and what it is there, `discord.description`.
    pub name: &'static str,
    /// In what markup it is.
    pub form: Form,
    /// The template that ships: what the program says without one.
    pub shipped: &'static str,
}

impl Text {
    /// The name of a template's file.
    pub fn file(&self) -> String {
        format!("{}{ENDING}", self.name)
    }
}

/// The markup of a text: in it, values are escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One line without markup. It is never empty.
    Line,
    /// One line of Discord's Markdown. It is never empty.
    MarkdownLine,
    /// Several lines without markup.
    Plain,
    /// Several lines of Discord's Markdown.
    Markdown,
    /// HTML of p, br, b, i, a, ul and li.
    Html,
    /// The same and del.
    HtmlWithDel,
}

/// The templates of the configuration that one consumer uses; none of them for most.
#[derive(Debug, Default)]
pub struct Templates {
    environment: Environment<'static>,
    own: BTreeMap<&'static str, PathBuf>,
    hash: Option<Fingerprint>,
}

impl Templates {
    /// Those for `texts` that stand in one of `folders`, the first that has one. Each is tried on events of many shapes.
    ///
    /// # Errors
    /// A template that cannot be read as one, names what there is not, or fails with an event of ordinary shape.
    pub fn load(texts: &'static [Text], folders: &[&Folder]) -> Result<Self, TemplateError> {
        let mut found = Vec::new();
        for text in texts {
            let mut folders = folders.iter();
            found.extend(
                folders.find_map(|folder| Some((text, folder.path(text), folder.source(text)?))),
            );
        }
        if found.is_empty() {
            return Ok(Self::default());
        }
        let sources: Vec<_> = found
            .iter()
            .map(|(text, _, source)| (text.name, *source))
            .collect();
        let mut templates = Self {
            environment: engine::for_texts(texts),
            own: BTreeMap::new(),
            hash: Some(Fingerprint::of(&(VERSION, sources))),
        };
        for (text, path, source) in found {
            engine::add(&mut templates.environment, text, &path, source)?;
            templates.own.insert(text.name, path);
        }
        templates.try_all(texts)?;
        Ok(templates)
    }

    /// Changes with the templates; empty where there are none, so that what was rendered before stays what it was.
    pub fn version(&self) -> String {
        match &self.hash {
            Some(hash) => format!(" templates-{}", hash.short()),
            None => String::new(),
        }
    }

    /// The texts of one event; with `reminder`, how long before it a reminder of it is sent: `24h`.
    pub fn page<'a>(&'a self, event: &'a Event, reminder: Option<&'a str>) -> Page<'a> {
        Page {
            templates: self,
            event,
            reminder,
            values: None,
            problem: None,
        }
    }

    fn try_all(&self, texts: &'static [Text]) -> Result<(), TemplateError> {
        for (event, what) in sample::events() {
            for reminder in [None, Some("24h")] {
                for text in texts.iter().filter(|text| self.own.contains_key(text.name)) {
                    let values = shown::values(&event, reminder);
                    self.fill(text, values)
                        .map_err(|error| error.with(format!("with an event {what}")))?;
                }
            }
        }
        Ok(())
    }

    /// What the template of `text` gives, as it stands.
    fn fill(&self, text: &Text, values: Value) -> Result<String, TemplateError> {
        let path = self.own.get(text.name).cloned().unwrap_or_default();
        let template = self.environment.get_template(text.name);
        let mut filled = engine::Filled::default();
        template
            .and_then(|template| template.render_captured_to(values, &mut filled).map(drop))
            .map(|()| filled.text())
            .map_err(|error| {
                let template = self.environment.get_template(text.name);
                let source = template.as_ref().map_or("", |template| template.source());
                TemplateError::of(&path, source, &error)
            })
    }
}

/// The texts of one event at one consumer, one after the other.
pub struct Page<'a> {
    templates: &'a Templates,
    event: &'a Event,
    reminder: Option<&'a str>,
    values: Option<Value>,
    problem: Option<TemplateError>,
}

impl Page<'_> {
    /// The text `text`, at most `limit` UTF-16 units: what the operator's template gives, or what `own` gives where there is none,
    /// where it fails, or where a text that must not be empty would be.
    pub fn text(&mut self, text: &Text, limit: usize, own: impl FnOnce() -> String) -> String {
        if !self.templates.own.contains_key(text.name) {
            return own();
        }
        let (event, reminder) = (self.event, self.reminder);
        let values = self
            .values
            .get_or_insert_with(|| shown::values(event, reminder))
            .clone();
        match self.templates.fill(text, values) {
            Ok(filled) => {
                let shown = finish::finish(&filled, text.form, &shown::document(event), limit);
                let is_line = matches!(text.form, Form::Line | Form::MarkdownLine);
                if is_line && shown.is_empty() {
                    own()
                } else {
                    shown
                }
            }
            Err(error) => {
                self.problem.get_or_insert(error);
                own()
            }
        }
    }

    /// Why the event cannot be shown as the operator wants: the first template that failed, its line, and what is wrong.
    pub fn problem(&self) -> Option<String> {
        self.problem.as_ref().map(ToString::to_string)
    }
}

#[cfg(test)]
mod tests;
