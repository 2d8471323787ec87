//! kronos.toml: its shape, its defaults, and errors that name the key, the line and the mend.

use crate::clock::Clock;
use crate::consumer::{self, Audience, NamedConsumer};
use crate::duration;
use crate::kind::Section;
use crate::provider::{self, NamedProvider};
use crate::secret::SecretSource;
use chrono::TimeDelta;
use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

mod error;
mod example;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;
mod locate;
mod rooms;
mod source;
mod stream;
mod templates;

pub use error::ConfigError;
pub use example::example;
pub use locate::{default_store, find};
pub use rooms::Posting;
use source::Source;
pub use stream::{Listen, Relay, trusted_folders};
pub use templates::shipped_templates;

/// No request takes longer, whatever the budget: Mobilizon's own database gives up after 30 seconds.
const LONGEST_REQUEST: Duration = Duration::from_secs(45);
/// The sections that there may be.
const SECTIONS: &[&str] = &[
    "store",
    "sync",
    "monitor",
    "providers",
    "consumers",
    "templates",
    "relay",
    "listen",
];
/// Keys that every consumer may have.
const SHARED_KEYS: &[&str] = &["type", "providers", "groups", "tags", "templates"];

/// A configuration that was read and understood.
pub struct Config {
    /// Where it stands.
    pub path: PathBuf,
    /// The database.
    pub store: PathBuf,
    /// How runs are made.
    pub sync: Sync,
    /// Who is told of runs.
    pub monitor: Monitor,
    /// The providers, in the file's order of names.
    pub providers: Vec<NamedProvider>,
    /// The consumers.
    pub consumers: Vec<NamedConsumer>,
}

/// `[sync]`.
#[derive(Debug, Clone)]
pub struct Sync {
    /// An ambiguous request counts as not applied only in a listing begun this much later.
    pub settle: TimeDelta,
    /// The longest run.
    pub budget: TimeDelta,
    /// The share of a group, between 0 and 1, that may be cancelled or deleted without approval.
    pub delete_limit: f64,
    /// At least this often every event is read.
    pub full_every: TimeDelta,
    /// The longest time one request may take.
    pub request_timeout: Duration,
}

/// `[monitor]`.
#[derive(Clone, Default)]
pub struct Monitor {
    /// Told of the start and the end of each run. Who knows it can use it: it is never printed.
    pub ping_url: Option<url::Url>,
    /// Written after each run.
    pub metrics_file: Option<PathBuf>,
}

