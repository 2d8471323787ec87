use super::*;
use crate::consumer::told;
use crate::event::EventKey;
use crate::testing::{self, event};
use serde_json::json;

const KEY: &str = "metadata\n    id = \"space\"\ned\n    signing-key = \"YJDBA9Xnr2sVqXD9Vj7XVUnmFZcZrlw8Md7kMW+3XA1\"\n";

fn section(keys: &str) -> Section {
    let keys = format!("{keys}\nkey = {KEY:?}\n");
    testing::section("feed", &keys, DateTime::UNIX_EPOCH)
}

fn usual(more: &str) -> String {
    format!("submit = [\"tcp://127.0.0.1:5571\"]\npublish = [\"tcp://127.0.0.1:5572\"]\n{more}")
}

fn problem(keys: &str) -> String {
    Config::read(&section(keys)).unwrap_err().to_string()
}

fn source() -> Source {
    Source {
        config: Config::read(&section(&usual("prefix = \"org.example.kronos\""))).unwrap(),
        wire: Mutex::new(None),
        submissions: Cell::new(0),
    }
}

#[test]
fn a_uuid_has_the_form_of_version_1_and_depends_on_the_key_alone() {
    let key = "0123456789abcdef0123456789abcdef01234567";
    assert_eq!(uuid(key), "01234567-89ab-1cde-b012-3556789abcde");
    assert_ne!(uuid(key), uuid(&key.replace('1', "2")));
    for key in [key, "", "f", &"f".repeat(40)] {
        let uuid = uuid(key);
        let lengths: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
        assert!(
            uuid.chars().nth(14) == Some('1') && "89ab".contains(&uuid[19..20]),
            "{uuid}"
        );
    }
}

#[test]
fn a_message_tells_the_event_and_the_number_of_the_change() {
    let source = source();
    let event = event();
    let rendering = source.render(&event);
    let message = |action, rendering| {
        source
            .message(&Operation {
                action,
                key: &event.key,
                rendering,
                remote_id: None,
                item: None,
                changed: &Default::default(),
                run: 1,
                generation: 3,
                idempotency_key: "0123456789abcdef0123456789abcdef01234567",
                now: DateTime::UNIX_EPOCH,
            })
            .unwrap()
    };
    for (action, tag) in [
        (Action::Create, "org.example.kronos.event-created"),
        (Action::Update, "org.example.kronos.event-updated"),
        (Action::Cancel, "org.example.kronos.event-cancelled"),
    ] {
        let message = message(action, Some(&rendering));
        assert_eq!(message.tag(), tag);
        assert_eq!(message.data()["title"], rendering.payload["title"]);
        assert_eq!(
            (&message.data()["version"], &message.data()["generation"]),
            (&json!(1), &json!(3))
        );
        assert!(message.is_signed_by("space", source.config.signer.public()));
    }
    let deleted = message(Action::Delete, None);
    assert_eq!(deleted.tag(), "org.example.kronos.event-deleted");
    assert_eq!(
        deleted.data(),
        &json!({"url": event.key, "version": 1, "generation": 3})
    );
}

#[test]
fn what_cannot_be_used_is_named_with_its_mend() {
    for prefix in ["", "_lk.x", "a..b", "a b", "ü"] {
        let text = problem(&usual(&format!("prefix = {prefix:?}")));
        assert!(
            text.starts_with("prefix: ") && text.contains("org.example"),
            "{text}"
        );
    }
    let text = problem("submit = []\npublish = [\"tcp://h:1\"]\nprefix = \"a\"");
    assert!(text.contains("submit: it names nothing"), "{text}");
    let text = problem("submit = [\"tcp://h:1\"]\npublish = [\"tcp://*:1\"]\nprefix = \"a\"");
    assert!(text.contains("names no host"), "{text}");
}

#[test]
fn a_prefix_may_end_with_its_dot() {
    let config = Config::read(&section(&usual("prefix = \"org.example.\""))).unwrap();
    assert_eq!(config.prefix, "org.example");
}

#[tokio::test]
async fn without_a_relay_nothing_is_sent_and_it_is_tried_again_later() {
    let mut source = source();
    source.config.publish = vec!["tcp://127.0.0.1:1".parse().unwrap()];
    let key = EventKey::new("https://events.example.org/events/1");
    let mut message = Message::compose(Draft {
        tag: "t",
        uuid: "u",
        time: "t",
        origin: "o",
        data: told::gone(&key),
    })
    .unwrap();
    message.sign(&source.config.signer);
    assert!(matches!(
        source.submit(&key, &message).await,
        Outcome::Later { .. }
    ));
    assert_eq!(source.requests(), 0);
}
