//! `[[listen.rooms]]`: which messages are said in which rooms.

use super::{ConfigError, Section, Source, secrets};
use crate::clock::SystemClock;
use crate::consumer::matrix;
use crate::listen::{Room, Rule};
use crate::matrix::{Room as Address, Session};
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;
use toml::Value;

/// A request to a homeserver takes no longer.
const TIMEOUT: Duration = Duration::from_secs(45);

/// A room, and who posts there.
pub struct Posting {
    /// What is said, and in what words.
    pub room: Room,
    /// Where.
    pub address: Address,
    /// By whom.
    pub session: Session,
}

/// A section as it stands in the file.
pub(super) struct Keys {
    consumer: String,
    address: Option<Address>,
    room: Room,
}

/// Reads the sections; asks for no secret.
pub(super) fn read(source: &Source) -> Result<Vec<Keys>, ConfigError> {
    (0..source.length(&["listen", "rooms"])?)
        .map(|index| one(source, &index.to_string()))
        .collect()
}

fn one(source: &Source, index: &str) -> Result<Keys, ConfigError> {
    let section = ["listen", "rooms", index];
    let at = |key: &'static str| [section.as_slice(), &[key]].concat();
    source.check_keys(&section, &["consumer", "room", "rules", "templates"])?;
    let name = source.text(&at("consumer"))?;
    let name = name.ok_or_else(|| {
        source.error(
            &at("consumer"),
            "is missing; name a consumer of type matrix".into(),
        )
    })?;
    let kind = source.text(&["consumers", &name, "type"])?;
    if kind.as_deref() != Some("matrix") {
        let problem =
            format!("{name:?} is no consumer of type matrix; write a section [consumers.{name}]");
        return Err(source.error(&at("consumer"), problem));
    }
    let address = match source.text(&at("room"))? {
        None => None,
        Some(text) => Some(Address::parse(&text).ok_or_else(|| {
            source.error(
                &at("room"),
                format!("{text:?} is not a room; write \"#name:server\" or \"!id\""),
            )
        })?),
    };
    let mut templates = Vec::new();
    for glob in source.table(&at("templates"))?.keys() {
        let path = [at("templates").as_slice(), &[glob]].concat();
        templates.push((glob.clone(), source.text(&path)?.unwrap_or_default()));
    }
    let room = Room::new(rules(source, &at("rules"))?, templates).map_err(|(glob, problem)| {
        source.error(&[at("templates").as_slice(), &[&glob]].concat(), problem)
    })?;
    Ok(Keys {
        consumer: name,
        address,
        room,
    })
}

fn rules(source: &Source, keys: &[&str]) -> Result<Vec<Rule>, ConfigError> {
    let rule = |index: usize| {
        let index = index.to_string();
        let path = [keys, &[&index]].concat();
        let mut rule = Vec::new();
        for (key, value) in source.table(&path)? {
            let path = [path.as_slice(), &[&key]].concat();
            let globs = match value {
                Value::String(glob) => vec![glob],
                _ => source.texts(&path)?.unwrap_or_default(),
            };
            rule.push((key, globs));
        }
        Rule::new(rule).map_err(|problem| source.error(&path, problem))
    };
    (0..source.length(keys)?).map(rule).collect()
}

/// Makes the sessions, secrets included.
pub(super) fn open(
    source: &Source,
    path: &Path,
    rooms: Vec<Keys>,
) -> Result<Vec<Posting>, ConfigError> {
    let posting = |(index, keys): (usize, Keys)| {
        let section = ["consumers", keys.consumer.as_str()];
        let mut table = source.table(&section)?;
        super::SHARED_KEYS
            .iter()
            .for_each(|key| drop(table.remove(*key)));
        let own = Section {
            name: keys.consumer.clone(),
            table,
            secrets: secrets(path),
            folder: source.folder(),
            clock: Rc::new(SystemClock),
            timeout: TIMEOUT,
            templates: Vec::new(),
        };
        let (session, address) = matrix::session(&own, &format!("LISTEN{index}"))
            .map_err(|error| source.kind_error(&section, super::SHARED_KEYS, error))?;
        Ok(Posting {
            room: keys.room,
            address: keys.address.unwrap_or(address),
            session,
        })
    };
    rooms.into_iter().enumerate().map(posting).collect()
}
