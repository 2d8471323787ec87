//! What is to be done for one event.

use super::*;

#[test]
fn what_stands_nowhere_is_created() {
    assert_eq!(Stage::new().deeds(), ["create"]);
}

#[test]
fn what_stands_as_desired_is_left_alone() {
    let draft = Stage::standing().draft();
    assert!(draft.steps.is_empty() && draft.settled.is_empty());
}

#[test]
fn what_differs_is_updated_once_the_listing_has_settled() {
    let drift = |stage: &mut Stage| stage.items = vec![item("1", "Changed by hand")];
    assert_eq!(Stage::standing().with(drift).deeds(), ["update"]);
    let young = |stage: &mut Stage| stage.subject.delivery.last_mutation = Some(at(-1));
    assert!(Stage::standing().with(drift).with(young).deeds().is_empty());
}

#[test]
fn an_equal_item_of_ours_is_adopted_without_a_request() {
    let stage = Stage::new().with(|stage| stage.items = vec![item("7", "Rust night")]);
    assert_eq!(stage.deeds(), ["adopt"]);
    assert_eq!(stage.draft().steps[0].delivery.state, State::Idle);
}

#[test]
fn nothing_is_created_before_a_listing_begun_after_settling_shows_nothing() {
    let stage = Stage::new().with(|stage| stage.subject.delivery.last_mutation = Some(at(-1)));
    assert_eq!(stage.deeds(), ["(create waits)"]);
    assert_eq!(stage.draft().settle_at, Some(at(1)));
    let lost = Stage::new().with(|stage| stage.floor = Some(at(-1)));
    assert_eq!(
        lost.deeds(),
        ["(create waits)"],
        "after a loss this holds for every key"
    );
}

#[test]
fn nothing_at_all_is_sent_before_a_listing_has_settled_after_a_loss() {
    let lost = |stage: &mut Stage| stage.floor = Some(at(-1));
    let drift = |stage: &mut Stage| stage.items = vec![item("1", "Changed by hand")];
    let update = Stage::standing().with(lost).with(drift);
    assert!(update.deeds().is_empty(), "it may just have been sent");
    let unknown = Stage::new().with(lost).with(drift);
    assert_eq!(unknown.deeds(), ["(update waits)"]);
    assert_eq!(unknown.draft().settle_at, Some(at(1)));
    let cancelled = Stage::standing()
        .with(lost)
        .desire(Desired::Cancelled, None);
    assert_eq!(cancelled.deeds(), ["(cancel waits)"]);
    let second = |stage: &mut Stage| stage.items.push(item("0", "Rust night"));
    assert!(Stage::standing().with(lost).with(second).deeds().is_empty());
}

#[test]
fn what_may_have_been_applied_stays_unknown_until_a_listing_has_settled() {
    let unknown = |minute| {
        Stage::new().with(|stage| {
            stage
                .subject
                .delivery
                .ambiguous("no answer".into(), at(minute))
        })
    };
    assert_eq!(unknown(-1).deeds(), ["(update unknown)"]);
    assert_eq!(
        unknown(-3).deeds(),
        ["create"],
        "settled, and nothing stands there"
    );
    let found = unknown(-3).with(|stage| stage.items = vec![item("7", "Rust night")]);
    assert_eq!(found.deeds(), ["adopt"], "settled, and it stands there");
}

#[test]
fn a_person_s_own_item_with_our_link_is_left_alone() {
    let theirs = Item {
        maker: Maker::Other,
        marker: None,
        ..item("9", "Come all")
    };
    let stage = Stage::new().with(|stage| stage.items = vec![theirs]);
    assert_eq!(stage.deeds(), ["(create waits)"]);
    assert_eq!(stage.draft().settled[0].state, State::Linked);
}

#[test]
fn where_no_maker_is_named_an_unshared_marker_is_ours_only_while_adopting() {
    let unnamed = |stage: &mut Stage| {
        stage.items = vec![Item {
            maker: Maker::Unnamed,
            ..item("7", "Rust night")
        }]
    };
    assert_eq!(Stage::new().with(unnamed).deeds(), ["(create waits)"]);
    assert_eq!(
        Stage::new()
            .with(unnamed)
            .with(|stage| stage.adopting = true)
            .deeds(),
        ["adopt"]
    );
    let shared = |stage: &mut Stage| {
        stage.items.push(Item {
            maker: Maker::Unnamed,
            ..item("8", "Rust night")
        })
    };
    assert_eq!(
        Stage::new()
            .with(unnamed)
            .with(shared)
            .with(|stage| stage.adopting = true)
            .deeds(),
        ["(create stuck)"]
    );
}

#[test]
fn a_second_item_of_ours_is_taken_away_and_the_recorded_one_kept() {
    let stage = Stage::standing().with(|stage| stage.items.push(item("0", "Rust night")));
    let draft = stage.draft();
    assert_eq!(stage.deeds(), ["delete"]);
    assert!(draft.steps[0].duplicate);
    assert_eq!(draft.steps[0].remote_id(), Some("0"));
}