impl Config {
    /// Reads `path`, its secrets included, and builds the providers and consumers; sends nothing.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and its mend.
    pub fn load(path: &Path, clock: &Rc<dyn Clock>) -> Result<Self, ConfigError> {
        let (config, wrong) = Self::examine(path, clock)?;
        match wrong.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(config),
        }
    }

    /// As [`load`](Self::load), but goes on after a provider or consumer that cannot be used: gives what can be used, and
    /// all that is wrong with the rest.
    ///
    /// # Errors
    /// What keeps everything from being used.
    pub fn examine(
        path: &Path,
        clock: &Rc<dyn Clock>,
    ) -> Result<(Self, Vec<ConfigError>), ConfigError> {
        Self::of(Source::read(path)?, path, clock)
    }

    fn of(
        source: Source,
        path: &Path,
        clock: &Rc<dyn Clock>,
    ) -> Result<(Self, Vec<ConfigError>), ConfigError> {
        let mut wrong = Vec::new();
        source.check_keys(&[], SECTIONS)?;
        let folder = source.folder();
        let sync = sync(&source)?;
        let monitor = monitor(&source, &folder)?;
        source.check_keys(&["store"], &["path"])?;
        let store = match source.text(&["store", "path"])? {
            Some(path) => folder.join(path),
            None => default_store().map_err(|problem| source.error(&["store"], problem))?,
        };
        let secrets = secrets(path);
        let section = |table: &str, name: &str, shared: &[&str]| -> Result<Section, ConfigError> {
            let mut keys = source.table(&[table, name])?;
            shared.iter().for_each(|key| drop(keys.remove(*key)));
            Ok(Section {
                name: name.into(),
                table: keys,
                secrets: secrets.clone(),
                folder: folder.clone(),
                clock: clock.clone(),
                timeout: sync.request_timeout,
                templates: Vec::new(),
            })
        };
        let mut folders = templates::Folders::default();
        wrong.extend(folders.shared(&source).err());
        let mut providers = Vec::new();
        for name in source.names("providers")? {
            let build = || -> Result<NamedProvider, ConfigError> {
                let kinds: Vec<&str> = provider::KINDS.iter().map(|kind| kind.name).collect();
                let kind = &provider::KINDS[kind_of(&source, "providers", &name, &kinds)?];
                let provider = (kind.build)(&section("providers", &name, &["type"])?)
                    .map_err(|error| source.kind_error(&["providers", &name], &["type"], error))?;
                Ok(NamedProvider {
                    name: name.clone(),
                    provider,
                    active: true,
                })
            };
            match build() {
                Ok(named) => providers.push(named),
                Err(error) => wrong.push(error),
            }
        }
        let mut consumers = Vec::new();
        for name in source.names("consumers")? {
            let mut build = || -> Result<Vec<NamedConsumer>, ConfigError> {
                let kinds: Vec<&str> = consumer::KINDS.iter().map(|kind| kind.name).collect();
                let kind = &consumer::KINDS[kind_of(&source, "consumers", &name, &kinds)?];
                let audience = audience(&source, &name, &providers)?;
                let section = Section {
                    templates: folders.of(&source, &name, kind)?,
                    ..section("consumers", &name, SHARED_KEYS)?
                };
                let consumer = (kind.build)(&section).map_err(|error| {
                    source.kind_error(&["consumers", &name], SHARED_KEYS, error)
                })?;
                let parts = consumer.parts();
                let parts = parts
                    .into_iter()
                    .map(|(part, it)| (format!("{name}/{part}"), it));
                let all = std::iter::once((name.clone(), consumer)).chain(parts);
                Ok(all
                    .map(|(name, consumer)| NamedConsumer {
                        name,
                        kind: kind.name,
                        consumer,
                        audience: audience.clone(),
                        active: true,
                    })
                    .collect())
            };
            match build() {
                Ok(named) => consumers.extend(named),
                Err(error) => wrong.push(error),
            }
        }
        wrong.extend(check_unique(&source, &providers, &consumers).err());
        wrong.extend(Relay::read(&source).err());
        wrong.extend(Listen::read(&source).err());
        let config = Self {
            path: path.into(),
            store,
            sync,
            monitor,
            providers,
            consumers,
        };
        Ok((config, wrong))
    }
}

impl Monitor {
    /// Who is to be told of a run, as far as `path` can be read at all: also where the rest of it is wrong.
    pub fn of(path: &Path) -> Option<Self> {
        let source = Source::read(path).ok()?;
        monitor(&source, &source.folder()).ok()
    }
}

fn sync(source: &Source) -> Result<Sync, ConfigError> {
    source.check_keys(
        &["sync"],
        &["settle", "budget", "delete_limit", "full_every"],
    )?;
    let length = |key: &str, default: &str| -> Result<TimeDelta, ConfigError> {
        let text = source.text(&["sync", key])?;
        duration::parse(text.as_deref().unwrap_or(default))
            .map_err(|problem| source.error(&["sync", key], problem))
    };
    let budget = length("budget", "15m")?;
    if budget < TimeDelta::seconds(1) {
        return Err(source.error(
            &["sync", "budget"],
            "is too short; give a run at least \"1s\"".into(),
        ));
    }
    let share = source
        .text(&["sync", "delete_limit"])?
        .unwrap_or_else(|| "30%".into());
    let percent = share
        .strip_suffix('%')
        .and_then(|number| number.trim().parse::<f64>().ok())
        .filter(|percent| (0.0..=100.0).contains(percent));
    let delete_limit = percent.ok_or_else(|| {
        source.error(
            &["sync", "delete_limit"],
            format!("{share:?} is not a share; write it between \"0%\" and \"100%\""),
        )
    })? / 100.0;
    let request_timeout = (budget / 4)
        .to_std()
        .unwrap_or(LONGEST_REQUEST)
        .min(LONGEST_REQUEST);
    Ok(Sync {
        settle: length("settle", "2m")?,
        budget,
        delete_limit,
        full_every: length("full_every", "24h")?,
        request_timeout,
    })
}

