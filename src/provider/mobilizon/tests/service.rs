//! Probes and readings over a socket: what is sent, and what answers of every sort mean.

use super::contract::hold;
use super::{Sent, Stub, element, example, now, uuid, with};
use crate::http::Failure;
use crate::provider::{Probe, Provider, Reading, Want};
use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use std::collections::HashSet;

const OLD: &str = "2026-11-20T10:00:00Z";
const NEW: &str = "2026-11-21T10:00:00Z";

fn listed(total: usize, elements: Vec<Value>) -> Value {
    json!({"data": {"group": {"organizedEvents": {"elements": elements, "total": total}}}})
}

/// The page that `sent` asks for out of `all`.
fn served(all: &[Value], sent: &Sent) -> Value {
    let number = |key: &str| sent.body["variables"][key].as_u64().unwrap() as usize;
    let start = (number("page") - 1) * number("limit");
    let some = all.iter().skip(start).take(number("limit"));
    listed(all.len(), some.cloned().collect())
}

async fn read(
    stub: &Stub,
    stored: Option<&Probe>,
    probe: Option<&Probe>,
) -> (Result<Reading, Failure>, usize) {
    let known: HashSet<String> = (0..40).map(uuid).collect();
    let want = Want {
        whole: false,
        now: now(),
        stored,
        probe,
        known: &known,
    };
    let mut events = HashSet::new();
    let mut handed = 0;
    let mut sink = |event: crate::event::Event| {
        handed += 1;
        events.insert(event.key);
    };
    let reading = stub.provider(&["a"]).read("a", &want, &mut sink).await;
    assert_eq!(events.len(), handed, "no event twice");
    (reading, handed)
}

fn probed(total: u64, newest: &str) -> Probe {
    Probe {
        total,
        newest: Some(format!("{} {newest}", uuid(0))),
        newest_at: Some(newest.parse().unwrap()),
    }
}

#[tokio::test]
async fn a_whole_reading_covers_two_weeks_back_with_the_same_moment_on_every_page() {
    let all: Vec<Value> = (0..250).map(|n| element(n, OLD)).collect();
    let stub = Stub::api(move |sent| served(&all, sent));
    let (reading, handed) = read(&stub, None, None).await;
    let expected = Reading {
        whole: true,
        complete: true,
        since: now() - TimeDelta::days(14),
    };
    assert_eq!((reading, handed), (Ok(expected), 250));
    let sent = stub.sent();
    assert_eq!(sent.len(), 3);
    for request in &sent {
        hold(&request.body);
        assert_eq!(request.path, "/api");
        assert_eq!(request.body["variables"]["after"], "2026-11-07T12:00:00Z");
        assert!(
            request.body["query"]
                .as_str()
                .unwrap()
                .contains("order: INSERTED_AT, orderDirection: ASC")
        );
    }
}

#[tokio::test]
async fn a_change_is_read_with_one_small_page() {
    let all: Vec<Value> = (0..40)
        .map(|n| element(n, if n == 0 { NEW } else { "2026-11-19T10:00:00Z" }))
        .collect();
    let stub = Stub::api(move |sent| served(&all, sent));
    let (reading, handed) = read(&stub, Some(&probed(40, OLD)), Some(&probed(40, NEW))).await;
    let reading = reading.unwrap();
    assert!(!reading.whole && reading.complete);
    assert_eq!(handed, 1);
    let sent = stub.sent();
    assert_eq!(sent.len(), 1);
    hold(&sent[0].body);
    assert_eq!(
        sent[0].body["variables"],
        json!({"group": "a", "page": 1, "limit": 20})
    );
}

