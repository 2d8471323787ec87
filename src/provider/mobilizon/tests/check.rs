//! What the checks of an instance say.

use super::Stub;
use super::contract::hold;
use crate::check::{Level, Line};
use crate::provider::Provider;
use serde_json::{Value, json};

fn software(name: &str, version: &str) -> Value {
    json!({"version": "2.1", "software": {"name": name, "version": version}})
}

/// The lines of an instance that says of itself `info` and answers every question for groups `a` and `b` with `probed`.
async fn lines(info: Value, probed: Value) -> Vec<Line> {
    let stub = Stub::api(move |sent| match sent.path.as_str() {
        "/api" => probed.clone(),
        path => {
            assert_eq!(path, "/.well-known/nodeinfo/2.1");
            info.clone()
        }
    });
    stub.provider(&["a", "b"]).check(false).await
}

fn probed() -> Value {
    let listed = json!({"organizedEvents": {"total": 7, "elements": []}});
    json!({"data": {"g0": listed, "g1": listed}})
}

fn levels(lines: &[Line]) -> Vec<(&str, Level)> {
    lines
        .iter()
        .map(|line| (line.subject.as_str(), line.level))
        .collect()
}

#[tokio::test]
async fn an_instance_in_order_holds_with_its_version_and_its_groups() {
    let lines = lines(software("Mobilizon", "5.1.3"), probed()).await;
    assert_eq!(
        levels(&lines),
        [
            ("version", Level::Holds),
            ("group a", Level::Holds),
            ("group b", Level::Holds)
        ]
    );
    assert_eq!(lines[0].text, "Mobilizon 5.1.3");
    assert!(lines[1].text.contains("7 events"));
}

#[tokio::test]
async fn a_server_of_another_kind_fails_and_an_old_one_warns() {
    for (name, version, level) in [
        ("gancio", "1.6.0", Level::Fails),
        ("Mobilizon", "3.0.4", Level::Warns),
        ("Mobilizon", "2.10.0", Level::Warns),
        ("mobilizon", "3.1.0-rc.1", Level::Holds),
        ("Mobilizon", "nightly", Level::Holds),
    ] {
        let lines = lines(software(name, version), probed()).await;
        assert_eq!(lines[0].level, level, "{name} {version}");
    }
}

#[tokio::test]
async fn a_mistyped_group_fails_alone() {
    let mut answer = probed();
    answer["data"]["g1"] = Value::Null;
    answer["errors"] =
        json!([{"code": "group_not_found", "message": "Group not found", "path": ["g1"]}]);
    let lines = lines(software("Mobilizon", "5.1.3"), answer).await;
    assert_eq!(lines[1].level, Level::Holds);
    assert_eq!(lines[2].level, Level::Fails);
    assert!(lines[2].text.contains("check the spelling"), "{lines:?}");
}

#[tokio::test]
async fn the_nearest_group_of_the_instance_itself_is_named() {
    let mut answer = probed();
    answer["data"]["g1"] = Value::Null;
    answer["errors"] =
        json!([{"code": "group_not_found", "message": "Group not found", "path": ["g1"]}]);
    let group = |name: &str, domain| json!({"preferredUsername": name, "domain": domain});
    let elsewhere = json!({"elements": [group("b", json!("elsewhere.example"))]});
    let here = json!({"elements": [group("another", Value::Null), group("B", Value::Null)]});
    let stub = Stub::api(move |sent| match sent.body["variables"]["term"].as_str() {
        Some(term) => {
            hold(&sent.body);
            assert_eq!(term, "b");
            json!({"data": {"like": elsewhere, "any": here}})
        }
        None if sent.path == "/api" => answer.clone(),
        None => software("Mobilizon", "5.1.3"),
    });
    let lines = stub.provider(&["a", "b"]).check(false).await;
    assert!(lines[2].text.ends_with("did you mean \"B\"?"), "{lines:?}");
}

#[tokio::test]
async fn what_ails_the_whole_instance_is_said_once() {
    let refused =
        json!({"data": null, "errors": [{"code": "internal_server_error", "message": "no"}]});
    let lines = lines(json!({}), refused).await;
    assert_eq!(
        levels(&lines),
        [("version", Level::Warns), ("groups", Level::Fails)]
    );
}

#[tokio::test]
async fn offline_nothing_is_asked() {
    let stub = Stub::api(|_| Value::Null);
    assert!(stub.provider(&["a"]).check(true).await.is_empty());
    assert!(stub.sent().is_empty());
}
