//! Readings: the group, its live events page by page, and one event.

use super::api::Api;
use super::documents::{EVENT, GROUP, GROUP_EVENTS};
use super::node::Node;
use crate::http::Failure;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// How many events one page holds.
const PAGE: usize = 50;
/// More pages than any group's live events fill.
const MOST_PAGES: usize = 100;
/// How long before now an event may have begun and still be under way: Meetup filters by the beginning.
const UNDER_WAY: TimeDelta = TimeDelta::days(15);

/// What must be known of the group to write to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// The zone in which all its times are written.
    pub zone: Tz,
}

#[derive(Deserialize)]
pub(super) struct GroupAnswer {
    id: String,
    timezone: Option<String>,
    pub(super) events: Option<Page>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    total_count: Option<usize>,
    page_info: PageInfo,
    pub(super) edges: Vec<Edge>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    has_next_page: bool,
    end_cursor: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Edge {
    pub(super) node: Node,
}

/// The variables that ask for one page of events that may be live at `begun`; the filter's date carries its offset.
pub fn page(group: &str, begun: DateTime<Utc>, after: Option<&str>) -> Value {
    let since = (begun - UNDER_WAY).to_rfc3339_opts(SecondsFormat::Secs, false);
    json!({
        "urlname": group,
        "filter": { "status": ["ACTIVE", "DRAFT"], "afterDateTime": since },
        "first": PAGE,
        "after": after,
    })
}

/// The group and all its events that may be live at `begun`, other people's included.
///
/// # Errors
/// `Wrong` if there is no such group; `Broken` if the pages do not add up.
pub async fn events(
    api: &Api,
    name: &str,
    begun: DateTime<Utc>,
) -> Result<(Group, Vec<Node>), Failure> {
    let (mut cursors, mut ids, mut nodes) = (HashSet::new(), HashSet::new(), Vec::new());
    let mut after: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let data = api
            .read(GROUP_EVENTS, page(name, begun, after.as_deref()))
            .await?;
        let mut answer = found(data, name)?;
        let group = group_of(&answer, name)?;
        let page = answer
            .events
            .take()
            .ok_or_else(|| Failure::Broken("Meetup's answer holds no events".into()))?;
        for edge in page.edges {
            if ids.insert(edge.node.id.clone()) {
                nodes.push(edge.node);
            }
        }
        let cursor = page
            .page_info
            .end_cursor
            .filter(|cursor| cursors.insert(cursor.clone()));
        if page.page_info.has_next_page && cursor.is_some() {
            after = cursor;
            continue;
        }
        // Whatever ended the reading, only the count shows that nothing is missing. It may be left out, though.
        return match page.total_count {
            Some(total) if total == ids.len() => Ok((group, nodes)),
            None if !page.page_info.has_next_page => Ok((group, nodes)),
            total => Err(Failure::Broken(format!(
                "Meetup listed {} events of {}; the list is not complete",
                ids.len(),
                total.map_or("an unknown number".into(), |total| total.to_string())
            ))),
        };
    }
    Err(Failure::Broken(format!(
        "Meetup's list of events does not end after {MOST_PAGES} pages"
    )))
}

/// The group alone.
///
/// # Errors
/// As for [`events`].
pub async fn group(api: &Api, name: &str) -> Result<Group, Failure> {
    let data = api.read(GROUP, json!({ "urlname": name })).await?;
    group_of(&found(data, name)?, name)
}

/// One event by its id, whatever its state; `None` if there is none.
///
/// # Errors
/// As for every reading.
pub async fn event(api: &Api, id: &str) -> Result<Option<Node>, Failure> {
    take(api.read(EVENT, json!({ "id": id })).await?, "event")
}

pub(super) fn found(data: Map<String, Value>, name: &str) -> Result<GroupAnswer, Failure> {
    take(data, "groupByUrlname")?.ok_or_else(|| {
        Failure::Wrong(format!(
            "the group {name:?} was not found at Meetup; check group, the part after https://www.meetup.com/ in its address"
        ))
    })
}

pub(super) fn group_of(answer: &GroupAnswer, name: &str) -> Result<Group, Failure> {
    let zone = answer.timezone.as_deref().unwrap_or_default();
    let zone = zone.parse().map_err(|_| {
        Failure::Broken(format!(
            "the group {name:?} has no time zone that is known ({zone:?}); set the group's city and time zone in its settings at Meetup"
        ))
    })?;
    Ok(Group {
        id: answer.id.clone(),
        zone,
    })
}

pub(super) fn take<T: DeserializeOwned>(
    mut data: Map<String, Value>,
    field: &str,
) -> Result<Option<T>, Failure> {
    let value = data
        .remove(field)
        .ok_or_else(|| Failure::Broken(format!("Meetup's answer holds no {field}")))?;
    serde_json::from_value(value)
        .map_err(|error| Failure::Broken(format!("Meetup's {field} cannot be read ({error})")))
}
