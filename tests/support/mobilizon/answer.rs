//! How the stand-in answers: its three routes and the resolvers of its queries.

use super::entry::Entry;
use super::{World, schema};
use crate::support::exchange::{Reply, Request};
use crate::support::graphql::{Ask, Refusal, Resolved, Types};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::HashSet;
use std::sync::LazyLock;

/// The most fields that a document may select.
const COMPLEXITY: usize = 300;

static NOW: LazyLock<Types> = LazyLock::new(|| Types::new(schema::TYPES));
static OLD: LazyLock<Types> = LazyLock::new(|| Types::new(&schema::without_order()));

/// Answers one request.
pub fn answer(world: &mut World, request: &Request) -> Reply {
    if world.switches.anti_bot {
        return Reply::html(200, "Making sure you are not a bot");
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/api") => api(world, request),
        ("GET", path) if path.starts_with("/events/") => activity(world, request),
        ("GET", path) if path.starts_with("/media/") => match world.media.get(path) {
            Some((kind, bytes)) => Reply::new(200, kind, bytes.clone()),
            None => Reply::html(404, "Not Found"),
        },
        ("GET", "/.well-known/nodeinfo/2.1") => {
            let version = if world.switches.before_3_1 {
                "3.0.4"
            } else {
                "5.1.3"
            };
            let software = json!({"name": "Mobilizon", "version": version});
            Reply::json(200, &json!({"version": "2.1", "software": software}))
        }
        _ => Reply::html(404, "Not Found"),
    }
}

fn activity(world: &World, request: &Request) -> Reply {
    let uuid = request.path.trim_start_matches("/events/");
    let kind = "application/activity+json; charset=utf-8";
    if !request
        .header("accept")
        .is_some_and(|accept| accept.contains("application/activity+json"))
    {
        return Reply::html(200, "Mobilizon");
    }
    if world.deleted.contains(uuid) {
        let tombstone = json!({"type": "Tombstone", "id": format!("{}/events/{uuid}", world.base)});
        return Reply::new(410, kind, tombstone.to_string());
    }
    match world.entries.iter().find(|entry| entry.uuid == uuid) {
        Some(entry) if entry.is_reachable() => {
            Reply::new(200, kind, entry.to_activity(&world.base).to_string())
        }
        _ => Reply::new(404, kind, json!("Not found").to_string()),
    }
}

fn api(world: &mut World, request: &Request) -> Reply {
    let member_of = match request.header("authorization") {
        None => None,
        Some(value) => {
            let token = value.strip_prefix("Bearer ").unwrap_or_default();
            let Some(group) = world.members.get(token) else {
                let refused = json!({"message": "invalid_token", "details": ":token_expired"});
                return Reply::json(401, &refused);
            };
            Some(group.clone())
        }
    };
    let body = request.json();
    if !body["query"].is_string() {
        let refused = json!({"errors": [{"message": "No query document supplied"}]});
        return Reply::json(400, &refused);
    }
    let types = if world.switches.before_3_1 {
        &OLD
    } else {
        &NOW
    };
    let query = match types.check(&body) {
        Ok(query) => query,
        Err(errors) => {
            let errors: Vec<_> = errors
                .into_iter()
                .map(|error| absinthe(types, error))
                .collect();
            return Reply::json(200, &json!({"errors": errors}));
        }
    };
    let complexity = query.complexity();
    if complexity > COMPLEXITY {
        let (name, text) = (query.name(), "is too complex: complexity is");
        let message = format!("Operation {name} {text} {complexity} and maximum is {COMPLEXITY}");
        let errors = json!([{"message": message, "locations": [{"line": 1, "column": 1}]}]);
        return Reply::json(200, &json!({"errors": errors}));
    }
    let world = std::cell::RefCell::new(world);
    let answer = query.run(&|ask| resolve(&mut world.borrow_mut(), member_of.as_deref(), ask));
    Reply::json(200, &answer)
}

/// The server words unknown arguments with the field's type.
fn absinthe(types: &Types, mut error: Value) -> Value {
    let message = error["message"].as_str().unwrap_or_default();
    if let Some((argument, coordinate)) = message
        .strip_suffix("\".")
        .and_then(|text| text.split_once(" on field \""))
        && let (Some((_, field)), Some(kind)) =
            (coordinate.split_once('.'), types.type_of(coordinate))
    {
        error["message"] = json!(format!(
            "{argument} on field \"{field}\" of type \"{kind}\"."
        ));
    }
    error
}

