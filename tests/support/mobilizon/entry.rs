//! One event as it stands in Mobilizon's database, and its two faces: GraphQL and ActivityPub.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

/// An event. Tests change it through its methods, or its fields.
#[derive(Debug, Clone)]
pub struct Entry {
    pub id: u64,
    pub uuid: String,
    pub group: String,
    pub title: String,
    pub description: String,
    pub begins: DateTime<Utc>,
    pub ends: Option<DateTime<Utc>>,
    pub timezone: Option<String>,
    pub show_start: bool,
    pub show_end: bool,
    pub online: bool,
    pub online_address: Option<String>,
    pub external_url: Option<String>,
    pub capacity: Option<u32>,
    pub status: &'static str,
    pub visibility: &'static str,
    pub draft: bool,
    /// In the shape of GraphQL, or null.
    pub address: Value,
    /// In the shape of GraphQL, or null.
    pub picture: Value,
    pub tags: Vec<String>,
    pub participants: u32,
    pub inserted: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}

impl Entry {
    /// A confirmed, public event of two hours, thirty days after `now`.
    pub fn new(number: u64, group: &str, now: DateTime<Utc>) -> Self {
        let begins = whole(now) + TimeDelta::days(30);
        Self {
            id: number,
            uuid: format!("00000000-0000-4000-8000-{number:012x}"),
            group: group.to_owned(),
            title: format!("Event {number}"),
            description: "<p>Come and see.</p>".to_owned(),
            begins,
            ends: Some(begins + TimeDelta::hours(2)),
            timezone: Some("Europe/Berlin".to_owned()),
            show_start: true,
            show_end: true,
            online: false,
            online_address: None,
            external_url: None,
            capacity: None,
            status: "CONFIRMED",
            visibility: "PUBLIC",
            draft: false,
            address: Value::Null,
            picture: Value::Null,
            tags: Vec::new(),
            participants: 0,
            inserted: whole(now),
            updated: whole(now),
        }
    }

    /// Plain text.
    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// HTML.
    pub fn description(mut self, html: &str) -> Self {
        html.clone_into(&mut self.description);
        self
    }

    /// When it begins; the end moves along.
    pub fn begins(mut self, begins: DateTime<Utc>) -> Self {
        self.ends = self.ends.map(|ends| begins + (ends - self.begins));
        self.begins = begins;
        self
    }

    /// When it ends.
    pub fn ends(mut self, ends: DateTime<Utc>) -> Self {
        self.ends = Some(ends);
        self
    }

    /// Leaves the end open.
    pub fn without_end(mut self) -> Self {
        self.ends = None;
        self
    }

    /// An IANA name.
    pub fn timezone(mut self, name: &str) -> Self {
        self.timezone = Some(name.to_owned());
        self
    }

    /// `TENTATIVE`, `CONFIRMED` or `CANCELLED`.
    pub fn status(mut self, status: &'static str) -> Self {
        self.status = status;
        self
    }

    /// `PUBLIC`, `UNLISTED`, `RESTRICTED` or `PRIVATE`.
    pub fn visibility(mut self, visibility: &'static str) -> Self {
        self.visibility = visibility;
        self
    }

    /// Makes it a draft, or no longer one.
    pub fn draft(mut self, draft: bool) -> Self {
        self.draft = draft;
        self
    }

    /// An address with its name, street, postal code and locality.
    pub fn place(mut self, name: &str, street: &str, code: &str, locality: &str) -> Self {
        self.address = json!({
            "id": "88", "url": "http://127.0.0.1/address/88", "originId": null, "description": name, "street": street,
            "postalCode": code, "locality": locality, "region": null, "country": "Germany", "type": "house",
            "geom": "8.4037;49.0069", "timezone": "Europe/Berlin",
        });
        self
    }

    /// An online event at that URL.
    pub fn online(mut self, url: &str) -> Self {
        self.online = true;
        self.online_address = Some(url.to_owned());
        self
    }

