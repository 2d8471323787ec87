//! The routes of the client-server API, and who may use them.

use super::{ALIAS, PASSWORD, ROOM, USER, World};
use crate::support::exchange::{Reply, Request};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// The largest event, with what the homeserver adds to it.
const LARGEST_EVENT: usize = 65_536 - 600;
/// The most events of a page.
const LARGEST_PAGE: usize = 1000;

/// Who asks: user and device.
type Who = (String, String);

impl World {
    /// Answers one request.
    pub fn answer(&mut self, request: &Request) -> Reply {
        let path: Vec<String> = request
            .path
            .split('/')
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let answered = match path.as_slice() {
            ["", "_matrix", "client", route @ ..] => self.route(request, route),
            _ => Err(unknown()),
        };
        answered.unwrap_or_else(|refusal| refusal)
    }

    fn route(&mut self, request: &Request, route: &[&str]) -> Result<Reply, Reply> {
        let method = request.method.as_str();
        match (method, route) {
            ("GET", ["versions"]) => {
                let versions = json!({"versions": ["v1.1", "v1.11", "v1.15"]});
                return Ok(Reply::json(200, &versions).header("server", "Stand-in/1.0"));
            }
            ("POST", ["v3", "login"]) => return self.login(&body(request)?),
            _ => {}
        }
        let who = self.who(request)?;
        match (method, route) {
            ("GET", ["v3", "account", "whoami"]) => Ok(Reply::json(
                200,
                &json!({"user_id": who.0, "device_id": who.1, "is_guest": false}),
            )),
            ("GET", ["v3", "directory", "room", alias]) => match *alias {
                ALIAS => Ok(Reply::json(
                    200,
                    &json!({"room_id": ROOM, "servers": ["kronos.test"]}),
                )),
                alias => Err(error(
                    404,
                    "M_NOT_FOUND",
                    &format!("Room alias {alias} not found"),
                )),
            },
            ("GET", ["v3", "joined_rooms"]) => {
                let rooms: &[&str] = if self.members.contains(&who.0) {
                    &[ROOM]
                } else {
                    &[]
                };
                Ok(Reply::json(200, &json!({"joined_rooms": rooms})))
            }
            ("POST", ["v3", "join", room]) => {
                body(request)?;
                self.join(&who, room)
            }
            (_, ["v3", "rooms", room, rest @ ..]) => {
                if *room != ROOM || !self.members.contains(&who.0) {
                    let said = format!("User {} not in room {room}", who.0);
                    return Err(error(403, "M_FORBIDDEN", &said));
                }
                self.in_room(request, &who, rest)
            }
            _ => Err(unknown()),
        }
    }

    fn in_room(&mut self, request: &Request, who: &Who, route: &[&str]) -> Result<Reply, Reply> {
        match (request.method.as_str(), route) {
            ("GET", ["messages"]) => self.messages(request),
            ("GET", ["event", id]) => match self.find(id) {
                Some(event) => Ok(Reply::json(200, &self.shown(event))),
                None => Err(error(404, "M_NOT_FOUND", "Event not found.")),
            },
            ("GET", ["state", kind]) => match self.state.get(*kind) {
                Some(content) => Ok(Reply::json(200, content)),
                None => Err(error(404, "M_NOT_FOUND", "Event not found.")),
            },
            ("PUT", ["send", kind, _]) => {
                let content = body(request)?;
                self.once(request, who, |world| world.send(&who.0, kind, content))
            }
            ("PUT", ["redact", id, _]) => {
                body(request)?;
                self.once(request, who, |world| world.redact(&who.0, id))
            }
            _ => Err(unknown()),
        }
    }

    /// One device's repeated transaction is the same request; another one counts against the limit.
    fn once(
        &mut self,
        request: &Request,
        who: &Who,
        change: impl FnOnce(&mut Self) -> Result<String, Reply>,
    ) -> Result<Reply, Reply> {
        let key = (who.0.clone(), who.1.clone(), request.path.clone());
        let id = match self.transactions.get(&key) {
            Some(id) => id.clone(),
            None => {
                if let Some(wait) = self.limit.count(self.clock.now()) {
                    let millis = wait.num_milliseconds();
                    let body = json!({"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": millis});
                    return Err(
                        Reply::json(429, &body).header("retry-after", (millis + 999) / 1000)
                    );
                }
                let id = change(self)?;
                self.transactions.insert(key, id.clone());
                id
            }
        };
        Ok(Reply::json(200, &json!({"event_id": id})))
    }

    fn send(&mut self, sender: &str, kind: &str, content: Value) -> Result<String, Reply> {
        if content.to_string().len() > LARGEST_EVENT {
            return Err(error(413, "M_TOO_LARGE", "event too large"));
        }
        let levels = &self.state["m.room.power_levels"];
        let ours = &levels["users"][sender];
        let ours = ours.as_i64().or(levels["users_default"].as_i64());
        if ours < levels["events_default"].as_i64() {
            let said = "You don't have permission to post that to the room.";
            return Err(error(403, "M_FORBIDDEN", said));
        }
        let target = &content["m.relates_to"]["event_id"];
        if target.as_str().is_some_and(|id| self.find(id).is_none()) {
            let said = "Can't send relation to unknown event";
            return Err(error(400, "M_UNKNOWN", said));
        }
        Ok(self.add(sender, kind, content))
    }

