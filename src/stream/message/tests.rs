use super::*;
use crate::stream::key::Signer;
use serde_json::json;

/// The key of the Matrix specification's appendix, "Cryptographic test vectors".
const SEED: &str = "YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1";

fn signer(id: &str) -> Signer {
    let text = format!("metadata\n    id = \"{id}\"\ned\n    signing-key = \"{SEED}\"\n");
    Signer::read(&text).unwrap()
}

fn signed(fields: Value) -> String {
    let Value::Object(fields) = fields else {
        panic!("no object")
    };
    encoding::encode(&signer("domain").sign(&canonical(&fields).unwrap()))
}

fn example() -> Message {
    Message::compose(Draft {
        tag: "org.example.kronos.event-updated",
        uuid: "5bf0a4b4-c7b8-11f0-8de9-0242ac120002",
        time: "2026-11-21T20:00:00",
        origin: "host",
        data: json!({"title": "Größe \u{2028} 😀\u{1}", "number": 7}),
    })
    .unwrap()
}

fn parsed(value: &Value) -> Result<Message, Malformed> {
    Message::parse(value.to_string().as_bytes())
}

#[test]
fn the_known_vectors_come_out() {
    assert_eq!(
        signed(json!({})),
        "K8280/U9SSy9IVtjBuVeLr+HpOB4BQFWbg+UZaADMtTdGYI7Geitb76LTrr5QV/7Xg4ahLwYGYZzuHGZKM5ZAQ"
    );
    assert_eq!(
        signed(json!({"two": "Two", "one": 1})),
        "KqmLSbO39/Bzb0QIYE82zqLwsA+PDzYIpIRA2sRQ4sL53+sN6/fpNSoqE7BP7vBZhG6kYdD13EIMJpvhJI+6Bw"
    );
}

#[test]
fn a_message_keeps_both_names_of_its_tag() {
    let value: Value = serde_json::from_slice(&example().to_bytes()).unwrap();
    assert_eq!(value["tag"], value["id"]);
    assert_eq!(value["format"], "1.0");
}

#[test]
fn the_bytes_that_are_signed_are_those_that_came_in_sorted_order_without_spaces() {
    let text = r#"{ "uuid":"u", "time":"t", "format":"1.0", "tag":"t", "unsigned": 1, "signatures": {"a": {}},
        "data": {"z": 1.50, "a": [1e3, 123456789012345678901234567890, -0.0], "ü": "\u0001\u2028\"\/", "B": null} }"#;
    let message = Message::parse(text.as_bytes()).unwrap();
    let wanted = "{\"data\":{\"B\":null,\"a\":[1e3,123456789012345678901234567890,-0.0],\"z\":1.50,\"ü\":\"\\u0001\u{2028}\\\"/\"},\"format\":\"1.0\",\"tag\":\"t\",\"time\":\"t\",\"uuid\":\"u\"}";
    assert_eq!(
        String::from_utf8(message.canonical).unwrap(),
        wanted.replace("1e3", "1e+3"),
    );
}

#[test]
fn a_signature_holds_for_what_was_signed_and_for_nothing_else() {
    let signer = signer("space");
    let mut message = example();
    message.sign(&signer);
    let again = Message::parse(&message.to_bytes()).unwrap();
    assert!(again.is_signed_by("space", signer.public()));
    assert!(!again.is_signed_by("other", signer.public()));

    let mut value: Value = serde_json::from_slice(&message.to_bytes()).unwrap();
    value["unsigned"] = json!({"age": 5});
    let aged = parsed(&value).unwrap();
    assert!(aged.is_signed_by("space", signer.public()));
    assert_eq!(aged.unsigned, Some(json!({"age": 5})));
    assert!(
        String::from_utf8(aged.to_bytes())
            .unwrap()
            .contains("unsigned")
    );

    value["more"] = json!(true);
    assert!(
        !parsed(&value)
            .unwrap()
            .is_signed_by("space", signer.public())
    );
}

#[test]
fn a_relay_adds_its_signature_to_those_that_are_there() {
    let mut message = example();
    message.sign(&signer("space"));
    message.sign(&signer("relay"));
    message.sign(&signer("relay"));
    let message = Message::parse(&message.to_bytes()).unwrap();
    assert_eq!(message.signers().collect::<Vec<_>>(), ["space", "relay"]);
    let key = signer("relay");
    assert!(message.is_signed_by("space", key.public()));
    assert!(message.is_signed_by("relay", key.public()));
}

#[test]
fn what_lacks_a_required_field_is_no_message() {
    let mut message = example();
    message.sign(&signer("space"));
    let whole: Value = serde_json::from_slice(&message.to_bytes()).unwrap();
    for field in ["uuid", "format", "time", "data"] {
        let mut value = whole.clone();
        value.as_object_mut().unwrap().remove(field);
        assert_eq!(parsed(&value), Err(Malformed::Lacks(field)), "{field}");
    }
    let mut value = whole.clone();
    value.as_object_mut().unwrap().remove("tag");
    assert_eq!(parsed(&value).unwrap().tag(), message.tag());
    value.as_object_mut().unwrap().remove("id");
    assert_eq!(parsed(&value), Err(Malformed::Lacks("tag")));
    let mut value = whole;
    value["signatures"] = json!({});
    assert_eq!(parsed(&value), Err(Malformed::Lacks("signature")));
}

#[test]
fn hostile_bytes_are_no_message() {
    let deep = "[".repeat(100_000);
    let many: String = (0..100).map(|n| format!("\"{n}\":{{}},")).collect();
    let many = format!("{{\"signatures\":{{{}}}}}", many.trim_end_matches(','));
    for text in [
        "",
        "[]",
        "7",
        "{",
        "{}x",
        "{\"signatures\":[]}",
        "{\"signatures\":{\"a\":1}}",
        &deep,
        &many,
    ] {
        assert!(
            Message::parse(text.as_bytes()).is_err(),
            "{}",
            &text[..text.len().min(40)]
        );
    }
    assert!(Message::parse(b"\xff\xfe").is_err());
}
