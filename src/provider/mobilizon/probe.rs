//! The quiet probe: one question for up to fifty groups.

use super::api::Api;
use super::changes::name;
use super::documents::{self, GROUPS_AT_ONCE};
use super::reply::Reply;
use super::wire::{Group, Newest};
use crate::http::Failure;
use crate::provider::Probe;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;

/// What the server says of one group.
pub(super) type Answered = Result<Option<Probe>, Failure>;

/// Probes `groups`, one answer each, in order; and whether the server turned out to be too old to choose an order.
///
/// After a failure that concerns the instance nothing more is asked: the rest of the groups share it.
pub(super) async fn probe(api: &Api, groups: &[String]) -> (Vec<Answered>, bool) {
    let mut answers: Vec<Answered> = Vec::with_capacity(groups.len());
    let mut too_old = false;
    for chunk in groups.chunks(GROUPS_AT_ONCE) {
        let document = documents::probe(chunk.len());
        let variables = documents::variables("g", chunk.iter().map(String::as_str));
        match api.ask(&document, &variables).await {
            Ok(reply) => {
                too_old |= reply.is_too_old();
                answers.extend(read(api, chunk, reply));
            }
            Err(failure) => {
                let rest = groups.len() - answers.len();
                answers.extend(std::iter::repeat_n(Err(failure), rest));
                break;
            }
        }
    }
    (answers, too_old)
}

/// One answer for each of `groups`. A server that does not understand the question cannot tell: `Ok(None)`.
pub(super) fn read(
    api: &Api,
    groups: &[String],
    reply: Reply<HashMap<String, Value>>,
) -> Vec<Answered> {
    let one = |(n, group): (usize, &String)| {
        let Some(data) = &reply.data else {
            return match reply.is_refused() {
                true => Ok(None),
                false => Err(api.without_data(&reply)),
            };
        };
        let alias = format!("g{n}");
        if let Some(error) = reply.error_at(&alias) {
            return Err(api.group_failure(group, error));
        }
        let value = data.get(&alias).unwrap_or(&Value::Null);
        summary(value).map(Some).map_err(|reason| {
            Failure::Broken(format!(
                "{} answered nonsense about group {group:?} ({reason})",
                api.base()
            ))
        })
    };
    groups.iter().enumerate().map(one).collect()
}

fn summary(group: &Value) -> Result<Probe, String> {
    let listed = Group::<Value>::deserialize(group)
        .map_err(|error| error.to_string())?
        .organized_events
        .ok_or("no list of events")?;
    let newest = match listed.elements.first() {
        Some(element) => Some(Newest::deserialize(element).map_err(|error| error.to_string())?),
        None => None,
    };
    Ok(Probe {
        total: listed.total,
        newest: newest
            .as_ref()
            .map(|event| name(&event.uuid, event.updated_at)),
        newest_at: newest.map(|event| event.updated_at),
    })
}
