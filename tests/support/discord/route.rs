//! The routes, and who may use them.

use super::form;
use super::item::{Status, user};
use super::{BOT, CHANNEL, GUILD, HOOK, HOOK_TOKEN, World};
use crate::support::exchange::{Reply, Request};
use serde_json::{Value, json};

/// The most events that may be scheduled or active at once.
const ROOM: usize = 100;
/// The permission bits of Discord.
const MANAGE_EVENTS: u64 = 1 << 33;
const CREATE_EVENTS: u64 = 1 << 44;
const VIEW_CHANNEL: u64 = 1 << 10;
/// SEND_MESSAGES, EMBED_LINKS and READ_MESSAGE_HISTORY, as a new server grants them to everybody.
const TALK: u64 = 1 << 11 | 1 << 14 | 1 << 16;

impl World {
    /// Answers one request.
    pub fn answer(&mut self, request: &Request) -> Reply {
        let agent = request.header("user-agent").unwrap_or_default();
        if !agent.starts_with("DiscordBot (") {
            return refusal(403, 40333, "internal network error");
        }
        let is_hook = request.path.contains("/webhooks/");
        if !is_hook && request.header("authorization") != Some(&format!("Bot {}", self.token)) {
            return refusal(401, 0, "401: Unauthorized");
        }
        let Some(path) = request.path.strip_prefix("/api/v10/") else {
            return refusal(404, 0, "404: Not Found");
        };
        self.tick();
        let parts: Vec<&str> = path.split('/').collect();
        let left = self
            .limit
            .count(bucket(&request.method, &parts), self.clock.now());
        let reply = match left.refusal() {
            Some(refusal) => refusal,
            None => self
                .route(request, &parts)
                .unwrap_or_else(|refusal| refusal),
        };
        left.stamp(reply)
    }

    fn route(&mut self, request: &Request, parts: &[&str]) -> Result<Reply, Reply> {
        if let ["guilds", guild, ..] = parts
            && *guild != GUILD
        {
            return Err(refusal(404, 10004, "Unknown Guild"));
        }
        let with_count = request
            .query
            .split('&')
            .any(|pair| pair == "with_user_count=true");
        match (request.method.as_str(), parts) {
            ("GET", ["users", "@me"]) => Ok(Reply::json(200, &myself())),
            ("GET", ["guilds", _]) => Ok(Reply::json(200, &self.guild())),
            ("GET", ["guilds", _, "roles"]) => Ok(Reply::json(200, &self.roles())),
            ("GET", ["guilds", _, "members", BOT]) => {
                let member =
                    json!({"user": user(BOT), "roles": ["1180200000000000050"], "nick": null});
                Ok(Reply::json(200, &member))
            }
            ("GET", ["guilds", _, "members", _]) => Err(refusal(404, 10007, "Unknown Member")),
            ("GET", ["guilds", _, "scheduled-events"]) => {
                let live = self.items.iter().filter(|item| item.is_live());
                Ok(Reply::json(
                    200,
                    &live.map(|item| item.to_json(with_count)).collect(),
                ))
            }
            ("POST", ["guilds", _, "scheduled-events"]) => self.create(request),
            ("GET", ["guilds", _, "scheduled-events", id]) => {
                let index = self.find(id)?;
                Ok(Reply::json(200, &self.items[index].to_json(with_count)))
            }
            ("PATCH", ["guilds", _, "scheduled-events", id]) => self.patch(request, id),
            ("DELETE", ["guilds", _, "scheduled-events", id]) => {
                let index = self.find(id)?;
                self.permit(index)?;
                self.items.remove(index);
                Ok(Reply::empty(204))
            }
            (_, ["channels", CHANNEL, below @ ..]) => self.channel(request, below),
            (_, ["channels", ..]) => Err(refusal(404, 10003, "Unknown Channel")),
            (_, ["webhooks", HOOK, HOOK_TOKEN, below @ ..]) => self.webhook(request, below),
            (_, ["webhooks", ..]) => Err(refusal(404, 10015, "Unknown Webhook")),
            (_, ["users", "@me"] | ["guilds", _, "scheduled-events", ..]) => {
                Err(refusal(405, 0, "405: Method Not Allowed"))
            }
            _ => Err(refusal(404, 0, "404: Not Found")),
        }
    }

