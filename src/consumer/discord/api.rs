//! What Discord's answers mean. Pure: an answer goes in, what it came to comes out.
//!
//! Sources: Discord API docs, "HTTP and Gateway Response Codes" and "JSON Error Codes"; the codes of single fields were
//! seen in public bots.

use super::rate::Limit;
use crate::consumer::Outcome;
use crate::http::{Answer, Failure, Fault, Meaning};
use crate::text;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The guild holds as many events as it may.
const FULL: i64 = 30038;
/// The event was completed or cancelled.
const FINISHED: i64 = 180_000;
/// There is no such event.
const UNKNOWN_EVENT: i64 = 10070;
/// There is no such guild, for this bot.
const UNKNOWN_GUILD: i64 = 10004;
/// The bot is not in the guild.
const MISSING_ACCESS: i64 = 50001;
/// The bot is in the guild and may not do this.
const MISSING_PERMISSIONS: i64 = 50013;
/// How many complaints about single fields are told.
const MOST_COMPLAINTS: usize = 10;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::consumer) enum Asked {
    /// POST.
    Create,
    /// PATCH.
    Change,
    /// DELETE.
    Delete,
}

/// Discord's error object. Field errors carry their codes as text, whatever the specification says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::consumer) struct Trouble {
    message: String,
    code: i64,
    errors: Value,
}

impl Trouble {
    /// The error of an answer, if it is Discord's.
    pub fn of(answer: &Answer) -> Option<Self> {
        answer.json::<Map<String, Value>>().ok()?;
        answer.json().ok()
    }

    /// Its number.
    pub fn code(&self) -> i64 {
        self.code
    }

    /// Whether the complaint is about `field`.
    pub fn names(&self, field: &str) -> bool {
        self.errors.get(field).is_some()
    }

    /// Whether any complaint carries `code`.
    pub fn says(&self, code: &str) -> bool {
        self.complaints().iter().any(|line| line.contains(code))
    }

    /// Whether the code alone explains the refusal, so that nothing in the request can be to blame.
    pub fn is_explained(&self) -> bool {
        matches!(self.code, FULL | FINISHED | UNKNOWN_EVENT | UNKNOWN_GUILD)
            || !self.complaints().is_empty()
    }

    /// Whether the event was completed or cancelled before.
    pub fn is_finished(&self) -> bool {
        self.code == FINISHED
    }

    /// One line for people: each field with its complaint, else the message and its code.
    pub fn line(&self) -> String {
        let complaints = self.complaints();
        match (complaints.is_empty(), self.message.as_str()) {
            (false, _) => complaints.join("; "),
            (true, "") => "no reason was given".into(),
            (true, message) => format!("{} ({})", shown(message), self.code),
        }
    }

    fn complaints(&self) -> Vec<String> {
        let mut lines = Vec::new();
        flatten("", &self.errors, &mut lines);
        lines.truncate(MOST_COMPLAINTS);
        lines
    }
}

/// `{"a": {"b": {"_errors": [{"code": C, "message": M}]}}}` becomes `a.b: M (C)`.
fn flatten(path: &str, below: &Value, lines: &mut Vec<String>) {
    for (name, value) in below.as_object().into_iter().flatten() {
        if lines.len() >= MOST_COMPLAINTS {
            return;
        }
        let here = match path {
            "" => name.clone(),
            _ => format!("{path}.{name}"),
        };
        match (name.as_str(), value.as_array()) {
            ("_errors", Some(errors)) => {
                lines.extend(errors.iter().map(|error| complaint(path, error)))
            }
            _ => flatten(&here, value, lines),
        }
    }
}

fn complaint(path: &str, error: &Value) -> String {
    let message = shown(error["message"].as_str().unwrap_or("no message"));
    let code = match &error["code"] {
        Value::String(code) => shown(code),
        other => other.to_string(),
    };
    match path {
        "" => format!("{message} ({code})"),
        _ => format!("{}: {message} ({code})", shown(path)),
    }
}

fn shown(text: &str) -> String {
    text::cut(&text::line(text), 200)
}

