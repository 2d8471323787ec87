//! Listings and single readings.

use super::server::Server;
use super::*;
use crate::consumer::{Action, Maker};
use crate::http::Failure;

/// A page of the group's events.
pub fn page(nodes: &[Value], total: Value, more: bool, cursor: Value) -> (u16, String) {
    let edges: Vec<Value> = nodes.iter().map(|node| json!({ "node": node })).collect();
    let data = json!({
        "self": { "id": "1" },
        "groupByUrlname": { "id": "18234311", "timezone": "Europe/Berlin", "events": {
            "totalCount": total,
            "pageInfo": { "hasNextPage": more, "endCursor": cursor },
            "edges": edges,
        } },
    });
    (200, json!({ "data": data }).to_string())
}

fn with_id(id: &str) -> Value {
    listed(json!({ "id": id, "token": id }))
}

#[tokio::test]
async fn a_listing_follows_its_pages_to_the_end() {
    let server = Server::giving([
        page(&[with_id("1")], json!(2), true, json!("a")),
        page(&[with_id("2")], json!(2), false, json!("b")),
    ]);
    let listing = consumer(&server.url, "").list().await.unwrap();
    let ids: Vec<&str> = listing
        .items
        .iter()
        .map(|item| item.remote_id.as_str())
        .collect();
    assert_eq!(ids, ["1", "2"]);
    assert_eq!(listing.begun, now());
    assert_eq!(listing.items[0].maker, Maker::Unnamed);
    assert_eq!(listing.room, None);
    assert_eq!(server.asked()[0].variables()["after"], Value::Null);
    assert_eq!(server.asked()[1].variables()["after"], "a");
    assert_eq!(
        server.asked()[0].authorization.as_deref(),
        Some("Bearer secret")
    );
}

#[tokio::test]
async fn a_listing_that_does_not_add_up_is_broken() {
    for pages in [
        [
            page(&[with_id("1")], json!(3), true, json!("a")),
            page(&[with_id("2")], json!(3), true, json!("a")),
        ],
        [
            page(&[with_id("1")], json!(2), true, json!("a")),
            page(&[with_id("1")], json!(2), false, json!("b")),
        ],
        [
            page(&[with_id("1")], json!(2), true, Value::Null),
            (200, String::new()),
        ],
        [
            page(&[with_id("1")], Value::Null, true, Value::Null),
            (200, String::new()),
        ],
        [
            page(&[with_id("1")], json!(2), true, json!("a")),
            (502, "<html>".into()),
        ],
        [
            page(&[json!({ "id": "1" })], json!(1), false, Value::Null),
            (200, String::new()),
        ],
    ] {
        let server = Server::giving(pages);
        let result = consumer(&server.url, "").list().await;
        assert!(matches!(result, Err(Failure::Broken(_))), "{result:?}");
    }
}

