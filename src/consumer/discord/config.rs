//! What `[consumers.NAME]` with `type = "discord"` may say.

use super::texts;
use crate::duration;
use crate::kind::{KindError, Section};
use crate::secret::Secret;
use crate::template::Templates;
use chrono::TimeDelta;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::rc::Rc;
use url::Url;

/// Where Discord's interface is, version 10.
pub(in crate::consumer) const DEFAULT_API: &str = "https://discord.com/api/v10";

/// The section as it is written in `kronos init`.
pub(super) const EXAMPLE: &str = r#"[consumers.guild]
type = "discord"
guild_id = "112233445566778899"                # Discord: User Settings, Advanced, Developer Mode; then Copy Server ID
token_file = "/etc/kronos/discord-token"       # the bot's token alone, mode 0600; the bot needs Create Events
default_length = "2h"                          # for events without an end
# api_url = "https://discord.com/api/v10"
"#;

/// The keys as they stand in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    guild_id: String,
    default_length: Option<String>,
    api_url: Option<String>,
    // `Section::secret` reads these two; they are named here so that they count as known.
    #[serde(rename = "token")]
    _token: Option<IgnoredAny>,
    #[serde(rename = "token_file")]
    _token_file: Option<IgnoredAny>,
}

/// The keys, checked.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// The guild's snowflake.
    pub guild: String,
    /// The bot's token.
    pub token: Secret,
    /// How long an event without an end is shown to last.
    pub default_length: TimeDelta,
    /// Without a slash at its end.
    pub api: Url,
    /// The operator's templates.
    pub templates: Rc<Templates>,
}

impl Config {
    /// Reads and checks a section.
    pub fn read(section: &Section) -> Result<Self, KindError> {
        let keys: Keys = section.parse()?;
        if !is_snowflake(&keys.guild_id) {
            return Err(KindError::value(
                "guild_id",
                format!("{:?} is not the id of a Discord server", keys.guild_id),
                "in Discord turn on User Settings → Advanced → Developer Mode, right-click the server, choose Copy Server ID and paste the number in quotes",
            ));
        }
        let length = keys.default_length.as_deref().unwrap_or("2h");
        let default_length = duration::parse(length)
            .map_err(|problem| KindError::value("default_length", problem, "e.g. \"2h\""))?;
        if default_length < TimeDelta::seconds(1) || default_length > TimeDelta::days(365) {
            return Err(KindError::value(
                "default_length",
                format!("{length:?} is not how long an event lasts"),
                "write something between \"1s\" and \"365d\", e.g. \"2h\"",
            ));
        }
        let mut api =
            section.service_url("api_url", keys.api_url.as_deref().unwrap_or(DEFAULT_API))?;
        api.set_query(None);
        api.set_fragment(None);
        Ok(Self {
            guild: keys.guild_id,
            token: section.required_secret("token")?,
            default_length,
            api,
            templates: Rc::new(section.templates(texts::ALL)?),
        })
    }

    /// What is written to: the guild, and the interface if it is not Discord's own.
    pub fn target(&self) -> String {
        match self.api.as_str().trim_end_matches('/') {
            DEFAULT_API => format!("discord:{}", self.guild),
            _ => format!("discord:{}@{}", self.guild, self.api.authority()),
        }
    }

    /// The address of a route: the interface's, and these path segments.
    pub fn url(&self, path: &[&str]) -> Url {
        let mut url = self.api.clone();
        // Only URLs that cannot be a base (`mailto:`) have no path segments; `service_url` lets none through.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// Whether `text` is an id of Discord's: a positive 64-bit number in digits.
pub(in crate::consumer) fn is_snowflake(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u64>().is_ok_and(|id| id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consumer::discord::testing;

    fn problem(keys: &str) -> String {
        Config::read(&testing::section(keys))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_example_is_a_section_that_works() {
        let mut example: toml::Value = toml::from_str(EXAMPLE).unwrap();
        let keys = example["consumers"]["guild"].as_table_mut().unwrap();
        assert_eq!(keys.remove("type"), Some("discord".into()));
        assert!(keys.remove("token_file").is_some());
        let keys = toml::to_string(keys).unwrap();
        let config = Config::read(&testing::section(&format!("{keys}\ntoken = \"t\""))).unwrap();
        assert_eq!(config.guild, "112233445566778899");
        assert_eq!(config.default_length, TimeDelta::hours(2));
    }

    #[test]
    fn a_guild_is_a_number_and_the_mend_says_where_to_find_it() {
        for guild in ["", "0", "abc", "-5", "+5", " 5", "99999999999999999999999"] {
            let problem = problem(&format!("guild_id = {guild:?}\ntoken = \"t\""));
            assert!(problem.contains("Copy Server ID"), "{problem}");
        }
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        assert!(problem("guild_id = \"1\"\ntoken = \"t\"\nguild = \"2\"").contains("guild"));
    }

    #[test]
    fn a_missing_token_is_an_error_with_its_mend() {
        assert!(problem("guild_id = \"1\"").contains("token_file"));
    }

    #[test]
    fn a_length_of_nothing_is_refused() {
        assert!(
            problem("guild_id = \"1\"\ntoken = \"t\"\ndefault_length = \"0s\"")
                .contains("default_length")
        );
        assert!(
            problem("guild_id = \"1\"\ntoken = \"t\"\ndefault_length = \"2\"")
                .contains("not a length of time")
        );
    }

    #[test]
    fn two_interfaces_are_two_targets() {
        let read = |more: &str| {
            Config::read(&testing::section(&format!(
                "guild_id = \"7\"\ntoken = \"t\"\n{more}"
            )))
            .unwrap()
            .target()
        };
        assert_eq!(read(""), "discord:7");
        assert_eq!(
            read("api_url = \"https://discord.com/api/v10/\""),
            "discord:7"
        );
        assert_eq!(
            read("api_url = \"http://127.0.0.1:8080/api\""),
            "discord:7@127.0.0.1:8080"
        );
    }

    #[test]
    fn a_route_follows_the_interfaces_own_path() {
        let config = testing::config("http://127.0.0.1:8080/api/v10/");
        assert_eq!(
            config.url(&["guilds", "7", "scheduled-events"]).as_str(),
            "http://127.0.0.1:8080/api/v10/guilds/7/scheduled-events"
        );
        assert_eq!(config.url(&["a/../b"]).path(), "/api/v10/a%2F..%2Fb");
    }
}
