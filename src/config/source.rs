//! The file behind the configuration: its values by path, and the line on which each stands.

use super::ConfigError;
use super::error::nearest;
use crate::kind::KindError;
use std::path::{Path, PathBuf};
use toml::Value;
use toml::de::{DeTable, DeValue};

/// How a value is written of which serde says that it expected something else.
const MENDS: &[(&str, &str)] = &[
    ("expected a string", "write it in quotes"),
    ("expected a boolean", "write true or false, without quotes"),
    ("expected a sequence", "write it as [\"one\", \"two\"]"),
    ("expected a map", "write it as { \"key\" = \"value\" }"),
];

/// A kronos.toml that is valid TOML.
pub(super) struct Source {
    path: PathBuf,
    text: String,
    root: toml::Table,
}

impl Source {
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
            path: path.into(),
            error,
        })?;
        Self::of(path, text)
    }

    /// The configuration `text` that stands at `path`.
    pub fn of(path: &Path, text: String) -> Result<Self, ConfigError> {
        let root = text.parse::<toml::Table>().map_err(|error| {
            let line = error.span().map(|span| line_of(&text, span.start));
            let problem = format!(
                "{}; this is not valid TOML: compare it with what `kronos init` writes",
                error.message().replace('\n', "; ")
            );
            ConfigError::Wrong {
                path: path.into(),
                line,
                problem,
            }
        })?;
        Ok(Self {
            path: path.into(),
            text,
            root,
        })
    }

    /// The folder from which relative paths start.
    pub fn folder(&self) -> PathBuf {
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        std::path::absolute(folder).unwrap_or_else(|_| folder.into())
    }

    fn value(&self, keys: &[&str]) -> Option<&Value> {
        let (first, rest) = keys.split_first()?;
        rest.iter()
            .try_fold(self.root.get(*first)?, |value, key| match value {
                Value::Array(items) => items.get(key.parse::<usize>().ok()?),
                _ => value.as_table()?.get(*key),
            })
    }

    /// Whether there is a section of that name.
    pub fn has(&self, section: &str) -> bool {
        self.root.contains_key(section)
    }

    /// How many sections `[[keys]]` there are. Each is found under its number, counted from 0, as its last key.
    pub fn length(&self, keys: &[&str]) -> Result<usize, ConfigError> {
        match self.value(keys) {
            None => Ok(0),
            Some(Value::Array(items)) if items.iter().all(Value::is_table) => Ok(items.len()),
            Some(_) => Err(self.error(
                keys,
                format!(
                    "is no list of sections; write each as [[{}]]",
                    keys.join(".")
                ),
            )),
        }
    }

    /// An error at a key: its line, its name, what is wrong.
    pub fn error(&self, keys: &[&str], problem: String) -> ConfigError {
        ConfigError::Wrong {
            path: self.path.clone(),
            line: self.line(keys),
            problem: format!("{}: {problem}", keys.join(".")),
        }
    }

    pub fn text(&self, keys: &[&str]) -> Result<Option<String>, ConfigError> {
        match self.value(keys) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(other) => {
                Err(self.error(keys, format!("is {}; write it in quotes", article(other))))
            }
        }
    }

    pub fn texts(&self, keys: &[&str]) -> Result<Option<Vec<String>>, ConfigError> {
        let wrong = || {
            self.error(
                keys,
                "is no list of texts; write it as [\"one\", \"two\"]".into(),
            )
        };
        let Some(value) = self.value(keys) else {
            return Ok(None);
        };
        let list = value.as_array().ok_or_else(wrong)?;
        list.iter()
            .map(|item| item.as_str().map(String::from).ok_or_else(wrong))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    pub fn table(&self, keys: &[&str]) -> Result<toml::Table, ConfigError> {
        match self.value(keys) {
            None => Ok(toml::Table::new()),
            Some(Value::Table(table)) => Ok(table.clone()),
            Some(other) => Err(self.error(
                keys,
                format!(
                    "is {}; write it as a section [{}]",
                    article(other),
                    keys.join(".")
                ),
            )),
        }
    }

    /// The names of the sections `[table.NAME]`.
    pub fn names(&self, table: &str) -> Result<Vec<String>, ConfigError> {
        Ok(self.table(&[table])?.keys().cloned().collect())
    }

    /// Every key below `keys` must be known.
    pub fn check_keys(&self, keys: &[&str], known: &[&str]) -> Result<(), ConfigError> {
        let table = if keys.is_empty() {
            self.root.clone()
        } else {
            self.table(keys)?
        };
        match table.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(self.unknown(keys, key, known)),
            None => Ok(()),
        }
    }

    fn unknown(&self, section: &[&str], key: &str, known: &[&str]) -> ConfigError {
        let path: Vec<&str> = section.iter().copied().chain([key]).collect();
        self.error(
            &path,
            format!(
                "this key is not known; {}",
                nearest(key, known.iter().copied())
            ),
        )
    }

    /// A kind's complaint about its section, with the line of the key that it names.
    pub fn kind_error(&self, section: &[&str], shared: &[&str], error: KindError) -> ConfigError {
        match error {
            KindError::Value { key, problem, mend } => {
                let path: Vec<&str> = section.iter().copied().chain(key.split('.')).collect();
                self.error(&path, format!("{problem}; {mend}"))
            }
            KindError::Secret(error) => self.error(section, error.to_string()),
            KindError::Shape(error) => self.shape_error(section, shared, &error.to_string()),
            KindError::Template(error) => error.into(),
        }
    }

    /// serde says "unknown field `a`, expected one of `b`, `c`": the names between the back quotes are all that is needed.
    fn shape_error(&self, section: &[&str], shared: &[&str], message: &str) -> ConfigError {
        let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
        match names.split_first() {
            Some((key, known)) if message.starts_with("unknown field") => {
                let known: Vec<&str> = known.iter().chain(shared).copied().collect();
                self.unknown(section, key, &known)
            }
            Some((key, _)) if message.starts_with("missing field") => {
                self.error(section, format!("has no {key}; write {key} = …"))
            }
            _ => {
                let keys = self.table(section).unwrap_or_default();
                // The message ends with "in `key`" where it is about one value.
                let key = names
                    .last()
                    .filter(|name| keys.contains_key(**name))
                    .copied();
                let path: Vec<&str> = section.iter().copied().chain(key).collect();
                let problem = message.lines().next().unwrap_or(message);
                let mend = MENDS.iter().find(|(end, _)| problem.ends_with(end));
                let (_, mend) = mend.unwrap_or(&("", "see docs/configuration.md"));
                self.error(&path, format!("{problem}; {mend}"))
            }
        }
    }

    /// The line on which a key stands, or else the section that lacks it.
    fn line(&self, keys: &[&str]) -> Option<usize> {
        let document = DeTable::parse(&self.text).ok()?;
        let mut table = document.get_ref();
        let mut at = None;
        let mut keys = keys.iter();
        while let Some(key) = keys.next() {
            let Some((name, value)) = table.iter().find(|(name, _)| name.get_ref() == key) else {
                break;
            };
            at = Some(name.span().start);
            table = match value.get_ref() {
                DeValue::Table(next) => next,
                DeValue::Array(items) => {
                    let index = keys.next().and_then(|index| index.parse::<usize>().ok());
                    let Some(item) = index.and_then(|index| items.get(index)) else {
                        break;
                    };
                    at = Some(item.span().start);
                    match item.get_ref() {
                        DeValue::Table(next) => next,
                        _ => break,
                    }
                }
                _ => break,
            };
        }
        at.map(|offset| line_of(&self.text, offset))
    }
}

/// The line, counted from 1; of what lies behind the end, where something was not closed, the last on which anything stands.
fn line_of(text: &str, offset: usize) -> usize {
    text.trim_end()
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

fn article(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) | Value::Float(_) => "a number",
        Value::Boolean(_) => "true or false",
        Value::Datetime(_) => "a date",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
    }
}
