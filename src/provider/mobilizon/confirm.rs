//! A fresh look at events that did not appear: were they deleted, hidden, or only moved?

use super::Mobilizon;
use super::documents::{self, EVENTS_AT_ONCE};
use super::normal::PUBLIC;
use super::reply::Reply;
use super::settings::is_host_of;
use super::times::Times;
use super::wire::{Actor, Standing};
use crate::event::EventKey;
use crate::http::{Answer, Fault};
use crate::provider::{Finding, Missing};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use url::Url;

impl Mobilizon {
    /// One finding for each of `missing`, in order. After a refusal, or where the instance cannot be reached, nothing more is
    /// asked and the rest is unknown.
    pub(super) async fn look(&self, missing: &[Missing]) -> Vec<Finding> {
        let nobody = || Finding::Unknown("its uuid is not known".into());
        let mut findings: Vec<Finding> = missing.iter().map(|_| nobody()).collect();
        let named: Vec<(usize, String)> = missing
            .iter()
            .enumerate()
            .filter_map(|(n, event)| Some((n, self.uuid_of(event)?)))
            .collect();
        let mut closed: Option<String> = None;
        for chunk in named.chunks(EVENTS_AT_ONCE) {
            let reply = match closed {
                Some(_) => None,
                None => {
                    let document = documents::confirm(chunk.len());
                    let uuids = chunk.iter().map(|(_, uuid)| uuid.as_str());
                    let variables = documents::variables("e", uuids);
                    match self.api.ask(&document, &variables).await {
                        Ok(reply) => Some(reply),
                        Err(failure) => {
                            closed = Some(failure.to_string());
                            None
                        }
                    }
                }
            };
            for (alias, (n, uuid)) in chunk.iter().enumerate() {
                let found = reply
                    .as_ref()
                    .map(|reply| self.judge(reply, &format!("e{alias}")));
                findings[*n] = match (found, &closed) {
                    (Some(Some(finding)), _) => finding,
                    (Some(None), None) => self.last_word(uuid, &mut closed).await,
                    (_, reason) => Finding::Unknown(reason.clone().unwrap_or_default()),
                };
            }
        }
        findings
    }

    /// Whether `key` is an event page of this instance.
    pub(super) fn uuid_in(&self, key: &EventKey) -> Option<String> {
        let url = Url::parse(key.as_str()).ok()?;
        let base = self.api.url();
        let bare = url.query().is_none() && url.fragment().is_none();
        (bare && url.origin() == base.origin()).then_some(())?;
        let uuid = url
            .path()
            .strip_prefix(base.path().trim_end_matches('/'))?
            .strip_prefix("/events/")?;
        is_uuid(uuid).then(|| uuid.to_string())
    }

    fn uuid_of(&self, event: &Missing) -> Option<String> {
        event
            .uuid
            .clone()
            .filter(|uuid| is_uuid(uuid))
            .or_else(|| self.uuid_in(&event.key))
    }

    /// What the answer says of `alias`; `None` if the event is deleted, hidden or a draft: one and the same error.
    pub(super) fn judge(
        &self,
        reply: &Reply<HashMap<String, Value>>,
        alias: &str,
    ) -> Option<Finding> {
        if let Some(error) = reply.error_at(alias) {
            let is_gone = error.code() == Some("event_not_found");
            return (!is_gone).then(|| Finding::Unknown(error.text()));
        }
        let Some(data) = &reply.data else {
            let failure = self.api.without_data(reply);
            return Some(Finding::Unknown(failure.to_string()));
        };
        let event = data.get(alias).unwrap_or(&Value::Null);
        Some(match Standing::deserialize(event) {
            Ok(event) if event.draft || event.visibility != PUBLIC => Finding::Hidden,
            Ok(event) => self.visible(&event),
            Err(error) => Finding::Unknown(format!("the instance answered nonsense ({error})")),
        })
    }

    fn visible(&self, event: &Standing) -> Finding {
        let times = Times::of(
            event.begins_on,
            event.ends_on,
            event.options.as_ref(),
            event.physical_address.as_ref(),
        );
        Finding::Visible {
            begins: times.begins,
            ends: times.ends,
            group: event
                .attributed_to
                .as_ref()
                .and_then(|actor| self.configured(actor)),
        }
    }

    /// The configured group that `actor` is.
    fn configured(&self, actor: &Actor) -> Option<String> {
        let is_local = actor
            .domain
            .as_deref()
            .is_none_or(|domain| is_host_of(domain, self.api.url()));
        actor
            .preferred_username
            .clone()
            .filter(|name| is_local && self.groups.contains(name))
    }

    /// Asks for the event's own page, whose status tells deletion from hiding.
    async fn last_word(&self, uuid: &str, closed: &mut Option<String>) -> Finding {
        let answer = self.api.event(uuid).await;
        if let Some(reason) = refusal(self.api.base(), &answer) {
            *closed = Some(reason);
        }
        match answer {
            Ok(answer) => word(&answer),
            Err(fault) => Finding::Unknown(fault.to_string()),
        }
    }
}

/// Why nothing more may be asked.
fn refusal(base: &str, answer: &Result<Answer, Fault>) -> Option<String> {
    match answer {
        Ok(answer) if matches!(answer.status, 401 | 403 | 429) => Some(format!(
            "{base} refused to show an event's page ({}); nothing more was asked",
            answer.status
        )),
        Err(Fault::NotSent(reason)) => Some(reason.clone()),
        _ => None,
    }
}

fn word(answer: &Answer) -> Finding {
    match answer.status {
        410 => Finding::Deleted,
        404 => Finding::Hidden,
        200..=299 => Finding::Unknown("its page can be seen after all".into()),
        status => Finding::Unknown(format!("its page answered {status}")),
    }
}

/// Whether `text` is a uuid in its usual form. Anything else would make the server refuse the whole document.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.char_indices().all(|(n, c)| match n {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        })
}
