//! Values that never print, and the places where they may stand: a file, a credential, the environment, the configuration.

use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A secret. It has no `Display`, its `Debug` shows nothing, and it is never serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the value as it is.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where secrets are looked for besides the keys of a section.
#[derive(Debug, Clone, Default)]
pub struct SecretSource {
    /// `$CREDENTIALS_DIRECTORY` of systemd.
    pub credentials: Option<PathBuf>,
    /// Whether the configuration file may hold plain secrets: only its owner can read it. Holds its path.
    pub loose_config: Option<PathBuf>,
}

/// Why a secret cannot be had. Never tells the value.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It stands nowhere.
    #[error(
        "{key} is missing; set {key}_file = \"/path\", or the credential {name}.{key}, or the environment variable {variable}"
    )]
    Missing {
        /// The section.
        name: String,
        /// The key.
        key: String,
        /// The environment variable that would be read.
        variable: String,
    },
    /// Others can read the file.
    #[error("{path}: other users can read this secret (mode {mode:04o}); run: chmod 600 {path}")]
    Loose {
        /// The file.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The file cannot be read.
    #[error(
        "{path}: this secret cannot be read ({error}); check that the file exists and that the user running kronos owns it"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file holds nothing, or something that no header can carry.
    #[error("{path}: {problem}; write the secret alone on one line")]
    Unusable {
        /// The file or variable.
        path: String,
        /// What is wrong.
        problem: &'static str,
    },
}

impl SecretError {
    /// A secret that stands nowhere.
    pub fn missing(name: &str, key: &str) -> Self {
        Self::Missing {
            name: name.into(),
            key: key.into(),
            variable: variable(name, key),
        }
    }
}

fn variable(name: &str, key: &str) -> String {
    let clean = |text: &str| {
        text.chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect::<String>()
    };
    format!("KRONOS_{}_{}", clean(name), clean(key))
}

impl SecretSource {
    /// Looks for `key` of the section `name`: first `file`, then the credential `NAME.KEY`, then the environment variable
    /// `KRONOS_NAME_KEY`, last the plain value. White space around it is dropped.
    ///
    /// # Errors
    /// A file that others can read (files of the service manager excepted), that cannot be read, or that is empty.
    pub fn find(
        &self,
        name: &str,
        key: &str,
        file: Option<&Path>,
        plain: Option<&str>,
    ) -> Result<Option<Secret>, SecretError> {
        if let Some(path) = file {
            return read(path, self.is_managed(path)).map(Some);
        }
        if let Some(path) = self
            .credentials
            .as_ref()
            .map(|folder| folder.join(format!("{name}.{key}")))
            .filter(|path| path.exists())
        {
            return read(&path, true).map(Some);
        }
        let variable = variable(name, key);
        if let Ok(value) = std::env::var(&variable) {
            return usable(&variable, &value).map(Some);
        }
        let Some(value) = plain else { return Ok(None) };
        if let Some(path) = &self.loose_config {
            let mode = std::fs::metadata(path).map_or(0, |data| data.permissions().mode() & 0o7777);
            return Err(SecretError::Loose {
                path: path.display().to_string(),
                mode,
            });
        }
        usable(key, value).map(Some)
    }

    fn is_managed(&self, path: &Path) -> bool {
        path.starts_with("/run/secrets")
            || self
                .credentials
                .as_ref()
                .is_some_and(|folder| path.starts_with(folder))
    }
}

fn read(path: &Path, managed: bool) -> Result<Secret, SecretError> {
    let shown = path.display().to_string();
    let unreadable = |error| SecretError::Unreadable {
        path: shown.clone(),
        error,
    };
    let mode = std::fs::metadata(path)
        .map_err(unreadable)?
        .permissions()
        .mode()
        & 0o7777;
    if !managed && mode & 0o077 != 0 {
        return Err(SecretError::Loose { path: shown, mode });
    }
    let value = std::fs::read_to_string(path).map_err(unreadable)?;
    usable(&shown, &value)
}

fn usable(place: &str, value: &str) -> Result<Secret, SecretError> {
    let value = value.trim();
    let unusable = |problem| SecretError::Unusable {
        path: place.into(),
        problem,
    };
    if value.is_empty() {
        return Err(unusable("the secret is empty"));
    }
    if value.contains('\0') {
        return Err(unusable("the secret holds a NUL byte"));
    }
    Ok(Secret::new(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_seen_in_what_holds_it() {
        let shown = format!("{:?}", Some(("guild", Secret::new("hunter2"))));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