    /// How many may come; 0 is unlimited.
    pub fn capacity(mut self, capacity: u32) -> Self {
        self.capacity = Some(capacity);
        self
    }

    /// Adds a tag.
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag.to_owned());
        self
    }

    /// A picture that [`Mobilizon::picture`](super::Mobilizon::picture) made.
    pub fn picture(mut self, picture: Value) -> Self {
        self.picture = picture;
        self
    }

    /// Shows only the day, not the times.
    pub fn whole_days(mut self) -> Self {
        self.show_start = false;
        self.show_end = false;
        self
    }

    /// Its canonical URL at `base`.
    pub fn url(&self, base: &str) -> String {
        format!("{base}/events/{}", self.uuid)
    }

    /// The end that date filters go by.
    pub fn effective_end(&self) -> DateTime<Utc> {
        self.ends.unwrap_or(self.begins)
    }

    /// Whether anybody may see it in a list.
    pub fn is_public(&self) -> bool {
        self.visibility == "PUBLIC" && !self.draft
    }

    /// Whether anybody who has the link may see it.
    pub fn is_reachable(&self) -> bool {
        matches!(self.visibility, "PUBLIC" | "UNLISTED") && !self.draft
    }

    /// All fields of GraphQL's `Event`. `member` tells whether a member of the group asks: only they see the organiser.
    pub fn to_graphql(&self, base: &str, group: &Value, member: bool) -> Value {
        let organiser = json!({
            "__typename": "Person", "id": "57", "url": format!("{base}/@marleen"), "type": "PERSON", "name": "Marleen",
            "domain": null, "local": true, "preferredUsername": "marleen",
        });
        json!({
            "id": self.id.to_string(), "uuid": self.uuid, "url": self.url(base), "local": true, "title": self.title,
            "slug": null, "description": self.description, "language": "en", "category": "SCIENCE_TECH",
            "beginsOn": time(self.begins), "endsOn": self.ends.map(time), "status": self.status,
            "visibility": self.visibility, "draft": self.draft,
            "joinOptions": if self.external_url.is_some() { "EXTERNAL" } else { "FREE" },
            "externalParticipationUrl": self.external_url, "onlineAddress": self.online_address, "phoneAddress": null,
            "insertedAt": time(self.inserted), "updatedAt": time(self.updated), "publishAt": null,
            "options": {
                "timezone": self.timezone, "showStartTime": self.show_start, "showEndTime": self.show_end,
                "isOnline": self.online, "maximumAttendeeCapacity": self.capacity.unwrap_or(0),
                "hideOrganizerWhenGroupEvent": false,
            },
            "participantStats": {"going": self.participants, "participant": self.participants},
            "picture": self.picture, "physicalAddress": self.address, "attributedTo": group,
            "organizerActor": if member { organiser } else { Value::Null },
            "tags": self.tags.iter().map(|tag| json!({"id": "1", "slug": tag.to_lowercase(), "title": tag})).collect::<Vec<_>>(),
            "metadata": [],
        })
    }

    /// The object that federated servers fetch.
    pub fn to_activity(&self, base: &str) -> Value {
        let public = "https://www.w3.org/ns/activitystreams#Public";
        let (to, cc) = match self.visibility {
            "PUBLIC" => (json!([public]), json!([])),
            _ => (json!([]), json!([public])),
        };
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams"], "type": "Event", "id": self.url(base), "uuid": self.uuid,
            "name": self.title, "content": self.description, "mediaType": "text/html", "startTime": time(self.begins),
            "endTime": self.ends.map(time), "ical:status": self.status, "draft": self.draft, "to": to, "cc": cc,
            "published": time(self.inserted), "updated": time(self.updated), "attributedTo": format!("{base}/@{}", self.group),
        })
    }
}

/// As Mobilizon writes times: UTC, whole seconds.
pub fn time(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The whole second at or before `moment`.
pub fn whole(moment: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(moment.timestamp(), 0).unwrap()
}
