//! Where events are shared to. A consumer renders, lists and applies; it never sees the store and decides nothing.

use crate::check::Line;
pub use crate::event::{Action, Field};
use crate::event::{Event, EventKey, Fingerprint};
use crate::http::Failure;
use crate::kind::{KindError, Section};
use crate::template::Text;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

pub mod discord;
pub mod discord_channel;
pub mod ical;
pub mod matrix;
pub mod meetup;
pub mod stream;
mod told;
pub mod webhook;

/// A service that shows events to people.
///
/// What a failed call means stands in its type: [`Failure`] for readings, [`Outcome`] for what changes something.
#[async_trait(?Send)]
pub trait Consumer {
    /// What is written to, whatever it is called in the configuration, e.g. `discord:112233445566778899`.
    /// Two consumers with the same target are a configuration error.
    fn target(&self) -> String;

    /// By what means deliveries stay exact here.
    fn capability(&self) -> Capability;

    /// Changes whenever configuration or code changes what [`render`](Self::render) gives for the same event.
    fn rendering_version(&self) -> String;

    /// What the service is to show of `event`. Pure: the same event and configuration give the same rendering.
    fn render(&self, event: &Event) -> Rendering;

    /// The texts of a rendering that people read, by the names of the kind's [texts](Kind::texts), as they are sent.
    fn texts(&self, rendering: &Rendering) -> Vec<(&'static str, String)> {
        let _ = rendering;
        Vec::new()
    }

    /// One complete list of the live items, or a failure. An incomplete list is a failure. Asked for only where the
    /// [capability](Self::capability) says that there is one.
    async fn list(&self) -> Result<Listing, Failure> {
        Err(Failure::Broken("this consumer cannot be listed".into()))
    }

    /// What tells all that stands there from anything else, where that is to be had for less than a listing: while it is the
    /// same, so is the listing, but for what is over by now. `None`: only a listing can tell.
    async fn stands(&self) -> Option<Fingerprint> {
        None
    }

    /// What [`stands`](Self::stands) gives for what this run's listing showed and its operations made of it; `None` if
    /// somebody else may have changed something meanwhile.
    fn left(&self) -> Option<Fingerprint> {
        None
    }

    /// One item by its id: `None` if it is gone, cancelled or finished, though a list may lag behind that. Asked for as
    /// [`list`](Self::list) is.
    async fn look(&self, remote_id: &str) -> Result<Option<Item>, Failure> {
        let _ = remote_id;
        Err(Failure::Broken("this consumer cannot be listed".into()))
    }

    /// The earliest moment at which `action` may be sent without exceeding what the service allows; `None`: now.
    fn ready_at(&self, action: Action) -> Option<DateTime<Utc>> {
        let _ = action;
        None
    }

    /// Deliveries of their own that belong to this section, such as reminders, each with the name that it has below the
    /// section's: `remind/24h` makes `NAME/remind/24h`. Each has a target of its own.
    fn parts(&self) -> Vec<(String, Box<dyn Consumer>)> {
        Vec::new()
    }

