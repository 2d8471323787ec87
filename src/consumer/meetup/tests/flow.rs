//! Operations, from the rendering to the outcome.

use super::reading::page;
use super::server::Server;
use super::*;
use crate::consumer::{Field, Outcome};

const GROUP: &str =
    r#"{"data":{"self":{"id":"1"},"groupByUrlname":{"id":"18234311","timezone":"Europe/Berlin"}}}"#;
const START: &str = "2026-10-08T19:00:00+02:00";
const REFUSED: &str = r#"{"event":null,"success":false,"errors":[{"code":"x","field":"eventId","message":"no such event"}]}"#;

fn group() -> (u16, String) {
    (200, GROUP.into())
}

/// The answer to a mutation.
fn did(mutation: &str, status: &str, start: &str) -> (u16, String) {
    let event = json!({
        "id": "1001", "token": "1001", "status": status, "dateTime": start,
        "eventUrl": "https://www.meetup.com/rust-example/events/1001/",
    });
    (
        200,
        json!({ "data": { mutation: { "event": event, "errors": null } } }).to_string(),
    )
}

fn refused(mutation: &str) -> (u16, String) {
    (200, format!(r#"{{"data":{{"{mutation}":{REFUSED}}}}}"#))
}

/// The answer to the question for one event.
fn stands(event: Value) -> (u16, String) {
    (
        200,
        json!({ "data": { "self": { "id": "1" }, "event": event } }).to_string(),
    )
}

/// Applies one operation on `event`.
async fn apply(consumer: &dyn Consumer, action: Action, event: &Event) -> Outcome {
    apply_changed(consumer, action, event, &[]).await
}

async fn apply_changed(
    consumer: &dyn Consumer,
    action: Action,
    event: &Event,
    changed: &[Field],
) -> Outcome {
    let rendering = consumer.render(event);
    let changed = changed.iter().copied().collect();
    let remote_id = (action != Action::Create).then_some("1001");
    consumer
        .apply(&operation(
            action,
            &event.key,
            Some(&rendering),
            remote_id,
            &changed,
        ))
        .await
}

fn note(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Applied {
            remote_id, note, ..
        } => {
            assert_eq!(remote_id.as_deref(), Some("1001"));
            note
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_event_is_created_as_a_draft_in_the_local_time_of_the_group() {
    let server = Server::giving([group(), did("createEvent", "DRAFT", START)]);
    let consumer = consumer(&server.url, "");
    assert_eq!(
        note(apply(&*consumer, Action::Create, &event()).await),
        None
    );
    let input = server.asked()[1].variables()["input"].clone();
    assert_eq!(input["publishStatus"], "DRAFT");
    assert_eq!(input["selfRsvp"], false);
    assert_eq!(input["startDateTime"], "2026-10-08T19:00");
    assert_eq!(input["duration"], "PT3H");
    assert_eq!(input["groupUrlname"], "rust-example");
}

#[tokio::test]
async fn a_draft_at_another_time_is_kept_and_told_but_never_published() {
    let server = Server::giving([
        group(),
        did("createEvent", "DRAFT", "2026-10-08T20:00:00+02:00"),
    ]);
    let consumer = consumer(&server.url, "");
    let note = note(apply(&*consumer, Action::Create, &event()).await).unwrap();
    assert!(
        note.contains("2026-10-08T18:00:00Z") && note.contains("2026-10-08T17:00:00Z"),
        "{note}"
    );
    let outcome = apply(&*consumer, Action::Publish, &event()).await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_draft_is_published_and_announced_only_where_that_is_configured() {
    for (keys, requests) in [("", 3), ("announce = true", 4)] {
        let server = Server::giving([
            group(),
            did("createEvent", "DRAFT", START),
            did("publishEventDraft", "ACTIVE", START),
            did("announceEvent", "ACTIVE", START),
        ]);
        let consumer = consumer(&server.url, keys);
        note(apply(&*consumer, Action::Create, &event()).await);
        assert_eq!(
            note(apply(&*consumer, Action::Publish, &event()).await),
            None
        );
        let asked = server.asked();
        assert_eq!(asked.len(), requests);
        assert_eq!(
            asked[2].variables(),
            json!({ "input": { "eventId": "1001" } })
        );
    }
}

#[tokio::test]
async fn an_announcement_that_fails_fails_nothing_else() {
    let server = Server::giving([
        stands(listed(json!({ "status": "DRAFT" }))),
        did("publishEventDraft", "ACTIVE", START),
        refused("announceEvent"),
    ]);
    let consumer = consumer(&server.url, "announce = true");
    let note = note(apply(&*consumer, Action::Publish, &event()).await).unwrap();
    assert!(note.contains("not announced"), "{note}");
}

#[tokio::test]
async fn what_is_published_already_needs_no_request() {
    let server = Server::giving([page(&[listed(json!({}))], json!(1), false, Value::Null)]);
    let consumer = consumer(&server.url, "announce = true");
    consumer.list().await.unwrap();
    assert_eq!(
        note(apply(&*consumer, Action::Publish, &event()).await),
        None
    );
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_publication_refused_because_it_had_happened_is_a_success() {
    let server = Server::giving([
        stands(listed(json!({ "status": "DRAFT" }))),
        refused("publishEventDraft"),
        stands(listed(json!({}))),
    ]);
    note(apply(&*consumer(&server.url, ""), Action::Publish, &event()).await);
}

#[tokio::test]
async fn an_update_never_changes_the_publication() {
    for (status, publication) in [("DRAFT", "DRAFT"), ("ACTIVE", "PUBLISHED")] {
        let server = Server::giving([
            page(
                &[listed(json!({ "status": status }))],
                json!(1),
                false,
                Value::Null,
            ),
            did("editEvent", status, START),
        ]);
        let consumer = consumer(&server.url, "");
        consumer.list().await.unwrap();
        assert_eq!(
            note(apply(&*consumer, Action::Update, &event()).await),
            None
        );
        let input = server.asked()[1].variables()["input"].clone();
        assert_eq!(input["publishStatus"], publication);
        assert_eq!(input["eventId"], "1001");
        assert_eq!(input["venueId"], "0");
        assert_eq!(input["rsvpSettings"], json!({ "rsvpLimit": 0 }));
        assert_eq!(input["featuredPhotoId"], 0);
    }
}

#[tokio::test]
async fn an_update_that_ends_at_another_time_is_no_success() {
    let server = Server::giving([
        page(&[listed(json!({}))], json!(1), false, Value::Null),
        did("editEvent", "ACTIVE", "2026-10-08T20:00:00+02:00"),
    ]);
    let consumer = consumer(&server.url, "");
    consumer.list().await.unwrap();
    let outcome = apply(&*consumer, Action::Update, &event()).await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
}

#[tokio::test]
async fn an_update_of_an_event_that_is_gone_says_so() {
    for gone in [
        Value::Null,
        listed(json!({ "status": "CANCELLED" })),
        listed(json!({ "status": "PAST" })),
    ] {
        let server = Server::giving([
            page(&[listed(json!({}))], json!(1), false, Value::Null),
            refused("editEvent"),
            stands(gone),
        ]);
        let consumer = consumer(&server.url, "");
        consumer.list().await.unwrap();
        let outcome = apply(&*consumer, Action::Update, &event()).await;
        assert!(matches!(outcome, Outcome::Gone(_)), "{outcome:?}");
    }
}

#[tokio::test]
async fn an_update_refused_while_the_event_stands_is_refused() {
    let server = Server::giving([
        page(&[listed(json!({}))], json!(1), false, Value::Null),
        refused("editEvent"),
        stands(listed(json!({}))),
    ]);
    let consumer = consumer(&server.url, "");
    consumer.list().await.unwrap();
    let outcome = apply(&*consumer, Action::Update, &event()).await;
    assert_eq!(
        outcome,
        Outcome::Refused("Meetup: eventId: no such event".into())
    );
}

#[tokio::test]
async fn a_cancellation_leaves_the_event_in_the_calendar_and_a_deletion_does_not() {
    for (action, is_removed) in [(Action::Cancel, false), (Action::Delete, true)] {
        let server = Server::giving([(
            200,
            r#"{"data":{"deleteEvent":{"success":true,"errors":null}}}"#.into(),
        )]);
        assert_eq!(
            note(apply(&*consumer(&server.url, ""), action, &event()).await),
            None
        );
        let expected = json!({ "input": { "eventId": "1001", "removeFromCalendar": is_removed } });
        assert_eq!(server.asked()[0].variables(), expected);
    }
}

#[tokio::test]
async fn taking_away_what_is_gone_is_a_success_and_what_stands_is_a_refusal() {
    for action in [Action::Cancel, Action::Delete] {
        let server = Server::giving([refused("deleteEvent"), stands(Value::Null)]);
        note(apply(&*consumer(&server.url, ""), action, &event()).await).unwrap();
        let server = Server::giving([refused("deleteEvent"), stands(listed(json!({})))]);
        let outcome = apply(&*consumer(&server.url, ""), action, &event()).await;
        assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_change_is_never_sent_twice() {
    for (broken, is_expected) in [
        (
            (401, "{}".to_string()),
            (|outcome| matches!(outcome, Outcome::Unauthorised(_))) as fn(&Outcome) -> bool,
        ),
        (
            (400, r#"{"errors":[{"message":"Bad Request"}]}"#.into()),
            |outcome| matches!(outcome, Outcome::Later { .. }),
        ),
        ((502, "<html>".into()), |outcome| {
            matches!(outcome, Outcome::Ambiguous(_))
        }),
        ((0, String::new()), |outcome| {
            matches!(outcome, Outcome::Ambiguous(_))
        }),
    ] {
        let status = broken.0;
        let server = Server::giving([group(), broken, did("createEvent", "DRAFT", START)]);
        let outcome = apply(&*consumer(&server.url, ""), Action::Create, &event()).await;
        assert!(is_expected(&outcome), "{status}: {outcome:?}");
        assert_eq!(server.asked().len(), 2);
    }
}

#[tokio::test]
async fn an_event_whose_id_changed_is_still_known_by_its_token() {
    let moved = listed(json!({ "id": "qrs77", "token": "1001" }));
    let server = Server::giving([
        page(&[moved], json!(1), false, Value::Null),
        did("editEvent", "ACTIVE", START),
    ]);
    let consumer = consumer(&server.url, "");
    assert_eq!(consumer.list().await.unwrap().items[0].remote_id, "1001");
    note(apply(&*consumer, Action::Update, &event()).await);
    assert_eq!(server.asked()[1].variables()["input"]["eventId"], "qrs77");
}

#[tokio::test]
async fn a_picture_that_cannot_be_had_does_not_stop_the_event() {
    // A picture on another host than the event's is never fetched.
    let event = Event {
        picture: Some("https://elsewhere.example/a.jpg".into()),
        ..event()
    };
    let server = Server::giving([group(), did("createEvent", "DRAFT", START)]);
    let note = note(apply(&*consumer(&server.url, ""), Action::Create, &event).await).unwrap();
    assert!(note.contains("without its picture"), "{note}");
}

#[tokio::test]
async fn a_picture_that_did_not_change_stays_the_one_that_is_shown() {
    let event = Event {
        picture: Some("https://elsewhere.example/a.jpg".into()),
        ..event()
    };
    let shown = listed(json!({ "featuredEventPhoto": { "id": "530000001" } }));
    for changed in [&[][..], &[Field::Picture]] {
        let server = Server::giving([
            page(std::slice::from_ref(&shown), json!(1), false, Value::Null),
            did("editEvent", "ACTIVE", START),
        ]);
        let consumer = consumer(&server.url, "");
        consumer.list().await.unwrap();
        let note = note(apply_changed(&*consumer, Action::Update, &event, changed).await);
        assert_eq!(
            note.is_some(),
            !changed.is_empty(),
            "only a changed picture is fetched"
        );
        assert_eq!(
            server.asked()[1].variables()["input"]["featuredPhotoId"],
            530_000_001
        );
    }
}
