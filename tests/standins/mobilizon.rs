//! The Mobilizon stand-in.

use crate::support::client::{call, call_json};
use crate::support::exchange::Reply;
use crate::support::mobilizon::Mobilizon;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

const LIST: &str = "query L($after: DateTime, $page: Int = 1, $limit: Int = 100, $order: EventOrderBy, $way: SortDirection) {
  group(preferredUsername: \"space\") { __typename name events: organizedEvents(
    afterDatetime: $after, page: $page, limit: $limit, order: $order, orderDirection: $way
  ) { total elements { ...E } } } } fragment E on Event { uuid title updatedAt }";

fn space() -> Mobilizon {
    let mobilizon = Mobilizon::start();
    mobilizon.group("space");
    mobilizon
}

fn ask(mobilizon: &Mobilizon, query: &str, variables: &Value) -> Value {
    let reply = send(mobilizon, query, variables, &[]);
    assert_eq!(reply.status, 200);
    reply.to_json()
}

fn send(mobilizon: &Mobilizon, query: &str, variables: &Value, headers: &[(&str, &str)]) -> Reply {
    let body = json!({"query": query, "variables": variables});
    call_json("POST", &format!("{}/api", mobilizon.url()), headers, &body).unwrap()
}

fn titles(mobilizon: &Mobilizon, variables: &Value) -> Vec<String> {
    let answer = ask(mobilizon, LIST, variables);
    let elements = answer["data"]["group"]["events"]["elements"]
        .as_array()
        .unwrap();
    elements
        .iter()
        .map(|event| event["title"].as_str().unwrap().to_owned())
        .collect()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn anonymous_callers_see_public_events_only_and_members_see_all() {
    let mobilizon = space();
    mobilizon.member("space", "secret");
    mobilizon.event("space", |event| event.title("open"));
    mobilizon.event("space", |event| {
        event.title("cancelled").status("CANCELLED")
    });
    mobilizon.event("space", |event| {
        event.title("private").visibility("PRIVATE")
    });
    mobilizon.event("space", |event| event.title("draft").draft(true));
    assert_eq!(titles(&mobilizon, &json!({})), ["open", "cancelled"]);
    let member = send(
        &mobilizon,
        LIST,
        &json!({}),
        &[("authorization", "Bearer secret")],
    );
    assert_eq!(member.to_json()["data"]["group"]["events"]["total"], 4);
    let expired = send(
        &mobilizon,
        LIST,
        &json!({}),
        &[("authorization", "Bearer old")],
    );
    assert_eq!(
        (expired.status, expired.to_json()["message"].as_str()),
        (401, Some("invalid_token"))
    );
}

#[test]
fn dates_filter_on_the_effective_end_inclusively() {
    let mobilizon = space();
    let begins = at("2026-12-01T18:00:00Z");
    mobilizon.event("space", |event| {
        event
            .title("ended")
            .begins(begins)
            .ends(at("2026-12-01T19:59:59Z"))
    });
    mobilizon.event("space", |event| {
        event
            .title("ending")
            .begins(begins)
            .ends(at("2026-12-01T20:00:00Z"))
    });
    mobilizon.event("space", |event| {
        event.title("open end").begins(begins).without_end()
    });
    assert_eq!(
        titles(&mobilizon, &json!({"after": "2026-12-01T20:00:00Z"})),
        ["ending"]
    );
    assert_eq!(
        titles(&mobilizon, &json!({"after": "2026-12-01T18:00:00Z"})).len(),
        3
    );
    mobilizon.before_5_1();
    assert!(titles(&mobilizon, &json!({"after": "2026-12-01T18:00:00Z"})).is_empty());
}

#[test]
fn pages_come_in_the_order_that_is_asked_for() {
    let mobilizon = space();
    mobilizon.clock.stop_at(at("2026-01-01T00:00:00Z"));
    let uuids: Vec<_> = (0..12)
        .map(|number| {
            mobilizon.clock.advance(TimeDelta::seconds(1));
            mobilizon.event("space", |event| {
                let begins = event.begins - TimeDelta::days(number);
                event.title(&number.to_string()).begins(begins)
            })
        })
        .collect();
    mobilizon.clock.advance(TimeDelta::seconds(1));
    mobilizon.rsvp(&uuids[3]);
    assert_eq!(titles(&mobilizon, &json!({"limit": null})).len(), 10);
    assert_eq!(titles(&mobilizon, &json!({"limit": 1})), ["11"]);
    assert_eq!(
        titles(
            &mobilizon,
            &json!({"limit": 5, "page": 3, "order": "INSERTED_AT"})
        ),
        ["10", "11"]
    );
    let newest = json!({"limit": 2, "order": "UPDATED_AT", "way": "DESC"});
    assert_eq!(titles(&mobilizon, &newest), ["3", "11"]);
    mobilizon.lose_on_page_two(1);
    assert_eq!(titles(&mobilizon, &json!({"limit": 5, "page": 2})).len(), 4);
    assert_eq!(titles(&mobilizon, &json!({"limit": 5, "page": 2})).len(), 5);
}

#[test]
fn errors_have_codes_paths_and_stand_beside_the_data() {
    let mobilizon = space();
    let query = "{ a: group(preferredUsername: \"space\") { name } b: group(preferredUsername: \"Space\") { name } }";
    let answer = ask(&mobilizon, query, &json!({}));
    assert_eq!(answer["data"], json!({"a": {"name": "space"}, "b": null}));
    assert_eq!(answer["errors"][0]["code"], "group_not_found");
    assert_eq!(answer["errors"][0]["status_code"], 404);
    assert_eq!(answer["errors"][0]["path"], json!(["b"]));
    mobilizon.fail_group("space", true);
    let answer = ask(&mobilizon, LIST, &json!({}));
    assert_eq!(answer["errors"][0]["code"], "internal_server_error");
}

#[test]
fn a_document_that_is_wrong_or_too_complex_is_refused_without_data() {
    let mobilizon = space();
    let fields = (0..151).map(|n| format!("a{n}: group(preferredUsername: \"space\") {{ id }} "));
    let complex = format!("query Big {{ {} }}", fields.collect::<String>());
    for (query, message) in [
        (
            "{ group(preferredUsername: \"space\") { nonsense } }",
            "Cannot query field \"nonsense\" on type \"Group\".",
        ),
        (
            "{ event(uuid: \"u\", id: 1) { id } }",
            "Unknown argument \"id\" on field \"event\" of type \"Event\".",
        ),
        (
            "query Q($x: Int!) { group(preferredUsername: \"space\") { organizedEvents(page: $x) { total } } }",
            "x",
        ),
        (
            &complex,
            "Operation Big is too complex: complexity is 302 and maximum is 300",
        ),
    ] {
        let answer = ask(&mobilizon, query, &json!({}));
        assert!(answer.get("data").is_none(), "{answer}");
        assert!(
            answer["errors"]
                .to_string()
                .replace('\\', "")
                .contains(message),
            "{answer}"
        );
    }
    mobilizon.before_3_1();
    let answer = ask(&mobilizon, LIST, &json!({}));
    let wanted =
        "Unknown argument \"order\" on field \"organizedEvents\" of type \"PaginatedEventList\".";
    assert_eq!(answer["errors"][0]["message"], wanted);
    assert!(answer.get("data").is_none());
}

#[test]
fn an_event_page_tells_the_deleted_from_the_hidden() {
    let mobilizon = space();
    let uuids = ["open", "unlisted", "private", "deleted"]
        .map(|title| mobilizon.event("space", |event| event.title(title)));
    mobilizon.hide(&uuids[1]);
    mobilizon.edit(&uuids[2], |event| event.visibility("PRIVATE"));
    mobilizon.delete(&uuids[3]);
    let accept = [("accept", "application/activity+json")];
    let status = uuids.clone().map(|uuid| {
        call("GET", &mobilizon.event_url(&uuid), &accept, b"")
            .unwrap()
            .status
    });
    assert_eq!(status, [200, 200, 404, 410]);
    let probe = "query P($u: UUID!) { event(uuid: $u) { visibility attributedTo { __typename preferredUsername } } }";
    let answer = ask(&mobilizon, probe, &json!({"u": uuids[1]}));
    assert_eq!(answer["data"]["event"]["visibility"], "UNLISTED");
    assert_eq!(
        answer["data"]["event"]["attributedTo"]["__typename"],
        "Group"
    );
    let answer = ask(&mobilizon, probe, &json!({"u": uuids[3]}));
    assert_eq!(answer["errors"][0]["code"], "event_not_found");
}

#[test]
fn a_picture_is_served_until_it_is_lost() {
    let mobilizon = space();
    let picture = mobilizon.picture("cat.png", "image/png", b"bytes");
    let url = picture["url"].as_str().unwrap();
    let reply = call("GET", url, &[], b"").unwrap();
    assert_eq!(
        (reply.value("content-type"), reply.body.as_slice()),
        (Some("image/png"), &b"bytes"[..])
    );
    mobilizon.lose_pictures();
    assert_eq!(call("GET", url, &[], b"").unwrap().status, 404);
}
