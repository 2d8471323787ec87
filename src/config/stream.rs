//! `[relay]` and `[listen]`: the message stream.

use super::rooms::{self, Posting};
use super::{ConfigError, SECTIONS, Source, secrets};
use crate::listen::{Pattern, Reaction};
use crate::stream::Signer;
use crate::zmtp::Endpoint;
use std::path::{Path, PathBuf};

const RELAY: &str = "relay";
const LISTEN: &str = "listen";

/// `[relay]`.
#[derive(Debug)]
pub struct Relay {
    /// Where messages are submitted.
    pub submit: Vec<Endpoint>,
    /// Where they are published.
    pub publish: Vec<Endpoint>,
    /// Whose messages are published: a folder of public keys.
    pub trusted: PathBuf,
}

/// `[listen]`.
pub struct Listen {
    /// The relays to listen to.
    pub publish: Vec<Endpoint>,
    /// Whose messages are believed: a folder of public keys.
    pub trusted: PathBuf,
    /// `[[listen.on]]`.
    pub on: Vec<Reaction>,
    /// `[[listen.rooms]]`.
    rooms: Vec<rooms::Keys>,
}

impl Relay {
    /// Reads only what a relay needs, with the key it signs with.
    ///
    /// # Errors
    /// There is no section, or something in it is wrong.
    pub fn load(path: &Path) -> Result<(Self, Signer), ConfigError> {
        let source = read(path)?;
        let relay = Self::read(&source)?.ok_or_else(|| missing(&source, RELAY))?;
        let text = |key: &str| source.text(&[RELAY, key]);
        let file = text("key_file")?.map(|path| source.folder().join(path));
        let secret = secrets(path)
            .find(RELAY, "key", file.as_deref(), text("key")?.as_deref())
            .and_then(|secret| {
                secret.ok_or_else(|| crate::secret::SecretError::missing(RELAY, "key"))
            })
            .map_err(|error| source.error(&[RELAY, "key_file"], error.to_string()))?;
        let signer = Signer::read(secret.expose())
            .map_err(|error| source.error(&[RELAY, "key_file"], error.to_string()))?;
        Ok((relay, signer))
    }

    pub(super) fn read(source: &Source) -> Result<Option<Self>, ConfigError> {
        if !source.has(RELAY) {
            return Ok(None);
        }
        source.check_keys(
            &[RELAY],
            &["submit", "publish", "trusted", "key", "key_file"],
        )?;
        Ok(Some(Self {
            submit: endpoints(source, &[RELAY, "submit"])?,
            publish: endpoints(source, &[RELAY, "publish"])?,
            trusted: folder(source, &[RELAY, "trusted"])?,
        }))
    }
}

impl Listen {
    /// Reads only what a listener needs.
    ///
    /// # Errors
    /// There is no section, or something in it is wrong.
    pub fn load(path: &Path) -> Result<(Self, Vec<Posting>), ConfigError> {
        let source = read(path)?;
        let mut listen = Self::read(&source)?.ok_or_else(|| missing(&source, LISTEN))?;
        let rooms = std::mem::take(&mut listen.rooms);
        Ok((listen, rooms::open(&source, path, rooms)?))
    }

    pub(super) fn read(source: &Source) -> Result<Option<Self>, ConfigError> {
        if !source.has(LISTEN) {
            return Ok(None);
        }
        source.check_keys(&[LISTEN], &["publish", "trusted", "on", "rooms"])?;
        let publish = [LISTEN, "publish"];
        let listen = Self {
            publish: endpoints(source, &publish)?,
            trusted: folder(source, &[LISTEN, "trusted"])?,
            on: reactions(source)?,
            rooms: rooms::read(source)?,
        };
        if let Some(endpoint) = listen.publish.iter().find(|one| one.is_every_address()) {
            let problem = format!("{endpoint} names no host to connect to");
            return Err(source.error(&publish, problem));
        }
        Ok(Some(listen))
    }
}

/// The folders of trusted keys that the configuration names.
///
/// # Errors
/// The sections that name them are wrong.
pub fn trusted_folders(path: &Path) -> Result<Vec<PathBuf>, ConfigError> {
    let source = read(path)?;
    let mut folders: Vec<PathBuf> = Relay::read(&source)?
        .map(|relay| relay.trusted)
        .into_iter()
        .chain(Listen::read(&source)?.map(|listen| listen.trusted))
        .collect();
    folders.dedup();
    Ok(folders)
}

fn read(path: &Path) -> Result<Source, ConfigError> {
    let source = Source::read(path)?;
    source.check_keys(&[], SECTIONS)?;
    Ok(source)
}

fn missing(source: &Source, section: &str) -> ConfigError {
    source.error(
        &[section],
        format!("this section is missing; write [{section}] with publish = [\"tcp://…\"] and trusted = \"keys/trusted\""),
    )
}

fn endpoints(source: &Source, keys: &[&str]) -> Result<Vec<Endpoint>, ConfigError> {
    let texts = source.texts(keys)?.unwrap_or_default();
    if texts.is_empty() {
        return Err(source.error(
            keys,
            "names nothing; write it as [\"tcp://host:port\"]".into(),
        ));
    }
    let parse = |text: &String| text.parse().map_err(|problem| source.error(keys, problem));
    texts.iter().map(parse).collect()
}

fn folder(source: &Source, keys: &[&str]) -> Result<PathBuf, ConfigError> {
    match source.text(keys)? {
        Some(path) => Ok(source.folder().join(path)),
        None => Err(source.error(keys, "is missing; name a folder of public key files".into())),
    }
}

fn reactions(source: &Source) -> Result<Vec<Reaction>, ConfigError> {
    (0..source.length(&[LISTEN, "on"])?)
        .map(|index| {
            let index = index.to_string();
            let at = |key: &'static str| [LISTEN, "on", index.as_str(), key];
            source.check_keys(&[LISTEN, "on", &index], &["tag", "run"])?;
            let tag = match source.text(&at("tag"))? {
                Some(glob) => Pattern::new(&glob),
                None => Err("is missing; write tag = \"org.example.*\"".into()),
            };
            let tag = tag.map_err(|problem| source.error(&at("tag"), problem))?;
            let run = source.texts(&at("run"))?.filter(|run| !run.is_empty());
            let run = run.ok_or_else(|| {
                source.error(&at("run"), "is missing; write run = [\"sync\"]".into())
            })?;
            Ok(Reaction { tag, run })
        })
        .collect()
}