fn monitor(source: &Source, folder: &Path) -> Result<Monitor, ConfigError> {
    source.check_keys(&["monitor"], &["ping_url", "metrics_file"])?;
    let ping_url = match source.text(&["monitor", "ping_url"])? {
        Some(text) => {
            let url = url::Url::parse(&text).ok().filter(crate::http::is_allowed);
            Some(url.ok_or_else(|| {
                source.error(
                    &["monitor", "ping_url"],
                    "is no https URL; write it as https://host/path".into(),
                )
            })?)
        }
        None => None,
    };
    Ok(Monitor {
        ping_url,
        metrics_file: source
            .text(&["monitor", "metrics_file"])?
            .map(|path| folder.join(path)),
    })
}

fn secrets(path: &Path) -> SecretSource {
    let loose = std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0);
    SecretSource {
        credentials: std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
        loose_config: loose.then(|| path.to_path_buf()),
    }
}

fn kind_of(source: &Source, table: &str, name: &str, kinds: &[&str]) -> Result<usize, ConfigError> {
    let Some(kind) = source.text(&[table, name, "type"])? else {
        return Err(source.error(
            &[table, name],
            format!(
                "has no type; write type = \"…\", one of {}",
                kinds.join(", ")
            ),
        ));
    };
    kinds
        .iter()
        .position(|known| *known == kind)
        .ok_or_else(|| {
            let problem = format!(
                "{kind:?} is not known; {}",
                error::nearest(&kind, kinds.iter().copied())
            );
            source.error(&[table, name, "type"], problem)
        })
}

fn audience(
    source: &Source,
    name: &str,
    providers: &[NamedProvider],
) -> Result<Audience, ConfigError> {
    let list = |key: &str| source.texts(&["consumers", name, key]);
    let identity = |wanted: &String| {
        let found = providers
            .iter()
            .find(|named| named.name == *wanted)
            .map(|named| named.provider.identity());
        found.ok_or_else(|| {
            let names = providers.iter().map(|named| named.name.as_str());
            source.error(
                &["consumers", name, "providers"],
                format!(
                    "no provider is called {wanted:?}; {}",
                    error::nearest(wanted, names)
                ),
            )
        })
    };
    let wanted = list("providers")?;
    let groups = list("groups")?;
    let known: Vec<String> = providers
        .iter()
        .flat_map(|named| named.provider.groups())
        .collect();
    if let Some(group) = groups.iter().flatten().find(|group| !known.contains(group)) {
        let problem = format!(
            "no provider has a group {group:?}; {}",
            error::nearest(group, known.iter().map(String::as_str))
        );
        return Err(source.error(&["consumers", name, "groups"], problem));
    }
    Ok(Audience {
        providers: wanted
            .map(|names| names.iter().map(identity).collect::<Result<_, _>>())
            .transpose()?,
        groups,
        tags: list("tags")?.map(|tags| tags.iter().map(|tag| tag.trim().to_lowercase()).collect()),
    })
}

/// Two sections for the same thing would each take the other's work for their own.
fn check_unique(
    source: &Source,
    providers: &[NamedProvider],
    consumers: &[NamedConsumer],
) -> Result<(), ConfigError> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for named in providers {
        if let Some(other) = seen.insert(named.provider.identity(), &named.name) {
            return Err(source.error(
                &["providers", &named.name],
                format!(
                    "reads the same source as providers.{other}; put their groups into one section"
                ),
            ));
        }
    }
    for named in consumers {
        if let Some(other) = seen.insert(named.consumer.target(), &named.name) {
            return Err(source.error(
                &["consumers", &named.name],
                format!("writes to the same target as consumers.{other}; remove one of them"),
            ));
        }
    }
    Ok(())
}