fn resolve(world: &mut World, member_of: Option<&str>, ask: &Ask<'_>) -> Resolved {
    match (ask.on, ask.field) {
        ("RootQueryType", "group") => {
            let name = ask.arguments["preferredUsername"].as_str().unwrap();
            if world.switches.failing.contains(name) {
                return Err(refusal(
                    "internal_server_error",
                    500,
                    "Internal server error",
                ));
            }
            match group(world, name) {
                Value::Null => Err(refusal("group_not_found", 404, "Group not found")),
                group => Ok(Some(group)),
            }
        }
        ("RootQueryType", "event") => {
            let uuid = ask.arguments["uuid"].as_str().unwrap();
            let found = world.entries.iter().find(|entry| entry.uuid == uuid);
            match found.filter(|entry| entry.is_reachable() || member_of == Some(&entry.group)) {
                Some(entry) => Ok(Some(shown(world, entry, member_of))),
                None => Err(refusal("event_not_found", 404, "Event not found")),
            }
        }
        ("RootQueryType", "searchGroups") => {
            let term = ask.arguments["term"].as_str().unwrap_or_default();
            Ok(Some(search(world, term)))
        }
        ("Group", "organizedEvents") => events(world, member_of, ask).map(Some),
        _ => Ok(None),
    }
}

fn refusal(code: &str, status: u16, message: &str) -> Refusal {
    Refusal::Field(json!({"code": code, "status_code": status, "field": null, "message": message}))
}

fn group(world: &World, name: &str) -> Value {
    let Some(group) = world.groups.get(name) else {
        return Value::Null;
    };
    json!({
        "__typename": "Group", "id": group.id.to_string(), "url": format!("{}/@{name}", world.base), "type": "GROUP",
        "name": group.name, "domain": null, "local": true, "preferredUsername": name,
    })
}

/// The groups whose name or display name resembles `term`; all of them if it is empty.
fn search(world: &World, term: &str) -> Value {
    let names = world.groups.iter();
    let found = names.filter(|(name, group)| {
        term.is_empty() || resembles(term, name) || resembles(term, &group.name)
    });
    let elements: Vec<Value> = found.map(|(name, _)| group(world, name)).collect();
    json!({"total": elements.len(), "elements": elements})
}

/// PostgreSQL's `word_similarity` above its threshold, 0.6: the share of `term`'s trigrams that `name` has (pg_trgm docs).
fn resembles(term: &str, name: &str) -> bool {
    let trigrams = |text: &str| -> HashSet<Vec<char>> {
        let padded: Vec<char> = format!("  {} ", text.to_lowercase()).chars().collect();
        padded.windows(3).map(<[char]>::to_vec).collect()
    };
    let (term, name) = (trigrams(term), trigrams(name));
    term.intersection(&name).count() * 10 > term.len() * 6
}

fn shown(world: &World, entry: &Entry, member_of: Option<&str>) -> Value {
    let member = member_of == Some(&entry.group);
    entry.to_graphql(&world.base, &group(world, &entry.group), member)
}

fn events(world: &mut World, member_of: Option<&str>, ask: &Ask<'_>) -> Result<Value, Refusal> {
    let name = ask.object["preferredUsername"].as_str().unwrap();
    let arguments = &ask.arguments;
    let after = moment(arguments, "afterDatetime")?;
    let before = moment(arguments, "beforeDatetime")?;
    let strict = world.switches.before_5_1;
    let mut found: Vec<&Entry> = world
        .entries
        .iter()
        .filter(|entry| entry.group == name && !world.switches.empty)
        .filter(|entry| entry.is_public() || member_of == Some(name))
        .filter(|entry| {
            if strict {
                after.is_none_or(|after| entry.begins > after)
                    && before.is_none_or(|before| entry.begins < before)
            } else {
                after.is_none_or(|after| entry.effective_end() >= after)
                    && before.is_none_or(|before| entry.effective_end() <= before)
            }
        })
        .collect();
    let key = |entry: &Entry| match arguments["order"].as_str() {
        Some("INSERTED_AT") => entry.inserted,
        Some("UPDATED_AT") => entry.updated,
        _ => entry.begins,
    };
    if arguments["orderDirection"] == "DESC" {
        found.sort_by_key(|entry| Reverse(key(entry)));
    } else {
        found.sort_by_key(|entry| key(entry));
    }
    let number = |name: &str, default| arguments[name].as_u64().map_or(default, |n| n as usize);
    let (page, limit, total) = (number("page", 1), number("limit", 10), found.len());
    let mut elements: Vec<Value> = found
        .into_iter()
        .skip(page.saturating_sub(1) * limit)
        .take(limit)
        .map(|entry| shown(world, entry, member_of))
        .collect();
    if page == 2 && world.switches.wrong_pages > 0 && !elements.is_empty() {
        world.switches.wrong_pages -= 1;
        elements.remove(0);
    }
    Ok(json!({"elements": elements, "total": total}))
}

/// An argument of the scalar DateTime. What cannot be read refuses the whole document.
fn moment(arguments: &Value, name: &str) -> Result<Option<DateTime<Utc>>, Refusal> {
    let Some(text) = arguments.get(name).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    text.as_str()
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|moment| Some(moment.to_utc()))
        .ok_or_else(|| {
            let message = format!("Argument \"{name}\" has invalid value {text}.");
            Refusal::Document(json!({"message": message, "locations": [{"line": 1, "column": 1}]}))
        })
}
