//! A Meetup with one group: its GraphQL API, its token endpoint and its photo uploads.

mod group;
mod item;
mod markdown;
mod mutation;
mod oauth;
mod query;
mod schema;

pub use item::{Item, Status};
pub use schema::TYPES;

use super::clock::Clock;
use super::exchange::Reply;
use super::server::Server;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The group's name in URLs.
pub const GROUP: &str = "rust-example";
/// The group's id.
pub const GROUP_ID: &str = "18234311";
/// An access token that is accepted from the start.
pub const TOKEN: &str = "EXAMPLE-access-token";
/// The OAuth client's key, `iss` of an assertion.
pub const CLIENT_KEY: &str = "EXAMPLE-client-key";
/// The member on whose behalf kronos acts, `sub` of an assertion.
pub const MEMBER: &str = "251470000";
/// The signing key's id, `kid` of an assertion.
pub const KEY_ID: &str = "EXAMPLE-key-id";
/// A key for tests, with which nothing else was ever signed: PKCS#8 in PEM.
pub const SIGNING_KEY: &str = include_str!("keys/meetup-test-key.pem");

/// The stand-in. Clones are the same server.
#[derive(Clone)]
pub struct Meetup {
    /// Faults, hooks and the record of exchanges.
    pub server: Arc<Server>,
    /// What `createdTime`, the end of events and of tokens go by.
    pub clock: Clock,
    world: Arc<Mutex<World>>,
}

struct World {
    clock: Clock,
    base: String,
    zone: Tz,
    /// The member's role in the group.
    role: String,
    items: Vec<Item>,
    next_id: u64,
    /// Venue id → name.
    venues: BTreeMap<String, String>,
    photos: BTreeMap<u64, Photo>,
    /// Token → its end.
    tokens: BTreeMap<String, DateTime<Utc>>,
    tokens_given: usize,
    token_life: TimeDelta,
    announced: Vec<String>,
    switches: Switches,
}

/// What is wrong with this service, on purpose.
#[derive(Default)]
struct Switches {
    limited: usize,
    reset_at: Option<DateTime<Utc>>,
    lapsed: bool,
    signed_out: bool,
    edits_replace: bool,
    page_size: Option<usize>,
    stuck_cursor: bool,
}

/// A photo of the group: its place is made first, its bytes come later.
#[derive(Debug, Clone)]
pub struct Photo {
    /// `image/jpeg`, `image/png` or `image/gif`.
    pub content_type: String,
    /// `None` until they were uploaded.
    pub bytes: Option<Vec<u8>>,
    /// Whether it became the group's main photo.
    pub main: bool,
}

impl Meetup {
    /// The group [`GROUP`] in Europe/Berlin, without events, with the venue 27000123.
    pub fn start() -> Self {
        let clock = Clock::default();
        let world = Arc::new(Mutex::new(World {
            clock: clock.clone(),
            base: String::new(),
            zone: Tz::Europe__Berlin,
            role: "ORGANIZER".to_owned(),
            items: Vec::new(),
            next_id: 312_345_678,
            venues: [("27000123".to_owned(), "Chaosdorf".to_owned())].into(),
            photos: BTreeMap::new(),
            tokens: [(TOKEN.to_owned(), DateTime::<Utc>::MAX_UTC)].into(),
            tokens_given: 0,
            token_life: TimeDelta::hours(1),
            announced: Vec::new(),
            switches: Switches::default(),
        }));
        let server = Server::start({
            let world = world.clone();
            move |request| {
                let mut world = world.lock().unwrap();
                match (request.method.as_str(), request.path.as_str()) {
                    ("POST", "/oauth2/access") => world.token(request),
                    ("POST", "/gql-ext") => world.graphql(request),
                    ("PUT", path) if path.starts_with("/upload/") => world.upload(request),
                    ("POST", "/gql") => {
                        let message =
                            "This API endpoint is deprecated and will be turned off soon.";
                        Reply::json(503, &json!({"errors": [{"message": message}]}))
                    }
                    _ => Reply::html(404, "Not Found"),
                }
            }
        });
        world.lock().unwrap().base = server.url();
        Self {
            server: Arc::new(server),
            clock,
            world,
        }
    }

    /// What `api_url` has to say.
    pub fn api_url(&self) -> String {
        format!("{}/gql-ext", self.server.url())
    }

    /// What `token_url` has to say.
    pub fn token_url(&self) -> String {
        format!("{}/oauth2/access", self.server.url())
    }

    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// The group's time zone.
    pub fn zone(&self, zone: Tz) {
        self.world().zone = zone;
    }

