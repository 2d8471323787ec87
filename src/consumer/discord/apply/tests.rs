use super::*;
use crate::consumer::Action;
use crate::consumer::discord::list::Remote;
use crate::consumer::discord::render::render;
use crate::consumer::discord::testing::{BOT, GUILD, answer, at, event, now, remote};
use crate::event::{Event, EventKey};
use chrono::TimeDelta;
use std::collections::BTreeSet;

fn item(change: impl FnOnce(&mut Value)) -> Item {
    let mut json = remote("1547520765329408003");
    change(&mut json);
    let remote: Remote = serde_json::from_value(json).unwrap();
    remote.item(GUILD, BOT).unwrap()
}

fn scheduled() -> Item {
    item(|_| {})
}

fn active() -> Item {
    item(|json| json["status"] = 2.into())
}

/// The operation on `item`, with `changed`, at `moment`.
fn with<T>(
    event: &Event,
    item: Option<&Item>,
    changed: &[Field],
    moment: DateTime<Utc>,
    then: impl FnOnce(&Operation<'_>, &Rendering) -> T,
) -> T {
    let rendering = render(
        event,
        TimeDelta::hours(2),
        &crate::template::Templates::default(),
    );
    let changed: BTreeSet<Field> = changed.iter().copied().collect();
    let operation = Operation {
        action: Action::Update,
        key: &event.key,
        rendering: Some(&rendering),
        remote_id: Some("1547520765329408003"),
        item,
        changed: &changed,
        run: 12,
        generation: 1,
        idempotency_key: "0123456789abcdef0123456789abcdef01234567",
        now: moment,
    };
    then(&operation, &rendering)
}

fn updated(item: &Item, changed: &[Field], moment: DateTime<Utc>) -> Body {
    with(&event(), Some(item), changed, moment, update)
}

fn names(body: &Body) -> Vec<&str> {
    body.keys.keys().map(String::as_str).collect()
}

#[test]
fn only_what_changed_is_sent() {
    for (changed, keys) in [
        (&[Field::Title][..], &["name"][..]),
        (&[Field::Description], &["description"]),
        (
            &[Field::Title, Field::Location],
            &["entity_metadata", "name"],
        ),
        (&[Field::Picture], &[]),
    ] {
        assert_eq!(names(&updated(&scheduled(), changed, now())), keys);
    }
}

#[test]
fn both_times_are_sent_where_either_changed() {
    for changed in [Field::Begins, Field::Ends] {
        let body = updated(&scheduled(), &[changed], now());
        assert_eq!(names(&body), [END, START]);
        assert_eq!(body.note, None);
    }
}

#[test]
fn everything_is_sent_if_it_is_not_known_what_changed() {
    let body = updated(&scheduled(), &[], now());
    assert_eq!(
        names(&body),
        ["description", "entity_metadata", "name", END, START]
    );
}

#[test]
fn no_beginning_is_sent_to_an_event_under_way() {
    let begun = at("2026-10-08T17:00:00Z");
    for body in [
        updated(&active(), &[Field::Ends], now()),
        updated(&scheduled(), &[Field::Ends], begun),
    ] {
        assert_eq!(names(&body), [END]);
    }
    let before = updated(&scheduled(), &[Field::Ends], begun - TimeDelta::seconds(1));
    assert_eq!(names(&before), [END, START]);
}

#[test]
fn no_beginning_is_sent_that_has_passed() {
    let mut moved = event();
    moved.begins = now() - TimeDelta::hours(1);
    let body = with(&moved, Some(&scheduled()), &[Field::Begins], now(), update);
    assert_eq!(names(&body), [END]);
    assert_eq!(body.note.as_deref(), Some(BEGUN));
}

#[test]
fn an_event_that_a_person_moved_into_a_channel_is_moved_back_whole() {
    let moved = item(|json| {
        json["entity_type"] = 2.into();
        json["entity_metadata"] = Value::Null;
    });
    let body = updated(&moved, &[Field::Location], now());
    assert_eq!(
        names(&body),
        ["channel_id", "entity_metadata", "entity_type", END, START]
    );
}

#[test]
fn an_event_ahead_is_cancelled_and_one_under_way_completed() {
    let begun = at("2026-10-08T17:00:00Z");
    for (item, moment, status) in [
        (Some(scheduled()), now(), CANCELED),
        (Some(active()), now(), COMPLETED),
        (Some(scheduled()), begun, COMPLETED),
        (None, now(), CANCELED),
        (None, begun, COMPLETED),
    ] {
        let keys = with(&event(), item.as_ref(), &[], moment, |operation, _| {
            cancel(operation)
        });
        assert_eq!(Value::Object(keys), json!({"status": status}));
    }
}

#[test]
fn a_creation_sends_all_but_the_pictures_url() {
    let mut event = event();
    event.picture = Some("https://mobilizon.example.org/a.png".into());
    let keys = create(&render(
        &event,
        TimeDelta::hours(2),
        &crate::template::Templates::default(),
    ));
    assert!(!keys.contains_key(PICTURE));
    assert_eq!(keys["name"], "Rust Evening #42");
}

fn refusal(body: &str) -> Trouble {
    Trouble::of(&answer(400, &[], body)).unwrap()
}

fn body(json: Value) -> Body {
    Body {
        keys: json.as_object().unwrap().clone(),
        note: None,
    }
}

#[test]
fn a_refused_picture_is_left_out_and_told() {
    let with = body(json!({"name": "n", "image": "data:image/png;base64,AA"}));
    for said in [
        r#"{"code": 50035, "message": "Invalid Form Body", "errors": {"image": {"_errors": [{"code": "BINARY_TYPE_MAX_SIZE", "message": "File cannot be larger"}]}}}"#,
        r#"{"code": 50138, "message": "Failed to resize asset"}"#,
    ] {
        let second = second(Asked::Create, &with, &refusal(said)).unwrap();
        assert_eq!(names(&second), ["name"]);
        assert!(second.note.unwrap().contains("Discord refused the picture"));
    }
}

#[test]
fn a_refusal_of_something_else_stands() {
    let with = body(json!({"name": "n", "image": "data:image/png;base64,AA"}));
    let without = body(json!({"name": "n"}));
    let name =
        r#"{"code": 50035, "errors": {"name": {"_errors": [{"code": "X", "message": "long"}]}}}"#;
    assert_eq!(second(Asked::Create, &with, &refusal(name)), None);
    assert_eq!(
        second(
            Asked::Create,
            &with,
            &refusal(r#"{"code": 30038, "message": "full"}"#)
        ),
        None
    );
    assert_eq!(
        second(
            Asked::Create,
            &without,
            &refusal(r#"{"code": 50138, "message": "asset"}"#)
        ),
        None
    );
}

#[test]
fn an_event_that_began_meanwhile_is_sent_again_without_its_beginning() {
    let both = body(json!({(START): "a", (END): "b"}));
    let said = refusal(&format!(
        r#"{{"code": 50035, "errors": {{"{START}": {{"_errors": [{{"code": "{INVALID_START}", "message": "m"}}]}}}}}}"#
    ));
    assert_eq!(names(&second(Asked::Change, &both, &said).unwrap()), [END]);
    assert_eq!(second(Asked::Create, &both, &said), None);
}

#[test]
fn a_cancellation_that_came_a_moment_too_early_or_late_is_sent_as_the_other() {
    let said = refusal(r#"{"code": 50035, "message": "Invalid Form Body"}"#);
    let of = |status: u8| {
        second(Asked::Change, &body(json!({"status": status})), &said)
            .unwrap()
            .keys
    };
    assert_eq!(of(CANCELED), status(COMPLETED));
    assert_eq!(of(COMPLETED), status(CANCELED));
    let over = refusal(r#"{"code": 180000, "message": "finished"}"#);
    assert_eq!(
        second(Asked::Change, &body(json!({"status": 4})), &over),
        None
    );
}

#[test]
fn the_audit_log_names_the_run_and_the_event_within_its_limit() {
    let of = |event: &Event| with(event, None, &[], now(), |operation, _| reason(operation));
    assert_eq!(
        of(&event()),
        "kronos%20run%2012%20https%3A%2F%2Fmobilizon.example.org%2Fevents%2F1f0a7c52-3f2d-4f6e-9a52-7c1d2e9b8a10"
    );
    let mut long = event();
    long.key = EventKey::new(format!("https://a.example/{}", "ü".repeat(400)));
    let reason = of(&long);
    assert!(reason.len() <= LONGEST_REASON && reason.len() > LONGEST_REASON - 6);
    assert!(
        percent_encoding::percent_decode_str(&reason)
            .decode_utf8()
            .is_ok()
    );
}
