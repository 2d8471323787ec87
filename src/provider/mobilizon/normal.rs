//! Mobilizon's events as kronos's [`Event`]s.

use super::pages::{Content, Page, Row};
use super::reply::Reply;
use super::times::Times;
use super::wire::{Address, Facts, GroupData};
use crate::event::{Description, Event, EventKey, Place, Status};
use crate::text;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

/// The only visibility that is shared.
pub(super) const PUBLIC: &str = "PUBLIC";

/// The page in the body of an answer in which everything is as it should be; `None` says only that it has to be looked at
/// element by element.
pub fn decode(body: &[u8]) -> Option<Page> {
    let reply: Reply<GroupData<Facts>> = serde_json::from_slice(body).ok()?;
    if !reply.errors().is_empty() {
        return None;
    }
    let listed = reply.data?.group?.organized_events?;
    let rows = listed.elements.into_iter().map(|facts| Row {
        uuid: Some(facts.uuid.clone()),
        updated: Some(facts.updated_at),
        content: content(facts),
    });
    Some(Page {
        total: listed.total,
        rows: rows.collect(),
    })
}

/// One element of a page. An event that makes no sense keeps what names it.
pub(super) fn row(element: Value) -> Row {
    let text = |key: &str| element.get(key).and_then(Value::as_str);
    let uuid = text("uuid").map(String::from);
    let updated = text("updatedAt")
        .and_then(|time| DateTime::parse_from_rfc3339(time).ok())
        .map(|time| time.with_timezone(&Utc));
    let content = match Facts::deserialize(&element) {
        Ok(facts) => content(facts),
        Err(error) => Content::Broken(error.to_string()),
    };
    Row {
        uuid,
        updated,
        content,
    }
}

fn content(facts: Facts) -> Content {
    if facts.draft || facts.visibility != PUBLIC {
        return Content::NotPublic;
    }
    match event(facts) {
        Ok(event) => Content::Public(Box::new(event)),
        Err(reason) => Content::Broken(reason),
    }
}

fn event(facts: Facts) -> Result<Event, String> {
    let status = match facts.status.as_str() {
        "CONFIRMED" => Status::Confirmed,
        "TENTATIVE" => Status::Tentative,
        "CANCELLED" => Status::Cancelled,
        other => return Err(format!("its status {other:?} is not known")),
    };
    let key = key(Some(&facts.url))?;
    let options = facts.options.unwrap_or_default();
    let times = Times::of(
        facts.begins_on,
        facts.ends_on,
        Some(&options),
        facts.physical_address.as_ref(),
    );
    let place = facts.physical_address.as_ref().and_then(place);
    let online = web(facts.online_address.as_deref());
    Ok(Event {
        key: EventKey::new(key),
        uuid: Some(facts.uuid),
        title: facts.title.trim().to_string(),
        description: facts
            .description
            .filter(|html| !html.trim().is_empty())
            .map(Description::Html),
        begins: times.begins,
        ends: times.ends,
        timezone: times.timezone,
        all_day: times.all_day,
        online_only: options.is_online == Some(true) || (place.is_none() && online.is_some()),
        place,
        online,
        picture: facts
            .picture
            .and_then(|picture| web(picture.url.as_deref())),
        status,
        capacity: options
            .maximum_attendee_capacity
            .and_then(|seats| u32::try_from(seats).ok())
            .filter(|seats| *seats > 0),
        participation: web(facts.external_participation_url.as_deref()),
        tags: tags(
            facts
                .tags
                .into_iter()
                .flatten()
                .filter_map(|tag| tag?.title),
        ),
        updated: Some(facts.updated_at),
    })
}

/// An event's URL as its key: it stands in every text that is shared, and alone on a line.
pub(super) fn key(url: Option<&str>) -> Result<String, String> {
    let key = web(url)
        .and_then(|url| text::web(&url))
        .ok_or("its url is no web address")?;
    match key.len() {
        ..=EventKey::LONGEST => Ok(key),
        _ => Err(format!(
            "its url is longer than {} bytes",
            EventKey::LONGEST
        )),
    }
}

/// An http(s) URL as it is written, without white space around it; one that is not written in ASCII as browsers send it.
pub(super) fn web(text: Option<&str>) -> Option<String> {
    let text = text?.trim();
    let clean = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let url = Url::parse(text).ok().filter(|_| clean)?;
    let allowed = matches!(url.scheme(), "http" | "https") && url.has_host();
    allowed.then(|| match text.is_ascii() {
        true => text.to_string(),
        false => url.to_string(),
    })
}

fn place(address: &Address) -> Option<Place> {
    let part = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(String::from)
    };
    let place = Place {
        name: part(&address.description),
        street: part(&address.street),
        postal_code: part(&address.postal_code),
        locality: part(&address.locality),
        region: part(&address.region),
        country: part(&address.country),
        coordinates: address.geom.as_deref().and_then(coordinates),
    };
    (place != Place::default()).then_some(place)
}

/// `lon;lat` as latitude and longitude, if both are degrees.
fn coordinates(geom: &str) -> Option<(String, String)> {
    let (lon, lat) = geom.split_once(';')?;
    let degrees = |text: &str, most: f64| {
        let text = text.trim();
        text.parse::<f64>()
            .is_ok_and(|value| value.abs() <= most)
            .then(|| text.to_string())
    };
    Some((degrees(lat, 90.0)?, degrees(lon, 180.0)?))
}

fn tags(titles: impl Iterator<Item = String>) -> Vec<String> {
    let mut tags: Vec<String> = titles
        .map(|title| title.trim().to_lowercase())
        .filter(|title| !title.is_empty())
        .collect();
    tags.sort();
    tags.dedup();
    tags
}