    fn redact(&mut self, sender: &str, id: &str) -> Result<String, Reply> {
        match self.find(id) {
            None => Err(error(
                404,
                "M_NOT_FOUND",
                &format!("Could not find event {id}"),
            )),
            Some(event) if event.sender != sender => Err(error(
                403,
                "M_FORBIDDEN",
                "You don't have permission to redact events",
            )),
            Some(_) => Ok(self.remove(id, sender)),
        }
    }

    /// Newest first, filtered, a page at a time; the place of the next page is the number of the event before it.
    fn messages(&self, request: &Request) -> Result<Reply, Reply> {
        let query: std::collections::BTreeMap<String, String> =
            url::form_urlencoded::parse(request.query.as_bytes())
                .into_owned()
                .collect();
        let invalid = || error(400, "M_INVALID_PARAM", "invalid query");
        if query.get("dir").map(String::as_str) != Some("b") {
            return Err(invalid());
        }
        let filter = query.get("filter").map_or("{}", String::as_str);
        let filter: Value = serde_json::from_str(filter).map_err(|_| invalid())?;
        let limit = query.get("limit").map_or(Ok(10), |limit| limit.parse());
        let limit: usize = limit.map_err(|_| invalid())?;
        let takes = |key: &str, text: &str| {
            filter[key]
                .as_array()
                .is_none_or(|wanted| wanted.iter().any(|one| one == text))
        };
        let from = match query.get("from") {
            Some(from) => from
                .strip_prefix('t')
                .and_then(|n| n.parse().ok())
                .ok_or_else(invalid)?,
            None => self.events.len(),
        };
        let (mut chunk, mut end) = (Vec::new(), None);
        for (number, event) in self.events[..from].iter().enumerate().rev() {
            if takes("senders", &event.sender) && takes("types", &event.kind) {
                chunk.push(self.shown(event));
                if chunk.len() == limit.min(LARGEST_PAGE) {
                    end = Some(format!("t{number}"));
                    break;
                }
            }
        }
        let mut page = json!({"chunk": chunk, "start": format!("t{from}")});
        if let Some(end) = end {
            page["end"] = json!(end);
        }
        Ok(Reply::json(200, &page))
    }

    fn join(&mut self, who: &Who, room: &str) -> Result<Reply, Reply> {
        if room != ROOM && room != ALIAS {
            return Err(error(404, "M_NOT_FOUND", "No known servers"));
        }
        let may = self.public || self.members.contains(&who.0) || self.invited.contains(&who.0);
        if !may {
            let said = "You are not invited to this room.";
            return Err(error(403, "M_FORBIDDEN", said));
        }
        self.members.insert(who.0.clone());
        Ok(Reply::json(200, &json!({"room_id": ROOM})))
    }

    /// A login ends what went before it on the same device ("Relationship between access tokens and devices").
    fn login(&mut self, body: &Value) -> Result<Reply, Reply> {
        let name = body["identifier"]["user"].as_str().unwrap_or_default();
        let known = body["type"] == "m.login.password"
            && body["identifier"]["type"] == "m.id.user"
            && (name == USER || name == "kronos");
        if !known || body["password"] != PASSWORD {
            return Err(error(403, "M_FORBIDDEN", "Invalid username or password"));
        }
        self.logins += 1;
        let token = format!("EXAMPLE-login-{}", self.logins);
        let device = body["device_id"].as_str();
        let device = device.map_or_else(|| format!("DEVICE{}", self.logins), String::from);
        let session = (USER.to_owned(), device.clone());
        self.sessions.retain(|_, known| *known != session);
        self.sessions.insert(token.clone(), session);
        Ok(Reply::json(
            200,
            &json!({"user_id": USER, "access_token": token, "device_id": device, "home_server": "kronos.test"}),
        ))
    }

    fn who(&self, request: &Request) -> Result<Who, Reply> {
        let Some(header) = request.header("authorization") else {
            return Err(error(401, "M_MISSING_TOKEN", "Missing access token"));
        };
        let session = header
            .strip_prefix("Bearer ")
            .and_then(|token| self.sessions.get(token));
        session.cloned().ok_or_else(|| {
            let body = json!({"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token passed.", "soft_logout": false});
            Reply::json(401, &body)
        })
    }
}

fn body(request: &Request) -> Result<Value, Reply> {
    serde_json::from_slice(&request.body).map_err(|_| error(400, "M_NOT_JSON", "Content not JSON."))
}

fn unknown() -> Reply {
    error(404, "M_UNRECOGNIZED", "Unrecognized request")
}

fn error(status: u16, code: &str, said: &str) -> Reply {
    Reply::json(status, &json!({"errcode": code, "error": said}))
}
