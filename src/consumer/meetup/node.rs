//! An event as Meetup gives it back, and what it shows as an item.

use super::times;
use crate::consumer::{Field, Item, ItemState, Maker};
use crate::event::EventKey;
use crate::text;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

/// An event of Meetup. Mutations are answered with only the first of these fields.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its id, which can change when the event belongs to a series.
    pub id: String,
    /// Its stable id: the same as `id` outside series.
    pub token: Option<String>,
    /// ACTIVE, DRAFT, CANCELLED, PAST and others.
    pub status: String,
    /// When it begins.
    pub date_time: Option<String>,
    /// Its page.
    pub event_url: Option<String>,
    /// When it ends.
    pub end_time: Option<String>,
    /// How long it lasts, ISO 8601.
    pub duration: Option<String>,
    /// When it was created, in whole seconds.
    pub created_time: Option<String>,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Its description, as Markdown with backslashes, whatever was sent.
    #[serde(default)]
    pub description: String,
    /// Where it takes place.
    pub venues: Option<Vec<Venue>>,
    /// Its cover picture.
    pub featured_event_photo: Option<Photo>,
}

/// A venue.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Venue {
    id: String,
    venue_type: Option<String>,
}

/// A photo.
#[derive(Debug, Clone, Deserialize)]
pub struct Photo {
    id: String,
}

/// The canonical text of a venue's location.
pub fn venue(id: &str) -> String {
    format!("venue {id}")
}

/// The canonical text of an instant, to the minute.
pub fn moment(at: DateTime<Utc>) -> String {
    times::minute(at).to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Node {
    /// What identifies it for good: the stable token, so that a change of `id` loses nothing.
    pub fn remote_id(&self) -> &str {
        self.token
            .as_deref()
            .filter(|token| !token.is_empty())
            .unwrap_or(&self.id)
    }

    /// When it begins.
    pub fn begins(&self) -> Option<DateTime<Utc>> {
        self.date_time.as_deref().and_then(times::instant)
    }

    /// When it is over: by the length that comes back, else by the end.
    pub fn ends(&self) -> Option<DateTime<Utc>> {
        let length = self.duration.as_deref().and_then(times::length);
        length
            .and_then(|length| self.begins()?.checked_add_signed(length))
            .or_else(|| self.end_time.as_deref().and_then(times::instant))
    }

    /// Whether it is not published.
    pub fn is_draft(&self) -> bool {
        matches!(
            self.status.as_str(),
            "DRAFT" | "AUTOSCHED_DRAFT" | "PROPOSED" | "TEMPLATE"
        )
    }

    /// Whether it is neither called off nor over.
    pub fn is_live(&self, now: DateTime<Utc>) -> bool {
        !matches!(
            self.status.as_str(),
            "CANCELLED" | "CANCELLED_PERM" | "PAST" | "AUTOSCHED_CANCELLED" | "AUTOSCHED_FINISHED"
        ) && self.ends().is_none_or(|ends| ends > now)
    }

    /// The id of its cover picture, if it is one that can be sent (GraphQL's Int has 32 bits).
    pub fn photo(&self) -> Option<i32> {
        self.featured_event_photo.as_ref()?.id.parse().ok()
    }

    /// What it shows at `now`.
    pub fn item(&self, now: DateTime<Utc>) -> Item {
        let begins = self.begins();
        let description = self.description.replace('\\', "").replace("&amp;", "&");
        let state = match begins {
            _ if self.is_draft() => ItemState::Draft,
            Some(begins) if begins <= now => ItemState::Active,
            _ => ItemState::Scheduled,
        };
        Item {
            remote_id: self.remote_id().into(),
            remote_url: self.event_url.clone(),
            maker: Maker::Unnamed,
            marker: marker(&description),
            links: text::links(&description),
            state,
            title: self.title.clone(),
            begins,
            created: self.created_time.as_deref().and_then(times::instant),
            fields: self.fields(),
        }
    }

    /// The fields that can be compared. The description is not among them, since it never comes back as it was sent; nor
    /// is the publication of a published event, since nothing ever takes that back.
    fn fields(&self) -> BTreeMap<Field, String> {
        let venues = self.venues.as_deref().unwrap_or_default();
        let is_online = |venue: &&Venue| venue.venue_type.as_deref() == Some("online");
        let place = venues.iter().find(|venue| !is_online(venue));
        let online = venues
            .iter()
            .find(is_online)
            .map(|_| super::render::ONLINE.into());
        [
            (Field::Title, Some(text::line(&self.title))),
            (Field::Begins, self.begins().map(moment)),
            (Field::Ends, self.ends().map(moment)),
            (
                Field::Location,
                place.map(|place| venue(&place.id)).or(online),
            ),
            (
                Field::Publication,
                self.is_draft().then(|| super::render::DRAFT.into()),
            ),
        ]
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)))
        .collect()
    }
}

/// The key of the event by which the item was made: the URL that is all of the description's last line, as a link or bare.
///
/// A URL at the end of a person's sentence is no marker. `description` is without Markdown's escapes.
pub fn marker(description: &str) -> Option<EventKey> {
    let last = description
        .lines()
        .map(str::trim)
        .rfind(|line| !line.is_empty())?;
    let url = text::links(last).pop()?;
    let is_link = last.starts_with('[')
        && last.matches("](").count() == 1
        && last.ends_with(&format!("]({url})"));
    (is_link || last == url || last == format!("<{url}>")).then(|| EventKey::new(url))
}
