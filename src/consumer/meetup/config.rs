//! The section of a Meetup consumer, checked completely before the first request.

use super::texts;
use super::token::{Access, SigningKey};
use super::venues::Venues;
use crate::duration;
use crate::event::Fingerprint;
use crate::kind::{KindError, Section};
use crate::template::Templates;
use chrono::TimeDelta;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use url::Url;

/// Where Meetup's GraphQL is asked; the former `/gql` is retired.
pub const API: &str = "https://api.meetup.com/gql-ext";
/// Where Meetup hands out access tokens.
pub const TOKENS: &str = "https://secure.meetup.com/oauth2/access";

/// The keys as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    group: String,
    client_key: Option<String>,
    member_id: Option<String>,
    signing_key_id: Option<String>,
    // The secrets are read by `Section::secret`; here they are only known to be allowed.
    #[serde(rename = "signing_key")]
    _signing_key: Option<IgnoredAny>,
    #[serde(rename = "signing_key_file")]
    _signing_key_file: Option<IgnoredAny>,
    #[serde(rename = "access_token")]
    _access_token: Option<IgnoredAny>,
    #[serde(rename = "access_token_file")]
    _access_token_file: Option<IgnoredAny>,
    #[serde(default = "yes")]
    publish: bool,
    #[serde(default)]
    announce: bool,
    #[serde(default)]
    venues: BTreeMap<String, String>,
    default_length: Option<String>,
    api_url: Option<String>,
    token_url: Option<String>,
}

fn yes() -> bool {
    true
}

/// A checked section.
pub struct Config {
    /// The group's name in its address.
    pub group: String,
    /// Whether drafts are published; otherwise a person does it.
    pub publish: bool,
    /// Whether Meetup e-mails all members when an event was published.
    pub announce: bool,
    /// Which places are which venues.
    pub venues: Venues,
    /// How long an event without an end lasts.
    pub default_length: TimeDelta,
    /// Where GraphQL is asked.
    pub api_url: Url,
    /// Where access tokens are fetched.
    pub token_url: Url,
    /// The operator's templates.
    pub templates: Templates,
}

impl Config {
    /// Reads a section, and by what it may act.
    ///
    /// # Errors
    /// Unknown keys, values of the wrong form, and credentials that are missing, doubled, or no RSA key; each with its mend.
    pub fn of(section: &Section) -> Result<(Self, Access), KindError> {
        let keys: Keys = section.parse()?;
        let access = access(section, &keys)?;
        let default_length = keys.default_length.as_deref().unwrap_or("2h");
        let default_length = duration::parse(default_length).map_err(|problem| {
            KindError::value("default_length", problem, "the default is \"2h\"")
        })?;
        if default_length < TimeDelta::minutes(1) {
            return Err(KindError::value(
                "default_length",
                "is shorter than a minute, which is the finest that Meetup shows",
                "write for example \"2h\"",
            ));
        }
        let config = Self {
            group: group(&keys.group)?,
            publish: keys.publish,
            announce: keys.announce,
            venues: Venues::new(&keys.venues)?,
            default_length,
            api_url: section.service_url("api_url", keys.api_url.as_deref().unwrap_or(API))?,
            token_url: section
                .service_url("token_url", keys.token_url.as_deref().unwrap_or(TOKENS))?,
            templates: section.templates(texts::ALL)?,
        };
        Ok((config, access))
    }

    /// What is written to. Meetup's names of groups do not mind case.
    pub fn target(&self) -> String {
        let group = self.group.to_lowercase();
        match self.api_url.host_str() {
            Some(host) if host != "api.meetup.com" => format!("meetup:{group}@{host}"),
            _ => format!("meetup:{group}"),
        }
    }

    /// A name for all of the configuration that changes a rendering, and for the form of rendering itself.
    pub fn rendering_version(&self) -> String {
        let keys = (
            &self.venues,
            self.default_length.num_seconds(),
            self.publish,
        );
        format!("meetup-1-{}", Fingerprint::of(&keys).short())
    }
}

fn group(name: &str) -> Result<String, KindError> {
    let name = name.trim();
    if name.is_empty() || name.contains(|c: char| c == '/' || c.is_whitespace()) {
        return Err(KindError::value(
            "group",
            format!("{name:?} is not the name of a group"),
            "write the part after https://www.meetup.com/ in the group's address, e.g. \"rust-karlsruhe\"",
        ));
    }
    Ok(name.into())
}

fn access(section: &Section, keys: &Keys) -> Result<Access, KindError> {
    let token = section.secret("access_token")?;
    let pem = section.secret("signing_key")?;
    if token.is_some() && pem.is_some() {
        return Err(KindError::value(
            "access_token",
            "is given besides signing_key",
            "keep one of them: a signing key gets its own access tokens",
        ));
    }
    if let Some(token) = token {
        return Ok(Access::Token(token));
    }
    let needed = |key: &str, value: &Option<String>| {
        let value = value.as_deref().map(str::trim).unwrap_or_default();
        if value.is_empty() {
            return Err(KindError::value(
                key,
                "is missing",
                "set client_key, member_id, signing_key_id and signing_key_file as on Meetup's page of the OAuth client, \
                 or access_token_file alone",
            ));
        }
        Ok(value.to_string())
    };
    let client = needed("client_key", &keys.client_key)?;
    let member = needed("member_id", &keys.member_id)?;
    let id = needed("signing_key_id", &keys.signing_key_id)?;
    let pem = match pem {
        Some(pem) => pem,
        None => section.required_secret("signing_key")?,
    };
    let key = SigningKey::new(id, client, member, &pem).map_err(|problem| {
        KindError::value(
            "signing_key",
            problem,
            "use the private RSA key that Meetup gave out for signing_key_id, unencrypted, \
             from -----BEGIN to END PRIVATE KEY-----",
        )
    })?;
    Ok(Access::Key(Box::new(key)))
}
