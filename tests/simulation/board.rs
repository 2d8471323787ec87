//! What stands at a consumer, whoever put it there.

use super::source::{Entry, TAG};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use kronos::consumer::{
    Audience, CANCELLED, Capability, Field, Item, ItemState, Listing, Maker, Rendering,
};
use kronos::event::{Event, EventKey, Status};
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

mod landing;

pub use landing::{Landed, Request};

/// Which kind of service it is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Names the maker, drops what is cancelled, takes so many items (Discord).
    Guild,
    /// Has drafts, names no maker, tells whole seconds, never gives the description back (Meetup).
    City,
    /// One file.
    File,
    /// Tells nothing of what stands there, but takes requests with one idempotency key for one (a web hook's receiver).
    Hook,
    /// Tells nothing, and takes each request for a new one (a Discord web hook).
    Blind,
}

impl Style {
    /// It tells what stands there.
    pub fn is_listed(self) -> bool {
        !matches!(self, Self::Hook | Self::Blind)
    }

    /// What is cancelled is still shown.
    pub fn shows_cancelled(self) -> bool {
        self == Self::File || !self.is_listed()
    }
}

/// Who put an item there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A request of kronos, for this entry.
    Kronos(usize),
    Person,
}

/// One item.
#[derive(Debug, Clone)]
pub struct Remote {
    pub id: String,
    pub origin: Origin,
    pub marker: Option<String>,
    pub links: Vec<String>,
    /// All of them, those that no listing gives back included.
    pub fields: BTreeMap<Field, String>,
    pub begins: DateTime<Utc>,
    pub ends: DateTime<Utc>,
    pub created: DateTime<Utc>,
    pub draft: bool,
    pub cancelled: bool,
    /// It appeared later than a listing can wait for.
    pub overdue: bool,
}

/// One consumer's side.
pub struct Board {
    pub style: Style,
    pub name: &'static str,
    /// It asks for the tag.
    pub picky: bool,
    pub room: usize,
    pub items: Rc<Vec<Remote>>,
    /// What stood until when.
    past: Vec<(DateTime<Utc>, Rc<Vec<Remote>>)>,
    late: Vec<(DateTime<Utc>, Request)>,
    /// What was carried out, by idempotency key: the item's id.
    taken: BTreeMap<String, String>,
    /// Entries of which the last request was one that had been carried out before.
    pub dropped: HashSet<usize>,
    /// Events are shown at most so long before they begin.
    pub ahead: Option<TimeDelta>,
    /// Entries of which a person took our item away where nobody can notice that.
    pub plundered: HashSet<usize>,
    /// Entries of which a request was sent, or was about to be, and nobody heard of its effect since.
    pub unheard: HashSet<usize>,
    /// By entry: the last run that may have changed something of it.
    pub changed_by: BTreeMap<usize, u64>,
    /// Entries of which a change was forgotten with the database, and nothing was applied since.
    pub forgotten: HashSet<usize>,
    next_id: u64,
    /// Whether it is as it was left can be told without listing it.
    pub is_stamped: bool,
    /// Our credentials do not suffice.
    pub unauthorised: bool,
    /// Asked too often: nothing is taken before, by kronos's clock.
    pub blocked_until: Option<DateTime<Utc>>,
    /// Events that it refuses.
    pub poison: HashSet<usize>,
    /// By event: when it was refused last, in true time, under which idempotency key and with which payload.
    pub refused: BTreeMap<String, (DateTime<Utc>, [String; 2])>,
    /// By event: not before this moment of kronos's clock.
    pub not_before: BTreeMap<String, DateTime<Utc>>,
    /// By event: when it last answered, or failed to answer, a request that may have changed something.
    pub mutated: BTreeMap<String, DateTime<Utc>>,
    pub requests: u64,
}

impl Board {
    pub fn new(style: Style, name: &'static str, room: usize, picky: bool) -> Self {
        Self {
            style,
            name,
            picky,
            room,
            items: Rc::default(),
            past: Vec::new(),
            late: Vec::new(),
            taken: BTreeMap::new(),
            dropped: HashSet::new(),
            ahead: None,
            plundered: HashSet::new(),
            unheard: HashSet::new(),
            changed_by: BTreeMap::new(),
            forgotten: HashSet::new(),
            next_id: 1,
            is_stamped: false,
            unauthorised: false,
            blocked_until: None,
            poison: HashSet::new(),
            refused: BTreeMap::new(),
            not_before: BTreeMap::new(),
            mutated: BTreeMap::new(),
            requests: 0,
        }
    }

    pub fn target(&self) -> String {
        format!("sim:{}", self.name)
    }

    pub fn capability(&self) -> Capability {
        match self.style {
            Style::Guild => Capability::Listed,
            Style::City => Capability::Draft,
            Style::File => Capability::Whole,
            Style::Hook => Capability::Key,
            Style::Blind => Capability::Blind,
        }
    }

    pub fn audience(&self) -> Audience {
        Audience {
            tags: self.picky.then(|| vec![TAG.into()]),
            ..Audience::default()
        }
    }

