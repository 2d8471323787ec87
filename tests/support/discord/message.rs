//! A channel's messages: what a bot and a web hook may do with them, with Discord's limits and codes.

use super::item::user;
use super::route::{body, refusal};
use super::{BOT, CHANNEL, GUILD, World};
use crate::support::exchange::{Reply, Request};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// The id and the token of the channel's web hook.
pub const HOOK: &str = "1180200000000000900";
pub const HOOK_TOKEN: &str = "EXAMPLE-hook-token";
/// For so long a nonce is recognised.
const NONCES: TimeDelta = TimeDelta::minutes(5);

/// One message.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub author: String,
    pub content: String,
    pub embeds: Vec<Value>,
    pub nonce: Option<String>,
    pub at: DateTime<Utc>,
}

impl Message {
    /// The title of its embed.
    pub fn title(&self) -> &str {
        self.embeds[0]["title"].as_str().unwrap_or_default()
    }

    /// As the API shows it.
    fn to_json(&self) -> Value {
        let mut embeds = self.embeds.clone();
        for embed in &mut embeds {
            embed["type"] = json!("rich");
            if let Some(at) = embed["timestamp"].as_str() {
                embed["timestamp"] = json!(at.replace('Z', "+00:00"));
            }
        }
        json!({
            "id": self.id, "channel_id": CHANNEL, "author": user(&self.author), "content": self.content, "embeds": embeds,
            "type": 0, "timestamp": self.at.to_rfc3339(), "edited_timestamp": null, "mentions": [], "mention_roles": [],
            "attachments": [], "components": [], "flags": 0, "pinned": false, "mention_everyone": false, "tts": false,
        })
    }
}

/// What Discord says of a body that breaks a limit.
fn form(body: &Value) -> Result<(String, Vec<Value>), Reply> {
    let wrong = |field: &str| {
        let fault = json!({"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be fewer in length."}]});
        Err(Reply::json(
            400,
            &json!({"message": "Invalid Form Body", "code": 50035, "errors": {field: fault}}),
        ))
    };
    let length = |text: &Value| text.as_str().unwrap_or_default().encode_utf16().count();
    if length(&body["content"]) > 2_000 {
        return wrong("content");
    }
    let embeds = body["embeds"].as_array().cloned().unwrap_or_default();
    let mut sum = 0;
    for embed in &embeds {
        let (title, text) = (length(&embed["title"]), length(&embed["description"]));
        sum += title + text;
        let is_url = |url: &str| url.starts_with("http://") || url.starts_with("https://");
        let has_url = embed["url"].as_str().is_none_or(is_url);
        let has_time = embed["timestamp"]
            .as_str()
            .is_none_or(|at| DateTime::parse_from_rfc3339(at).is_ok());
        if title > 256 || text > 4_096 || embeds.len() > 10 || !has_url || !has_time {
            return wrong("embeds");
        }
    }
    if sum > 6_000 {
        return wrong("embeds");
    }
    let content = body["content"].as_str().unwrap_or_default().trim();
    if content.is_empty() && embeds.is_empty() {
        return Err(refusal(400, 50006, "Cannot send an empty message"));
    }
    Ok((content.into(), embeds))
}

impl World {
    pub(super) fn channel(&mut self, request: &Request, below: &[&str]) -> Result<Reply, Reply> {
        if !self.may_announce {
            return Err(refusal(403, 50001, "Missing Access"));
        }
        match (request.method.as_str(), below) {
            ("GET", []) => Ok(Reply::json(
                200,
                &json!({"id": CHANNEL, "guild_id": GUILD, "name": "news", "type": 0, "permission_overwrites": []}),
            )),
            ("GET", ["messages"]) => Ok(self.page(request)),
            ("POST", ["messages"]) => {
                let body = body(request)?;
                if body["allowed_mentions"] != json!({"parse": []}) {
                    self.calls += 1;
                }
                let nonce = body["nonce"].as_str().map(String::from);
                if nonce.as_ref().is_some_and(|nonce| nonce.len() > 25) {
                    return Err(refusal(400, 50035, "Invalid Form Body"));
                }
                let now = self.clock.now();
                let enforced = nonce.as_ref().filter(|_| body["enforce_nonce"] == true);
                let known = self.messages.iter().find(|message| {
                    enforced.is_some()
                        && message.nonce.as_ref() == enforced
                        && now - message.at < NONCES
                });
                if let Some(known) = known {
                    return Ok(Reply::json(200, &known.to_json()));
                }
                self.post(&body, BOT, nonce)
            }
            ("GET", ["messages", id]) => {
                let index = self.message(id)?;
                Ok(Reply::json(200, &self.messages[index].to_json()))
            }
            ("PATCH", ["messages", id]) => self.edit(request, id, BOT),
            ("DELETE", ["messages", id]) => self.take(id),
            _ => Err(refusal(405, 0, "405: Method Not Allowed")),
        }
    }