#[test]
fn an_item_that_a_listing_gives_twice_is_one_item() {
    let stage = Stage::standing().with(|stage| stage.items.push(stage.items[0].clone()));
    assert!(stage.deeds().is_empty());
    let unnamed = |stage: &mut Stage| {
        stage.adopting = true;
        let item = Item {
            maker: Maker::Unnamed,
            ..item("7", "Rust night")
        };
        stage.items = vec![item.clone(), item];
    };
    assert_eq!(Stage::new().with(unnamed).deeds(), ["adopt"]);
}

#[test]
fn an_item_that_the_listing_lacks_is_looked_at_before_it_is_made_anew() {
    let gone = Stage::standing().with(|stage| stage.items.clear());
    assert_eq!(
        (gone.deeds(), gone.draft().lookups),
        (vec![], vec!["1".to_string()])
    );
    let looked = gone.with(|stage| drop(stage.looked.insert("1".into(), Ok(None))));
    assert_eq!(looked.deeds(), ["create"]);
    let lagging = Stage::standing().with(|stage| {
        let item = stage.items.pop();
        stage.looked.insert("1".into(), Ok(item));
    });
    assert!(lagging.deeds().is_empty(), "the listing lagged");
}

#[test]
fn a_cancelled_event_is_cancelled_and_one_that_stands_nowhere_needs_nothing() {
    assert_eq!(
        Stage::standing().desire(Desired::Cancelled, None).deeds(),
        ["cancel"]
    );
    let nowhere = Stage::new().desire(Desired::Cancelled, None);
    assert!(nowhere.deeds().is_empty());
    assert_eq!(nowhere.draft().settled[0].state, State::Idle);
}

#[test]
fn a_deletion_needs_proof_a_future_event_and_no_rollback() {
    let deleted = || Stage::standing().desire(Desired::Absent, Some(Absence::Deleted));
    assert_eq!(deleted().deeds(), ["delete"]);
    let unproved = deleted().with(|stage| stage.subject.unproved = Some("not read".into()));
    assert_eq!(unproved.deeds(), ["(delete waits)"]);
    assert_eq!(
        deleted().with(|stage| stage.may_delete = false).deeds(),
        ["(delete waits)"]
    );
    let begun = deleted().with(|stage| {
        stage.items[0].begins = Some(at(-1));
        stage.subject.delivery.begins = at(-1);
    });
    assert_eq!(begun.deeds(), ["(delete waits)"]);
}

#[test]
fn what_is_over_is_never_touched_and_what_has_begun_never_created() {
    let over = |stage: &mut Stage| {
        stage.subject.delivery.begins = at(-60);
        stage.subject.delivery.ends = at(-1);
    };
    assert!(Stage::new().with(over).deeds().is_empty());
    let differs = Stage::standing().with(over).with(|stage| {
        stage.items = vec![Item {
            begins: Some(at(-60)),
            ..item("1", "Old")
        }];
    });
    assert!(differs.deeds().is_empty());
    let begun = Stage::new().with(|stage| stage.subject.delivery.begins = at(-1));
    assert_eq!(begun.deeds(), ["(create waits)"]);
}

#[test]
fn an_event_moved_into_the_past_is_deleted_where_its_item_lies_ahead() {
    let stage = Stage::standing().with(|stage| {
        stage.subject.delivery.begins = at(-60);
        stage.subject.delivery.ends = at(-1);
    });
    assert_eq!(stage.deeds(), ["delete"]);
}

#[test]
fn a_refused_generation_is_tried_again_after_a_day_or_when_it_changes() {
    let refused = |minute| {
        Stage::new().with(|stage| {
            stage
                .subject
                .delivery
                .refused("too long".into(), at(minute))
        })
    };
    assert_eq!(refused(-5).deeds(), ["(create stuck)"]);
    assert_eq!(refused(-60 * 25).deeds(), ["create"]);
    let changed = refused(-5).desire(Desired::Present, None);
    assert_eq!(changed.deeds(), ["create"]);
}

#[test]
fn a_wait_is_kept_to_its_moment() {
    let waiting = |minute| {
        Stage::new().with(|stage| {
            stage
                .subject
                .delivery
                .later(Some(at(minute)), "429".into(), at(-1))
        })
    };
    assert_eq!(waiting(1).deeds(), ["(create waits)"]);
    assert_eq!(waiting(0).deeds(), ["create"]);
}

#[test]
fn nothing_is_done_for_an_event_that_is_missing_or_stale() {
    let missing =
        |stage: &mut Stage| stage.subject.missing = Some("not seen since yesterday".into());
    assert_eq!(Stage::new().with(missing).deeds(), ["(create waits)"]);
    assert_eq!(Stage::standing().with(missing).deeds(), ["(delete waits)"]);
    let stale = |stage: &mut Stage| {
        stage.subject.stale = Some("restored".into());
        stage.items = vec![item("1", "Newer than the database")];
    };
    let stale = Stage::standing().with(stale);
    assert_eq!(stale.deeds(), ["(update waits)"]);
    assert!(stale.draft().settled.is_empty(), "it stays as it was");
}
