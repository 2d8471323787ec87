//! The transitions of a delivery, sentence by sentence.

use super::*;
use chrono::TimeDelta;
use std::collections::BTreeSet;

mod refusing;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

fn wish(text: &str) -> Wish {
    Wish {
        desired: Desired::Present,
        absence: None,
        hash: Fingerprint::of(&text),
        opens: None,
        begins: at(600),
        ends: at(660),
    }
}

fn applied(id: &str) -> Applied {
    Applied {
        hash: Fingerprint::of(&"one"),
        fields: field_hashes(&BTreeMap::from([(Field::Title, "One".into())])),
        remote_id: Some(id.into()),
        remote_url: Some(format!("https://service.example/{id}")),
        begins: Some(at(600)),
    }
}

fn new() -> Delivery {
    Delivery::new(
        EventKey::new("https://space.example/events/1"),
        wish("one"),
        at(0),
    )
}

/// Item 1 was made by us.
fn standing() -> Delivery {
    let mut delivery = new();
    delivery.applied(Action::Create, applied("1"), false, at(1));
    delivery
}

#[test]
fn a_wish_that_differs_raises_the_generation_and_makes_what_rests_pending() {
    let mut delivery = standing();
    delivery.attempts = 2;
    assert!(delivery.wish(wish("two"), at(5)));
    assert_eq!((delivery.desired_gen, delivery.applied_gen), (2, 1));
    assert_eq!(
        (delivery.state, delivery.since, delivery.attempts),
        (State::Pending, at(5), 0)
    );
    let cancelled = Wish {
        desired: Desired::Cancelled,
        ..wish("two")
    };
    assert!(
        delivery.wish(cancelled, at(6)),
        "the same payload, called off"
    );
    assert_eq!(delivery.desired_gen, 3);
    assert_eq!(delivery.since, at(5), "it was pending already");
}

#[test]
fn the_same_wish_changes_times_at_most() {
    let mut delivery = standing();
    assert!(!delivery.wish(
        Wish {
            begins: at(601),
            ..wish("one")
        },
        at(5)
    ));
    assert_eq!(
        (delivery.desired_gen, delivery.state, delivery.begins),
        (1, State::Idle, at(601))
    );
    let absent = Wish {
        absence: Some(Absence::Hidden),
        ..wish("one")
    };
    assert!(
        delivery.wish(absent.clone(), at(6)),
        "another reason is news"
    );
    assert!(!delivery.wish(absent, at(7)));
    assert_eq!(delivery.desired_gen, 1);
}

#[test]
fn a_new_wish_leaves_to_a_listing_what_only_a_listing_can_tell() {
    for state in [
        State::Sending,
        State::Unknown,
        State::Linked,
        State::Conflict,
    ] {
        let mut delivery = Delivery {
            state,
            ..standing()
        };
        assert!(delivery.wish(wish("two"), at(5)));
        assert_eq!((delivery.state, delivery.desired_gen), (state, 2));
    }
}

#[test]
fn what_is_found_under_another_id_is_adopted_and_what_was_made_stays_made() {
    let mut delivery = standing();
    delivery.attempts = 2;
    delivery.found(applied("1"), at(5));
    assert_eq!(delivery.provenance, Some(Provenance::Created));
    delivery.found(applied("2"), at(6));
    assert_eq!(
        (delivery.provenance, delivery.attempts),
        (Some(Provenance::Adopted), 0)
    );
    assert_eq!(delivery.remote_id.as_deref(), Some("2"));
}

#[test]
fn an_item_that_is_recognised_under_another_id_is_known_to_show_nothing_that_was_applied() {
    let mut delivery = standing();
    delivery.recognise("1", None, at(3));
    assert!(delivery.applied_hash.is_some() && delivery.remote_url.is_none());
    assert_eq!(delivery.provenance, Some(Provenance::Created));
    delivery.recognise("2", Some("https://service.example/2"), at(3));
    assert_eq!(
        (delivery.applied_hash, delivery.applied_fields.len()),
        (None, 0)
    );
    assert_eq!(
        (delivery.remote_id.as_deref(), delivery.provenance),
        (Some("2"), Some(Provenance::Adopted))
    );
}

