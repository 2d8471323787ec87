//! What `[consumers.NAME]` with `type = "webhook"` may say.

use super::sign::Key;
use crate::event::Fingerprint;
use crate::kind::{KindError, Section};
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::Url;

/// The section as it is written in `kronos init`.
pub(super) const EXAMPLE: &str = r#"[consumers.hook]
type = "webhook"
url = "https://example.org/hook"              # each change is posted there as JSON
secret_file = "/etc/kronos/hook-secret"       # Standard Webhooks: "whsec_…", mode 0600
"#;

/// How a secret is made.
const MEND: &str = "make one: (printf whsec_; head -c 32 /dev/urandom | base64) > FILE, and give it to the receiver, too";

/// The keys as they stand in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    url: String,
    // `Section::secret` reads these two; they are named here so that they count as known.
    #[serde(rename = "secret")]
    _secret: Option<IgnoredAny>,
    #[serde(rename = "secret_file")]
    _secret_file: Option<IgnoredAny>,
}

/// The keys, checked.
pub(super) struct Config {
    /// Where changes are posted.
    pub url: Url,
    /// By what they are signed.
    pub key: Key,
}

impl Config {
    /// Reads and checks a section.
    pub fn read(section: &Section) -> Result<Self, KindError> {
        let keys: Keys = section.parse()?;
        let mut url = section.service_url("url", &keys.url)?;
        url.set_fragment(None);
        let key = Key::parse(section.required_secret("secret")?.expose())
            .map_err(|problem| KindError::value("secret", problem, MEND))?;
        Ok(Self { url, key })
    }

    /// The address without its path, which can be a secret.
    pub fn origin(&self) -> Url {
        let mut origin = self.url.clone();
        origin.set_path("");
        origin.set_query(None);
        origin
    }

    /// The address, by its host and a hash.
    pub fn target(&self) -> String {
        let host = self.url.authority();
        format!(
            "webhook:{host}#{}",
            Fingerprint::of(&self.url.as_str()).short()
        )
    }
}
