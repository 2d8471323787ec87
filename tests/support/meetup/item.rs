//! One event of the group.

use super::markdown;
use super::{GROUP, World};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde_json::{Value, json};

/// Where an event stands; a published one is PAST once it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    Draft,
    Cancelled,
}

/// An event as it was sent, not as it reads back.
#[derive(Debug, Clone)]
pub struct Item {
    pub id: String,
    pub title: String,
    /// Simple HTML.
    pub description: String,
    pub start: DateTime<Utc>,
    pub duration: TimeDelta,
    /// The id of a venue, 26906060 for an online event.
    pub venue: Option<String>,
    pub how_to_find_us: String,
    pub status: Status,
    /// Whether the member was signed up at its creation.
    pub self_rsvp: bool,
    pub photo: Option<u64>,
    /// 0 is unlimited.
    pub limit: u64,
    /// Whole seconds.
    pub created: DateTime<Utc>,
}

/// The venue of every online event.
pub const ONLINE: &str = "26906060";

impl Item {
    /// A published event of three hours, which is Meetup's default.
    pub fn new(id: String, start: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        Self {
            id,
            title: String::new(),
            description: String::new(),
            start,
            duration: TimeDelta::hours(3),
            venue: None,
            how_to_find_us: String::new(),
            status: Status::Active,
            self_rsvp: false,
            photo: None,
            limit: 0,
            created: DateTime::from_timestamp(now.timestamp(), 0).unwrap(),
        }
    }

    /// Published or a draft.
    pub fn is_live(&self) -> bool {
        self.status != Status::Cancelled
    }

    /// When it ends.
    pub fn end(&self) -> DateTime<Utc> {
        self.start + self.duration
    }

    /// The status as it is shown and filtered.
    pub fn shown_status(&self, now: DateTime<Utc>) -> &'static str {
        match self.status {
            Status::Active if self.end() <= now => "PAST",
            Status::Active => "ACTIVE",
            Status::Draft => "DRAFT",
            Status::Cancelled => "CANCELLED",
        }
    }
}

impl World {
    /// All fields of GraphQL's `Event`.
    pub fn shown(&self, item: &Item) -> Value {
        let local = |moment: DateTime<Utc>, zone: Tz| {
            let moment = moment.with_timezone(&zone);
            moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, false)
        };
        let venue = item.venue.as_ref().map(|id| {
            let online = id == ONLINE;
            let name = if online {
                "Online event"
            } else {
                self.venues[id].as_str()
            };
            json!({
                "id": id, "name": name, "venueType": if online { "online" } else { "" },
                "address": null, "city": null, "country": null,
            })
        });
        let online = item.venue.as_deref() == Some(ONLINE);
        let photo = item.photo.map(|id| {
            json!({"id": id.to_string(), "baseUrl": "https://secure-content.meetupstatic.com/images/classic-events/"})
        });
        json!({
            "id": item.id, "token": item.id, "title": item.title, "description": markdown::from_html(&item.description),
            "status": item.shown_status(self.clock.now()), "dateTime": local(item.start, self.zone),
            "endTime": local(item.end(), self.zone), "duration": iso(item.duration),
            "createdTime": local(item.created, Tz::America__New_York),
            "eventUrl": format!("https://www.meetup.com/{GROUP}/events/{}/", item.id),
            "eventType": if online { "ONLINE" } else { "PHYSICAL" }, "venues": venue.as_slice(),
            "howToFindUs": item.how_to_find_us, "group": self.group(), "featuredEventPhoto": photo, "maxTickets": item.limit,
        })
    }
}

/// A length as ISO 8601 writes it, in hours, minutes and seconds: `PT1H30M`.
pub fn iso(length: TimeDelta) -> String {
    let seconds = length.num_seconds();
    let parts = [
        (seconds / 3600, 'H'),
        (seconds / 60 % 60, 'M'),
        (seconds % 60, 'S'),
    ];
    let text: String = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    format!("PT{text}")
}

/// A length from ISO 8601, days and smaller; `None` if it is nothing of the kind or not positive.
pub fn from_iso(text: &str) -> Option<TimeDelta> {
    let (days, time) = text
        .strip_prefix('P')?
        .split_once('T')
        .unwrap_or((&text[1..], ""));
    let mut seconds = 0;
    for (mut part, units) in [
        (days, &[('D', 86400)][..]),
        (time, &[('H', 3600), ('M', 60), ('S', 1)]),
    ] {
        for (unit, worth) in units {
            if let Some((count, rest)) = part.split_once(*unit) {
                seconds += count.parse::<i64>().ok()? * worth;
                part = rest;
            }
        }
        if !part.is_empty() {
            return None;
        }
    }
    (seconds > 0).then(|| TimeDelta::seconds(seconds))
}
