//! What `[consumers.NAME]` with `type = "stream"` may say.

use crate::kind::{KindError, Section};
use crate::stream::Signer;
use crate::zmtp::Endpoint;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The section as it is written in `kronos init`.
pub(super) const EXAMPLE: &str = r#"[consumers.feed]
type = "stream"
submit = ["tcp://127.0.0.1:5571"]              # a relay, such as: kronos relay
publish = ["tcp://127.0.0.1:5572"]             # where what it relays must come back
prefix = "org.example.kronos"                  # tags: org.example.kronos.event-created …
key_file = "/etc/kronos/space.key_secret"      # made with: kronos key new space /etc/kronos
"#;

/// Tags that begin so are Laniakea's own.
const RESERVED: &str = "_lk";

/// The keys as they stand in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    submit: Vec<String>,
    publish: Vec<String>,
    prefix: String,
    // `Section::secret` reads these two; they are named here so that they count as known.
    #[serde(rename = "key")]
    _key: Option<IgnoredAny>,
    #[serde(rename = "key_file")]
    _key_file: Option<IgnoredAny>,
}

/// The keys, checked.
#[derive(Debug)]
pub(super) struct Config {
    /// The relays, by preference.
    pub submit: Vec<Endpoint>,
    /// Where they publish.
    pub publish: Vec<Endpoint>,
    /// What each tag begins with, without the dot after it.
    pub prefix: String,
    /// With what messages are signed.
    pub signer: Signer,
    /// This machine's name.
    pub origin: String,
}

impl Config {
    /// Reads and checks a section.
    pub fn read(section: &Section) -> Result<Self, KindError> {
        let keys: Keys = section.parse()?;
        let prefix = keys.prefix.trim_end_matches('.');
        let is_name = |part: &str| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        };
        if !prefix.split('.').all(is_name) || prefix.split('.').next() == Some(RESERVED) {
            return Err(KindError::value(
                "prefix",
                format!("{:?} cannot begin a tag", keys.prefix),
                "write a name of yours backwards, such as \"org.example.kronos\"",
            ));
        }
        let signer = Signer::read(section.required_secret("key")?.expose()).map_err(|error| {
            KindError::value("key_file", error.to_string(), "name a file ID.key_secret")
        })?;
        Ok(Self {
            submit: endpoints("submit", &keys.submit)?,
            publish: endpoints("publish", &keys.publish)?,
            prefix: prefix.into(),
            signer,
            origin: rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
        })
    }

    /// The relays, as they are written.
    pub fn submit_text(&self) -> String {
        text(&self.submit)
    }

    /// Where they publish, as it is written.
    pub fn publish_text(&self) -> String {
        text(&self.publish)
    }
}

fn text(endpoints: &[Endpoint]) -> String {
    let texts: Vec<String> = endpoints.iter().map(Endpoint::to_string).collect();
    texts.join(",")
}

fn endpoints(key: &str, texts: &[String]) -> Result<Vec<Endpoint>, KindError> {
    let mend = "write it as [\"tcp://host:port\"]";
    if texts.is_empty() {
        return Err(KindError::value(key, "it names nothing", mend));
    }
    texts
        .iter()
        .map(|text| match text.parse::<Endpoint>() {
            Ok(endpoint) if endpoint.is_every_address() => Err(KindError::value(
                key,
                format!("{text:?} names no host to connect to"),
                mend,
            )),
            Ok(endpoint) => Ok(endpoint),
            Err(_) => Err(KindError::value(
                key,
                format!("{text:?} is no endpoint"),
                mend,
            )),
        })
        .collect()
}