#[tokio::test]
async fn changes_that_do_not_add_up_become_a_whole_reading_in_the_same_call() {
    let all: Vec<Value> = (1..41)
        .map(|n| element(n, if n == 40 { NEW } else { OLD }))
        .collect();
    let stub = Stub::api(move |sent| {
        let mut all = all.clone();
        all.sort_by_key(|event| event["updatedAt"] != NEW);
        served(&all, sent)
    });
    let (reading, handed) = read(&stub, Some(&probed(40, OLD)), Some(&probed(40, NEW))).await;
    let reading = reading.unwrap();
    assert!(reading.whole && reading.complete);
    assert_eq!(handed, 40);
}

#[tokio::test]
async fn fifty_groups_are_probed_with_one_request_and_fifty_one_with_two() {
    let stub = Stub::api(|sent| {
        let asked = sent.body["variables"].as_object().unwrap();
        let newest = json!({"organizedEvents": {"elements": [{"updatedAt": NEW, "uuid": uuid(1)}], "total": 14}});
        let data: Map<String, Value> = asked
            .keys()
            .map(|alias| (alias.clone(), newest.clone()))
            .collect();
        let reply = json!({ "data": data });
        assert!(reply.to_string().len() <= 200 * asked.len());
        reply
    });
    let groups: Vec<String> = (0..51).map(|n| format!("group{n}")).collect();
    let provider = stub.provider(&["a"]);
    let expected = Probe {
        total: 14,
        newest: Some(format!("{} {NEW}", uuid(1))),
        newest_at: Some(NEW.parse().unwrap()),
    };
    let answers = provider.probe(&groups[..50]).await;
    assert_eq!(provider.requests(), 1);
    assert!(
        answers.len() == 50
            && answers
                .iter()
                .all(|answer| *answer == Ok(Some(expected.clone())))
    );
    assert_eq!(provider.probe(&groups).await.len(), 51);
    assert_eq!(provider.requests(), 3);
    stub.sent().iter().for_each(|sent| hold(&sent.body));
}

#[tokio::test]
async fn a_group_that_does_not_exist_fails_alone_whatever_the_language() {
    let Some(example) = example("09_two_groups_partial") else {
        return;
    };
    let stub = Stub::api(move |_| example.clone());
    let answers = stub
        .provider(&["a"])
        .probe(&["copperleaf".into(), "nosuchgroup".into()])
        .await;
    let first = answers[0].as_ref().unwrap().as_ref().unwrap();
    assert_eq!(first.total, 10);
    let Err(Failure::Wrong(text)) = &answers[1] else {
        panic!("{:?}", answers[1])
    };
    assert!(text.contains("group \"nosuchgroup\" was not found at http://127.0.0.1"));
    assert!(text.contains("case-sensitive"));
}

#[tokio::test]
async fn reading_a_group_that_does_not_exist_is_a_mistake_of_the_configuration() {
    let Some(example) = example("06_group_not_found") else {
        return;
    };
    let stub = Stub::api(move |_| example.clone());
    assert!(matches!(
        read(&stub, None, None).await.0,
        Err(Failure::Wrong(_))
    ));
}

#[tokio::test]
async fn an_empty_group_is_probed_and_read() {
    let Some(example) = example("07_group_empty") else {
        return;
    };
    let group = example["data"]["group"].clone();
    let stub = Stub::api(move |_| example.clone());
    assert!(read(&stub, None, None).await.0.unwrap().complete);
    let stub = Stub::api(move |_| json!({"data": {"g0": group}}));
    let answers = stub.provider(&["a"]).probe(&["a".into()]).await;
    let empty = Probe {
        total: 0,
        newest: None,
        newest_at: None,
    };
    assert_eq!(answers, [Ok(Some(empty))]);
}

