//! What a guard withheld stays withheld when the same run lists once more, and what the source says is hidden stays so.

use super::*;

#[test]
fn what_is_withheld_stays_so_while_the_run_settles_something_else() {
    let mut scene = Scene::new(Style::Guild, 5);
    scene.run();
    for event in 0..4 {
        scene.edit(event, |entry| entry.visibility = Visibility::Deleted);
    }
    scene.edit(4, |entry| entry.version += 1);
    scene.script(&[Fate::Lost]);
    let report = scene.run();
    let update = format!("Update {}", scene.delivery(4).key);
    let sent = scene.at.world.borrow().run.changes.clone();
    assert_eq!(sent, [update.clone(), update], "it was listed again");
    assert_eq!(report.count(OperationOutcome::Withheld), 4);
    assert_eq!(scene.items().len(), 5);
    scene.approve(&report);
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}

#[test]
fn what_a_run_took_away_counts_when_it_plans_once_more() {
    let mut scene = Scene::new(Style::Hook, 4);
    scene.script(&[&[Fate::Answered; 3][..], &[Fate::Lost; 3]].concat());
    scene.run();
    for event in 0..3 {
        scene.edit(event, |entry| entry.visibility = Visibility::Deleted);
    }
    scene.edit(3, |entry| entry.status = Status::Cancelled);
    scene.pass(TimeDelta::hours(26));
    // What may have been created is sent again as it was; that it is called off is told after that, and would be the fourth.
    scene.run();
    assert_eq!(sent(&scene), ["Delete", "Delete", "Delete", "Create"]);
    scene.run();
    assert_eq!(sent(&scene), ["Cancel"]);
    scene.comes_to_rest();
}

#[test]
fn what_was_released_of_a_group_that_is_suddenly_empty_does_not_let_the_rest_go_in_the_same_run() {
    let mut scene = Scene::new(Style::Guild, 3);
    scene.edit(2, |entry| entry.group = 1);
    scene.run();
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.edit(1, |entry| entry.visibility = Visibility::Hidden);
    let report = scene.run();
    assert_eq!(report.count(OperationOutcome::Withheld), 1);
    scene.pass(TimeDelta::hours(1));
    scene.edit(2, |entry| entry.version += 1);
    // The update has to be looked for in a later listing.
    scene.script(&[Fate::Answered, Fate::Lost]);
    scene.approve(&report);
    let sent = scene.at.world.borrow().run.changes.clone();
    let update = format!("Update {}", scene.delivery(2).key);
    assert_eq!(sent[1..], [update.clone(), update]);
    assert_eq!(scene.items().len(), 2);
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
}

#[test]
fn an_approval_releases_what_the_plan_holds_and_not_what_waits_beside_it() {
    for steps in 0.. {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.run();
        scene.at.back_up();
        let nothing = scene.run();
        scene.restore();
        scene.read_the_first_group(false);
        let how = How {
            crash_in: Some(steps),
            ..How::default()
        };
        if !matches!(scene.at.run(&how), Ended::Killed) {
            return;
        }
        // The deletion waits for a later listing: the plan does nothing, and only then something is withheld.
        scene.approve(&nothing);
        assert_eq!(scene.items().len(), 1, "killed after {steps} steps");
        assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
    }
}

#[test]
fn what_left_a_group_is_not_proved_to_go_while_it_stands_in_another_of_which_the_reading_was_empty()
{
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| (entry.group, entry.tagged) = (1, false));
    scene.script(&[Fate::NotSent; 9]);
    scene.run_whole();
    assert_eq!(scene.items().len(), 1);
    scene.script(&[]);
    scene.edit(0, |entry| entry.tagged = true);
    scene.faults(empty_readings());
    scene.run_whole();
    assert_eq!(scene.items().len(), 1);
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
}

#[test]
fn what_still_shows_ahead_counts_although_its_event_was_once_moved_into_the_past() {
    let mut scene = Scene::new(Style::Hook, 2);
    scene.run();
    let soon = scene.at.now() + TimeDelta::hours(1);
    let begins = scene.at.world.borrow().source.entries[0].begins;
    scene.edit(0, |entry| (entry.begins, entry.ends) = (soon, None));
    scene.script(&[Fate::Refused]);
    scene.run();
    scene.pass(TimeDelta::hours(4));
    scene.edit(0, |entry| {
        (entry.begins, entry.visibility) = (begins, Visibility::Deleted);
    });
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    let report = scene.run();
    assert_eq!(report.count(OperationOutcome::Withheld), 2);
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
}

#[test]
fn what_still_shows_ahead_counts_and_is_told_of_although_its_event_is_over_and_its_deletion_was_refused()
 {
    let mut scene = Scene::new(Style::City, 2);
    scene.run();
    let over = scene.at.now() - TimeDelta::hours(14);
    scene.edit(0, |entry| (entry.begins, entry.ends) = (over, None));
    scene.script(&[Fate::Refused]);
    let failed = |report: Report| report.count(OperationOutcome::Failed);
    assert_eq!(failed(scene.run()), 1);
    assert_eq!(failed(scene.run()), 1, "also where nothing else is to do");
    scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    let report = scene.run();
    assert_eq!(report.count(OperationOutcome::Withheld), 1);
    assert_eq!(scene.items().len(), 2);
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
}

#[test]
fn what_is_hidden_is_not_created_although_it_went_to_and_fro_and_not_all_could_be_read() {
    for seed in 1..=60 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.script(&[Fate::NotSent; 99]);
        scene.run();
        scene.faults(Faults {
            incomplete: 40,
            ..Faults::default()
        });
        for step in 0..8 {
            scene.edit(0, |entry| {
                entry.group = step % 2;
                if step == 4 {
                    entry.visibility = Visibility::Hidden;
                }
            });
            scene.pass(TimeDelta::minutes(70));
            scene.run_whole();
        }
        let wrong = scene.at.world.borrow().wrong.clone();
        assert_eq!(wrong, Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn what_is_hidden_is_not_created_although_a_group_in_which_it_stood_cannot_be_read() {
    for seed in 1..=20 {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.script(&[Fate::NotSent; 9]);
        scene.run();
        scene.faults(Faults {
            incomplete: 50,
            ..Faults::default()
        });
        scene.edit(0, |entry| entry.group = 1);
        scene.run_whole();
        scene.edit(0, |entry| entry.visibility = Visibility::Hidden);
        scene.script(&[]);
        for _ in 0..3 {
            scene.run_whole();
        }
        assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
    }
}

#[test]
fn what_is_withheld_names_its_group_as_the_configuration_does() {
    let mut scene = Scene::new(Style::Guild, 5);
    scene.edit(4, |entry| entry.group = 1);
    scene.run();
    let reason = |report: &Report| {
        let mut reasons = report.consumers[0].operations.iter();
        reasons.find_map(|operation| operation.reason.clone())
    };
    for event in 0..4 {
        scene.edit(event, |entry| entry.visibility = Visibility::Deleted);
    }
    let empty = reason(&scene.run());
    assert_eq!(
        empty.as_deref(),
        Some("the group source/a is suddenly empty")
    );
}