    pub fn wants(&self, entry: &Entry) -> bool {
        !self.picky || entry.tagged
    }

    /// What is to be shown of an event: a function of these alone.
    pub fn render(&self, version: u32, event: &Event) -> Rendering {
        let style = self.style;
        let ends = event.ends.unwrap_or(event.begins + TimeDelta::hours(2));
        let tentative = event.status == Status::Tentative;
        let prefix = if tentative { "Maybe: " } else { "" };
        let text = event.description.as_ref().map(|text| format!("{text:?}"));
        let mut fields = BTreeMap::from([
            (Field::Title, format!("{prefix}{}", event.title)),
            (
                Field::Description,
                format!("{version} {} {}", text.unwrap_or_default(), event.key),
            ),
            (Field::Begins, event.begins.to_rfc3339()),
            (Field::Ends, ends.to_rfc3339()),
        ]);
        let draft = style == Style::City && tentative;
        match style {
            Style::Guild => {
                fields.insert(Field::Picture, event.picture.clone().unwrap_or_default());
            }
            Style::City => {
                let publication = if draft { "draft" } else { "published" };
                fields.insert(Field::Publication, publication.into());
            }
            Style::File => {
                fields.insert(Field::Status, format!("{:?}", event.status));
            }
            Style::Hook | Style::Blind => {
                let is_cancelled = event.status == Status::Cancelled;
                let status = if is_cancelled { CANCELLED } else { "confirmed" };
                fields.insert(Field::Status, status.into());
            }
        }
        Rendering {
            payload: serde_json::json!({ "fields": fields, "draft": draft }),
            fields,
            opens: self.ahead.map(|ahead| event.begins - ahead),
            begins: event.begins,
            ends,
            draft,
            problem: None,
        }
    }

    fn is_live(&self, item: &Remote, now: DateTime<Utc>) -> bool {
        item.ends > now && (self.style.shows_cancelled() || !item.cancelled)
    }

    pub fn live(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Remote> {
        self.items
            .iter()
            .filter(move |item| self.is_live(item, now))
    }

    fn item(&self, remote: &Remote, now: DateTime<Utc>) -> Item {
        let hidden = match self.style {
            Style::Guild => &[Field::Picture][..],
            Style::City if remote.draft => &[Field::Description],
            Style::City => &[Field::Description, Field::Publication],
            Style::File | Style::Hook | Style::Blind => &[],
        };
        let mut fields = remote.fields.clone();
        fields.retain(|field, _| !hidden.contains(field));
        Item {
            remote_id: remote.id.clone(),
            remote_url: Some(format!("https://{}.example/{}", self.name, remote.id)),
            maker: match (self.style, remote.origin) {
                (Style::City, _) => Maker::Unnamed,
                (_, Origin::Kronos(_)) => Maker::Us,
                (_, Origin::Person) => Maker::Other,
            },
            marker: remote.marker.clone().map(EventKey::new),
            links: remote.links.clone(),
            state: match remote {
                _ if remote.draft => ItemState::Draft,
                _ if remote.cancelled => ItemState::Cancelled,
                _ if remote.begins <= now => ItemState::Active,
                _ => ItemState::Scheduled,
            },
            title: remote
                .fields
                .get(&Field::Title)
                .cloned()
                .unwrap_or_default(),
            begins: Some(remote.begins),
            created: (self.style != Style::File).then(|| match self.style {
                Style::City => remote.created.trunc_subsecs(0),
                _ => remote.created,
            }),
            fields,
        }
    }

    /// What a listing shows now if it lags by `lag`.
    pub fn listing(&self, begun: DateTime<Utc>, now: DateTime<Utc>, lag: TimeDelta) -> Listing {
        let moment = now - lag;
        let shown = self
            .past
            .iter()
            .find(|(until, _)| *until > moment)
            .map_or(&self.items, |(_, items)| items);
        let items: Vec<Item> = shown
            .iter()
            .filter(|item| self.is_live(item, now))
            .map(|item| self.item(item, now))
            .collect();
        Listing {
            begun,
            room: (self.style == Style::Guild).then(|| self.room.saturating_sub(items.len())),
            items,
        }
    }

    /// What a look at one item shows now if it lags by `lag`.
    pub fn look(&self, id: &str, now: DateTime<Utc>, lag: TimeDelta) -> Option<Item> {
        let listing = self.listing(now, now, lag);
        listing.items.into_iter().find(|item| item.remote_id == id)
    }

    /// Changes what stands; what stood before is remembered for listings that lag.
    pub fn change<T>(
        &mut self,
        now: DateTime<Utc>,
        change: impl FnOnce(&mut Vec<Remote>) -> T,
    ) -> T {
        self.past
            .retain(|(until, _)| now - *until < TimeDelta::minutes(10));
        self.past.push((now, self.items.clone()));
        change(Rc::make_mut(&mut self.items))
    }

    pub fn new_id(&mut self) -> String {
        self.next_id += 1;
        format!("{}{}", self.name, self.next_id)
    }
}