#[tokio::test]
async fn an_old_server_cannot_be_probed_and_is_read_without_an_order() {
    let Some(refused) = example("10_validation_failed") else {
        return;
    };
    let all: Vec<Value> = (0..120).map(|n| element(n, OLD)).collect();
    let stub = Stub::api(move |sent| {
        if sent.body["query"].as_str().unwrap().contains("order") {
            return refused.clone();
        }
        served(&all, sent)
    });
    let provider = stub.provider(&["a", "b"]);
    let answers = provider.probe(&["a".into(), "b".into()]).await;
    assert_eq!(answers, [Ok(None), Ok(None)]);
    let (reading, handed) = read(&stub, None, None).await;
    assert!(reading.unwrap().complete);
    assert_eq!(handed, 120);
    let sizes: Vec<_> = stub
        .sent()
        .iter()
        .map(|sent| sent.body["query"].as_str().unwrap().contains("order"))
        .collect();
    assert_eq!(
        sizes,
        [true, true, false, false],
        "a probe, one vain page, two pages"
    );
}

#[tokio::test]
async fn an_error_inside_one_event_breaks_that_event_only() {
    let stub = Stub::api(|_| {
        let mut reply = listed(
            2,
            vec![
                element(1, OLD),
                with(element(2, OLD), json!({"picture": null})),
            ],
        );
        reply["errors"] = json!([{"message": "Oh", "path": ["group", "organizedEvents", "elements", 1, "picture"]}]);
        reply
    });
    let (reading, handed) = read(&stub, None, None).await;
    assert_eq!((reading.unwrap().complete, handed), (false, 1));
}

#[tokio::test]
async fn data_with_an_error_elsewhere_is_not_trusted() {
    let stub = Stub::api(|_| {
        let mut reply = listed(1, vec![element(1, OLD)]);
        reply["errors"] = json!([{"message": "Oh", "path": ["group", "organizedEvents"]}]);
        reply
    });
    assert!(matches!(
        read(&stub, None, None).await,
        (Err(Failure::Broken(_)), 0)
    ));
}

/// What a probe and a reading make of an answer; both must agree.
async fn failing(status: u16, kind: &'static str, body: &str) -> Failure {
    let body = body.to_string();
    let stub = Stub::new(move |_| (status, kind, body.clone()));
    let (reading, _) = read(&stub, None, None).await;
    let groups: Vec<String> = (0..51).map(|n| format!("group{n}")).collect();
    let answers = stub.provider(&["a"]).probe(&groups).await;
    let failure = reading.unwrap_err();
    assert!(
        answers.len() == 51
            && answers
                .iter()
                .all(|answer| answer.as_ref() == Err(&failure))
    );
    assert_eq!(
        stub.sent().len(),
        2,
        "nothing more is asked after a failure of the instance"
    );
    failure
}

#[tokio::test]
async fn a_refused_request_closes_the_instance_with_what_it_said() {
    let failure = failing(
        401,
        "application/json",
        "{\"details\":\":token_expired\",\"message\":\"invalid_token\"}",
    )
    .await;
    assert!(matches!(&failure, Failure::Unauthorised(text) if text.contains("401, invalid_token")));
    assert!(matches!(
        failing(403, "text/html", "<h1>No</h1>").await,
        Failure::Unauthorised(_)
    ));
}

#[tokio::test]
async fn every_other_status_says_what_to_do() {
    let html = "text/html; charset=utf-8";
    let page = failing(200, html, "<h1>Are you human?</h1>").await;
    assert!(
        matches!(page, Failure::Broken(text) if text.contains("anti-bot") && text.contains("in a browser"))
    );
    let until = now() + TimeDelta::seconds(60);
    assert!(
        matches!(failing(429, html, "").await, Failure::Limited { until: at, .. } if at == until)
    );
    assert!(
        matches!(failing(404, html, "").await, Failure::Wrong(text) if text.contains("check url"))
    );
    assert!(matches!(failing(400, html, "").await, Failure::Wrong(_)));
    assert!(
        matches!(failing(302, html, "").await, Failure::Wrong(text) if text.contains("set url"))
    );
    assert!(matches!(failing(408, html, "").await, Failure::Broken(_)));
    assert!(
        matches!(failing(500, html, "").await, Failure::Broken(text) if text.contains("may pass"))
    );
    assert!(matches!(
        failing(200, "application/json", "{\"data\":").await,
        Failure::Broken(_)
    ));
}
