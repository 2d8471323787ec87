//! What `[consumers.NAME]` with `type = "discord-channel"` may say.

use super::texts;
use crate::consumer::discord::config::{DEFAULT_API, is_snowflake};
use crate::duration;
use crate::kind::{KindError, Section};
use crate::secret::Secret;
use crate::template::Templates;
use chrono::TimeDelta;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::rc::Rc;
use url::Url;

/// The section as it is written in `kronos init`.
pub(super) const EXAMPLE: &str = r#"[consumers.news]
type = "discord-channel"
channel_id = "445566778899001122"              # Developer Mode; right-click the channel; Copy Channel ID
token_file = "/etc/kronos/discord-token"       # the bot needs View Channel, Send Messages, Embed Links, Read Message History
ahead = "30d"                                  # announce events at most this long before they begin
remind = ["24h"]                               # and remind of them, each time once
# webhook_url_file = "/etc/kronos/webhook"     # instead of channel_id and a bot: Edit Channel, Integrations, Webhooks
# api_url = "https://discord.com/api/v10"
"#;

/// The keys as they stand in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    channel_id: Option<String>,
    ahead: Option<String>,
    #[serde(default)]
    remind: Vec<String>,
    api_url: Option<String>,
    // `Section::secret` reads these; they are named here so that they count as known.
    #[serde(rename = "token")]
    _token: Option<IgnoredAny>,
    #[serde(rename = "token_file")]
    _token_file: Option<IgnoredAny>,
    #[serde(rename = "webhook_url")]
    _webhook_url: Option<IgnoredAny>,
    #[serde(rename = "webhook_url_file")]
    _webhook_url_file: Option<IgnoredAny>,
}

/// Who writes.
#[derive(Debug, Clone)]
pub(super) enum Access {
    /// A bot, in the channel with this id.
    Bot {
        /// The channel's snowflake.
        channel: String,
        /// The bot's token.
        token: Secret,
    },
    /// The web hook of a channel. Who knows its address can write.
    Hook(Secret),
}

/// One reminder of each event.
#[derive(Debug, Clone)]
pub(super) struct Reminder {
    /// How long before the event begins, as it is written: `24h`.
    pub written: String,
    /// The same.
    pub before: TimeDelta,
}

impl Reminder {
    /// Its name below the section's.
    pub fn name(&self) -> String {
        format!("remind/{}", self.written)
    }
}

/// The keys, checked.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// Who writes, and where.
    pub access: Access,
    /// An event is announced at most so long before it begins.
    pub ahead: TimeDelta,
    /// The reminders.
    pub remind: Vec<Reminder>,
    /// The operator's templates.
    pub templates: Rc<Templates>,
    api: Url,
}

impl Config {
    /// Reads and checks a section.
    pub fn read(section: &Section) -> Result<Self, KindError> {
        let keys: Keys = section.parse()?;
        let length = |key: &str, text: &str| {
            duration::parse(text)
                .ok()
                .filter(|length| *length >= TimeDelta::minutes(1))
                .ok_or_else(|| {
                    KindError::value(
                        key,
                        format!("{text:?} is not a time before an event"),
                        "write a minute or more, such as \"30d\" or \"24h\"",
                    )
                })
        };
        let mut remind: Vec<Reminder> = Vec::new();
        for written in keys.remind {
            let before = length("remind", &written)?;
            if remind.iter().any(|other| other.before == before) {
                return Err(KindError::value(
                    "remind",
                    format!("{written:?} is there twice"),
                    "name each time once",
                ));
            }
            remind.push(Reminder { written, before });
        }
        let mut api =
            section.service_url("api_url", keys.api_url.as_deref().unwrap_or(DEFAULT_API))?;
        api.set_query(None);
        api.set_fragment(None);
        let access = match section.secret("webhook_url")? {
            Some(_) if keys.channel_id.is_some() => {
                return Err(KindError::value(
                    "channel_id",
                    "a web hook writes to the channel that it was made for",
                    "leave out channel_id, or webhook_url_file",
                ));
            }
            Some(secret) => hook(secret)?,
            None => Access::Bot {
                channel: keys
                    .channel_id
                    .filter(|id| is_snowflake(id))
                    .ok_or_else(|| {
                        KindError::value(
                            "channel_id",
                            "the id of a channel is needed",
                            "in Discord turn on User Settings → Advanced → Developer Mode, right-click the channel, choose Copy Channel ID and paste the number in quotes",
                        )
                    })?,
                token: section.required_secret("token")?,
            },
        };
        Ok(Self {
            access,
            ahead: length("ahead", keys.ahead.as_deref().unwrap_or("30d"))?,
            remind,
            templates: Rc::new(section.templates(texts::ALL)?),
            api,
        })
    }

    /// What is written to: the channel, and the interface if it is not Discord's own.
    pub fn target(&self) -> String {
        let place = match &self.access {
            Access::Bot { channel, .. } => channel.clone(),
            Access::Hook(url) => format!("webhook-{}", hook_id(url.expose()).unwrap_or_default()),
        };
        match self.api.as_str().trim_end_matches('/') {
            DEFAULT_API => format!("discord-channel:{place}"),
            _ => format!("discord-channel:{place}@{}", self.api.authority()),
        }
    }

    /// The address of a route: the interface's, and these path segments.
    pub fn api(&self, path: &[&str]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    /// The address of the channel, or of the web hook, and of what is below it.
    pub fn url(&self, below: &[&str]) -> Url {
        match &self.access {
            Access::Bot { channel, .. } => {
                let path: Vec<&str> = ["channels", channel]
                    .into_iter()
                    .chain(below.iter().copied())
                    .collect();
                self.api(&path)
            }
            Access::Hook(secret) => {
                // It was parsed when the section was read.
                let mut url = Url::parse(secret.expose()).unwrap_or_else(|_| self.api.clone());
                url.set_query(None);
                if let Ok(mut segments) = url.path_segments_mut() {
                    segments.pop_if_empty().extend(below);
                }
                url
            }
        }
    }

    /// Where a message is sent, or where the one with this id is changed.
    pub fn message_url(&self, id: Option<&str>) -> Url {
        match (&self.access, id) {
            (_, Some(id)) => self.url(&["messages", id]),
            (Access::Bot { .. }, None) => self.url(&["messages"]),
            (Access::Hook(_), None) => {
                let mut url = self.url(&[]);
                // Without it the answer does not name the message.
                url.set_query(Some("wait=true"));
                url
            }
        }
    }
}

fn hook(secret: Secret) -> Result<Access, KindError> {
    let url = Url::parse(secret.expose()).ok();
    let is_hook =
        url.filter(crate::http::is_allowed).is_some() && hook_id(secret.expose()).is_some();
    match is_hook {
        true => Ok(Access::Hook(secret)),
        false => Err(KindError::value(
            "webhook_url",
            "it is not the address of a web hook",
            "copy it in Discord: Edit Channel, Integrations, Webhooks, Copy Webhook URL",
        )),
    }
}

/// The web hook's id, which is no secret: `…/webhooks/ID/TOKEN`.
fn hook_id(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let mut parts = url.path_segments()?.skip_while(|part| *part != "webhooks");
    parts.next()?;
    let id = parts.next().filter(|id| is_snowflake(id))?;
    parts.next().filter(|token| !token.is_empty())?;
    Some(id.into())
}
