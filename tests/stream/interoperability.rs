//! With pyzmq, signedjson and PyNaCl as the other side, in every place that there is.

use crate::support::python::python;
use crate::support::stream::{Stage, message, next};
use kronos::stream::{Message, read_public};
use kronos::zmtp;
use std::fs;

const MODULES: &[&str] = &["zmq", "signedjson", "nacl"];

#[test]
fn what_another_source_signs_reaches_another_sink_and_ours_through_our_relay() {
    let Some(python) = python(MODULES) else {
        return;
    };
    let stage = Stage::new();
    let relay = stage.relay();
    let theirs = stage.peer(
        &python,
        &[
            "sink",
            &stage.publish_url(),
            "source.key",
            "relay.key",
            "--",
            "50",
        ],
    );
    let mut ours = stage.start(&["listen", "--tag", "org.example.peer.", "--count", "50"]);
    ours.logs("listening");
    let mut source = stage.peer(
        &python,
        &[
            "source",
            &stage.submit_url(),
            &stage.publish_url(),
            "source.key_secret",
            "50",
        ],
    );
    assert_eq!(source.line(), "50");
    assert!(source.wait().success());
    let mut numbers: Vec<u64> = (0..50)
        .map(|_| ours.json()["data"]["number"].as_u64().unwrap())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
    assert!(ours.wait().success());
    // Their sink connects when it likes; the source repeats nothing for it. What it does get, it verifies.
    drop(theirs);
    relay.stop();
}

#[tokio::test]
async fn what_we_sign_passes_another_relay_and_is_verified_by_another_sink_and_by_ours() {
    let Some(python) = python(MODULES) else {
        return;
    };
    let stage = Stage::new();
    let relay = stage.peer(
        &python,
        &[
            "relay",
            &stage.submit_url(),
            &stage.publish_url(),
            "relay.key_secret",
            "source.key",
        ],
    );
    assert_eq!(relay.line(), "ready");
    let mut theirs = stage.peer(
        &python,
        &[
            "sink",
            &stage.publish_url(),
            "source.key",
            "relay.key",
            "--",
            "1",
        ],
    );
    let mut ours = stage.start(&["listen", "--count", "1"]);
    let (_reader, mut writer) = stage.source().await;
    let signer = stage.signer("source");
    // Both must have subscribed before: until then it is sent again.
    let bytes = zmtp::encode(&[&message(&signer, 7).to_bytes()]);
    while theirs.is_running() || ours.is_running() {
        writer.send(&bytes).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(theirs.json()["data"]["number"], 7);
    assert_eq!(ours.json()["data"]["number"], 7);
    drop(relay);
}

#[tokio::test]
async fn another_sink_sees_both_signatures_on_what_our_relay_publishes() {
    let Some(python) = python(MODULES) else {
        return;
    };
    let stage = Stage::new();
    let relay = stage.relay();
    let mut theirs = stage.peer(
        &python,
        &[
            "sink",
            &stage.publish_url(),
            "source.key",
            "relay.key",
            "--",
            "1",
        ],
    );
    let (_reader, mut writer) = stage.source().await;
    let mut own = stage.sink().await;
    let bytes = zmtp::encode(&[&message(&stage.signer("source"), 3).to_bytes()]);
    while theirs.is_running() {
        writer.send(&bytes).await.unwrap();
        assert_eq!(next(&mut own).await["data"]["number"], 3);
    }
    let seen = theirs.json();
    assert!(seen["signatures"]["source"]["ed25519:0"].is_string());
    assert!(seen["signatures"]["relay"]["ed25519:0"].is_string());
    relay.stop();
}

#[test]
fn signatures_hold_on_both_sides_for_whatever_json_can_say() {
    let Some(python) = python(MODULES) else {
        return;
    };
    let stage = Stage::new();
    let (id, key) = read_public(&fs::read_to_string(stage.path("source.key")).unwrap()).unwrap();
    let objects = [
        r#"{"a":[1,-7,0,123456789012345678901234567890],"b":null}"#,
        r#"{"f":[1.5,-2.25e-9,1e+300,5e-324,0.1]}"#,
        "{\"text\":\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\/\u{7f}\u{2028}\u{2029}äß漢字😀\"}",
        r#"{"ü":1,"z":2,"A":3,"":4,"😀":5,"￿":6}"#,
        r#"{"deep":[[[[{"x":[{}]}]]]]}"#,
    ];
    let envelope = |data: &str| {
        format!(
            "{{\"tag\":\"t\",\"uuid\":\"u\",\"format\":\"1.0\",\"time\":\"t\",\"unsigned\":[1],\"data\":{data}}}"
        )
    };
    let mut theirs = stage.peer(&python, &["sign", "source.key_secret"]);
    theirs.reads(&objects.map(|data| envelope(data) + "\n").concat());
    let signed: Vec<String> = objects.iter().map(|_| theirs.line()).collect();
    let mut again = String::new();
    for text in &signed {
        let mut message = Message::parse(text.as_bytes()).unwrap();
        assert!(message.is_signed_by(&id, &key), "{text}");
        // Countersigned by us, and written anew.
        message.sign(&stage.signer("relay"));
        again += std::str::from_utf8(&message.to_bytes()).unwrap();
        again += "\n";
    }
    for verified in ["source.key", "relay.key"] {
        let mut theirs = stage.peer(&python, &["verify", verified]);
        theirs.reads(&again);
        let verdicts: Vec<String> = objects.iter().map(|_| theirs.line()).collect();
        assert_eq!(verdicts, vec!["true"; objects.len()], "{verified}");
    }
}
