//! The consumer as a whole, against a server on this machine that follows a script.

use super::testing::*;
use super::*;
use crate::consumer::{Field, Maker};
use crate::http::scripted::{Heard, Line, Script, says};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

mod reads;
mod writes;

const ID: &str = "1547520765329408003";
const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0;";

fn discord(script: &Script) -> Discord {
    Discord::new(&section(&keys(&script.url))).unwrap()
}

fn discord_at(script: &Script, clock: Rc<FakeClock>) -> Discord {
    Discord::new(&section_at(&keys(&script.url), clock)).unwrap()
}

/// What `action` on `event` comes to.
async fn applied(discord: &Discord, action: Action, event: &Event, changed: &[Field]) -> Outcome {
    let rendering = discord.render(event);
    let changed: BTreeSet<Field> = changed.iter().copied().collect();
    let operation = Operation {
        action,
        key: &event.key,
        rendering: Some(&rendering),
        remote_id: (action != Action::Create).then_some(ID),
        item: None,
        changed: &changed,
        run: 12,
        generation: 1,
        idempotency_key: "0123456789abcdef0123456789abcdef01234567",
        now: now(),
    };
    discord.apply(&operation).await
}

fn me() -> Line {
    says(200, json!({"id": BOT, "username": "kronos"}))
}

fn picture() -> Line {
    Line {
        status: 200,
        headers: Vec::new(),
        body: GIF.to_vec(),
    }
}

/// An event of which everything is known, whose picture lies on the server of the script.
fn full(script: &Script) -> Event {
    let mut event = event();
    event.key = crate::event::EventKey::new(format!("{}/events/1", script.url));
    event.picture = Some(format!("{}/media/1", script.url));
    event.capacity = Some(40);
    event.online = Some("https://meet.example.org/rust".into());
    event
}

#[track_caller]
fn note(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Applied {
            note: Some(note), ..
        } => note,
        other => panic!("no note: {other:?}"),
    }
}

/// Asserts that `body` is one that the contract's `method` on `path` takes, and that it knows every key.
fn assert_in_contract(method: &str, path: &str, schema: &str, body: &Value) {
    let Some(file) = shared("contracts/discord-openapi.json") else {
        return;
    };
    let contract: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let request =
        &contract["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
    let schemas = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "components": contract["components"],
        "allOf": [request],
    });
    let validator = jsonschema::validator_for(&schemas).unwrap();
    let problems: Vec<String> = validator
        .iter_errors(body)
        .map(|error| error.to_string())
        .collect();
    assert!(problems.is_empty(), "{problems:?} in {body}");
    let known = &contract["components"]["schemas"][schema]["properties"];
    for key in body.as_object().unwrap().keys() {
        assert!(known.get(key).is_some(), "{schema} has no {key}");
    }
}

const ALL: &str = "/guilds/{guild_id}/scheduled-events";
const ONE: &str = "/guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}";

fn assert_creates(heard: &Heard) {
    assert_in_contract(
        "post",
        ALL,
        "ExternalScheduledEventCreateRequest",
        &heard.json(),
    );
    // Needed for EXTERNAL events, though the contract does not say so.
    assert!(heard.json()["scheduled_end_time"].is_string());
}

fn assert_changes(heard: &Heard) {
    assert_in_contract(
        "patch",
        ONE,
        "ExternalScheduledEventPatchRequestPartial",
        &heard.json(),
    );
}

#[test]
fn the_kind_builds_a_consumer_of_its_section() {
    let consumer = (KIND.build)(&section("guild_id = \"7\"\ntoken = \"t\"")).unwrap();
    assert_eq!(consumer.target(), "discord:7");
    assert_eq!(consumer.capability(), Capability::Listed);
    assert_eq!(consumer.requests(), 0);
    assert_ne!(
        consumer.rendering_version(),
        (KIND.build)(&section(
            "guild_id = \"7\"\ntoken = \"t\"\ndefault_length = \"3h\""
        ))
        .unwrap()
        .rendering_version()
    );
}
