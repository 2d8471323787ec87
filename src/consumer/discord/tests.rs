//! The consumer as a whole, against a server on this machine that follows a script.

use super::testing::*;
use super::*;
use crate::consumer::{Field, Maker};
use crate::http::scripted::{Heard, Line, Script, says};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

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
        event: Some(event),
        rendering: Some(&rendering),
        remote_id: (action != Action::Create).then_some(ID),
        item: None,
        changed: &changed,
        run: 12,
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

#[tokio::test]
async fn a_creation_is_one_request_in_the_contracts_terms() {
    let script = Script::play(vec![says(200, remote(ID))]);
    let discord = discord(&script);
    let outcome = applied(&discord, Action::Create, &event(), &[]).await;
    assert_eq!(
        outcome,
        Outcome::Applied {
            remote_id: Some(ID.into()),
            remote_url: Some(format!("https://discord.com/events/{GUILD}/{ID}")),
            note: None,
        }
    );
    let heard = script.heard();
    assert_eq!(
        heard[0].line,
        format!("POST /guilds/{GUILD}/scheduled-events HTTP/1.1")
    );
    assert_eq!(heard[0].header("authorization"), Some("Bot the-token"));
    assert_eq!(heard[0].header("content-type"), Some("application/json"));
    assert!(
        heard[0]
            .header("user-agent")
            .unwrap()
            .starts_with("DiscordBot (https://")
    );
    assert!(
        heard[0]
            .header("x-audit-log-reason")
            .unwrap()
            .starts_with("kronos%20run%2012%20https%3A")
    );
    assert_creates(&heard[0]);
    assert_eq!(discord.requests(), 1);
}

#[tokio::test]
async fn a_picture_is_sent_as_a_data_uri() {
    let script = Script::play(vec![picture(), says(200, remote(ID))]);
    let outcome = applied(&discord(&script), Action::Create, &full(&script), &[]).await;
    assert!(
        matches!(outcome, Outcome::Applied { note: None, .. }),
        "{outcome:?}"
    );
    let heard = script.heard();
    assert_eq!(heard[0].header("authorization"), None);
    assert_eq!(
        heard[1].json()["image"],
        "data:image/gif;base64,R0lGODlhAQABAAAAADs="
    );
    assert_creates(&heard[1]);
}

#[tokio::test]
async fn an_event_is_created_without_a_picture_that_cannot_be_had() {
    let script = Script::play(vec![says(404, json!({})), says(200, remote(ID))]);
    let outcome = applied(&discord(&script), Action::Create, &full(&script), &[]).await;
    assert!(note(&outcome).contains("404"), "{outcome:?}");
    assert!(script.heard()[1].json().get("image").is_none());
}

fn bad_picture() -> Line {
    let errors = json!({"image": {"_errors": [{"code": "X", "message": "not so large"}]}});
    says(
        400,
        json!({"code": 50035, "message": "Invalid Form Body", "errors": errors}),
    )
}

#[tokio::test]
async fn an_event_is_created_without_a_picture_that_discord_refuses() {
    let script = Script::play(vec![picture(), bad_picture(), says(200, remote(ID))]);
    let discord = discord(&script);
    let outcome = applied(&discord, Action::Create, &full(&script), &[]).await;
    assert!(note(&outcome).contains("not so large"), "{outcome:?}");
    let heard = script.heard();
    assert_eq!(heard.len(), 3);
    assert!(heard[2].json().get("image").is_none());
    assert_creates(&heard[2]);
}

#[tokio::test]
async fn a_creation_is_sent_twice_at_most() {
    let script = Script::play(vec![
        picture(),
        bad_picture(),
        bad_picture(),
        says(200, remote(ID)),
    ]);
    let outcome = applied(&discord(&script), Action::Create, &full(&script), &[]).await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    assert_eq!(script.heard().len(), 3);
}

#[tokio::test]
async fn a_second_request_waits_its_turn_and_remembers_what_was_refused() {
    let limited = bad_picture()
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset-after", "30");
    let script = Script::play(vec![picture(), limited, says(200, remote(ID))]);
    let (event, discord) = (full(&script), discord(&script));
    let first = applied(&discord, Action::Create, &event, &[]).await;
    let turn = Some(now() + TimeDelta::seconds(30));
    assert!(
        matches!(&first, Outcome::Later { retry_at, .. } if *retry_at == turn),
        "{first:?}"
    );
    assert_eq!(discord.ready_at(Action::Create), turn);
    let second = applied(&discord, Action::Create, &event, &[]).await;
    assert!(note(&second).contains("refused the picture"), "{second:?}");
    assert_eq!(script.heard().len(), 3);
}

