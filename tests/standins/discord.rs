//! The Discord stand-in.

use crate::support::client::{call, call_json};
use crate::support::contract::discord_schema;
use crate::support::discord::{CHANNEL, Discord, Status, TOKEN};
use crate::support::exchange::Reply;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const AGENT: (&str, &str) = (
    "user-agent",
    "DiscordBot (https://example.org/kronos, 0.1.0)",
);

pub fn send(method: &str, url: &str, body: &Value) -> Reply {
    let token = format!("Bot {TOKEN}");
    let headers = [AGENT, ("authorization", token.as_str())];
    match body {
        Value::Null => call(method, url, &headers, b"").unwrap(),
        body => call_json(method, url, &headers, body).unwrap(),
    }
}

fn now() -> DateTime<Utc> {
    "2026-10-01T12:00:00Z".parse().unwrap()
}

fn guild() -> Discord {
    let discord = Discord::start();
    discord.clock.stop_at(now());
    discord
}

fn form(start: TimeDelta) -> Value {
    json!({
        "name": "Rust night", "description": "Bring a crab.", "privacy_level": 2, "entity_type": 3, "channel_id": null,
        "entity_metadata": {"location": "Hackerspace"},
        "scheduled_start_time": now() + start, "scheduled_end_time": now() + start + TimeDelta::hours(2),
    })
}

/// Creates an event that starts so much later; gives its URL.
fn create(discord: &Discord, start: TimeDelta) -> String {
    let reply = send("POST", &discord.events_url(), &form(start));
    assert_eq!(reply.status, 200, "{}", reply.to_json());
    format!(
        "{}/{}",
        discord.events_url(),
        reply.to_json()["id"].as_str().unwrap()
    )
}

fn code(reply: &Reply) -> (u16, u64) {
    (reply.status, reply.to_json()["code"].as_u64().unwrap())
}

#[test]
fn answers_have_the_shape_of_the_contract() {
    let (Some(event), Some(user)) = (
        discord_schema("ExternalScheduledEventResponse"),
        discord_schema("UserPIIResponse"),
    ) else {
        return;
    };
    let discord = guild();
    let url = create(&discord, TimeDelta::days(1));
    discord.by_hand("Game night", "", now() + TimeDelta::days(2));
    let check = |answer: Value| {
        let wrong: Vec<_> = event
            .iter_errors(&answer)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(wrong, Vec::<String>::new());
        assert!(
            answer["scheduled_start_time"]
                .as_str()
                .unwrap()
                .ends_with("+00:00")
        );
    };
    check(send("GET", &url, &Value::Null).to_json());
    check(send("PATCH", &url, &json!({"name": "New"})).to_json());
    let list = send(
        "GET",
        &format!("{}?with_user_count=true", discord.events_url()),
        &Value::Null,
    );
    assert_eq!(list.to_json().as_array().unwrap().len(), 2);
    list.to_json()
        .as_array()
        .unwrap()
        .iter()
        .cloned()
        .for_each(check);
    let me = send(
        "GET",
        &format!("{}/users/@me", discord.api_url()),
        &Value::Null,
    )
    .to_json();
    assert!(user.is_valid(&me), "{me}");
    assert_eq!(
        me["id"],
        send("GET", &url, &Value::Null).to_json()["creator_id"]
    );
}

#[test]
fn messages_have_the_shape_of_the_contract() {
    let Some(message) = discord_schema("MessageResponse") else {
        return;
    };
    let discord = guild();
    let all = format!("{}/channels/{CHANNEL}/messages", discord.api_url());
    let embed = json!({
        "title": "Rust night", "url": "https://space.example/1", "timestamp": "2026-10-02T12:00:00Z", "color": 255,
    });
    let made = send("POST", &all, &json!({"content": "", "embeds": [embed]})).to_json();
    let one = format!("{all}/{}", made["id"].as_str().unwrap());
    let edited = send("PATCH", &one, &json!({"content": "Later"})).to_json();
    let listed = send("GET", &all, &Value::Null).to_json();
    for answer in [&made, &edited, &listed[0]] {
        let wrong: Vec<_> = message
            .iter_errors(answer)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(wrong, Vec::<String>::new());
    }
}

#[test]
fn a_caller_without_token_name_or_guild_is_refused() {
    let discord = guild();
    let bare = call("GET", &discord.events_url(), &[AGENT], b"").unwrap();
    assert_eq!(code(&bare), (401, 0));
    let unnamed = call(
        "GET",
        &discord.events_url(),
        &[("authorization", "Bot x")],
        b"",
    )
    .unwrap();
    assert_eq!(unnamed.status, 403);
    let foreign = format!("{}/guilds/1/scheduled-events", discord.api_url());
    assert_eq!(code(&send("GET", &foreign, &Value::Null)), (404, 10004));
    discord.may_create(false);
    let refused = send("POST", &discord.events_url(), &form(TimeDelta::days(1)));
    assert_eq!(code(&refused), (403, 50013));
}