    fn create(&mut self, request: &Request) -> Result<Reply, Reply> {
        let body = body(request)?;
        if !self.may_create && !self.may_manage {
            return Err(refusal(403, 50013, "Missing Permissions"));
        }
        let id = self.new_id();
        let item = form::create(&body, id, BOT, self.clock.now()).map_err(refused)?;
        if self.items.iter().filter(|item| item.is_live()).count() >= ROOM {
            let message = "Maximum number of uncompleted guild scheduled events reached (100)";
            return Err(refusal(400, 30038, message));
        }
        let reply = Reply::json(200, &item.to_json(false));
        self.items.push(item);
        Ok(reply)
    }

    fn patch(&mut self, request: &Request, id: &str) -> Result<Reply, Reply> {
        let body = body(request)?;
        let index = self.find(id)?;
        self.permit(index)?;
        let old = &self.items[index];
        if matches!(old.status, Status::Completed | Status::Canceled) {
            return Err(refusal(400, 180_000, "Cannot update a finished event"));
        }
        let item = form::patch(&body, old, self.clock.now()).map_err(refused)?;
        let reply = Reply::json(200, &item.to_json(false));
        self.items[index] = item;
        Ok(reply)
    }

    fn find(&self, id: &str) -> Result<usize, Reply> {
        self.items
            .iter()
            .position(|item| item.id == id)
            .ok_or_else(|| refusal(404, 10070, "Unknown Guild Scheduled Event"))
    }

    /// One's own events need CREATE_EVENTS, other people's MANAGE_EVENTS.
    fn permit(&self, index: usize) -> Result<(), Reply> {
        let own = self.items[index].creator == BOT;
        if self.may_manage || (own && self.may_create) {
            return Ok(());
        }
        Err(refusal(403, 50013, "Missing Permissions"))
    }

    fn guild(&self) -> Value {
        json!({"id": GUILD, "name": "Example Guild", "icon": null, "owner_id": super::ALICE, "roles": self.roles()})
    }

    fn roles(&self) -> Value {
        let mut bits = 0;
        for (may, bit) in [
            (self.may_create, CREATE_EVENTS),
            (self.may_manage, MANAGE_EVENTS),
        ] {
            if may {
                bits |= bit;
            }
        }
        let role = |id: &str, name: &str, bits: u64| {
            json!({
                "id": id, "name": name, "permissions": bits.to_string(), "position": 0, "color": 0, "hoist": false,
                "managed": false, "mentionable": false, "icon": null, "unicode_emoji": null, "flags": 0, "description": null,
            })
        };
        json!([
            role(GUILD, "@everyone", VIEW_CHANNEL | TALK),
            role("1180200000000000050", "kronos", bits)
        ])
    }
}

/// Reading, writing and the bot's own user each have a bucket.
fn bucket(method: &str, parts: &[&str]) -> &'static str {
    match (method, parts) {
        (_, ["users", ..]) => "users",
        ("GET", _) => "read",
        ("POST", _) => "create",
        ("PATCH", _) => "modify",
        _ => "delete",
    }
}

fn myself() -> Value {
    let mut shown = user(BOT);
    shown["mfa_enabled"] = json!(false);
    shown["locale"] = json!("en-US");
    shown
}

/// The JSON of a request that has to have some, and its audit reason checked.
pub(super) fn body(request: &Request) -> Result<Value, Reply> {
    if !request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"))
    {
        return Err(refusal(400, 50035, "Invalid Form Body"));
    }
    let reason = request.header("x-audit-log-reason").unwrap_or_default();
    if percent_encoding::percent_decode_str(reason)
        .decode_utf8_lossy()
        .chars()
        .count()
        > 512
    {
        return Err(refusal(400, 50035, "Invalid Form Body"));
    }
    serde_json::from_slice(&request.body)
        .map_err(|_| refusal(400, 50109, "The request body contains invalid JSON."))
}

fn refused(faults: form::Faults) -> Reply {
    faults.refusal().unwrap()
}

pub(super) fn refusal(status: u16, code: u32, message: &str) -> Reply {
    Reply::json(status, &json!({"message": message, "code": code}))
}
