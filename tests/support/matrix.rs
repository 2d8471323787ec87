//! A Matrix homeserver with one room: it refuses what a homeserver refuses, with its codes and bodies, and takes a repeated
//! transaction of one device for the same request. Its answers were compared with Synapse's, see `tests/stories/matrix`.

mod event;
mod route;
pub mod view;

use super::clock::Clock;
use super::server::Server;
use chrono::{DateTime, TimeDelta, Utc};
use event::Event;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// The user that kronos is, and its password.
pub const USER: &str = "@kronos:kronos.test";
pub const PASSWORD: &str = "EXAMPLE-matrix-password";
/// An access token of its, which belongs to a device of its own.
pub const TOKEN: &str = "EXAMPLE-matrix-token";
/// The person who made the room, and her token.
pub const ALICE: &str = "@alice:kronos.test";
pub const ALICE_TOKEN: &str = "EXAMPLE-alice-token";
/// The room.
pub const ALIAS: &str = "#events:kronos.test";
pub const ROOM: &str = "!gqnXsKbEtVuhRpFoJm:kronos.test";

/// The stand-in. Clones are the same server.
#[derive(Clone)]
pub struct Matrix {
    /// Faults, hooks and the record of exchanges.
    pub server: Arc<Server>,
    /// What stamps messages and windows of rate limits.
    pub clock: Clock,
    world: Arc<Mutex<World>>,
}

struct World {
    clock: Clock,
    /// Token → (user, device).
    sessions: BTreeMap<String, (String, String)>,
    /// (user, device, path) → what the request came to.
    transactions: BTreeMap<(String, String, String), String>,
    members: BTreeSet<String>,
    invited: BTreeSet<String>,
    public: bool,
    state: BTreeMap<String, Value>,
    events: Vec<Event>,
    logins: usize,
    limit: Limit,
}

/// So many changes in a period, and how many were one too many.
struct Limit {
    changes: u32,
    period: TimeDelta,
    window: (DateTime<Utc>, u32),
    exceeded: usize,
}

impl Matrix {
    /// A room of Alice's that is public and in which kronos is.
    pub fn start() -> Self {
        let clock = Clock::default();
        let session = |user: &str, device: &str| (user.to_owned(), device.to_owned());
        let world = Arc::new(Mutex::new(World {
            clock: clock.clone(),
            sessions: BTreeMap::from([
                (TOKEN.to_owned(), session(USER, "MADEBYHAND")),
                (ALICE_TOKEN.to_owned(), session(ALICE, "ALICESPHONE")),
            ]),
            transactions: BTreeMap::new(),
            members: [ALICE, USER].map(String::from).into(),
            invited: BTreeSet::new(),
            public: true,
            state: BTreeMap::from([(
                "m.room.power_levels".to_owned(),
                json!({"users": {ALICE: 100}, "users_default": 0, "events_default": 0, "redact": 50}),
            )]),
            events: Vec::new(),
            logins: 0,
            limit: Limit {
                changes: 100_000,
                period: TimeDelta::seconds(1),
                window: (DateTime::UNIX_EPOCH, 0),
                exceeded: 0,
            },
        }));
        let server = Server::start({
            let world = world.clone();
            move |request| world.lock().unwrap().answer(request)
        });
        Self {
            server: Arc::new(server),
            clock,
            world,
        }
    }

    /// What `homeserver` has to say.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Kronos' messages as people see them, oldest first.
    pub fn shown(&self) -> Vec<view::Shown> {
        view::shown(&self.url(), ALICE_TOKEN, ROOM, USER)
    }

    /// Those that carry `marker`.
    pub fn shown_with(&self, marker: &str) -> Vec<view::Shown> {
        view::with(self.shown(), marker)
    }

    /// Every event of the room that says something, edits included: how many there are.
    pub fn sent(&self) -> usize {
        let world = self.world.lock().unwrap();
        world
            .events
            .iter()
            .filter(|event| event.sender == USER && event.kind == "m.room.message")
            .count()
    }

    /// Kronos is not in the room, and the room takes only who was invited.
    pub fn close_the_door(&self) {
        let mut world = self.world.lock().unwrap();
        world.public = false;
        world.members.remove(USER);
    }

    /// Alice invites kronos.
    pub fn invite(&self) {
        self.world.lock().unwrap().invited.insert(USER.to_owned());
    }

    /// Whether kronos is in the room.
    pub fn is_in(&self) -> bool {
        self.world.lock().unwrap().members.contains(USER)
    }

    /// Someone says something by hand; gives its id.
    pub fn say(&self, sender: &str, content: Value) -> String {
        self.world
            .lock()
            .unwrap()
            .add(sender, "m.room.message", content)
    }

    /// A moderator takes a message away.
    pub fn remove_by_hand(&self, id: &str) {
        self.world.lock().unwrap().remove(id, ALICE);
    }

    /// Sets a state event.
    pub fn state(&self, kind: &str, content: Value) {
        self.world
            .lock()
            .unwrap()
            .state
            .insert(kind.to_owned(), content);
    }

    /// No token is valid any more.
    pub fn forget_tokens(&self) {
        self.world
            .lock()
            .unwrap()
            .sessions
            .retain(|_, (user, _)| user == ALICE);
    }

    /// How often kronos logged in with its password.
    pub fn logins(&self) -> usize {
        self.world.lock().unwrap().logins
    }

    /// Allows so many changes per `period` from now on.
    pub fn limit(&self, changes: u32, period: TimeDelta) {
        let mut world = self.world.lock().unwrap();
        (world.limit.changes, world.limit.period) = (changes, period);
    }

    /// How many changes exceeded the limit.
    pub fn exceeded(&self) -> usize {
        self.world.lock().unwrap().limit.exceeded
    }
}

impl Limit {
    /// Counts a change; if it is one too many, how long to wait.
    fn count(&mut self, now: DateTime<Utc>) -> Option<TimeDelta> {
        if now >= self.window.0 + self.period {
            self.window = (now, 0);
        }
        if self.window.1 < self.changes {
            self.window.1 += 1;
            return None;
        }
        self.exceeded += 1;
        Some(self.window.0 + self.period - now)
    }
}
