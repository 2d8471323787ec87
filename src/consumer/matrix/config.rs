//! What `[consumers.NAME]` with `type = "matrix"` may say.

use super::texts;
use crate::duration;
use crate::event::Fingerprint;
use crate::kind::{KindError, Section};
use crate::matrix::{Credentials, Room};
use crate::template::Templates;
use chrono::TimeDelta;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::rc::Rc;
use url::Url;

/// The section as it is written in `kronos init`.
pub(super) const EXAMPLE: &str = r##"[consumers.room]
type = "matrix"
homeserver = "https://matrix.example.org"      # the address of the client-server API
room = "#events:example.org"                   # or "!id"; invite the user, it joins by itself
access_token_file = "/etc/kronos/matrix-token" # or user = "@kronos:example.org" and password_file = "…"; mode 0600
ahead = "30d"                                  # events further away wait
"##;

/// The keys as they stand in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    homeserver: String,
    room: String,
    user: Option<String>,
    ahead: Option<String>,
    // `Section::secret` reads these; they are named here so that they count as known.
    #[serde(rename = "access_token")]
    _access_token: Option<IgnoredAny>,
    #[serde(rename = "access_token_file")]
    _access_token_file: Option<IgnoredAny>,
    #[serde(rename = "password")]
    _password: Option<IgnoredAny>,
    #[serde(rename = "password_file")]
    _password_file: Option<IgnoredAny>,
}

/// The keys, checked.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// The client-server API, without what follows.
    pub homeserver: Url,
    /// The room, as it is written.
    pub room: Room,
    /// Who writes.
    pub credentials: Credentials,
    /// Events are announced at most so long before they begin.
    pub ahead: TimeDelta,
    /// The operator's templates.
    pub templates: Rc<Templates>,
}

impl Config {
    /// Reads and checks a section.
    pub fn read(section: &Section) -> Result<Self, KindError> {
        let keys: Keys = section.parse()?;
        let mut homeserver = section.service_url("homeserver", &keys.homeserver)?;
        homeserver.set_query(None);
        homeserver.set_fragment(None);
        let room = Room::parse(&keys.room).ok_or_else(|| {
            KindError::value(
                "room",
                format!("{:?} is not a room", keys.room),
                "write its address, \"#name:server\", or its internal id, \"!…\" (in Element: Room settings → Advanced)",
            )
        })?;
        let ahead = keys.ahead.as_deref().unwrap_or("30d");
        let ahead = duration::parse(ahead)
            .ok()
            .filter(|length| *length > TimeDelta::zero())
            .ok_or_else(|| {
                KindError::value(
                    "ahead",
                    format!("{ahead:?} is not a length of time"),
                    "e.g. \"30d\"",
                )
            })?;
        Ok(Self {
            homeserver,
            room,
            credentials: credentials(section, keys.user)?,
            ahead,
            templates: Rc::new(section.templates(texts::ALL)?),
        })
    }

    /// The name of the device that a login with a password gets: the same in every run, and another one for each room.
    pub fn device(&self) -> String {
        let room = Fingerprint::of(&self.room.as_str()).short();
        format!("KRONOS_{}", room.to_uppercase())
    }
}

fn credentials(section: &Section, user: Option<String>) -> Result<Credentials, KindError> {
    let (token, password) = (section.secret("access_token")?, section.secret("password")?);
    match (token, user, password) {
        (Some(token), None, None) => Ok(Credentials::Token(token)),
        (None, Some(user), Some(password)) => Ok(Credentials::Password { user, password }),
        (Some(_), ..) => Err(KindError::value(
            "access_token",
            "an access token needs neither user nor password",
            "give either access_token_file, or user and password_file",
        )),
        (None, None, Some(_)) => Err(KindError::value(
            "user",
            "a password needs its user",
            "write user = \"@name:server\"",
        )),
        (None, Some(user), None) => section
            .required_secret("password")
            .map(|password| Credentials::Password { user, password }),
        (None, None, None) => section
            .required_secret("access_token")
            .map(Credentials::Token),
    }
}
