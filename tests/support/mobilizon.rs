//! A Mobilizon 5.1 that keeps groups and events, for anonymous callers and group members.
//!
//! It follows the server's source: what is listed to whom, how dates filter, how pages and orders work, what raises `updatedAt`.

mod answer;
mod entry;
mod schema;

pub use entry::Entry;
pub use schema::TYPES;

use super::clock::Clock;
use super::server::Server;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Numbers are never shared by two stand-ins, so that an event of one is never taken for another's.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// The stand-in. Clones are the same server.
#[derive(Clone)]
pub struct Mobilizon {
    /// Faults, hooks and the record of exchanges.
    pub server: Arc<Server>,
    /// What `updatedAt` goes by.
    pub clock: Clock,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    base: String,
    groups: BTreeMap<String, Group>,
    entries: Vec<Entry>,
    deleted: BTreeSet<String>,
    media: BTreeMap<String, (String, Vec<u8>)>,
    members: BTreeMap<String, String>,
    switches: Switches,
}

struct Group {
    id: u64,
    name: String,
}

/// What is wrong with this server, on purpose.
#[derive(Default)]
struct Switches {
    before_3_1: bool,
    before_5_1: bool,
    wrong_pages: usize,
    empty: bool,
    failing: BTreeSet<String>,
    anti_bot: bool,
}

impl Mobilizon {
    /// An empty server.
    pub fn start() -> Self {
        let world = Arc::new(Mutex::new(World::default()));
        let server = Server::start({
            let world = world.clone();
            move |request| answer::answer(&mut world.lock().unwrap(), request)
        });
        world.lock().unwrap().base = server.url();
        Self {
            server: Arc::new(server),
            clock: Clock::default(),
            world,
        }
    }

    /// Its address, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Adds a group, or renames it to its own name.
    pub fn group(&self, group: &str) {
        self.rename(group, group);
    }

    /// The group's display name; no event's `updatedAt` moves.
    pub fn rename(&self, group: &str, name: &str) {
        let mut world = self.world.lock().unwrap();
        let id = NUMBER.fetch_add(1, Ordering::SeqCst);
        let group = world.groups.entry(group.to_owned()).or_insert(Group {
            id,
            name: String::new(),
        });
        name.clone_into(&mut group.name);
    }

    /// Removes a group, its events with it (they are not tombstones).
    pub fn remove_group(&self, group: &str) {
        let mut world = self.world.lock().unwrap();
        world.groups.remove(group);
        world.entries.retain(|entry| entry.group != group);
    }

    /// Adds an event to a group and gives its uuid.
    pub fn event(&self, group: &str, change: impl FnOnce(Entry) -> Entry) -> String {
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let mut world = self.world.lock().unwrap();
        assert!(world.groups.contains_key(group), "no group {group}");
        let entry = change(Entry::new(number, group, self.clock.now()));
        let uuid = entry.uuid.clone();
        world.entries.push(entry);
        uuid
    }

    /// The canonical URL of an event.
    pub fn event_url(&self, uuid: &str) -> String {
        format!("{}/events/{uuid}", self.url())
    }

    /// An event as it stands.
    pub fn entry(&self, uuid: &str) -> Entry {
        let world = self.world.lock().unwrap();
        let entry = world.entries.iter().find(|entry| entry.uuid == uuid);
        entry.expect("the event exists").clone()
    }

    /// Saves an event, changed or not: `updatedAt` becomes now.
    pub fn edit(&self, uuid: &str, change: impl FnOnce(Entry) -> Entry) {
        let now = entry::whole(self.clock.now());
        self.silently(uuid, |entry| Entry {
            updated: now,
            ..change(entry)
        });
    }

    /// Changes an event without touching `updatedAt`, as a rename or a lost picture does.
    pub fn silently(&self, uuid: &str, change: impl FnOnce(Entry) -> Entry) {
        let mut world = self.world.lock().unwrap();
        let entry = world
            .entries
            .iter_mut()
            .find(|entry| entry.uuid == uuid)
            .expect("the event exists");
        *entry = change(entry.clone());
    }

