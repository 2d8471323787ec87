//! What a fresh look finds, and what it asks.

use super::contract::hold;
use super::{Stub, at, uuid};
use crate::event::EventKey;
use crate::provider::{Finding, Missing, Provider};
use serde_json::{Value, json};

fn missing(n: u64) -> Missing {
    Missing {
        key: EventKey::new(format!("https://space.example/events/{}", uuid(n))),
        uuid: Some(uuid(n)),
        group: Some("a".into()),
    }
}

fn standing(changes: Value) -> Value {
    let event = json!({
        "visibility": "PUBLIC", "draft": false, "beginsOn": "2026-12-01T18:00:00Z", "endsOn": "2026-12-01T20:00:00Z",
        "options": {"timezone": "Europe/Berlin", "showStartTime": true, "showEndTime": true}, "physicalAddress": null,
        "attributedTo": {"preferredUsername": "a", "domain": null}
    });
    super::with(event, changes)
}

fn not_found(alias: &str) -> Value {
    json!({"code": "event_not_found", "message": ["Evénement non trouvé"], "path": [alias], "status_code": 404})
}

/// An instance on which every event is `event`, or not found where that is null; its page has the status `page`.
fn instance(event: Value, page: u16) -> Stub {
    Stub::new(move |sent| {
        if sent.path != "/api" {
            return (page, "application/activity+json", "{}".into());
        }
        let asked = sent.body["variables"].as_object().unwrap();
        let data: Value = asked
            .keys()
            .map(|alias| (alias.clone(), event.clone()))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let mut reply = json!({ "data": data });
        if event.is_null() {
            reply["errors"] = asked.keys().map(|alias| not_found(alias)).collect();
        }
        (200, "application/json", reply.to_string())
    })
}

async fn finding(stub: &Stub) -> Finding {
    let mut findings = stub.provider(&["a", "b"]).confirm(&[missing(1)]).await;
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

#[tokio::test]
async fn an_event_that_stands_is_visible_with_its_times_and_group() {
    let found = finding(&instance(standing(json!({})), 500)).await;
    let expected = Finding::Visible {
        begins: at("2026-12-01T18:00:00Z"),
        ends: Some(at("2026-12-01T20:00:00Z")),
        group: Some("a".into()),
    };
    assert_eq!(found, expected);
}

#[tokio::test]
async fn an_event_that_moved_to_another_group_is_told_with_that_group_if_it_is_configured_here() {
    for (username, domain, group) in [
        ("b", Value::Null, Some("b")),
        ("b", json!("127.0.0.1"), Some("b")),
        ("b", json!("elsewhere.example"), None),
        ("c", Value::Null, None),
    ] {
        let actor = json!({"preferredUsername": username, "domain": domain});
        let found = finding(&instance(standing(json!({"attributedTo": actor})), 500)).await;
        let Finding::Visible { group: found, .. } = found else {
            panic!("{found:?}")
        };
        assert_eq!(found.as_deref(), group);
    }
}

#[tokio::test]
async fn drafts_and_events_that_are_not_public_are_hidden() {
    for change in [json!({"draft": true}), json!({"visibility": "UNLISTED"})] {
        assert_eq!(
            finding(&instance(standing(change), 500)).await,
            Finding::Hidden
        );
    }
}

#[tokio::test]
async fn only_410_proves_a_deletion_and_404_hides() {
    assert_eq!(finding(&instance(Value::Null, 410)).await, Finding::Deleted);
    assert_eq!(finding(&instance(Value::Null, 404)).await, Finding::Hidden);
    for status in [200, 302, 403, 429, 500] {
        let found = finding(&instance(Value::Null, status)).await;
        assert!(matches!(found, Finding::Unknown(_)), "{status}: {found:?}");
    }
}

#[tokio::test]
async fn the_event_s_page_is_asked_for_as_activity_json_and_only_if_it_was_not_found() {
    let stub = instance(Value::Null, 410);
    finding(&stub).await;
    let sent = stub.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1].path, format!("/events/{}", uuid(1)));
    assert_eq!(sent[1].accept, "application/activity+json");
    let stub = instance(standing(json!({})), 410);
    finding(&stub).await;
    assert_eq!(stub.sent().len(), 1);
}

#[tokio::test]
async fn fifteen_events_are_asked_for_at_once_and_answered_in_order() {
    let stub = instance(standing(json!({})), 500);
    let events: Vec<Missing> = (0..31).map(missing).collect();
    let findings = stub.provider(&["a"]).confirm(&events).await;
    assert_eq!(findings.len(), 31);
    assert!(
        findings
            .iter()
            .all(|found| matches!(found, Finding::Visible { .. }))
    );
    let sizes: Vec<usize> = stub
        .sent()
        .iter()
        .inspect(|sent| hold(&sent.body))
        .map(|sent| sent.body["variables"].as_object().unwrap().len())
        .collect();
    assert_eq!(sizes, [15, 15, 1]);
}

#[tokio::test]
async fn a_uuid_is_taken_from_the_url_where_none_is_known_and_nonsense_is_not_sent() {
    let stub = instance(standing(json!({})), 500);
    let provider = stub.provider(&["a"]);
    let event = |key: String, uuid: Option<&str>| Missing {
        key: EventKey::new(key),
        uuid: uuid.map(String::from),
        group: None,
    };
    let findings = provider
        .confirm(&[
            event("https://elsewhere.example/1".into(), Some("not a uuid")),
            event(format!("{}/events/{}", stub.url, uuid(7)), None),
        ])
        .await;
    assert!(matches!(findings[0], Finding::Unknown(_)));
    assert!(matches!(findings[1], Finding::Visible { .. }));
    assert_eq!(stub.sent()[0].body["variables"], json!({"e0": uuid(7)}));
}

#[tokio::test]
async fn another_error_than_not_found_is_no_evidence_at_all() {
    let stub = Stub::api(|_| {
        let error = json!({"code": "internal", "message": "Oh", "path": ["e0"]});
        json!({"data": {"e0": null}, "errors": [error]})
    });
    assert!(matches!(finding(&stub).await, Finding::Unknown(_)));
    assert_eq!(stub.sent().len(), 1);
    let silent = Stub::api(|_| json!({"data": {"e0": null}}));
    assert!(matches!(finding(&silent).await, Finding::Unknown(_)));
    let refused = Stub::api(|_| json!({"errors": [{"message": "too complex"}]}));
    assert!(matches!(finding(&refused).await, Finding::Unknown(_)));
}

#[tokio::test]
async fn after_a_refusal_nothing_more_is_asked() {
    let stub = instance(Value::Null, 403);
    let events: Vec<Missing> = (0..20).map(missing).collect();
    let findings = stub.provider(&["a"]).confirm(&events).await;
    assert_eq!(findings.len(), 20);
    assert!(
        findings
            .iter()
            .all(|found| matches!(found, Finding::Unknown(_)))
    );
    assert_eq!(stub.sent().len(), 2, "one document, one page");
    let closed = Stub::new(|_| {
        (
            401,
            "application/json",
            "{\"message\":\"invalid_token\"}".into(),
        )
    });
    closed.provider(&["a"]).confirm(&events).await;
    assert_eq!(closed.sent().len(), 1);
}
