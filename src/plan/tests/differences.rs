//! Which fields of an item differ, where a listing gives all of them back and where it does not.

use super::*;
use crate::delivery::Intent;

/// A rendering with a title and a picture, of which the listing gives back the title only.
fn shown(title: &str, picture: &str) -> Rendering {
    Rendering {
        payload: serde_json::json!([title, picture]),
        fields: [
            (Field::Title, title.to_string()),
            (Field::Picture, picture.to_string()),
        ]
        .into(),
        ..rendering(title)
    }
}

/// The fields that differ when `wanted` is to be shown where `applied` was.
fn differing(stage: &Stage, applied: Option<&Rendering>, wanted: &Rendering) -> Vec<Field> {
    let mut subject = stage.subject.clone();
    if let Some(applied) = applied {
        subject.delivery.applied_hash = Some(applied.hash());
        subject.delivery.applied_fields = field_hashes(&applied.fields);
    } else {
        subject.delivery.applied_hash = None;
    }
    let intent = subject.intent.as_ref();
    difference::fields(&subject.delivery, intent, wanted, &stage.items[0])
        .into_iter()
        .collect()
}

#[test]
fn what_a_listing_gives_back_is_compared_with_it_and_the_rest_with_what_was_applied() {
    let stage = Stage::standing();
    let applied = shown("Rust night", "a");
    let with = |wanted: Rendering| differing(&stage, Some(&applied), &wanted);
    assert_eq!(with(shown("Rust night", "a")), []);
    assert_eq!(with(shown("Rust night", "b")), [Field::Picture]);
    assert_eq!(with(shown("Rust day", "a")), [Field::Title]);
    assert_eq!(with(shown("Rust day", "b")), [Field::Title, Field::Picture]);
    let renamed = shown("Before", "a");
    assert_eq!(
        differing(&stage, Some(&renamed), &applied),
        [],
        "the listing knows better than the record"
    );
}

#[test]
fn of_an_item_of_which_nothing_was_recorded_what_no_listing_tells_is_sent_anew_if_anything_was_sent_before()
 {
    let unrecorded = Stage::standing();
    let other = Stage::standing().with(|stage| stage.subject.delivery.remote_id = Some("2".into()));
    let (applied, wanted) = (shown("Rust night", "a"), shown("Rust night", "b"));
    for (stage, applied) in [(unrecorded, None), (other, Some(&applied))] {
        assert_eq!(differing(&stage, applied, &wanted), [Field::Picture]);
        // After a loss that is so of no item: only the listing tells.
        let lost = stage.with(|stage| stage.subject.delivery.last_mutation = None);
        assert_eq!(differing(&lost, applied, &wanted), []);
    }
}

#[test]
fn what_an_interrupted_creation_of_an_older_wish_sent_is_sent_anew_where_no_listing_shows_it() {
    let with = |action, sent: Rendering| {
        let stage = Stage::standing().with(|stage| {
            stage.subject.delivery.remote_id = None;
            stage.subject.intent = Some(Intent {
                action,
                generation: 1,
                epoch: 1,
                payload_hash: sent.hash(),
                remote_id: None,
                idempotency_key: "ab".into(),
                begun: at(-9),
                deadline: at(-8),
            });
        });
        differing(&stage, None, &shown("Rust night", "b"))
    };
    assert_eq!(
        with(Action::Create, shown("Rust night", "a")),
        [Field::Picture]
    );
    assert_eq!(with(Action::Create, shown("Rust night", "b")), []);
    assert_eq!(
        with(Action::Update, shown("Rust night", "b")),
        [Field::Picture],
        "that was another request"
    );
}

#[test]
fn the_beginning_of_what_has_begun_is_left_as_it_is() {
    let begins = |state| {
        let mut stage = Stage::standing();
        stage.items[0].state = state;
        stage.items[0].fields.insert(Field::Begins, "then".into());
        differing(
            &stage,
            Some(&shown("Rust night", "a")),
            &shown("Rust night", "a"),
        )
    };
    assert_eq!(begins(ItemState::Scheduled), [Field::Begins]);
    assert_eq!(begins(ItemState::Active), []);
}

#[test]
fn the_report_has_both_texts_of_what_differs() {
    let wanted = shown("Rust day", "b");
    let fields = [Field::Title, Field::Picture].into();
    let told = difference::changes(&fields, Some(&wanted), Some(&item("1", "Rust night")));
    let change = |field, old: Option<&str>, new: &str| Change {
        field,
        old: old.map(Into::into),
        new: Some(new.into()),
    };
    assert_eq!(
        told,
        [
            change(Field::Title, Some("Rust night"), "Rust day"),
            change(Field::Picture, None, "b")
        ]
    );
}
