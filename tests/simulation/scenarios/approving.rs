//! Which hashes an operator can approve, and what is said of one that fits nothing.

use super::*;

/// Five events, of which four were deleted since they were created: more than may go without approval.
fn after_four_deletions() -> Scene {
    let mut scene = Scene::new(Style::Guild, 5);
    scene.run();
    for event in 0..4 {
        scene.edit(event, |entry| entry.visibility = Visibility::Deleted);
    }
    scene
}

/// A run that approves this hash.
fn approving(scene: &mut Scene, plan: &str) -> Report {
    let how = How {
        approve: Some(plan.into()),
        ..How::default()
    };
    let Ended::Reported(report) = scene.at.run(&how) else {
        panic!("the run did not end well")
    };
    scene.pass(TimeDelta::minutes(15));
    report
}

#[test]
fn what_only_a_dry_run_showed_is_approved_by_its_hash() {
    let mut scene = after_four_deletions();
    let plan = scene.at.dry_run().unwrap();
    let report = approving(&mut scene, &plan);
    assert!(!report.unknown_approval);
    assert_eq!(scene.items().len(), 1);
}

#[test]
fn an_approval_that_fits_nothing_releases_nothing_and_is_told() {
    let mut scene = after_four_deletions();
    let report = approving(&mut scene, "sha256:00");
    assert!(report.unknown_approval);
    assert_eq!(scene.items().len(), 5);
    scene.announce();
    let later = approving(&mut scene, &report.plan);
    assert!(!later.unknown_approval, "four were withheld under it");
    assert_eq!(scene.items().len(), 2);
    scene.comes_to_rest();
}

#[test]
fn the_same_to_be_done_at_another_consumer_is_another_plan() {
    let plan = |name: &'static str| {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().boards[0].name = name;
        scene.run().plan
    };
    assert_eq!(plan("board"), plan("board"));
    assert_ne!(plan("board"), plan("other"));
}
