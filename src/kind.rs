//! What a section of the configuration gives to a kind: its keys, its secrets and its surroundings.
//!
//! Each kind owns its configuration type, so neither `config` nor `cli` changes when a kind is added.

use crate::clock::Clock;
use crate::secret::{Secret, SecretError, SecretSource};
use crate::template::{Folder, TemplateError, Templates, Text};
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// One `[providers.NAME]` or `[consumers.NAME]` section, without the keys that all sections share.
pub struct Section {
    /// The section's name.
    pub name: String,
    /// The kind's own keys.
    pub table: toml::Table,
    /// Where secrets are looked for.
    pub secrets: SecretSource,
    /// Relative paths start here: the folder of kronos.toml.
    pub folder: PathBuf,
    /// The clock of the run.
    pub clock: Rc<dyn Clock>,
    /// The longest time one request may take.
    pub timeout: std::time::Duration,
    /// Where templates are looked for: the section's own folder, then the one that all share, as far as there are such.
    pub templates: Vec<Rc<Folder>>,
}

/// Why a section cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KindError {
    /// The keys do not fit the kind's type.
    #[error("{0}")]
    Shape(#[from] toml::de::Error),
    /// A value cannot be used; `mend` says what to write instead.
    #[error("{key}: {problem}; {mend}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        mend: String,
    },
    /// A secret is missing or may not be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A template cannot be used.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

impl Section {
    /// The keys as the kind's own type, which denies unknown fields.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, KindError> {
        Ok(self.table.clone().try_into()?)
    }

    /// The secret `key`, from `KEY_file`, the credential `NAME.KEY`, the environment, or the plain value.
    /// `Ok(None)` if it stands nowhere.
    pub fn secret(&self, key: &str) -> Result<Option<Secret>, KindError> {
        let text = |key: &str| self.table.get(key).and_then(toml::Value::as_str);
        let file = text(&format!("{key}_file")).map(|path| self.path(Path::new(path)));
        Ok(self
            .secrets
            .find(&self.name, key, file.as_deref(), text(key))?)
    }

    /// As [`secret`](Self::secret), but an error with its mend where it stands nowhere.
    pub fn required_secret(&self, key: &str) -> Result<Secret, KindError> {
        self.secret(key)?
            .ok_or_else(|| SecretError::missing(&self.name, key).into())
    }

    /// The operator's templates for `texts`.
    ///
    /// # Errors
    /// One of them cannot be used.
    pub fn templates(&self, texts: &'static [Text]) -> Result<Templates, KindError> {
        let folders: Vec<&Folder> = self.templates.iter().map(Rc::as_ref).collect();
        Ok(Templates::load(texts, &folders)?)
    }

    /// A path of the configuration, relative to its folder.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// A URL under which a service is asked: https, or http on a loopback address; no user, no fragment.
    pub fn service_url(&self, key: &str, text: &str) -> Result<url::Url, KindError> {
        let wrong = |problem: &str, mend: &str| KindError::Value {
            key: key.into(),
            problem: format!("{:?} {problem}", without_user(text)),
            mend: mend.into(),
        };
        let url = url::Url::parse(text).map_err(|error| {
            wrong(
                &format!("is not a URL ({error})"),
                "write it as https://host/",
            )
        })?;
        if !crate::http::is_allowed(&url) {
            return Err(wrong(
                "is not allowed",
                "use https:// (http:// is accepted for loopback addresses only)",
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "carries a user or password",
                "take them out of the URL",
            ));
        }
        Ok(url)
    }
}

/// A URL as it may be shown, whether or not it is one: a password can stand before the `@`.
fn without_user(text: &str) -> String {
    let after =
        |(start, rest): (&str, &str)| Some(format!("{start}//…@{}", rest.rsplit_once('@')?.1));
    text.split_once("//")
        .and_then(after)
        .unwrap_or_else(|| text.into())
}

impl KindError {
    /// A value that cannot be used.
    pub fn value(key: &str, problem: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Value {
            key: key.into(),
            problem: problem.into(),
            mend: mend.into(),
        }
    }
}
