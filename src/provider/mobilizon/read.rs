//! Reading a group: which document to send, and what a page of it says.

use super::Mobilizon;
use super::changes::{Since, changes};
use super::documents::{CHANGES, EVENTS, EVENTS_UNORDERED};
use super::normal::{decode, row};
use super::pages::{Content, Handing, Page};
use super::reply::{GraphError, Reply};
use super::whole::whole;
use super::wire::GroupData;
use crate::event::Event;
use crate::http::Failure;
use crate::provider::{Reading, Want};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};

/// How far into the past a whole reading reaches.
const PAST: TimeDelta = TimeDelta::days(14);

impl Mobilizon {
    /// Reads what changed where that can be told, else the whole group.
    ///
    /// Servers before 5.1.0 leave out an event that began before the reading's `since` and still goes on; a fresh look at it
    /// finds it standing.
    pub(super) async fn reading(
        &self,
        group: &str,
        want: &Want<'_>,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Reading, Failure> {
        let since = want.now - PAST;
        let mut handing = Handing::new(group, sink);
        if !want.whole
            && let (Some(stored), Some(probe)) = (want.stored, want.probe)
            && let Some(newest_at) = stored.newest_at
        {
            let builds_on = Since {
                stored,
                newest_at,
                probe,
                known: want.known,
                after: since,
            };
            let fetch = async |page, limit| self.page(CHANGES, group, None, page, limit).await;
            if let Some(complete) = changes(fetch, &builds_on, &mut handing).await? {
                return Ok(Reading {
                    whole: false,
                    complete,
                    since,
                });
            }
        }
        let after = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let fetch = async |page, limit| {
            let found = self.page(EVENTS, group, Some(&after), page, limit).await?;
            match found {
                Some(page) => Ok(page),
                None => self
                    .page(EVENTS_UNORDERED, group, Some(&after), page, limit)
                    .await?
                    .ok_or_else(|| self.too_old()),
            }
        };
        // On a first reading nothing else tells how many pages to ask for.
        let likely = want.probe.filter(|_| want.stored.is_none());
        let likely = likely.map_or(0, |probe| probe.total);
        let complete = whole(fetch, likely, &mut handing).await?;
        Ok(Reading {
            whole: true,
            complete,
            since,
        })
    }

    /// One page. `None` if the server is too old for this document; it is asked at most once for what it does not know.
    async fn page(
        &self,
        document: &'static str,
        group: &str,
        after: Option<&str>,
        page: u64,
        limit: u64,
    ) -> Result<Option<Page>, Failure> {
        if self.too_old.get() && document != EVENTS_UNORDERED {
            return Ok(None);
        }
        let mut variables: Map<String, Value> = Map::new();
        variables.insert("group".into(), group.into());
        variables.insert("page".into(), page.into());
        variables.insert("limit".into(), limit.into());
        if let Some(after) = after {
            variables.insert("after".into(), after.into());
        }
        let answer = self.api.answer(document, &json!(variables)).await?;
        if let Some(page) = decode(&answer.body) {
            return Ok(Some(page));
        }
        let reply = self.api.reply(&answer)?;
        if reply.is_too_old() {
            self.too_old.set(true);
            return Ok(None);
        }
        self.listed(group, reply).map(Some)
    }

    /// The page in a reply. An error inside an event breaks that event; any other breaks the page.
    pub(super) fn listed(
        &self,
        group: &str,
        mut reply: Reply<GroupData<Value>>,
    ) -> Result<Page, Failure> {
        let Some(data) = reply.data.take() else {
            return Err(self.api.without_data(&reply));
        };
        let mut broken = Vec::new();
        for error in reply.errors() {
            match element(error) {
                Some(position) => broken.push((position, error.text())),
                None => return Err(self.api.group_failure(group, error)),
            }
        }
        let listed = data
            .group
            .and_then(|group| group.organized_events)
            .ok_or_else(|| {
                Failure::Broken(format!(
                    "{} answered without the events of group {group:?}",
                    self.api.base()
                ))
            })?;
        let mut rows: Vec<_> = listed.elements.into_iter().map(row).collect();
        for (position, reason) in broken {
            if let Some(row) = rows.get_mut(position) {
                row.content = Content::Broken(reason);
            }
        }
        Ok(Page {
            total: listed.total,
            rows,
        })
    }

    fn too_old(&self) -> Failure {
        Failure::Wrong(format!(
            "{} is too old for kronos; ask its administrators to update Mobilizon",
            self.api.base()
        ))
    }
}

/// The position in the list at which an error happened, if it happened inside one event.
fn element(error: &GraphError) -> Option<usize> {
    let [_, _, list, position, ..] = error.path() else {
        return None;
    };
    (list == "elements").then(|| usize::try_from(position.as_u64()?).ok())?
}
