//! The group and the list of its events.

use super::item::Item;
use super::query::{classified, is_visible};
use super::{GROUP, GROUP_ID, World};
use crate::support::graphql::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

impl World {
    /// The group without its events.
    pub fn group(&self) -> Value {
        json!({
            "id": GROUP_ID, "urlname": GROUP, "name": "Rust Example", "timezone": self.zone.name(),
            "link": format!("https://www.meetup.com/{GROUP}"), "isPrimaryOrganizer": true,
            "membershipMetadata": {"role": self.role},
        })
    }

    /// One page of the events that the filter lets through, by their start.
    pub fn events(&self, signed_in: bool, arguments: &Value) -> Result<Value, Refusal> {
        let filter = &arguments["filter"];
        let after = moment(filter, "afterDateTime", "date_after")?;
        let before = moment(filter, "beforeDateTime", "date_before")?;
        let Some(wanted) = filter["status"].as_array() else {
            return Err(invalid("Variable 'status' is required"));
        };
        let title = filter["title"].as_str().unwrap_or_default().to_lowercase();
        let now = self.clock.now();
        let mut found: Vec<&Item> = self
            .items
            .iter()
            .filter(|item| is_visible(item, signed_in))
            .filter(|item| wanted.iter().any(|status| status == item.shown_status(now)))
            .filter(|item| item.title.to_lowercase().contains(&title))
            .filter(|item| after.is_none_or(|after| item.start >= after))
            .filter(|item| before.is_none_or(|before| item.start < before))
            .collect();
        found.sort_by_key(|item| (item.start, item.id.clone()));
        let total = found.len();
        let cursor =
            |item: &Item| STANDARD.encode(format!("{}:{}", item.id, item.start.timestamp_millis()));
        let start = match arguments["after"].as_str() {
            Some(after) if !self.switches.stuck_cursor => {
                let last = found.iter().position(|item| cursor(item) == after);
                last.map_or(total, |last| last + 1)
            }
            _ => 0,
        };
        let first = arguments["first"].as_u64().unwrap_or(10) as usize;
        let size = self
            .switches
            .page_size
            .map_or(first, |most| first.min(most));
        let page = &found[start..total.min(start + size)];
        let edges = page
            .iter()
            .map(|item| json!({"cursor": cursor(item), "node": self.shown(item)}))
            .collect::<Vec<_>>();
        let more = self.switches.stuck_cursor || start + page.len() < total;
        Ok(json!({
            "totalCount": total,
            "pageInfo": {
                "endCursor": page.last().map(|item| cursor(item)), "hasNextPage": more, "hasPreviousPage": start > 0,
                "startCursor": page.first().map(|item| cursor(item)),
            },
            "edges": edges,
        }))
    }
}

/// A date of the filter, which has to carry an offset; `inner` is the service's own name for it.
fn moment(filter: &Value, name: &str, inner: &str) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = filter[name].as_str() else {
        return Ok(None);
    };
    match DateTime::parse_from_rfc3339(text) {
        Ok(moment) => Ok(Some(moment.to_utc())),
        Err(_) => Err(invalid(&format!(
            "Variable '{inner}' has an invalid value: Failed to parse input value {text} as ZonedDateTime"
        ))),
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::Document(classified(json!({"message": message})))
}
