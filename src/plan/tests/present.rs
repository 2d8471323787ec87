//! Something of ours stands there: what is done, and what is stored of it.

use super::*;
use crate::delivery::{Intent, Provenance};

fn drift(stage: &mut Stage) {
    stage.items[0].fields = [(Field::Title, "Old".into())].into();
}

fn unnamed(id: &str) -> Item {
    Item {
        maker: Maker::Unnamed,
        ..item(id, "Rust night")
    }
}

/// A creation that may have been applied, of `payload`.
fn creation(payload: Fingerprint) -> Intent {
    Intent {
        action: Action::Create,
        generation: 1,
        epoch: 1,
        payload_hash: payload,
        remote_id: None,
        idempotency_key: "ab".into(),
        begun: at(-9),
        deadline: at(-8),
    }
}

#[test]
fn another_item_is_taken_for_ours_only_once_the_recorded_one_is_known_to_be_gone() {
    let stage = || {
        Stage::standing().with(|stage| {
            stage.adopting = true;
            stage.items = vec![unnamed("2")];
        })
    };
    assert_eq!(
        (stage().deeds(), stage().draft().lookups),
        (vec![], vec!["1".to_string()])
    );
    let gone = stage().with(|stage| drop(stage.looked.insert("1".into(), Ok(None))));
    assert_eq!(gone.deeds(), ["adopt"]);
}

#[test]
fn what_is_over_needs_nothing_more_and_its_item_is_forgotten() {
    let over = |begins| {
        Stage::standing()
            .desire(Desired::Absent, Some(Absence::Deleted))
            .with(|stage| {
                stage.subject.delivery.ends = at(0);
                stage.items[0].begins = Some(at(begins));
            })
    };
    let draft = over(0).draft();
    assert!(draft.steps.is_empty());
    assert_eq!(
        (
            draft.settled[0].state,
            draft.settled[0].remote_id.as_deref()
        ),
        (State::Gone, None)
    );
    assert_eq!(over(1).deeds(), ["delete"], "its item still lies ahead");
}

#[test]
fn what_is_over_comes_to_rest_once() {
    let over = |state| {
        Stage::standing().with(|stage| {
            stage.subject.delivery.state = state;
            stage.subject.delivery.reason = Some("later".into());
            stage.subject.delivery.ends = at(-1);
            stage.items[0].begins = Some(at(-60));
        })
    };
    let draft = over(State::Wait).draft();
    assert_eq!(
        (draft.settled[0].state, &draft.settled[0].reason),
        (State::Idle, &None)
    );
    assert!(over(State::Idle).draft().settled.is_empty());
}

#[test]
fn what_is_shown_as_cancelled_already_is_not_cancelled_again() {
    let cancelled = Stage::standing()
        .desire(Desired::Cancelled, None)
        .with(|stage| stage.items[0].state = ItemState::Cancelled);
    assert_eq!(cancelled.deeds(), [""; 0]);
}

#[test]
fn what_stands_as_desired_is_stored_so_though_nothing_was_applied_last() {
    let stored = |change: &dyn Fn(&mut Delivery)| {
        let stage = Stage::standing().with(|stage| {
            stage.subject.delivery.last_mutation = Some(at(-1));
            change(&mut stage.subject.delivery);
        });
        let draft = stage.draft();
        assert!(draft.steps.is_empty());
        draft
            .settled
            .into_iter()
            .map(|delivery| (delivery.state, delivery.applied_hash.is_some()))
            .collect::<Vec<_>>()
    };
    assert_eq!(stored(&|_| {}), []);
    assert_eq!(
        stored(&|delivery| delivery.applied_hash = None),
        [(State::Idle, true)]
    );
    assert_eq!(
        stored(&|delivery| delivery.state = State::Pending),
        [(State::Idle, true)]
    );
}

#[test]
fn a_draft_is_published_with_what_else_differs_unless_a_draft_is_wanted() {
    let draft = || Stage::standing().with(|stage| stage.items[0].state = ItemState::Draft);
    assert_eq!(draft().deeds(), ["publish"]);
    assert_eq!(draft().with(drift).deeds(), ["update"]);
    let changes = draft().with(drift).draft().steps[0].changes.clone();
    let fields: Vec<Field> = changes.iter().map(|change| change.field).collect();
    assert_eq!(fields, [Field::Title, Field::Publication]);
    let told = draft().with(|stage| {
        stage.items[0]
            .fields
            .insert(Field::Publication, "draft".into());
        let shown = stage.subject.rendering.as_mut().unwrap();
        shown.fields.insert(Field::Publication, "published".into());
    });
    assert_eq!(told.deeds(), ["publish"]);
    let wanted = draft().with(|stage| stage.subject.rendering.as_mut().unwrap().draft = true);
    assert_eq!(wanted.deeds(), [""; 0]);
}

#[test]
fn an_item_of_an_interrupted_creation_shows_what_was_sent_then() {
    let with = |payload, recorded: bool| {
        let stage = match recorded {
            true => Stage::standing(),
            false => Stage::new().with(|stage| stage.items = vec![item("1", "Rust night")]),
        };
        let stage = stage
            .with(drift)
            .with(|stage| stage.subject.intent = Some(creation(payload)));
        assert_eq!(stage.deeds(), ["update"]);
        stage.draft().steps[0].delivery.clone()
    };
    let (now, older) = (rendering("Rust night").hash(), Fingerprint::of(&"older"));
    let same = with(now, false);
    assert_eq!(
        (same.applied_hash, same.applied_fields.len()),
        (Some(now), 1)
    );
    let other = with(older, false);
    assert_eq!(
        (other.applied_hash, other.applied_fields.len()),
        (Some(older), 0)
    );
    assert_eq!(
        with(older, true).applied_hash,
        Some(now),
        "the record knows better"
    );
}

