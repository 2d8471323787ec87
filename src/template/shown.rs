//! What a template sees of an event.

use crate::event::{Description, Event, Place, Status};
use crate::text::{self, Document};
use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use chrono_tz::Tz;
use minijinja::Value;
use minijinja::value::{DynObject, Object, ObjectRepr};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Every field that a template sees, as docs/templates.md lists them.
pub const FIELDS: &[&str] = &[
    "all_day",
    "begins",
    "cancelled",
    "capacity",
    "country",
    "description",
    "ends",
    "latitude",
    "locality",
    "longitude",
    "online",
    "online_only",
    "picture",
    "place",
    "postal_code",
    "region",
    "registration",
    REMINDER,
    "status",
    "street",
    "tags",
    "tentative",
    "timezone",
    "title",
    "url",
    "venue",
    "when",
];

/// The field that tells a reminder from an announcement.
pub const REMINDER: &str = "reminder";

/// Stands in what a template gave for a description. Cleaning drops it from every value and every template.
pub(super) const PLACE: char = '\u{fffc}';

/// The values of [`FIELDS`]. What there is not is none. Texts are one line each, cleaned; addresses are http(s) ones.
pub(super) fn values(event: &Event, reminder: Option<&str>) -> Value {
    let zone = event.timezone.unwrap_or(Tz::UTC);
    let moment = |at: DateTime<Utc>| {
        let at = at.trunc_subsecs(0);
        Value::from_object(Moment { at, zone })
    };
    let line = |text: &str| Some(text::line(text)).filter(|line| !line.is_empty());
    let web = |url: &Option<String>| url.as_deref().and_then(text::web);
    let place = event.place.as_ref();
    let part = |of: fn(&Place) -> &Option<String>| line(of(place?).as_deref()?);
    let coordinate =
        |of: fn(&(String, String)) -> &String| line(of(place?.coordinates.as_ref()?));
    let ends = event.ends.map(|ends| ends.trunc_subsecs(0));
    let ends = ends.filter(|ends| *ends > event.begins.trunc_subsecs(0));
    let tags: Vec<String> = event.tags.iter().filter_map(|tag| line(tag)).collect();
    let when = text::span(event.begins, event.ends, event.timezone, event.all_day);
    Value::from_pairs([
        ("all_day", event.all_day.into()),
        ("begins", moment(event.begins)),
        ("cancelled", (event.status == Status::Cancelled).into()),
        ("capacity", event.capacity.into()),
        ("country", part(|place| &place.country).into()),
        ("description", Value::from_object(Long::of(event))),
        ("ends", ends.map(moment).into()),
        ("latitude", coordinate(|both| &both.0).into()),
        ("locality", part(|place| &place.locality).into()),
        ("longitude", coordinate(|both| &both.1).into()),
        ("online", web(&event.online).into()),
        ("online_only", event.online_only.into()),
        ("picture", web(&event.picture).into()),
        ("place", place.and_then(|place| line(&place.line()?)).into()),
        ("postal_code", part(|place| &place.postal_code).into()),
        ("region", part(|place| &place.region).into()),
        ("registration", web(&event.participation).into()),
        (REMINDER, reminder.into()),
        ("status", status(event.status).into()),
        ("street", part(|place| &place.street).into()),
        ("tags", tags.into()),
        ("tentative", (event.status == Status::Tentative).into()),
        ("timezone", event.timezone.map(|zone| zone.name()).into()),
        ("title", text::line(&event.title).into()),
        ("url", event.key.as_str().into()),
        ("venue", part(|place| &place.name).into()),
        ("when", when.into()),
    ])
}

/// The word for a status, as everywhere.
fn status(status: Status) -> &'static str {
    match status {
        Status::Confirmed => "confirmed",
        Status::Tentative => "tentative",
        Status::Cancelled => "cancelled",
    }
}

/// The description of an event, parsed.
pub(super) fn document(event: &Event) -> Document {
    match &event.description {
        Some(Description::Html(html)) => Document::html(html),
        Some(Description::Plain(plain)) => Document::plain(plain),
        None => Document::default(),
    }
}

/// A moment, and the zone in which it is meant. Printed, it is RFC 3339.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    pub at: DateTime<Utc>,
    pub zone: Tz,
}

impl Moment {
    /// From RFC 3339; meant in UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        Some(Self { at, zone: Tz::UTC })
    }
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.at.cmp(&other.downcast_ref::<Self>()?.at))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.at.with_timezone(&self.zone);
        f.write_str(&local.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

/// A description. Where it stands alone between braces it is written in the service's own markup and gets the room that the rest
/// leaves; a filter gets it as plain text.
#[derive(Debug, Clone)]
pub(super) struct Long {
    document: Arc<Document>,
    most: Option<usize>,
}

impl Long {
    fn of(event: &Event) -> Self {
        Self {
            document: Arc::new(document(event)),
            most: None,
        }
    }

    /// The same, at most `most` UTF-16 units long.
    pub fn shortened(&self, most: usize) -> Self {
        Self {
            document: self.document.clone(),
            most: Some(self.most.map_or(most, |before| before.min(most))),
        }
    }

    /// What stands for it until the room for it is known: [`PLACE`], how long it may be, [`PLACE`].
    pub fn place(&self) -> String {
        match (self.document.is_empty(), self.most) {
            (true, _) => String::new(),
            (false, None) => format!("{PLACE}{PLACE}"),
            (false, Some(most)) => format!("{PLACE}{most}{PLACE}"),
        }
    }
}

impl Object for Long {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.document.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.document.to_plain(self.most.unwrap_or(usize::MAX)))
    }
}
