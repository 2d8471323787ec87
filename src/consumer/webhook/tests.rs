//! What is signed, and what answers mean.

use super::Hook;
use super::config::Config;
use super::sign::{Key, signature};
use crate::consumer::told;
use crate::consumer::{Action, Consumer, Operation, Outcome};
use crate::http::scripted::{Script, says};
use crate::kind::Section;
use crate::testing::{self, event};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// 24 bytes.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn now() -> DateTime<Utc> {
    testing::at("2026-11-20T10:00:00Z")
}

fn section(url: &str, secret: &str) -> Section {
    let keys = format!("url = {url:?}\nsecret = {secret:?}");
    testing::section("hook", &keys, now())
}

/// What a creation comes to at a receiver that answers like this, what it heard, and until when we keep away.
async fn told(
    status: u16,
    header: Option<(&'static str, &str)>,
) -> (Outcome, crate::http::scripted::Heard, Option<DateTime<Utc>>) {
    let mut line = says(status, json!({}));
    if let Some((name, value)) = header {
        line = line.with(name, value);
    }
    let script = Script::play(vec![line]);
    let hook = Hook::new(&section(&format!("{}/hook?key=s3cret", script.url), SECRET)).unwrap();
    let (event, changed) = (event(), BTreeSet::new());
    let rendering = told::render(&event);
    let operation = Operation {
        action: Action::Create,
        key: &event.key,
        rendering: Some(&rendering),
        remote_id: None,
        item: None,
        changed: &changed,
        run: 3,
        generation: 2,
        idempotency_key: "0123456789",
        now: now(),
    };
    let outcome = hook.apply(&operation).await;
    let patience = hook.ready_at(Action::Create);
    (outcome, script.heard().remove(0), patience)
}

#[test]
fn a_known_message_gets_its_known_signature() {
    // The example of the specification's own libraries.
    let body = br#"{"test": 2432232314}"#;
    let signed = signature(
        &Key::parse(SECRET).unwrap(),
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        body,
    );
    assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn a_secret_is_whsec_and_24_to_64_bytes_in_base64_and_is_never_told() {
    for (secret, part) in [
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "does not begin"),
        ("whsec_S3CRET!!", "is not base64"),
        ("whsec_UzNDUkVU", "holds 6 bytes"),
        ("whsec_", "holds 0 bytes"),
    ] {
        let problem = Config::read(&section("https://h.example/", secret));
        let problem = problem.err().unwrap().to_string();
        assert!(problem.contains(part), "{problem}");
        assert!(!problem.contains("S3CRET"), "{problem}");
        assert!(problem.contains("/dev/urandom"), "{problem}");
    }
    let unpadded = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA";
    assert!(Key::parse(unpadded).is_ok());
}

#[test]
fn two_addresses_are_two_targets_that_do_not_tell_their_paths() {
    let target = |url| Config::read(&section(url, SECRET)).unwrap().target();
    assert_ne!(target("https://h.example/a"), target("https://h.example/b"));
    assert!(target("https://h.example/s3cret").starts_with("webhook:h.example#"));
    assert!(!target("https://h.example/s3cret").contains("s3cret"));
}

#[tokio::test]
async fn a_change_is_posted_with_its_id_its_time_and_its_signature() {
    let (outcome, heard, _) = told(204, None).await;
    let Outcome::Applied { remote_id, .. } = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(remote_id.as_deref(), Some("https://space.example/events/1"));
    assert_eq!(heard.line, "POST /hook?key=s3cret HTTP/1.1");
    assert_eq!(heard.header("content-type"), Some("application/json"));
    assert_eq!(heard.header("webhook-id"), Some("msg_0123456789"));
    assert_eq!(heard.header("webhook-timestamp"), Some("1795168800"));
    let expected = signature(
        &Key::parse(SECRET).unwrap(),
        "msg_0123456789",
        "1795168800",
        &heard.body,
    );
    assert_eq!(heard.header("webhook-signature"), Some(expected.as_str()));
    let told = heard.json();
    assert_eq!(
        (&told["version"], &told["type"], &told["generation"]),
        (&json!(1), &json!("event.created"), &json!(2))
    );
    assert_eq!(told["data"]["title"], "Rust night");
    assert_eq!(told["data"]["ends"], Value::Null);
}

#[tokio::test]
async fn each_answer_means_what_it_says() {
    for (status, word) in [
        (200, "applied"),
        (204, "applied"),
        (302, "ambiguous"),
        (400, "refused"),
        (401, "unauthorised"),
        (404, "refused"),
        (408, "ambiguous"),
        (410, "unauthorised"),
        (500, "ambiguous"),
        (503, "ambiguous"),
    ] {
        let (outcome, ..) = told(status, None).await;
        let said = match outcome {
            Outcome::Applied { .. } => "applied",
            Outcome::Refused(_) => "refused",
            Outcome::Unauthorised(_) => "unauthorised",
            Outcome::Ambiguous(_) => "ambiguous",
            other => panic!("{status}: {other:?}"),
        };
        assert_eq!(said, word, "{status}");
    }
}

#[tokio::test]
async fn a_receiver_that_asks_for_patience_gets_it() {
    let until = now() + TimeDelta::seconds(90);
    let (outcome, ..) = told(429, Some(("retry-after", "90"))).await;
    assert!(matches!(outcome, Outcome::Later { retry_at: Some(at), .. } if at == until));
    let (outcome, _, patience) = told(503, Some(("retry-after", "90"))).await;
    assert!(matches!(outcome, Outcome::Ambiguous(_)));
    assert_eq!(patience, Some(until));
}