#[test]
fn what_was_sent_may_begin_as_it_did_or_by_what_was_sent() {
    let mut delivery = standing();
    delivery.item_begins = Some(at(10));
    for (sent, begins) in [(Some(at(12)), at(10)), (None, at(10)), (Some(at(8)), at(8))] {
        delivery.may_begin(sent);
        assert_eq!(delivery.item_begins, Some(begins));
    }
    delivery.forget_item();
    delivery.may_begin(Some(at(12)));
    assert_eq!(delivery.item_begins, Some(at(12)), "nothing stood there");
}

#[test]
fn sending_counts_the_attempts_of_a_generation() {
    let mut delivery = new();
    delivery.send(at(1));
    delivery.drifted(at(2));
    assert_eq!(
        (delivery.attempts, delivery.state, delivery.since),
        (1, State::Pending, at(2))
    );
    delivery.send(at(3));
    assert_eq!((delivery.attempts, delivery.state), (2, State::Sending));
}

#[test]
fn what_was_applied_rests_and_a_draft_is_still_to_be_published() {
    let mut delivery = new();
    delivery.attempts = 1;
    delivery.applied(Action::Create, applied("1"), true, at(1));
    assert_eq!((delivery.state, delivery.attempts), (State::Pending, 0));
    assert_eq!(
        (delivery.provenance, delivery.last_mutation),
        (Some(Provenance::Created), Some(at(1)))
    );
    delivery.applied(Action::Publish, applied("1"), false, at(2));
    assert_eq!((delivery.state, delivery.applied_gen), (State::Idle, 1));
    let mut adopted = Delivery {
        provenance: Some(Provenance::Adopted),
        ..standing()
    };
    adopted.applied(Action::Update, applied("1"), false, at(3));
    assert_eq!(
        adopted.provenance,
        Some(Provenance::Adopted),
        "an update makes nothing ours"
    );
    adopted.applied(Action::Update, applied("1"), true, at(4));
    assert_eq!(adopted.state, State::Pending);
}

#[test]
fn what_was_deleted_is_gone_with_its_id() {
    let mut delivery = standing();
    delivery.wish(
        Wish {
            desired: Desired::Absent,
            ..wish("none")
        },
        at(2),
    );
    delivery.applied(Action::Delete, applied("1"), false, at(3));
    assert_eq!((delivery.state, delivery.applied_gen), (State::Gone, 2));
    assert_eq!(
        (delivery.remote_id, delivery.remote_url, delivery.provenance),
        (None, None, None)
    );
    assert_eq!(
        (delivery.applied_hash, delivery.applied_fields.len()),
        (None, 0)
    );
}

#[test]
fn an_update_that_was_answered_gone_is_made_anew_once_a_listing_has_settled() {
    let mut delivery = standing();
    delivery.item_gone(at(7));
    assert_eq!(
        (delivery.state, delivery.remote_id.as_deref()),
        (State::Pending, None)
    );
    assert_eq!(delivery.last_mutation, Some(at(7)));
    assert_eq!(delivery.desired_gen, 2, "that is a wish of its own");
}

#[test]
fn what_a_dead_run_left_counts_from_the_moment_at_which_it_can_have_left() {
    let mut delivery = standing();
    delivery.send(at(3));
    delivery.recovered(at(4), at(9));
    assert_eq!(
        (delivery.state, delivery.last_mutation),
        (State::Unknown, Some(at(4)))
    );
    delivery.settled(at(10));
    assert_eq!((delivery.state, delivery.since), (State::Pending, at(10)));
    delivery.ambiguous("no answer".into(), at(11));
    assert_eq!(
        (delivery.state, delivery.last_mutation),
        (State::Unknown, Some(at(11)))
    );
}

#[test]
fn a_conflict_while_adopting_is_resolved_by_adopting() {
    let mut delivery = new();
    delivery.conflict("two".into(), false, at(1));
    assert_eq!(
        (delivery.state, delivery.provenance),
        (State::Conflict, None)
    );
    delivery.conflict("two".into(), true, at(2));
    assert_eq!(
        (delivery.provenance, delivery.since),
        (Some(Provenance::Adopted), at(1))
    );
}

#[test]
fn an_operator_releases_what_is_held_and_nothing_else() {
    for state in [State::Quarantined, State::Conflict, State::Wait] {
        let mut delivery = Delivery {
            state,
            attempts: 3,
            not_before: Some(at(99)),
            ..standing()
        };
        assert!(delivery.release(at(5)));
        assert_eq!(
            (delivery.state, delivery.attempts, delivery.not_before),
            (State::Pending, 0, None)
        );
    }
    for state in [
        State::Idle,
        State::Pending,
        State::Sending,
        State::Unknown,
        State::Linked,
        State::Gone,
    ] {
        let mut delivery = Delivery {
            state,
            attempts: 3,
            ..standing()
        };
        assert!(!delivery.release(at(5)));
        assert_eq!((delivery.state, delivery.attempts), (state, 3));
    }
}

