//! What Discord's answers about messages mean. Pure.
//!
//! Source: Discord API docs, "JSON Error Codes".

use super::config::{Access, Config};
use super::{Limit, Trouble};
use crate::consumer::discord::config::is_snowflake;
use crate::consumer::{Action, Outcome};
use crate::http::{Answer, Failure, Meaning};
use serde_json::Value;

/// There is no such message.
const UNKNOWN_MESSAGE: i64 = 10008;
/// There is no such channel, for this bot.
const UNKNOWN_CHANNEL: i64 = 10003;
/// There is no such web hook.
const UNKNOWN_WEBHOOK: i64 = 10015;

/// What an exchange that changes something came to.
pub(super) fn outcome(action: Action, answer: &Answer, config: &Config) -> Outcome {
    let trouble = Trouble::of(answer);
    let code = trouble.as_ref().map(Trouble::code);
    if action == Action::Delete && is_gone(answer, code) {
        return applied(None);
    }
    match answer.meaning() {
        Meaning::Success if action == Action::Delete => match answer.status {
            204 => applied(None),
            status => Outcome::Ambiguous(format!(
                "Discord answered a deletion with {status} instead of 204"
            )),
        },
        Meaning::Success => match message_id(answer) {
            Some(id) => applied(Some(id)),
            None => Outcome::Ambiguous(format!(
                "Discord answered {} without the message",
                answer.status
            )),
        },
        Meaning::Limited(_) => {
            let limit = Limit::of(answer);
            Outcome::Later {
                retry_at: Some(limit.until),
                reason: limit.reason,
            }
        }
        Meaning::Unauthorised => Outcome::Unauthorised(denied(answer, trouble.as_ref(), config)),
        Meaning::Refused if matches!(code, Some(UNKNOWN_CHANNEL | UNKNOWN_WEBHOOK)) => {
            Outcome::Unauthorised(denied(answer, trouble.as_ref(), config))
        }
        Meaning::Refused if code == Some(UNKNOWN_MESSAGE) && action != Action::Create => {
            Outcome::Gone("the message is gone from Discord".into())
        }
        Meaning::Refused => {
            let line = trouble.unwrap_or_default().line();
            Outcome::Refused(format!("Discord refused it: {line}"))
        }
        Meaning::Ambiguous => Outcome::Ambiguous(format!("Discord answered {}", answer.status)),
    }
}

/// Whether the message of a deletion is not there. An HTML page says nothing of it.
fn is_gone(answer: &Answer, code: Option<i64>) -> bool {
    answer.status == 404 && code == Some(UNKNOWN_MESSAGE)
}

fn applied(remote_id: Option<String>) -> Outcome {
    Outcome::Applied {
        remote_id,
        remote_url: None,
        note: None,
    }
}

fn message_id(answer: &Answer) -> Option<String> {
    let message: Value = answer.json().ok()?;
    let id = message["id"].as_str()?;
    is_snowflake(id).then(|| id.into())
}

/// What Discord does not let us do, and what to do about it.
fn denied(answer: &Answer, trouble: Option<&Trouble>, config: &Config) -> String {
    let line = trouble.map_or_else(|| answer.status.to_string(), Trouble::line);
    match &config.access {
        Access::Hook(_) => format!(
            "Discord does not know the web hook: {line}; make a new one in Edit Channel, Integrations, Webhooks and put its URL into the webhook_url_file"
        ),
        Access::Bot { .. } if answer.status == 401 => format!(
            "Discord refused the bot's token: {line}; create a new one in the Developer Portal (Bot, Reset Token) and put it into the token_file"
        ),
        Access::Bot { channel, .. } => format!(
            "the bot may not do this in the channel {channel}: {line}; check channel_id, and grant the bot View Channel, Send Messages, Embed Links and Read Message History there"
        ),
    }
}

/// Why a reading that was answered without success, and not with 429, failed.
pub(super) fn failure(answer: &Answer, config: &Config) -> Failure {
    let trouble = Trouble::of(answer);
    let code = trouble.as_ref().map(Trouble::code);
    match (answer.meaning(), trouble) {
        (Meaning::Unauthorised, trouble) => {
            Failure::Unauthorised(denied(answer, trouble.as_ref(), config))
        }
        (Meaning::Refused, trouble) if matches!(code, Some(UNKNOWN_CHANNEL | UNKNOWN_WEBHOOK)) => {
            Failure::Wrong(denied(answer, trouble.as_ref(), config))
        }
        (Meaning::Refused, Some(trouble)) => Failure::Wrong(format!(
            "Discord answered {}: {}; check api_url and channel_id",
            answer.status,
            trouble.line()
        )),
        _ => Failure::Broken(format!("Discord answered {}", answer.status)),
    }
}

/// Whether a reading of one message says that there is none.
pub(super) fn says_gone(answer: &Answer) -> bool {
    is_gone(answer, Trouble::of(answer).as_ref().map(Trouble::code))
}