/// What an exchange that changes something came to, by its answer.
/// `note` is what the report says if it happened.
pub(in crate::consumer) fn outcome(
    asked: Asked,
    answer: &Answer,
    guild: &str,
    note: Option<String>,
) -> Outcome {
    let trouble = Trouble::of(answer);
    if asked == Asked::Delete && is_gone(answer, trouble.as_ref()) {
        return applied(None, guild, note);
    }
    match answer.meaning() {
        Meaning::Success if asked == Asked::Delete => match answer.status {
            204 => applied(None, guild, note),
            status => Outcome::Ambiguous(format!(
                "Discord answered a deletion with {status} instead of 204"
            )),
        },
        Meaning::Success => match id(answer) {
            Some(id) => applied(Some(id), guild, note),
            None => Outcome::Ambiguous(format!(
                "Discord answered {} without the event",
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
        Meaning::Unauthorised => Outcome::Unauthorised(denied(answer, trouble.as_ref(), guild)),
        Meaning::Refused => refused(asked, &trouble.unwrap_or_default(), guild),
        Meaning::Ambiguous => Outcome::Ambiguous(format!("Discord answered {}", answer.status)),
    }
}

/// Whether the item of a deletion is not there. An HTML page says nothing of an event, and an unknown guild nothing of its events.
fn is_gone(answer: &Answer, trouble: Option<&Trouble>) -> bool {
    matches!(answer.status, 404 | 410)
        && match trouble {
            Some(trouble) => trouble.code != UNKNOWN_GUILD,
            None => answer.body.is_empty(),
        }
}

/// It happened to this event.
pub(in crate::consumer) fn applied(
    remote_id: Option<String>,
    guild: &str,
    note: Option<String>,
) -> Outcome {
    Outcome::Applied {
        remote_url: remote_id.as_deref().map(|id| page(guild, id)),
        remote_id,
        note,
    }
}

/// What an exchange without an answer came to.
pub(in crate::consumer) fn no_answer(fault: Fault) -> Outcome {
    match fault {
        Fault::NotSent(reason) => Outcome::Later {
            retry_at: None,
            reason,
        },
        Fault::Ambiguous(reason) => Outcome::Ambiguous(reason),
    }
}

fn refused(asked: Asked, trouble: &Trouble, guild: &str) -> Outcome {
    let line = trouble.line();
    match (trouble.code, asked) {
        (FULL, Asked::Create) => Outcome::NoRoom(format!("the Discord server is full: {line}")),
        (FINISHED, Asked::Change) => Outcome::Gone(format!("the event is over at Discord: {line}")),
        (UNKNOWN_EVENT, Asked::Change) => {
            Outcome::Gone(format!("the event is gone from Discord: {line}"))
        }
        (UNKNOWN_GUILD, _) => Outcome::Unauthorised(unknown_guild(&line, guild)),
        _ => Outcome::Refused(format!("Discord refused it: {line}")),
    }
}

/// The id of the event in a successful answer, if its body is what it should be.
fn id(answer: &Answer) -> Option<String> {
    #[derive(Deserialize)]
    struct Made {
        id: String,
    }
    let made: Made = answer.json().ok()?;
    super::config::is_snowflake(&made.id).then_some(made.id)
}

/// Where people see an event.
pub(in crate::consumer) fn page(guild: &str, id: &str) -> String {
    format!("https://discord.com/events/{guild}/{id}")
}

fn unknown_guild(line: &str, guild: &str) -> String {
    format!(
        "Discord knows no server {guild} for this bot: {line}; check guild_id and that the bot was invited to the server"
    )
}

/// What a 401 or 403 is about, and what to do.
fn denied(answer: &Answer, trouble: Option<&Trouble>, guild: &str) -> String {
    let line = trouble.map_or_else(|| answer.status.to_string(), Trouble::line);
    if answer.status == 401 {
        return format!(
            "Discord refused the bot's token: {line}; create a new one in the Developer Portal (Bot, Reset Token) and put it into the token_file"
        );
    }
    match trouble.map(|trouble| trouble.code) {
        Some(MISSING_ACCESS) => format!(
            "the bot cannot see the server {guild}: {line}; check guild_id and invite the bot to the server"
        ),
        Some(MISSING_PERMISSIONS) => format!(
            "the bot lacks the permission Create Events in the server {guild}: {line}; grant it to the bot's role in Server Settings, Roles"
        ),
        Some(_) => {
            format!("Discord forbids it: {line}; check the bot's permissions in the server {guild}")
        }
        None => format!(
            "something before Discord forbids it: {line}; check that the machine's address is not blocked by Cloudflare"
        ),
    }
}

/// Why a reading that was answered without success, and not with 429, failed.
pub(in crate::consumer) fn failure(answer: &Answer, guild: &str) -> Failure {
    let trouble = Trouble::of(answer);
    match (answer.meaning(), trouble) {
        (Meaning::Unauthorised, trouble) => {
            Failure::Unauthorised(denied(answer, trouble.as_ref(), guild))
        }
        (Meaning::Refused, Some(trouble)) if trouble.code == UNKNOWN_GUILD => {
            Failure::Wrong(unknown_guild(&trouble.line(), guild))
        }
        (Meaning::Refused, Some(trouble)) => Failure::Wrong(format!(
            "Discord answered {}: {}; check api_url and guild_id",
            answer.status,
            trouble.line()
        )),
        _ => Failure::Broken(format!("Discord answered {}", answer.status)),
    }
}

/// Whether a reading of one event says that there is none.
pub(in crate::consumer) fn says_gone(answer: &Answer) -> bool {
    answer.status == 404 && Trouble::of(answer).is_some_and(|trouble| trouble.code == UNKNOWN_EVENT)
}

#[cfg(test)]
mod tests;
