//! Nothing of ours is listed: whether that is so, and what is made of it.

use super::*;
use crate::delivery::Provenance;

/// Item 1 is ours by record, and the listing lacks it.
fn unlisted() -> Stage {
    Stage::standing().with(|stage| stage.items.clear())
}

fn unsettled(stage: &mut Stage) {
    stage.subject.delivery.last_mutation = Some(at(-1));
}

/// A person's own item carries our link.
fn person_s(id: &str) -> Item {
    Item {
        maker: Maker::Other,
        marker: None,
        ..item(id, "See you there")
    }
}

#[test]
fn what_rests_is_not_asked_for_while_a_listing_may_lag_or_leave_it_out() {
    let quiet = |stage: Stage| stage.deeds().is_empty() && stage.draft().lookups.is_empty();
    assert!(!quiet(unlisted()), "it is looked at");
    assert!(quiet(unlisted().with(unsettled)));
    assert!(
        quiet(unlisted().with(|stage| stage.subject.delivery.begins = at(0))),
        "it is under way"
    );
    let cancelled = unlisted().with(|stage| stage.subject.delivery.desired = Desired::Cancelled);
    assert!(quiet(cancelled), "what is cancelled need not be listed");
}

#[test]
fn what_cannot_be_looked_at_is_asked_for_by_the_next_run_unless_it_was_refused() {
    let failing = |stage: Stage| {
        let failed = Err("no answer".to_string());
        stage.with(|stage| drop(stage.looked.insert("1".into(), failed)))
    };
    assert_eq!(failing(unlisted()).draft().settled[0].state, State::Pending);
    let refused = unlisted().with(|stage| stage.subject.delivery.refused("no".into(), at(-1)));
    let draft = failing(refused).draft();
    assert_eq!(
        (draft.steps.len(), draft.settled.len()),
        (1, 0),
        "it is told, and tried again after a day"
    );
}

#[test]
fn what_was_just_taken_away_and_is_not_listed_is_not_waited_for() {
    let gone = || {
        Stage::new().with(|stage| {
            stage.subject.delivery.desired = Desired::Absent;
            stage.subject.delivery.state = State::Gone;
            unsettled(stage);
        })
    };
    let told = |stage: Stage| (stage.deeds().len(), stage.draft().settle_at);
    assert_eq!(told(gone()), (0, None));
    let lost = gone().with(|stage| stage.floor = Some(at(-1)));
    assert_eq!(told(lost), (0, Some(at(1))));
}

#[test]
fn after_the_loss_of_a_database_what_a_young_listing_lacks_is_looked_for_again() {
    let stage = unlisted().with(|stage| stage.floor = Some(at(-1)));
    assert_eq!(
        (stage.deeds().len(), stage.draft().settle_at),
        (0, Some(at(1)))
    );
}

#[test]
fn a_restored_database_may_have_recorded_an_older_item_than_the_one_that_stands_there() {
    let lookups = |adopting, items: &[Item]| {
        let stage = unlisted().with(|stage| {
            stage.subject.delivery.desired = Desired::Cancelled;
            stage.adopting = adopting;
            stage.items = items.to_vec();
        });
        stage.draft().lookups.len()
    };
    assert_eq!(lookups(true, &[person_s("2")]), 1);
    assert_eq!(lookups(true, &[]), 0);
    assert_eq!(lookups(false, &[person_s("2")]), 0);
}

#[test]
fn what_is_over_and_not_listed_rests_once_the_listing_has_settled() {
    let over = || {
        unlisted().with(|stage| {
            stage.subject.delivery.state = State::Pending;
            stage.subject.delivery.begins = at(-60);
            stage.subject.delivery.ends = at(0);
        })
    };
    let draft = over().draft();
    assert_eq!(
        (
            draft.steps.len(),
            draft.lookups.len(),
            draft.settled[0].state
        ),
        (0, 0, State::Idle)
    );
    assert_eq!(over().with(unsettled).deeds(), ["(update waits)"]);
}

#[test]
fn that_nothing_stands_there_is_believed_of_a_settled_listing_only() {
    let wanted = |desired| Stage::new().desire(desired, Some(Absence::Deleted));
    assert_eq!(
        wanted(Desired::Absent).with(unsettled).deeds(),
        ["(delete waits)"]
    );
    assert_eq!(
        wanted(Desired::Cancelled).with(unsettled).deeds(),
        ["(cancel waits)"]
    );
    for (desired, state) in [
        (Desired::Absent, State::Gone),
        (Desired::Cancelled, State::Idle),
    ] {
        let draft = wanted(desired).draft();
        assert_eq!((draft.steps.len(), draft.settled[0].state), (0, state));
        let again = wanted(desired).with(|stage| stage.subject.delivery = draft.settled[0].clone());
        assert!(again.draft().settled.is_empty(), "it is stored once");
    }
}

/// A delivery that was linked to a person's item `id`.
fn linked(id: &str) -> Stage {
    Stage::new().with(|stage| {
        let delivery = &mut stage.subject.delivery;
        delivery.link(id, None, at(-5));
        delivery.reason = Some("theirs".into());
    })
}

#[test]
fn a_person_s_item_is_noted_once_and_again_when_it_is_another_one() {
    let known = linked("2").with(|stage| stage.items = vec![person_s("2")]);
    assert!(known.draft().settled.is_empty());
    assert_eq!(
        known.draft().steps[0].verdict,
        Verdict::Waiting("theirs".into())
    );
    let another = linked("3").with(|stage| stage.items = vec![person_s("2")]);
    assert_eq!(another.draft().settled[0].remote_id.as_deref(), Some("2"));
    let ours_before = Stage::new().with(|stage| {
        stage.subject.delivery.remote_id = Some("2".into());
        stage.subject.delivery.provenance = Some(Provenance::Linked);
        stage.items = vec![person_s("2")];
    });
    assert_eq!(ours_before.draft().settled[0].state, State::Linked);
}

#[test]
fn when_a_person_s_item_is_gone_ours_is_made_under_no_id_of_theirs() {
    let stage = linked("2");
    assert_eq!(stage.deeds(), ["create"]);
    let sent = &stage.draft().steps[0].delivery;
    assert_eq!((sent.remote_id.as_deref(), sent.provenance), (None, None));
    let gone = unlisted().with(|stage| drop(stage.looked.insert("1".into(), Ok(None))));
    assert_eq!(gone.draft().steps[0].delivery.remote_id, None);
    // Theirs was gone when the event had begun; then it was moved to a later time.
    let rested = linked("2").with(|stage| stage.subject.delivery.begins = at(-1));
    let moved = Stage::new().with(|stage| {
        let rested = rested.draft().settled[0].clone();
        assert_eq!(rested.state, State::Idle);
        stage.subject.delivery = Delivery {
            state: State::Pending,
            begins: at(600),
            ..rested
        };
    });
    let sent = &moved.draft().steps[0].delivery;
    assert_eq!((sent.remote_id.as_deref(), sent.provenance), (None, None));
}
