//! A Discord guild with its scheduled events: it refuses what Discord refuses, with its codes and bodies.

mod form;
mod item;
mod limit;
mod message;
mod route;

pub use item::{Item, Status};
pub use message::{HOOK, HOOK_TOKEN, Message};

use super::clock::Clock;
use super::server::Server;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex};

/// The guild that the bot is in.
pub const GUILD: &str = "1180200000000000001";
/// The channel for announcements.
pub const CHANNEL: &str = "1180200000000000600";
/// The bot's own id.
pub const BOT: &str = "1180199999999999901";
/// A member who makes events by hand.
pub const ALICE: &str = "1180200000000000777";
/// The bot's token.
pub const TOKEN: &str = "EXAMPLE-bot-token";

/// The stand-in. Clones are the same server.
#[derive(Clone)]
pub struct Discord {
    /// Faults, hooks and the record of exchanges.
    pub server: Arc<Server>,
    /// What starts and ends events and windows of rate limits.
    pub clock: Clock,
    world: Arc<Mutex<World>>,
}

struct World {
    clock: Clock,
    items: Vec<Item>,
    next_id: u64,
    token: String,
    may_create: bool,
    may_manage: bool,
    may_announce: bool,
    messages: Vec<Message>,
    calls: usize,
    limit: limit::Limit,
}

impl Discord {
    /// A guild without events, in which the bot may create events and manage only its own.
    pub fn start() -> Self {
        let clock = Clock::default();
        let world = Arc::new(Mutex::new(World {
            clock: clock.clone(),
            items: Vec::new(),
            next_id: 1_547_520_765_329_408_003,
            token: TOKEN.to_owned(),
            may_create: true,
            may_manage: false,
            may_announce: true,
            messages: Vec::new(),
            calls: 0,
            limit: limit::Limit::new(1000, TimeDelta::seconds(60)),
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

    /// What `api_url` has to say.
    pub fn api_url(&self) -> String {
        format!("{}/api/v10", self.server.url())
    }

    /// The URL of the guild's events.
    pub fn events_url(&self) -> String {
        format!("{}/guilds/{GUILD}/scheduled-events", self.api_url())
    }

    /// Every event that was ever made and not deleted, oldest first, with its status now.
    pub fn items(&self) -> Vec<Item> {
        let mut world = self.world.lock().unwrap();
        world.tick();
        world.items.clone()
    }

    /// Those that are scheduled or active.
    pub fn live(&self) -> Vec<Item> {
        let mut items = self.items();
        items.retain(Item::is_live);
        items
    }

    /// Those that are scheduled or active and carry `marker` in their description.
    pub fn live_with(&self, marker: &str) -> Vec<Item> {
        let mut items = self.live();
        items.retain(|item| item.description.contains(marker));
        items
    }

    /// One event.
    pub fn item(&self, id: &str) -> Option<Item> {
        self.items().into_iter().find(|item| item.id == id)
    }

    /// A person makes an EXTERNAL event by hand, two hours long; gives its id.
    pub fn by_hand(&self, name: &str, description: &str, start: DateTime<Utc>) -> String {
        self.insert(ALICE, name, description, start)
    }

    /// The bot made an EXTERNAL event in an earlier life, two hours long; gives its id.
    pub fn by_bot(&self, name: &str, description: &str, start: DateTime<Utc>) -> String {
        self.insert(BOT, name, description, start)
    }

    fn insert(&self, creator: &str, name: &str, text: &str, start: DateTime<Utc>) -> String {
        let mut world = self.world.lock().unwrap();
        let id = world.new_id();
        let mut item = Item::new(id.clone(), creator, start, start + TimeDelta::hours(2));
        name.clone_into(&mut item.name);
        text.clone_into(&mut item.description);
        world.items.push(item);
        id
    }

    /// A person with the right to do so changes an event by hand.
    pub fn change_by_hand(&self, id: &str, change: impl FnOnce(&mut Item)) {
        let mut world = self.world.lock().unwrap();
        let item = world.items.iter_mut().find(|item| item.id == id);
        change(item.expect("the event exists"));
    }

    /// A person deletes an event by hand.
    pub fn delete_by_hand(&self, id: &str) {
        self.world
            .lock()
            .unwrap()
            .items
            .retain(|item| item.id != id);
    }

    /// A person cancels an event by hand.
    pub fn cancel_by_hand(&self, id: &str) {
        self.change_by_hand(id, |item| item.status = Status::Canceled);
    }

    /// The messages of the channel, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.world.lock().unwrap().messages.clone()
    }

    /// How many requests would have let a text call people.
    pub fn calls(&self) -> usize {
        self.world.lock().unwrap().calls
    }

    /// The address of the channel's web hook.
    pub fn webhook_url(&self) -> String {
        format!("{}/webhooks/{HOOK}/{HOOK_TOKEN}", self.api_url())
    }

    /// A person writes into the channel, that many times.
    pub fn chatter(&self, content: &str, times: usize) {
        let mut world = self.world.lock().unwrap();
        for _ in 0..times {
            let (id, at) = (world.new_message_id(), world.clock.now());
            world.messages.push(Message {
                id,
                author: ALICE.into(),
                content: content.into(),
                embeds: Vec::new(),
                nonce: None,
                at,
            });
        }
    }

    /// A person deletes a message.
    pub fn delete_message(&self, id: &str) {
        let messages = &mut self.world.lock().unwrap().messages;
        messages.retain(|message| message.id != id);
    }

    /// Takes or gives the bot's right to see the channel.
    pub fn may_announce(&self, may: bool) {
        self.world.lock().unwrap().may_announce = may;
    }

    /// Takes or gives the bot's right to create events.
    pub fn may_create(&self, may: bool) {
        self.world.lock().unwrap().may_create = may;
    }

    /// Takes or gives the bot's right to manage other people's events.
    pub fn may_manage(&self, may: bool) {
        self.world.lock().unwrap().may_manage = may;
    }

    /// Makes this the only token that is accepted.
    pub fn accept_only(&self, token: &str) {
        token.clone_into(&mut self.world.lock().unwrap().token);
    }

    /// Allows `requests` per `period` in each bucket from now on.
    pub fn limit(&self, requests: u32, period: TimeDelta) {
        self.world.lock().unwrap().limit = limit::Limit::new(requests, period);
    }

    /// How many requests exceeded a limit.
    pub fn exceeded(&self) -> usize {
        self.world.lock().unwrap().limit.exceeded
    }
}

impl World {
    /// Snowflakes rise.
    fn new_id(&mut self) -> String {
        self.next_id += 4_194_304;
        self.next_id.to_string()
    }

    /// Starts and ends the events whose time has come.
    fn tick(&mut self) {
        let now = self.clock.now();
        for item in &mut self.items {
            item.tick(now);
        }
    }
}
