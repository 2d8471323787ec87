//! The calendar's events as items.

use super::change::key;
use super::file::{Block, Calendar};
use super::line::Line;
use super::render::{fields, time};
use crate::consumer::{Field, Item, ItemState, Maker};
use crate::event::EventKey;
use crate::text;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use url::Url;

/// A day is over everywhere this long after its end in UTC.
const LAST_ZONE: TimeDelta = TimeDelta::hours(12);

/// The events that are not over at `now`, other people's included, in the order of the file.
pub fn items(calendar: &Calendar, now: DateTime<Utc>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut ours: HashMap<String, usize> = HashMap::new();
    for (index, block) in calendar.blocks.iter().enumerate() {
        let times = Times::of(block);
        if times.over.is_some_and(|over| over <= now) {
            continue;
        }
        let key = key(block);
        if let Some(twin) = key.as_ref().and_then(|key| ours.get(key)) {
            // It differs from every rendering, so that it is written anew and the second one goes.
            items[*twin]
                .fields
                .insert(Field::Link, "stands more than once".into());
            continue;
        }
        if let Some(key) = &key {
            ours.insert(key.clone(), items.len());
        }
        items.push(item(block, key, &times, index, now));
    }
    items
}

struct Times {
    begins: Option<DateTime<Utc>>,
    /// `None`: it recurs, or nobody knows.
    over: Option<DateTime<Utc>>,
}

impl Times {
    fn of(block: &Block) -> Self {
        let begins = block.value("DTSTART").and_then(time);
        let is_day = block
            .value("DTSTART")
            .is_some_and(|line| line.value.trim().len() == 8);
        let ends = block.value("DTEND").and_then(time);
        let over = if is_day {
            ends.or(begins.map(|begins| begins + TimeDelta::days(1)))
                .map(|ends| ends + LAST_ZONE)
        } else {
            ends.or(begins)
        };
        let recurs = ["RRULE", "RDATE", "DURATION"]
            .iter()
            .any(|name| block.value(name).is_some());
        Self {
            begins,
            over: over.filter(|_| !recurs),
        }
    }
}

fn item(
    block: &Block,
    key: Option<String>,
    times: &Times,
    index: usize,
    now: DateTime<Utc>,
) -> Item {
    let shown = |name| block.value(name).map(Line::unescaped).unwrap_or_default();
    let description = shown("DESCRIPTION");
    let mut links = text::links(&description);
    let last = description.trim_end().lines().next_back().map(str::trim);
    let marker = key
        .clone()
        .or_else(|| last.filter(|line| is_marker(line)).map(str::to_owned));
    let url = Some(shown("URL")).filter(|url| !url.is_empty());
    for link in url.into_iter().chain(marker.clone()) {
        if !links.contains(&link) {
            links.push(link);
        }
    }
    Item {
        remote_id: Some(shown("UID"))
            .filter(|uid| !uid.is_empty())
            .unwrap_or_else(|| format!("number {}", index + 1)),
        remote_url: None,
        maker: if key.is_some() {
            Maker::Us
        } else {
            Maker::Other
        },
        marker: marker.map(EventKey::new),
        links,
        state: if shown("STATUS").eq_ignore_ascii_case("CANCELLED") {
            ItemState::Cancelled
        } else if times.begins.is_some_and(|begins| begins <= now) {
            ItemState::Active
        } else {
            ItemState::Scheduled
        },
        title: shown("SUMMARY"),
        begins: times.begins,
        created: None,
        fields: fields(&block.lines),
    }
}

/// Whether a line is nothing but a URL that can be an event's key.
fn is_marker(line: &str) -> bool {
    let url = Url::parse(line);
    !line.contains(' ') && url.is_ok_and(|url| matches!(url.scheme(), "http" | "https" | "file"))
}
