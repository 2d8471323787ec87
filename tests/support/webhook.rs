//! A receiver of web hooks: it verifies what it gets, takes two requests with one id for one, and keeps the events it was
//! told of.

use super::clock::Clock;
use super::exchange::{Reply, Request};
use super::server::Server;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::hmac;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// What both sides know: `whsec_` and 32 bytes in base64.
pub const SECRET: &str = "whsec_RVhBTVBMRS0zMi1ieXRlcy1mb3ItYS13ZWItaG9vayE=";

/// The stand-in. Clones are the same server.
#[derive(Clone)]
pub struct Receiver {
    /// Faults, hooks and the record of exchanges.
    pub server: Arc<Server>,
    clock: Clock,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    seen: BTreeSet<String>,
    told: Vec<String>,
    events: BTreeMap<String, Value>,
    problems: Vec<String>,
    limit: Option<(usize, TimeDelta)>,
    window: Option<(DateTime<Utc>, usize)>,
    gone: bool,
}

impl Receiver {
    /// One that was told of nothing yet.
    pub fn start() -> Self {
        let (clock, world) = (Clock::default(), Arc::new(Mutex::new(World::default())));
        let server = Server::start({
            let (world, clock) = (world.clone(), clock.clone());
            move |request| world.lock().unwrap().answer(request, clock.now())
        });
        Self {
            server: Arc::new(server),
            clock,
            world,
        }
    }

    /// What `url` has to say. Its path is as secret as a token.
    pub fn url(&self) -> String {
        format!("{}/hooks/EXAMPLE-secret-path", self.server.url())
    }

    /// Each change that was taken, once, as `type title`.
    pub fn told(&self) -> Vec<String> {
        self.world.lock().unwrap().told.clone()
    }

    /// The titles of the events as they stand now, with their status.
    pub fn events(&self) -> Vec<String> {
        let world = self.world.lock().unwrap();
        let mut events: Vec<String> = world
            .events
            .values()
            .map(|event| format!("{} {}", text(event, "title"), text(event, "status")))
            .collect();
        events.sort();
        events
    }

    /// What a careful receiver would complain about: a creation of what stands, a change of what does not, and the like.
    pub fn problems(&self) -> Vec<String> {
        self.world.lock().unwrap().problems.clone()
    }

    /// Takes so many changes per `period` from now on.
    pub fn limit(&self, changes: usize, period: TimeDelta) {
        self.world.lock().unwrap().limit = Some((changes, period));
    }

    /// Wants nothing more.
    pub fn close(&self) {
        self.world.lock().unwrap().gone = true;
    }
}

impl World {
    fn answer(&mut self, request: &Request, now: DateTime<Utc>) -> Reply {
        if self.gone {
            return Reply::empty(410);
        }
        if request.method != "POST" {
            return Reply::empty(405).header("allow", "POST");
        }
        if !is_signed(request, now) {
            return Reply::empty(401);
        }
        if let Some((changes, period)) = self.limit {
            let window = self.window.get_or_insert((now, 0));
            if now >= window.0 + period {
                *window = (now, 0);
            }
            if window.1 >= changes {
                let wait = (window.0 + period - now).num_milliseconds();
                return Reply::empty(429).header("retry-after", (wait + 999) / 1000);
            }
            window.1 += 1;
        }
        if self.seen.insert(header(request, "webhook-id").into()) {
            self.take(&request.json());
        }
        Reply::empty(204)
    }

    fn take(&mut self, change: &Value) {
        let (kind, event) = (text(change, "type"), &change["data"]);
        let url = text(event, "url").to_owned();
        let known = self.events.get(&url);
        let fits = match kind {
            "event.created" => known.is_none(),
            "event.updated" | "event.cancelled" | "event.deleted" => known.is_some(),
            _ => false,
        };
        if !fits || change["version"] != 1 {
            self.problems.push(change.to_string());
        }
        let title = known.filter(|_| kind == "event.deleted").unwrap_or(event);
        self.told.push(format!("{kind} {}", text(title, "title")));
        match kind {
            "event.deleted" => drop(self.events.remove(&url)),
            _ => drop(self.events.insert(url, event.clone())),
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    request.header(name).unwrap_or_default()
}

/// Whether the signature is right and the time no further off than five minutes.
fn is_signed(request: &Request, now: DateTime<Utc>) -> bool {
    let [id, time, signature] =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| header(request, name));
    let key = STANDARD
        .decode(SECRET.trim_start_matches("whsec_"))
        .unwrap();
    let signed = [format!("{id}.{time}.").as_bytes(), &request.body].concat();
    let right = signature
        .strip_prefix("v1,")
        .and_then(|tag| STANDARD.decode(tag).ok())
        .is_some_and(|tag| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
            hmac::verify(&key, &signed, &tag).is_ok()
        });
    let fresh = time
        .parse::<i64>()
        .is_ok_and(|time| (now.timestamp() - time).abs() <= 300);
    right && fresh && id.starts_with("msg_")
}