    /// The member's role in the group, as the schema names it.
    pub fn role(&self, role: &str) {
        role.clone_into(&mut self.world().role);
    }

    /// Adds a venue.
    pub fn venue(&self, id: &str, name: &str) {
        self.world().venues.insert(id.to_owned(), name.to_owned());
    }

    /// Every event that was ever made and not deleted, oldest first.
    pub fn items(&self) -> Vec<Item> {
        self.world().items.clone()
    }

    /// Those that are published or drafts.
    pub fn live(&self) -> Vec<Item> {
        let mut items = self.items();
        items.retain(Item::is_live);
        items
    }

    /// Those that are published or drafts and carry `marker` in their description.
    pub fn live_with(&self, marker: &str) -> Vec<Item> {
        let mut items = self.live();
        items.retain(|item| item.description.contains(marker));
        items
    }

    /// One event.
    pub fn item(&self, id: &str) -> Option<Item> {
        self.items().into_iter().find(|item| item.id == id)
    }

    /// A person makes and publishes an event by hand, two hours long; gives its id.
    pub fn by_hand(&self, title: &str, html: &str, start: DateTime<Utc>) -> String {
        let mut world = self.world();
        let mut item = Item::new(world.new_id(), start, world.clock.now());
        title.clone_into(&mut item.title);
        html.clone_into(&mut item.description);
        item.duration = TimeDelta::hours(2);
        let id = item.id.clone();
        world.items.push(item);
        id
    }

    /// A person copies an event, its description and whatever stands in it too; gives the copy's id.
    pub fn copy_by_hand(&self, id: &str) -> String {
        let old = self.item(id).expect("the event exists");
        let copy = self.by_hand(&old.title, &old.description, old.start);
        self.change_by_hand(&copy, |item| item.duration = old.duration);
        copy
    }

    /// A person changes an event by hand.
    pub fn change_by_hand(&self, id: &str, change: impl FnOnce(&mut Item)) {
        let mut world = self.world();
        let item = world.items.iter_mut().find(|item| item.id == id);
        change(item.expect("the event exists"));
    }

    /// A person cancels an event by hand.
    pub fn cancel_by_hand(&self, id: &str) {
        self.change_by_hand(id, |item| item.status = Status::Cancelled);
    }

    /// A person deletes an event by hand.
    pub fn delete_by_hand(&self, id: &str) {
        self.world().items.retain(|item| item.id != id);
    }

    /// The ids of events that were announced to all members.
    pub fn announced(&self) -> Vec<String> {
        self.world().announced.clone()
    }

    /// The photos of the group by their ids.
    pub fn photos(&self) -> BTreeMap<u64, Photo> {
        self.world().photos.clone()
    }

    /// How many access tokens were given for assertions.
    pub fn tokens_given(&self) -> usize {
        self.world().tokens_given
    }

    /// How long tokens given from now on live.
    pub fn token_life(&self, life: TimeDelta) {
        self.world().token_life = life;
    }

    /// Accepts none of the tokens given so far, [`TOKEN`] included: 401.
    pub fn expire_tokens(&self) {
        self.world().tokens.clear();
    }

    /// The Pro subscription lapses, or is renewed: 401 for everything and `invalid_grant` for assertions.
    pub fn lapse(&self, lapsed: bool) {
        self.world().switches.lapsed = lapsed;
    }

    /// Takes every caller for anonymous: `self` is null and mutations answer `data: null` with errors.
    pub fn sign_out(&self, out: bool) {
        self.world().switches.signed_out = out;
    }

    /// Answers the next so many GraphQL requests with RATE_LIMITED and that `resetAt`; nothing is done.
    pub fn limit_rate(&self, times: usize, reset_at: DateTime<Utc>) {
        let switches = &mut self.world().switches;
        switches.limited = times;
        switches.reset_at = Some(reset_at);
    }

    /// An edit unsets what it does not name, instead of leaving it.
    pub fn edits_replace(&self, replace: bool) {
        self.world().switches.edits_replace = replace;
    }

    /// Gives at most so many events a page, whatever is asked for.
    pub fn page_size(&self, size: usize) {
        self.world().switches.page_size = Some(size);
    }

    /// Says after every page that there are more, and repeats the cursor.
    pub fn stuck_cursor(&self, stuck: bool) {
        self.world().switches.stuck_cursor = stuck;
    }
}
