//! Where the configuration and the database are looked for.

use super::ConfigError;
use std::path::PathBuf;

const FILE: &str = "kronos.toml";

/// The configuration: `given`, ./kronos.toml, $XDG_CONFIG_HOME/kronos/, /etc/kronos/, in this order.
///
/// # Errors
/// [`ConfigError::Missing`] names every place that was looked at.
pub fn find(given: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
    if let Some(path) = given {
        return Ok(path);
    }
    let mut places = vec![PathBuf::from(FILE)];
    places
        .extend(home("XDG_CONFIG_HOME", ".config").map(|folder| folder.join("kronos").join(FILE)));
    places.push(PathBuf::from("/etc/kronos").join(FILE));
    let looked = places
        .iter()
        .map(|place| place.display().to_string())
        .collect::<Vec<_>>()
        .join(", ");
    places
        .into_iter()
        .find(|place| place.exists())
        .ok_or(ConfigError::Missing { looked })
}

/// The database where none is configured: $STATE_DIRECTORY/kronos.db, else $XDG_STATE_HOME/kronos/kronos.db.
///
/// # Errors
/// A sentence, where not even a home folder is known.
pub fn default_store() -> Result<PathBuf, String> {
    // systemd separates several state directories by colons; the first is ours.
    let state = std::env::var("STATE_DIRECTORY")
        .ok()
        .and_then(|list| list.split(':').next().map(PathBuf::from))
        .filter(|path| path.is_absolute());
    let folder = state
        .or_else(|| home("XDG_STATE_HOME", ".local/state").map(|folder| folder.join("kronos")));
    folder
        .map(|folder| folder.join("kronos.db"))
        .ok_or_else(|| {
            "no folder for the database is known; set path = \"/path/to/kronos.db\"".into()
        })
}

/// A folder of the XDG base directory specification, which ignores relative paths.
fn home(variable: &str, below_home: &str) -> Option<PathBuf> {
    let set = std::env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    set.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(below_home)))
}