    /// Carries out one operation: one exchange that changes something, whose intent is durable by now.
    /// Never retries by itself what may have been applied.
    async fn apply(&self, operation: &Operation<'_>) -> Outcome;

    /// [`Capability::Whole`] only: carries out all operations in one atomic replacement, all or none.
    async fn replace(&self, operations: &[Operation<'_>]) -> Outcome {
        let _ = operations;
        Outcome::Refused("this consumer is not written as a whole".into())
    }

    /// Fields that the last change of `key`'s item left out in this run, though the rest was applied, and that may come
    /// another time: they count as not shown, so that the next plan that sees a listing asks for them again.
    fn left_out(&self, key: &EventKey) -> BTreeSet<Field> {
        let _ = key;
        BTreeSet::new()
    }

    /// How long there is time to show an event here before it is too late; `None`: as long as it lies ahead. Runs further apart
    /// than this can miss it.
    fn window(&self) -> Option<TimeDelta> {
        None
    }

    /// How many requests were sent so far.
    fn requests(&self) -> u64;

    /// How many of them the service refused so far, as [`Http::refusals`](crate::http::Http::refusals) counts them.
    fn refusals(&self) -> u64 {
        0
    }

    /// What holds of this section and what does not, for `kronos check`, each with its mend. With `offline` nothing is
    /// asked of the service. Changes nothing; never fails: what cannot be reached is a line.
    ///
    /// Unless a kind knows better, its items are listed.
    async fn check(&self, offline: bool) -> Vec<Line> {
        if offline {
            return Vec::new();
        }
        vec![check_listing(self.list().await)]
    }
}

/// What a listing tells of what stands there and of the room that is left.
fn check_listing(listing: Result<Listing, Failure>) -> Line {
    let (items, room) = match listing {
        Ok(listing) => (listing.items.len(), listing.room),
        Err(failure) => return Line::of("items", Err(failure)),
    };
    match room {
        None => Line::holds("items", format!("{items} can be read")),
        Some(0) => Line::warns(
            "room",
            format!(
                "there is none: {items} items stand there, other people's included; new events wait until some are over"
            ),
        ),
        Some(room) => Line::holds(
            "room",
            format!("for {room} more; {items} items stand there, other people's included"),
        ),
    }
}

/// How exactly-once is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Items carry the marker and can be listed.
    Listed,
    /// As `Listed`; besides, an item is created unpublished, its id stored, and then published.
    Draft,
    /// One file that is replaced atomically: no intent per event.
    Whole,
    /// Nothing can be listed, but the receiver takes requests with one [idempotency key](Operation::idempotency_key) for one:
    /// what may have been applied is simply sent again. What stands there is known from what was applied.
    Key,
    /// Neither: what may have created something is never sent again unless an operator says so. What addresses an item by its
    /// id can be sent again. What stands there is known from what was applied.
    Blind,
}

impl Capability {
    /// Whether the service tells what stands there.
    pub fn is_listed(self) -> bool {
        !matches!(self, Self::Key | Self::Blind)
    }
}

/// The text of [`Field::Status`] by which an item that shows its event as called off is known, where nothing can be listed.
pub const CANCELLED: &str = "cancelled";

/// What a service is to show of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendering {
    /// All that is sent, in the service's own terms, without anything that varies by time or run.
    /// Pictures stand in it as their URL. Its hash is the payload hash.
    pub payload: serde_json::Value,
    /// The same by field, each as the canonical text that the service's listing gives back for it.
    pub fields: BTreeMap<Field, String>,
    /// From when it may be shown; `None`: at once. What stands there is not taken away again if this moves on.
    pub opens: Option<DateTime<Utc>>,
    /// When the event begins there.
    pub begins: DateTime<Utc>,
    /// When it is over there; events that are over are never touched.
    pub ends: DateTime<Utc>,
    /// Not to be published (yet): a draft where the service has drafts.
    pub draft: bool,
    /// Why it is not what is to be shown: a template of the operator's failed for this event, and the program's own words stand in
    /// its place. Nothing of it is sent but that the event was called off.
    pub problem: Option<String>,
}

impl Rendering {
    /// The payload hash. What is not to be sent equals nothing that was.
    pub fn hash(&self) -> Fingerprint {
        match &self.problem {
            None => Fingerprint::of(&self.payload),
            Some(problem) => Fingerprint::of(&(&self.payload, problem)),
        }
    }

    /// The text at `pointer` in the payload (RFC 6901); empty where there is none.
    fn text_at(&self, pointer: &str) -> String {
        let text = self.payload.pointer(pointer);
        text.and_then(serde_json::Value::as_str)
            .unwrap_or_default()
            .into()
    }
}

/// One complete reading of a consumer.
#[derive(Debug, Clone)]
pub struct Listing {
    /// When it began: before its first request.
    pub begun: DateTime<Utc>,
    /// The live items, other people's included.
    pub items: Vec<Item>,
    /// How many more items the service would take; `None` is unlimited.
    pub room: Option<usize>,
}

/// One item at a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The service's id.
    pub remote_id: String,
    /// Where people see it.
    pub remote_url: Option<String>,
    /// Who made it, as far as the service tells.
    pub maker: Maker,
    /// The last URL of its text, if it stands where we put the marker.
    pub marker: Option<EventKey>,
    /// Every URL in its text, the marker included: by these a person's own item is known to be about an event.
    pub links: Vec<String>,
    /// How far it is.
    pub state: ItemState,
    /// Its title, for the report.
    pub title: String,
    /// When it begins.
    pub begins: Option<DateTime<Utc>>,
    /// When it was created, as far as known (whole seconds at Meetup).
    pub created: Option<DateTime<Utc>>,
    /// Those fields that the listing gives back, in the same canonical text as [`Rendering::fields`].
    pub fields: BTreeMap<Field, String>,
}

