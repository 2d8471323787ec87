//! Room, the guards, and the plan's hash.

use super::*;
use std::collections::{HashMap, HashSet};

#[test]
fn creations_that_do_not_fit_wait_for_room() {
    let mut draft = Stage::new().with(|stage| stage.room = Some(0)).draft();
    fit_room(&mut draft);
    assert!(matches!(draft.steps[0].verdict, Verdict::Waiting(_)));
}

#[test]
fn more_deletions_than_the_limit_are_withheld_and_approval_releases_them() {
    let deleted = Stage::standing().desire(Desired::Absent, Some(Absence::Deleted));
    let mut subjects = Vec::new();
    let mut steps = Vec::new();
    for number in 0..4 {
        let mut subject = deleted.subject.clone();
        subject.delivery.key = EventKey::new(format!("{KEY}{number}"));
        let mut step = deleted.draft().steps[0].clone();
        step.delivery.key = subject.delivery.key.clone();
        subjects.push(subject);
        steps.push(step);
    }
    let (empty, none) = (HashSet::new(), HashSet::new());
    let limits = Guard {
        now: at(0),
        delete_limit: 0.3,
        empty: &empty,
        approved: &none,
        stood: &HashMap::new(),
        taken: &HashMap::new(),
    };
    let mut three = steps[..3].to_vec();
    guard(&mut three, &subjects, &limits);
    assert!(
        three.iter().all(|step| step.verdict == Verdict::Send),
        "three always pass"
    );
    let mut four = steps.clone();
    guard(&mut four, &subjects, &limits);
    assert!(
        four.iter()
            .all(|step| matches!(step.verdict, Verdict::Withheld(_)))
    );
    let approval = |step: &Step| Approval {
        key: step.key().clone(),
        action: step.action,
        payload_hash: step.payload_hash,
    };
    let all: HashSet<Approval> = steps.iter().map(approval).collect();
    guard(
        &mut steps,
        &subjects,
        &Guard {
            approved: &all,
            ..limits
        },
    );
    assert!(steps.iter().all(|step| step.verdict == Verdict::Send));
}

#[test]
fn the_plan_s_hash_depends_on_what_is_done_and_on_nothing_else() {
    let hash = |stage: &Stage| {
        let draft = stage.draft();
        plan_hash(draft.steps.iter().map(|step| ("guild", step)))
    };
    let stage = Stage::new();
    let later = Stage::new().with(|stage| stage.subject.delivery.attempts = 1);
    assert_eq!(hash(&stage), hash(&later));
    assert_ne!(hash(&stage), hash(&Stage::standing()));
}