#[tokio::test]
async fn a_creation_whose_answer_is_cut_is_not_sent_again() {
    let cut = says(200, remote(ID)).with("content-length", "100000");
    let script = Script::play(vec![cut, says(200, remote(ID))]);
    let outcome = applied(&discord(&script), Action::Create, &event(), &[]).await;
    assert!(matches!(outcome, Outcome::Ambiguous(_)), "{outcome:?}");
    assert_eq!(script.heard().len(), 1);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_for_later() {
    let discord = Discord::new(&section(&keys("http://127.0.0.1:1"))).unwrap();
    let outcome = applied(&discord, Action::Create, &event(), &[]).await;
    assert!(
        matches!(outcome, Outcome::Later { retry_at: None, .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn an_update_sends_what_changed_in_the_contracts_terms() {
    let script = Script::play((0..4).map(|_| says(200, remote(ID))).collect());
    let (discord, event) = (discord(&script), event());
    for changed in [
        &[Field::Begins][..],
        &[Field::Title, Field::Description],
        &[Field::Location],
        &[],
    ] {
        let outcome = applied(&discord, Action::Update, &event, changed).await;
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    }
    let heard = script.heard();
    assert_eq!(
        heard[0].line,
        format!("PATCH /guilds/{GUILD}/scheduled-events/{ID} HTTP/1.1")
    );
    assert!(heard[0].header("x-audit-log-reason").is_some());
    heard.iter().for_each(assert_changes);
}

#[tokio::test]
async fn a_changed_picture_is_replaced_and_a_removed_one_taken_away() {
    let script = Script::play(vec![
        picture(),
        says(200, remote(ID)),
        says(200, remote(ID)),
    ]);
    let (discord, mut event) = (discord(&script), full(&script));
    applied(&discord, Action::Update, &event, &[Field::Picture]).await;
    event.picture = None;
    applied(&discord, Action::Update, &event, &[Field::Picture]).await;
    let heard = script.heard();
    assert!(heard[1].json()["image"].is_string());
    assert_eq!(heard[2].json(), json!({"image": null}));
    heard[1..].iter().for_each(assert_changes);
}

#[tokio::test]
async fn an_update_that_has_nothing_to_send_sends_nothing() {
    let script = Script::play(vec![says(404, json!({}))]);
    let outcome = applied(
        &discord(&script),
        Action::Update,
        &full(&script),
        &[Field::Picture],
    )
    .await;
    assert!(note(&outcome).contains("picture"), "{outcome:?}");
    assert_eq!(script.heard().len(), 1);
}

#[tokio::test]
async fn a_cancellation_is_a_status_and_a_deletion_has_no_body() {
    let gone = Line {
        status: 204,
        headers: Vec::new(),
        body: Vec::new(),
    };
    let script = Script::play(vec![says(200, remote(ID)), gone]);
    let discord = discord(&script);
    for action in [Action::Cancel, Action::Delete] {
        let outcome = applied(&discord, action, &event(), &[]).await;
        assert!(
            matches!(outcome, Outcome::Applied { .. }),
            "{action:?} {outcome:?}"
        );
    }
    let heard = script.heard();
    assert_eq!(heard[0].json(), json!({"status": 4}));
    assert_changes(&heard[0]);
    assert_eq!(
        heard[1].line,
        format!("DELETE /guilds/{GUILD}/scheduled-events/{ID} HTTP/1.1")
    );
    assert!(heard[1].header("x-audit-log-reason").is_some() && heard[1].body.is_empty());
}

#[tokio::test]
async fn adopting_sends_nothing() {
    let script = Script::play(Vec::new());
    let outcome = applied(&discord(&script), Action::Adopt, &event(), &[]).await;
    assert!(matches!(outcome, Outcome::Applied { remote_id: Some(id), .. } if id == ID));
}

#[tokio::test]
async fn a_listing_knows_its_own_and_counts_the_room_that_others_leave() {
    let mut theirs = remote("1533051666432000001");
    theirs["creator_id"] = "1180200000000000777".into();
    theirs["entity_type"] = 2.into();
    theirs["entity_metadata"] = Value::Null;
    theirs["scheduled_end_time"] = Value::Null;
    let mut over = remote("3");
    over["status"] = 3.into();
    let list = || says(200, json!([remote(ID), theirs, over]));
    let script = Script::play(vec![me(), list(), list()]);
    let discord = discord(&script);
    let listing = discord.list().await.unwrap();
    assert_eq!(listing.begun, now());
    assert_eq!(listing.room, Some(98));
    let makers: Vec<Maker> = listing.items.iter().map(|item| item.maker).collect();
    assert_eq!(makers, [Maker::Us, Maker::Other]);
    discord.list().await.unwrap();
    let heard = script.heard();
    assert_eq!(heard.len(), 3, "the bot is asked for once");
    assert_eq!(heard[0].line, "GET /users/@me HTTP/1.1");
    assert_eq!(
        heard[1].line,
        format!("GET /guilds/{GUILD}/scheduled-events HTTP/1.1")
    );
    assert_eq!(heard[1].header("authorization"), Some("Bot the-token"));
}

#[tokio::test]
async fn a_list_that_cannot_be_read_whole_is_a_failure() {
    for body in [
        json!([remote(ID), {"id": "4"}]),
        json!({"items": []}),
        json!(null),
    ] {
        let script = Script::play(vec![me(), says(200, body)]);
        let failure = discord(&script).list().await.unwrap_err();
        assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
    }
}

#[tokio::test]
async fn a_refused_token_ends_the_reading_at_once() {
    let script = Script::play(vec![
        says(401, json!({"message": "401: Unauthorized", "code": 0})),
        me(),
    ]);
    let failure = discord(&script).list().await.unwrap_err();
    assert!(matches!(failure, Failure::Unauthorised(_)), "{failure:?}");
    assert_eq!(script.heard().len(), 1);
}

#[tokio::test]
async fn a_look_finds_what_is_live_and_nothing_else() {
    let mut over = remote(ID);
    over["status"] = 4.into();
    let missing = says(
        404,
        json!({"message": "Unknown Guild Scheduled Event", "code": 10070}),
    );
    let script = Script::play(vec![
        me(),
        says(200, remote(ID)),
        says(200, over),
        missing,
        says(502, json!({})),
    ]);
    let discord = discord(&script);
    assert_eq!(discord.look(ID).await.unwrap().unwrap().remote_id, ID);
    assert_eq!(discord.look(ID).await, Ok(None));
    assert_eq!(discord.look(ID).await, Ok(None));
    assert!(matches!(discord.look(ID).await, Err(Failure::Broken(_))));
}

fn limited(seconds: &str) -> Line {
    says(
        429,
        json!({"message": "You are being rate limited.", "retry_after": 0.5, "global": false}),
    )
    .with("retry-after", seconds)
}

#[tokio::test]
async fn a_reading_waits_for_its_turn_once() {
    let script = Script::play(vec![me(), limited("7"), says(200, json!([]))]);
    let clock = FakeClock::new();
    assert!(discord_at(&script, clock.clone()).list().await.is_ok());
    assert_eq!(*clock.slept.borrow(), [TimeDelta::seconds(7)]);

    let script = Script::play(vec![me(), limited("7"), limited("9"), says(200, json!([]))]);
    let failure = discord(&script).list().await.unwrap_err();
    let until = now() + TimeDelta::seconds(16);
    assert!(
        matches!(failure, Failure::Limited { until: at, .. } if at == until),
        "{failure:?}"
    );
    assert_eq!(script.heard().len(), 3);
}

#[tokio::test]
async fn a_reading_does_not_wait_for_long() {
    let script = Script::play(vec![me(), limited("61"), says(200, json!([]))]);
    let clock = FakeClock::new();
    let failure = discord_at(&script, clock.clone()).list().await.unwrap_err();
    assert!(matches!(failure, Failure::Limited { .. }), "{failure:?}");
    assert!(clock.slept.borrow().is_empty());
}

#[tokio::test]
async fn a_reading_that_empties_its_bucket_makes_the_next_one_wait() {
    let last = says(200, json!([]))
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset-after", "2.5");
    let script = Script::play(vec![me(), last, says(200, json!([]))]);
    let clock = FakeClock::new();
    let discord = discord_at(&script, clock.clone());
    discord.list().await.unwrap();
    assert!(clock.slept.borrow().is_empty());
    let listing = discord.list().await.unwrap();
    assert_eq!(listing.begun, now(), "a listing begins before it waits");
    assert_eq!(*clock.slept.borrow(), [TimeDelta::milliseconds(2_500)]);
}

#[tokio::test]
async fn writes_tell_when_the_next_may_go() {
    let last = says(200, remote(ID))
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset-after", "60.000")
        .with("x-ratelimit-bucket", "b");
    let script = Script::play(vec![last]);
    let discord = discord(&script);
    assert_eq!(discord.ready_at(Action::Create), None);
    applied(&discord, Action::Create, &event(), &[]).await;
    assert_eq!(
        discord.ready_at(Action::Create),
        Some(now() + TimeDelta::seconds(60))
    );
    assert_eq!(discord.ready_at(Action::Delete), None);
    assert_eq!(discord.ready_at(Action::Adopt), None);
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