/// Who made an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    /// Provably we.
    Us,
    /// Provably somebody else.
    Other,
    /// The service does not say.
    Unnamed,
}

/// How far an item is. Finished and cancelled items that a service keeps only as history are not listed at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemState {
    /// Not yet published.
    Draft,
    /// Published, before its beginning.
    Scheduled,
    /// Under way: what may still be changed depends on the service.
    Active,
    /// Cancelled, still shown, and can be confirmed again in place (calendar files).
    Cancelled,
}

/// One thing to do, with everything needed to do it.
#[derive(Debug, Clone)]
pub struct Operation<'a> {
    /// What.
    pub action: Action,
    /// To which event's item.
    pub key: &'a EventKey,
    /// What is to be shown; absent for deletions of events that are no longer known.
    pub rendering: Option<&'a Rendering>,
    /// The item; absent for a creation.
    pub remote_id: Option<&'a str>,
    /// The item as the listing of this run showed it.
    pub item: Option<&'a Item>,
    /// Which fields differ from what stands there.
    pub changed: &'a BTreeSet<Field>,
    /// The run's number, for audit logs.
    pub run: u64,
    /// Which state of the event it carries: counts changes, and begins again with 1 when the database is lost.
    pub generation: u64,
    /// Two requests with the same are the same request, sent again: forty hexadecimal digits. Empty where a file is replaced as
    /// a whole.
    pub idempotency_key: &'a str,
    /// Now.
    pub now: DateTime<Utc>,
}

/// What an exchange that changes something came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It happened. For a creation, the new item's id.
    Applied {
        /// The item's id, if the service told it.
        remote_id: Option<String>,
        /// Where people see it.
        remote_url: Option<String>,
        /// Something that the report should say, e.g. that the picture was refused.
        note: Option<String>,
    },
    /// It did not happen and may be tried again, not before `retry_at` (`None`: the next run).
    Later {
        /// Not before.
        retry_at: Option<DateTime<Utc>>,
        /// Why.
        reason: String,
    },
    /// It did not happen: the service holds as many items as it takes.
    NoRoom(String),
    /// It did not happen, and will not with this payload.
    Refused(String),
    /// It did not happen: the item is gone or finished.
    Gone(String),
    /// It did not happen: our credentials or permissions do not suffice. Closes the consumer for this run.
    Unauthorised(String),
    /// It may or may not have happened.
    Ambiguous(String),
}

/// Which events a consumer is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// Identities of providers; `None` is all.
    pub providers: Option<Vec<String>>,
    /// Names of groups; `None` is all.
    pub groups: Option<Vec<String>>,
    /// Any of these tags, in lower case; `None` is no filter.
    pub tags: Option<Vec<String>>,
}

/// A consumer under its name in the configuration.
pub struct NamedConsumer {
    /// Its name.
    pub name: String,
    /// Its kind's name.
    pub kind: &'static str,
    /// The consumer.
    pub consumer: Box<dyn Consumer>,
    /// Which events it is for.
    pub audience: Audience,
    /// It is served in this run.
    pub active: bool,
}

impl NamedConsumer {
    /// Whether `name` means this one: its own name, or that of the section which it is a part of.
    pub fn is_called(&self, name: &str) -> bool {
        self.name
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// A kind of consumer: the name in `type = "…"`, what `kronos init` writes for it, and how to make one.
pub struct Kind {
    /// The value of `type`.
    pub name: &'static str,
    /// A commented example section.
    pub example: &'static str,
    /// The texts that people read there, each of which a template can give.
    pub texts: &'static [Text],
    /// Makes a consumer of its section.
    pub build: fn(&Section) -> Result<Box<dyn Consumer>, KindError>,
}

/// The table of kinds: a new consumer is one file and one line here.
pub const KINDS: &[Kind] = &[
    discord::KIND,
    discord_channel::KIND,
    meetup::KIND,
    matrix::KIND,
    webhook::KIND,
    stream::KIND,
    ical::KIND,
];