    pub(super) fn webhook(&mut self, request: &Request, below: &[&str]) -> Result<Reply, Reply> {
        match (request.method.as_str(), below) {
            ("GET", []) => Ok(Reply::json(
                200,
                &json!({"id": HOOK, "name": "kronos", "channel_id": CHANNEL, "type": 1}),
            )),
            ("POST", []) => {
                let body = body(request)?;
                if body["allowed_mentions"] != json!({"parse": []}) {
                    self.calls += 1;
                }
                let waits = request.query.contains("wait=true");
                let reply = self.post(&body, HOOK, None)?;
                Ok(if waits { reply } else { Reply::empty(204) })
            }
            ("PATCH", ["messages", id]) => self.edit(request, id, HOOK),
            ("DELETE", ["messages", id]) => self.take(id),
            _ => Err(refusal(405, 0, "405: Method Not Allowed")),
        }
    }

    fn page(&self, request: &Request) -> Reply {
        let value = |name: &str| {
            let mut pairs = request
                .query
                .split('&')
                .filter_map(|pair| pair.split_once('='));
            let (_, value) = pairs.find(|(key, _)| *key == name)?;
            value.parse::<u64>().ok()
        };
        let (after, limit) = (
            value("after"),
            value("limit").unwrap_or(50).min(100) as usize,
        );
        let number = |message: &Message| message.id.parse::<u64>().unwrap();
        let mut found: Vec<&Message> = match after {
            Some(after) => {
                let later = self
                    .messages
                    .iter()
                    .filter(|message| number(message) > after);
                later.take(limit).collect()
            }
            None => self.messages.iter().rev().take(limit).collect(),
        };
        // The newest comes first, whatever was asked for.
        found.sort_by_key(|message| std::cmp::Reverse(number(message)));
        Reply::json(200, &found.into_iter().map(Message::to_json).collect())
    }

    fn post(&mut self, body: &Value, author: &str, nonce: Option<String>) -> Result<Reply, Reply> {
        let (content, embeds) = form(body)?;
        let message = Message {
            id: self.new_message_id(),
            author: author.into(),
            content,
            embeds,
            nonce,
            at: self.clock.now(),
        };
        let reply = Reply::json(200, &message.to_json());
        self.messages.push(message);
        Ok(reply)
    }

    fn edit(&mut self, request: &Request, id: &str, author: &str) -> Result<Reply, Reply> {
        let body = body(request)?;
        if body["allowed_mentions"] != json!({"parse": []}) {
            self.calls += 1;
        }
        let index = self.message(id)?;
        if self.messages[index].author != author {
            return Err(refusal(
                403,
                50005,
                "Cannot edit a message authored by another user",
            ));
        }
        let (content, embeds) = form(&body)?;
        let message = &mut self.messages[index];
        (message.content, message.embeds) = (content, embeds);
        Ok(Reply::json(200, &message.to_json()))
    }

    fn take(&mut self, id: &str) -> Result<Reply, Reply> {
        let index = self.message(id)?;
        self.messages.remove(index);
        Ok(Reply::empty(204))
    }

    fn message(&self, id: &str) -> Result<usize, Reply> {
        self.messages
            .iter()
            .position(|message| message.id == id)
            .ok_or_else(|| refusal(404, 10008, "Unknown Message"))
    }

    /// Ids tell the time, and rise.
    pub(super) fn new_message_id(&mut self) -> String {
        let millis = self.clock.now().timestamp_millis() - 1_420_070_400_000;
        let last = self
            .messages
            .last()
            .and_then(|message| message.id.parse::<u64>().ok());
        let id = ((millis as u64) << 22).max(last.unwrap_or(0) + 1);
        id.to_string()
    }
}