    /// Cancels it; it stays listed.
    pub fn cancel(&self, uuid: &str) {
        self.edit(uuid, |entry| entry.status("CANCELLED"));
    }

    /// Confirms it, after a cancellation too.
    pub fn confirm(&self, uuid: &str) {
        self.edit(uuid, |entry| entry.status("CONFIRMED"));
    }

    /// Unlists it: only who has the link sees it.
    pub fn hide(&self, uuid: &str) {
        self.edit(uuid, |entry| entry.visibility("UNLISTED"));
    }

    /// Lists it again.
    pub fn show(&self, uuid: &str) {
        self.edit(uuid, |entry| entry.visibility("PUBLIC").draft(false));
    }

    /// Makes it a draft.
    pub fn withdraw(&self, uuid: &str) {
        self.edit(uuid, |entry| entry.draft(true));
    }

    /// Moves it to another group.
    pub fn move_to(&self, uuid: &str, group: &str) {
        self.edit(uuid, |mut entry| {
            group.clone_into(&mut entry.group);
            entry
        });
    }

    /// Somebody joins: only the number of participants and `updatedAt` change.
    pub fn rsvp(&self, uuid: &str) {
        self.edit(uuid, |mut entry| {
            entry.participants += 1;
            entry
        });
    }

    /// Deletes it and leaves a tombstone.
    pub fn delete(&self, uuid: &str) {
        let mut world = self.world.lock().unwrap();
        world.entries.retain(|entry| entry.uuid != uuid);
        world.deleted.insert(uuid.to_owned());
    }

    /// Stores a picture; the value is for [`Entry::picture`]. Equal bytes have equal URLs.
    pub fn picture(&self, name: &str, content_type: &str, bytes: &[u8]) -> Value {
        let hash: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let path = format!("/media/{hash}.{}", name.rsplit('.').next().unwrap());
        let mut world = self.world.lock().unwrap();
        let stored = (content_type.to_owned(), bytes.to_vec());
        world.media.insert(path.clone(), stored);
        json!({
            "id": "501", "alt": null, "name": name, "url": format!("{}{path}?name={name}", world.base),
            "contentType": content_type, "size": bytes.len(), "metadata": {"width": 1, "height": 1},
        })
    }

    /// Forgets all stored pictures: their URLs answer 404.
    pub fn lose_pictures(&self) {
        self.world.lock().unwrap().media.clear();
    }

    /// Lets `token` sign in a member of `group`. Any other token is refused.
    pub fn member(&self, group: &str, token: &str) {
        let mut world = self.world.lock().unwrap();
        world.members.insert(token.to_owned(), group.to_owned());
    }

    /// Forgets all tokens, as when they expire.
    pub fn expire_tokens(&self) {
        self.world.lock().unwrap().members.clear();
    }

    /// Behaves as before 3.1.0: no `order`, dates filter strictly on `beginsOn`.
    pub fn before_3_1(&self) {
        let mut world = self.world.lock().unwrap();
        world.switches.before_3_1 = true;
        world.switches.before_5_1 = true;
    }

    /// Behaves as before 5.1.0: dates filter strictly on `beginsOn`.
    pub fn before_5_1(&self) {
        self.world.lock().unwrap().switches.before_5_1 = true;
    }

    /// Page 2 lacks its first event, in the next so many readings of a page 2.
    pub fn lose_on_page_two(&self, times: usize) {
        self.world.lock().unwrap().switches.wrong_pages = times;
    }

    /// Answers that every group has no events, although it has.
    pub fn answer_empty(&self, empty: bool) {
        self.world.lock().unwrap().switches.empty = empty;
    }

    /// Fails whenever that group is asked for, or no longer.
    pub fn fail_group(&self, group: &str, fails: bool) {
        let failing = &mut self.world.lock().unwrap().switches.failing;
        if fails {
            failing.insert(group.to_owned());
        } else {
            failing.remove(group);
        }
    }

    /// Answers everything with an HTML page and 200, as anti-bot walls do.
    pub fn anti_bot(&self, wall: bool) {
        self.world.lock().unwrap().switches.anti_bot = wall;
    }
}