#[tokio::test]
async fn a_cursor_that_comes_again_ends_a_listing() {
    let again = |id| page(&[with_id(id)], json!(2), true, json!("a"));
    let server = Server::giving([again("1"), again("2"), again("3")]);
    let listing = consumer(&server.url, "").list().await.unwrap();
    assert_eq!(
        listing.items.len(),
        2,
        "the count shows that it is complete"
    );
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn data_beside_errors_is_no_listing() {
    let (_, whole) = page(&[], json!(0), false, Value::Null);
    let mut body: Value = serde_json::from_str(&whole).unwrap();
    body["errors"] = json!([{ "message": "x" }]);
    let server = Server::giving([(200, body.to_string())]);
    assert!(matches!(
        consumer(&server.url, "").list().await,
        Err(Failure::Broken(_))
    ));
}

#[tokio::test]
async fn a_group_that_is_not_there_is_a_mistake_in_the_configuration() {
    let server = Server::giving([(
        200,
        r#"{"data":{"self":{"id":"1"},"groupByUrlname":null}}"#.into(),
    )]);
    let Err(Failure::Wrong(text)) = consumer(&server.url, "").list().await else {
        panic!()
    };
    assert!(text.contains("rust-example"), "{text}");
}

#[tokio::test]
async fn only_live_events_are_items() {
    let nodes = [
        with_id("1"),
        listed(json!({ "id": "2", "token": "2", "status": "CANCELLED" })),
        listed(json!({ "id": "3", "token": "3", "dateTime": "2026-09-09T19:00:00+02:00" })),
        listed(json!({ "id": "4", "token": "4", "status": "DRAFT" })),
        listed(json!({ "id": "5", "token": "5", "dateTime": "2026-09-10T10:00:00+02:00" })),
    ];
    let server = Server::giving([page(&nodes, json!(5), false, Value::Null)]);
    let listing = consumer(&server.url, "").list().await.unwrap();
    let ids: Vec<&str> = listing
        .items
        .iter()
        .map(|item| item.remote_id.as_str())
        .collect();
    assert_eq!(ids, ["1", "4", "5"]);
}

#[tokio::test]
async fn a_single_event_is_found_unless_it_is_gone_cancelled_or_past() {
    for (event, is_there) in [
        (listed(json!({})), true),
        (listed(json!({ "status": "DRAFT" })), true),
        (listed(json!({ "status": "CANCELLED" })), false),
        (listed(json!({ "status": "PAST" })), false),
        (Value::Null, false),
    ] {
        let body = json!({ "data": { "self": { "id": "1" }, "event": event } });
        let server = Server::giving([(200, body.to_string())]);
        let item = consumer(&server.url, "").look("1001").await.unwrap();
        assert_eq!(item.is_some(), is_there, "{event}");
        assert_eq!(server.asked()[0].variables()["id"], "1001");
    }
}

#[tokio::test]
async fn a_spurious_400_is_asked_once_more_and_not_twice() {
    let bad = || (400, r#"{"errors":[{"message":"Bad Request"}]}"#.to_string());
    let server = Server::giving([bad(), page(&[], json!(0), false, Value::Null)]);
    assert!(consumer(&server.url, "").list().await.is_ok());
    let server = Server::giving([bad(), bad(), bad()]);
    assert!(matches!(
        consumer(&server.url, "").list().await,
        Err(Failure::Broken(_))
    ));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_configured_token_that_is_refused_is_not_tried_again() {
    let server = Server::giving([(401, "{}".into()), (401, "{}".into())]);
    let consumer = consumer(&server.url, "");
    assert!(matches!(
        consumer.list().await,
        Err(Failure::Unauthorised(_))
    ));
    assert_eq!(server.asked().len(), 1);
    assert_eq!(consumer.requests(), 1);
}

/// A consumer that signs for its tokens at the same server.
fn signing(server: &Server) -> Box<dyn Consumer> {
    let url = &server.url;
    let keys = format!(
        "group = \"rust-example\"\nclient_key = \"c\"\nmember_id = \"1\"\nsigning_key_id = \"k\"\n\
         signing_key = '''{PEM}'''\napi_url = \"{url}/gql-ext\"\ntoken_url = \"{url}/oauth2/access\""
    );
    (KIND.build)(&section(&keys)).unwrap()
}

fn token(name: &str) -> (u16, String) {
    (
        200,
        json!({ "access_token": name, "expires_in": 3600, "token_type": "bearer" }).to_string(),
    )
}

#[tokio::test]
async fn a_token_is_fetched_once_and_kept() {
    let empty = || page(&[], json!(0), false, Value::Null);
    let server = Server::giving([token("one"), empty(), empty()]);
    let consumer = signing(&server);
    consumer.list().await.unwrap();
    consumer.list().await.unwrap();
    let asked = server.asked();
    assert!(asked[0].line.starts_with("POST /oauth2/access"));
    assert!(asked[0].body.starts_with(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
    ));
    assert_eq!(asked[0].authorization, None);
    assert_eq!(asked[2].authorization.as_deref(), Some("Bearer one"));
    assert_eq!(consumer.requests(), 3);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_in_a_run() {
    let refused = || {
        (
            401,
            r#"{"errors":[{"message":"Unauthorized","extensions":{"code":"auth_fail"}}]}"#
                .to_string(),
        )
    };
    let server = Server::giving([
        token("one"),
        refused(),
        token("two"),
        page(&[], json!(0), false, Value::Null),
    ]);
    signing(&server).list().await.unwrap();
    assert_eq!(
        server.asked()[3].authorization.as_deref(),
        Some("Bearer two")
    );

    let server = Server::giving([
        token("one"),
        refused(),
        token("two"),
        refused(),
        token("three"),
    ]);
    assert!(matches!(
        signing(&server).list().await,
        Err(Failure::Unauthorised(_))
    ));
    assert_eq!(server.asked().len(), 4);
}

#[tokio::test]
async fn a_limit_on_a_reading_says_when_to_come_back() {
    let body = r#"{"errors":[{"message":"x","extensions":{"code":"RATE_LIMITED","resetAt":"2026-09-10T08:16:00.000Z"}}]}"#;
    let server = Server::giving([(200, body.into())]);
    let consumer = consumer(&server.url, "");
    assert_eq!(consumer.ready_at(Action::Create), None);
    assert!(matches!(
        consumer.list().await,
        Err(Failure::Limited { .. })
    ));
    assert_eq!(
        consumer.ready_at(Action::Create),
        Some(at("2026-09-10T08:16:00Z"))
    );
}
