//! What answers mean, for readings and for changes.

use super::super::payload;
use super::super::reply::{Reply, judge};
use super::*;
use crate::consumer::Outcome;

/// The kind of an outcome of a change, down to its payload.
fn change(status: u16, body: &str) -> Outcome {
    let data = match judge(&answer(status, body)).change() {
        Ok(data) => data,
        Err(outcome) => return outcome,
    };
    match payload::event(data, "createEvent") {
        Ok(node) => Outcome::Applied {
            remote_id: Some(node.id),
            remote_url: None,
            note: None,
        },
        Err(outcome) => outcome,
    }
}

fn is_ambiguous(status: u16, body: &str) -> bool {
    matches!(change(status, body), Outcome::Ambiguous(_))
}

#[test]
fn an_event_without_errors_is_applied() {
    let body = r#"{"data":{"createEvent":{"event":{"id":"1","status":"DRAFT"},"errors":[]}}}"#;
    assert!(matches!(change(200, body), Outcome::Applied { remote_id: Some(id), .. } if id == "1"));
}

#[test]
fn anything_that_is_half_an_answer_is_ambiguous() {
    for body in [
        "",
        r#"{"data":{"createEvent":{"event":{"id":"1""#,
        "<html>",
        "null",
        "[]",
        "{}",
        r#"{"data":null}"#,
        r#"{"data":[]}"#,
        r#"{"data":{}}"#,
        r#"{"data":{"createEvent":null}}"#,
        r#"{"data":{"createEvent":{"event":null,"errors":null}}}"#,
        r#"{"data":{"createEvent":{"event":null,"errors":[]}}}"#,
        r#"{"data":{"createEvent":{"event":{"status":"DRAFT"},"errors":null}}}"#,
        r#"{"data":{"createEvent":{"event":{"id":"1","status":"DRAFT"},"errors":[{"message":"x"}]}}}"#,
        r#"{"data":{"createEvent":{"event":{"id":"1","status":"DRAFT"}}},"errors":[{"message":"x"}]}"#,
        r#"{"data":{"createEvent":{"event":{"id":"1","status":"DRAFT"}}},
            "errors":[{"message":"x","extensions":{"classification":"ValidationError"}}]}"#,
    ] {
        assert!(is_ambiguous(200, body), "{body}: {:?}", change(200, body));
    }
}

#[test]
fn statuses_that_leave_it_open_are_ambiguous() {
    for (status, body) in [
        (302, ""),
        (408, "{}"),
        (500, "{}"),
        (503, "{}"),
        (404, "<html>"),
        (418, ""),
    ] {
        assert!(is_ambiguous(status, body), "{status}");
    }
}

#[test]
fn an_error_before_the_execution_is_a_refusal_and_one_during_it_is_ambiguous() {
    let refused = |body: &str| matches!(change(200, body), Outcome::Refused(_));
    let classified = |kind: &str, data: &str| {
        format!(
            r#"{{{data}"errors":[{{"message":"x","extensions":{{"classification":"{kind}"}}}}]}}"#
        )
    };
    assert!(refused(&classified("ValidationError", "")));
    assert!(refused(&classified("ValidationError", r#""data":null,"#)));
    assert!(refused(r#"{"errors":[{"message":"x"}]}"#));
    assert!(is_ambiguous(
        200,
        &classified("DataFetchingException", r#""data":null,"#)
    ));
    assert!(is_ambiguous(200, &classified("INTERNAL_ERROR", "")));
    assert!(is_ambiguous(
        200,
        r#"{"data":null,"errors":[{"message":"x"}]}"#
    ));
}

#[test]
fn a_payload_error_names_its_field() {
    let body = r#"{"data":{"createEvent":{"event":null,"errors":[
        {"code":"a","field":"title","message":"too long"},{"code":"b","field":null,"message":"no"}]}}}"#;
    assert_eq!(
        change(200, body),
        Outcome::Refused("Meetup: title: too long; no".into())
    );
}

#[test]
fn a_limit_lasts_until_it_is_reset_and_at_most_a_day() {
    let limited = |reset: &str| {
        let body = format!(
            r#"{{"errors":[{{"message":"Too many requests","extensions":{{"code":"RATE_LIMITED","resetAt":{reset}}}}}]}}"#
        );
        match change(200, &body) {
            Outcome::Later { retry_at, .. } => retry_at.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        limited("\"2026-09-10T08:16:00.000Z\""),
        at("2026-09-10T08:16:00Z")
    );
    assert_eq!(
        limited("\"2036-09-10T08:16:00.000Z\""),
        now() + TimeDelta::days(1)
    );
    assert_eq!(limited("\"soon\""), now() + TimeDelta::minutes(1));
    assert_eq!(limited("17"), now() + TimeDelta::minutes(1));
    assert_eq!(limited("null"), now() + TimeDelta::minutes(1));
    let outcome = change(429, "slow down");
    assert!(
        matches!(
            outcome,
            Outcome::Later {
                retry_at: Some(_),
                ..
            }
        ),
        "{outcome:?}"
    );
}

#[test]
fn a_bare_400_is_spurious_and_a_400_with_a_reason_is_a_refusal() {
    let bare = r#"{"errors":[{"message":"Bad Request"}]}"#;
    assert!(matches!(
        change(400, bare),
        Outcome::Later { retry_at: None, .. }
    ));
    let reason =
        r#"{"errors":[{"message":"x","extensions":{"classification":"ValidationError"}}]}"#;
    assert!(matches!(change(400, reason), Outcome::Refused(_)));
    assert!(is_ambiguous(400, "<html>"));
}

#[test]
fn refused_credentials_are_told_with_what_to_check() {
    for (status, body) in [
        (401, ""),
        (403, "{}"),
        (
            200,
            r#"{"data":null,"errors":[{"message":"x","extensions":{"classification":"UNAUTHORIZED"}}]}"#,
        ),
        (
            400,
            r#"{"errors":[{"message":"x","extensions":{"code":"auth_fail"}}]}"#,
        ),
    ] {
        let outcome = change(status, body);
        let Outcome::Unauthorised(text) = &outcome else {
            panic!("{status} {body}: {outcome:?}")
        };
        assert!(text.contains("Pro subscription"), "{text}");
    }
}

#[test]
fn only_a_self_that_is_null_means_a_stranger() {
    let reply = |body: &str| judge(&answer(200, body));
    assert!(matches!(
        reply(r#"{"data":{"self":null,"event":{}}}"#),
        Reply::Unauthorised(_)
    ));
    assert!(matches!(
        reply(r#"{"data":{"self":{"id":"1"},"event":null}}"#),
        Reply::Data(_)
    ));
    assert!(matches!(
        reply(r#"{"data":{"event":null}}"#),
        Reply::Data(_)
    ));
}