#[test]
fn a_form_with_faults_is_refused_with_all_of_them() {
    let discord = guild();
    let wrong = |key: &str, value: Value| {
        let mut body = form(TimeDelta::days(1));
        body[key] = value;
        let reply = send("POST", &discord.events_url(), &body);
        assert_eq!(code(&reply), (400, 50035), "{key}");
        reply.to_json()["errors"][key].clone()
    };
    // Ninety-nine letters and one that is two UTF-16 units long.
    assert_eq!(
        wrong("name", json!("x".repeat(99) + "🦀"))["_errors"][0]["code"],
        "BASE_TYPE_MAX_LENGTH"
    );
    wrong("name", json!(""));
    wrong("description", json!("x".repeat(1001)));
    assert!(
        wrong("entity_metadata", json!({"location": "x".repeat(101)}))["location"]["_errors"]
            .is_array()
    );
    wrong("scheduled_end_time", Value::Null);
    wrong("scheduled_end_time", json!(now() + TimeDelta::hours(23)));
    wrong(
        "scheduled_start_time",
        json!(now() + TimeDelta::days(6 * 365)),
    );
    let past = wrong("scheduled_start_time", json!(now()));
    assert_eq!(
        past["_errors"][0]["code"],
        "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST"
    );
    wrong("channel_id", json!("1"));
    wrong("image", json!("data:image/webp;base64,UklGRg=="));
    assert!(discord.items().is_empty());
}

#[test]
fn events_start_and_end_by_the_clock_and_leave_the_list() {
    let discord = guild();
    let url = create(&discord, TimeDelta::hours(1));
    discord.clock.advance(TimeDelta::hours(1));
    assert_eq!(send("GET", &url, &Value::Null).to_json()["status"], 2);
    let body = json!({"scheduled_start_time": now() + TimeDelta::hours(1), "name": "Same start"});
    let refused = send("PATCH", &url, &body).to_json();
    let told = &refused["errors"]["scheduled_start_time"]["_errors"][0]["code"];
    assert_eq!(
        told,
        "GUILD_SCHEDULED_EVENT_SCHEDULE_INVALID_START_BY_STATUS"
    );
    assert_eq!(send("PATCH", &url, &json!({"status": 4})).status, 400);
    assert_eq!(send("PATCH", &url, &json!({"name": "Later"})).status, 200);
    discord.clock.advance(TimeDelta::hours(2));
    assert_eq!(
        send("GET", &discord.events_url(), &Value::Null).to_json(),
        json!([])
    );
    assert_eq!(send("GET", &url, &Value::Null).to_json()["status"], 3);
    assert_eq!(
        code(&send("PATCH", &url, &json!({"name": "Too late"}))),
        (400, 180_000)
    );
}

#[test]
fn a_cancelled_event_stays_and_a_deleted_one_is_gone() {
    let discord = guild();
    let (first, second) = (
        create(&discord, TimeDelta::days(1)),
        create(&discord, TimeDelta::days(1)),
    );
    assert!(first < second, "ids rise");
    assert_eq!(
        send("PATCH", &first, &json!({"status": 4})).to_json()["status"],
        4
    );
    assert_eq!(discord.items()[0].status, Status::Canceled);
    assert_eq!(send("DELETE", &second, &Value::Null).status, 204);
    assert_eq!(code(&send("DELETE", &second, &Value::Null)), (404, 10070));
    assert_eq!(discord.live().len(), 0);
}

#[test]
fn other_peoples_events_need_the_right_to_manage() {
    let discord = guild();
    let id = discord.by_hand("Game night", "", now() + TimeDelta::days(1));
    let url = format!("{}/{id}", discord.events_url());
    assert_eq!(
        code(&send("PATCH", &url, &json!({"name": "Mine"}))),
        (403, 50013)
    );
    assert_eq!(code(&send("DELETE", &url, &Value::Null)), (403, 50013));
    discord.may_manage(true);
    assert_eq!(send("DELETE", &url, &Value::Null).status, 204);
}

#[test]
fn a_guild_has_room_for_a_hundred_events_whoever_made_them() {
    let discord = guild();
    let ids: Vec<_> = (0..100)
        .map(|_| discord.by_hand("Game night", "", now() + TimeDelta::days(1)))
        .collect();
    let full = send("POST", &discord.events_url(), &form(TimeDelta::days(1)));
    assert_eq!(code(&full), (400, 30038));
    discord.cancel_by_hand(&ids[0]);
    create(&discord, TimeDelta::days(1));
}

#[test]
fn a_bucket_that_is_empty_refuses_until_its_window_ends() {
    let discord = guild();
    discord.limit(2, TimeDelta::milliseconds(1500));
    let reply = send("GET", &discord.events_url(), &Value::Null);
    assert_eq!(reply.value("x-ratelimit-remaining"), Some("1"));
    assert_eq!(reply.value("x-ratelimit-reset-after"), Some("1.500"));
    send("GET", &discord.events_url(), &Value::Null);
    let refused = send("GET", &discord.events_url(), &Value::Null);
    assert_eq!(
        (refused.status, refused.value("retry-after")),
        (429, Some("2"))
    );
    assert_eq!(refused.to_json()["retry_after"], 1.5);
    create(&discord, TimeDelta::days(1));
    assert_eq!(discord.exceeded(), 1);
    discord.clock.advance(TimeDelta::milliseconds(1500));
    assert_eq!(send("GET", &discord.events_url(), &Value::Null).status, 200);
}