#[test]
fn a_refusal_holds_for_a_day_and_a_wait_for_as_long_as_was_asked() {
    let mut delivery = new();
    delivery.refused("no".into(), at(0));
    assert_eq!(
        (delivery.state, delivery.not_before),
        (State::Quarantined, Some(at(24 * 60)))
    );
    delivery.later(Some(at(9)), "later".into(), at(1));
    assert_eq!(
        (delivery.state, delivery.not_before),
        (State::Wait, Some(at(9)))
    );
    delivery.later(None, "later".into(), at(2));
    assert_eq!(delivery.not_before, None);
}

#[test]
fn what_may_have_been_applied_and_was_refused_again_stays_unknown_and_has_been_tried_enough() {
    for (tried, counted) in [(1, ATTEMPTS), (ATTEMPTS + 1, ATTEMPTS + 1)] {
        let mut delivery = new();
        delivery.attempts = tried;
        delivery.refused_again("no".into(), at(5));
        assert_eq!(
            (delivery.state, delivery.attempts, delivery.last_mutation),
            (State::Unknown, counted, Some(at(5)))
        );
    }
}

#[test]
fn however_often_its_sending_is_interrupted_it_is_not_given_up() {
    let mut delivery = new();
    for interruptions in 1..9 {
        delivery.send(at(interruptions));
        delivery.recovered(at(interruptions), at(interruptions));
        assert_eq!(delivery.state, State::Unknown);
        assert!(delivery.attempts < ATTEMPTS, "it is sent again");
    }
    assert_eq!(delivery.attempts, 2, "but after the rest");
}

#[test]
fn only_what_waits_without_an_attempt_waits_for_its_opening() {
    let mut delivery = new();
    delivery.wait_for_opening(at(9), "not yet".into(), at(0));
    assert_eq!(delivery.opens(), Some(at(9)));
    delivery.send(at(1));
    delivery.later(Some(at(9)), "the service wants patience".into(), at(1));
    assert_eq!(delivery.opens(), None);
    let mut untried = new();
    untried.refused("it cannot be shown".into(), at(0));
    assert_eq!(untried.opens(), None);
}

#[test]
fn two_requests_share_a_key_only_if_they_are_the_same_one() {
    let (event, other) = (EventKey::new("a"), EventKey::new("b"));
    let (one, two) = (Fingerprint::of(&"one"), Fingerprint::of(&"two"));
    let key = idempotency_key("hook", &event, 1, Action::Create, &one);
    assert_eq!(key.len(), 40);
    assert!(key.chars().all(|digit| digit.is_ascii_hexdigit()));
    let keys = BTreeSet::from([
        key,
        idempotency_key("hook", &event, 1, Action::Create, &one),
        idempotency_key("bell", &event, 1, Action::Create, &one),
        idempotency_key("hook", &other, 1, Action::Create, &one),
        idempotency_key("hook", &event, 2, Action::Create, &one),
        idempotency_key("hook", &event, 1, Action::Update, &one),
        idempotency_key("hook", &event, 1, Action::Create, &two),
    ]);
    assert_eq!(keys.len(), 6);
}

#[test]
fn what_changed_is_told_field_by_field() {
    let texts = |all: &[(Field, &str)]| {
        all.iter()
            .map(|(field, text)| (*field, text.to_string()))
            .collect::<BTreeMap<_, _>>()
    };
    let delivery = Delivery {
        applied_fields: field_hashes(&texts(&[
            (Field::Title, "One"),
            (Field::Location, "Here"),
            (Field::Picture, "a"),
        ])),
        ..standing()
    };
    let now = texts(&[
        (Field::Title, "Two"),
        (Field::Location, "Here"),
        (Field::Link, "b"),
    ]);
    assert_eq!(
        delivery.changed_fields(&now),
        [Field::Title, Field::Picture, Field::Link].into()
    );
    assert_eq!(field_hashes(&now).len(), 3);
    assert!(field_hashes(&now).values().all(|hash| hash.len() == 16));
}