#[test]
fn that_an_item_is_ours_is_stored_before_anything_is_sent_to_it() {
    let found = Stage::new()
        .with(|stage| stage.items = vec![item("1", "Rust night")])
        .with(drift);
    assert_eq!(found.deeds(), ["update"]);
    let stored = &found.draft().settled[0];
    assert_eq!(
        (stored.remote_id.as_deref(), stored.provenance),
        (Some("1"), Some(Provenance::Adopted))
    );
    let another = Stage::standing().with(drift).with(|stage| {
        stage.subject.delivery.remote_id = Some("9".into());
        stage.looked.insert("9".into(), Ok(None));
    });
    assert_eq!(another.draft().settled[0].remote_id.as_deref(), Some("1"));
    assert!(
        Stage::standing().with(drift).draft().settled.is_empty(),
        "it was known"
    );
}

#[test]
fn what_was_sent_three_times_without_effect_is_as_good_as_refused() {
    let sent = |attempts| {
        Stage::standing().with(drift).with(|stage| {
            stage.subject.delivery.state = State::Unknown;
            stage.subject.delivery.last_mutation = Some(at(-3));
            stage.subject.delivery.attempts = attempts;
        })
    };
    assert_eq!(sent(2).deeds(), ["update"]);
    assert_eq!(
        sent(2).draft().settled[0].state,
        State::Pending,
        "its fate is known"
    );
    assert_eq!(sent(3).deeds(), ["(update stuck)"]);
    assert_eq!(sent(3).draft().settled[0].state, State::Quarantined);
}

#[test]
fn after_the_loss_of_a_database_a_settled_listing_is_waited_for_and_otherwise_not() {
    let settles = |floor: Option<i64>, last: i64| {
        let stage = Stage::standing().with(|stage| {
            stage.floor = floor.map(at);
            stage.subject.delivery.last_mutation = Some(at(last));
        });
        assert!(stage.deeds().is_empty());
        stage.draft().settle_at
    };
    assert_eq!(settles(Some(-1), -60), Some(at(1)));
    assert_eq!(
        settles(Some(-2), -1),
        None,
        "the listing began just late enough"
    );
    assert_eq!(settles(Some(-5), -1), None);
    assert_eq!(settles(None, -1), None);
    assert_eq!(settles(None, -60), None);
}

#[test]
fn what_a_template_fails_for_is_left_as_it_stands_and_told_of_until_it_is_called_off_or_goes() {
    let problem = || Some("name.jinja:1: there is nothing of that name".to_string());
    let failing = |stage: Stage| {
        stage.with(|stage| {
            let rendering = stage.subject.rendering.as_mut().unwrap();
            rendering.problem = problem();
        })
    };
    let standing = failing(Stage::standing().desire(Desired::Present, None));
    let draft = standing.draft();
    let stuck = Verdict::Stuck(problem().unwrap(), true);
    assert_eq!(draft.steps[0].verdict, stuck, "also where nothing differs");
    assert_eq!(draft.settled[0].state, State::Quarantined);
    let later = failing(standing.with(|stage| stage.subject.delivery = draft.settled[0].clone()));
    let told = Verdict::Stuck(problem().unwrap(), false);
    assert_eq!(later.draft().steps[0].verdict, told, "new only once");
    let next_day = later.with(|stage| stage.subject.delivery.not_before = Some(at(0)));
    assert_eq!(next_day.draft().steps[0].verdict, stuck, "a day later");
    assert_eq!(failing(Stage::new()).deeds(), ["(create stuck)"]);
    let called_off = failing(Stage::standing().desire(Desired::Cancelled, None));
    assert_eq!(called_off.deeds(), ["cancel"]);
    let gone = failing(Stage::standing().desire(Desired::Absent, Some(Absence::Deleted)));
    assert_eq!(gone.deeds(), ["delete"]);
}

#[test]
fn what_an_interrupted_creation_made_is_known_by_what_was_sent_also_while_its_event_is_missing() {
    let stage = Stage::new().with(|stage| {
        stage.items = vec![item("1", "Rust night")];
        stage.subject.missing = Some("the source has not shown it".into());
        let delivery = &mut stage.subject.delivery;
        delivery.send(at(-9));
        delivery.recovered(at(-9), at(-8));
        stage.subject.intent = Some(creation(delivery.desired_hash));
    });
    let known = stage.draft().steps.remove(0).delivery;
    assert_eq!(known.applied_hash, Some(rendering("Rust night").hash()));
    assert!(known.applied_fields.contains_key(&Field::Title));
}

#[test]
fn what_may_have_been_applied_is_told_of_as_what_was_sent() {
    let stage = Stage::new().with(|stage| {
        let delivery = &mut stage.subject.delivery;
        delivery.ambiguous("no answer".into(), at(-1));
        stage.subject.intent = Some(creation(delivery.desired_hash));
    });
    assert_eq!(stage.deeds(), ["(create unknown)"]);
}
