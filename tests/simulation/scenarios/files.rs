//! A consumer that is one file, which is written as a whole.

use super::*;
use kronos::delivery::State;

#[test]
fn a_file_is_written_once_for_all_that_changed_and_each_event_is_told() {
    let mut scene = Scene::new(Style::File, 3);
    let report = scene.run();
    let created = [(Action::Create, OperationOutcome::Done); 3];
    assert_eq!(told(&report), created);
    let before = report.consumers[0].requests;
    scene.edit(0, |entry| entry.version += 1);
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    let report = scene.run();
    let done = [Action::Delete, Action::Update].map(|action| (action, OperationOutcome::Done));
    assert_eq!(told(&report), done);
    let requests = report.consumers[0].requests - before;
    assert_eq!(requests, 2, "it is read, and written");
    let states = [0, 1, 2].map(|event| scene.delivery(event).state);
    assert_eq!(states, [State::Idle, State::Gone, State::Idle]);
    scene.comes_to_rest();
}

#[test]
fn what_a_lost_database_left_in_a_file_is_recognised_also_where_it_cannot_be_written() {
    for can_be_written in [true, false] {
        let mut scene = Scene::new(Style::File, 2);
        scene.run();
        scene.announce();
        scene.lose_the_database();
        scene.faults(Faults {
            requests: if can_be_written { 0 } else { 100 },
            ..Faults::default()
        });
        let report = scene.run();
        let outcome = match can_be_written {
            true => OperationOutcome::Done,
            false => OperationOutcome::Failed,
        };
        let adopted = (Action::Adopt, OperationOutcome::Done);
        let expected = [(Action::Create, outcome), adopted, adopted];
        assert_eq!(told(&report), expected);
        let states = [0, 1].map(|event| scene.delivery(event).state);
        assert_eq!(states, [State::Idle; 2]);
        assert_eq!(
            scene.delivery(2).state == State::Idle,
            can_be_written,
            "{:?}",
            scene.delivery(2)
        );
        scene.faults(Faults::default());
        scene.run();
        scene.comes_to_rest();
    }
}

#[test]
fn what_a_file_holds_is_recognised_by_a_first_run_also_where_it_cannot_be_written() {
    for can_be_written in [true, false] {
        let mut scene = Scene::new(Style::File, 1);
        scene.run();
        scene.announce();
        scene.at.replace(databases::empty(), false);
        scene.faults(Faults {
            requests: if can_be_written { 0 } else { 100 },
            ..Faults::default()
        });
        let outcome = match can_be_written {
            true => OperationOutcome::Done,
            false => OperationOutcome::Failed,
        };
        let adopted = (Action::Adopt, OperationOutcome::Done);
        assert_eq!(told(&scene.run()), [adopted, (Action::Create, outcome)]);
        assert_eq!(scene.delivery(0).state, State::Idle);
    }
}

#[test]
fn a_run_that_was_told_to_stop_recognises_what_a_file_holds_and_writes_nothing() {
    let mut stopped = 0;
    for turns in 0.. {
        let mut scene = Scene::new(Style::File, 1);
        scene.run();
        scene.announce();
        scene.at.replace(databases::empty(), false);
        // While the run waits for this one, the file was read already.
        let guild = Board::new(Style::Guild, "guild", 100, true);
        let until = scene.at.now() + TimeDelta::seconds(10);
        {
            let mut store = scene.at.store.borrow_mut();
            store.be_patient(&guild.target(), until).unwrap();
            let mut world = scene.at.world.borrow_mut();
            world.boards.push(guild);
            world.configured.boards.push(true);
        }
        let how = How {
            stop_in: Some(turns),
            ..How::default()
        };
        let Ended::Reported(report) = scene.at.run(&how) else {
            panic!("the run did not end well")
        };
        if !report.interrupted {
            break;
        }
        let is_written = scene.items().len() == 2;
        if report.consumers[0].listed && !is_written {
            stopped += 1;
            let adopted = (Action::Adopt, OperationOutcome::Done);
            let waits = (Action::Create, OperationOutcome::Waiting);
            assert_eq!(told(&report), [waits, adopted], "after {turns} turns");
        }
    }
    assert!(stopped > 0);
}

/// A file of which it can be told that it is as it was left, and an event in it.
fn stamped() -> Scene {
    let scene = Scene::new(Style::File, 1);
    scene.at.world.borrow_mut().boards[0].is_stamped = true;
    scene
}

/// How many requests a run sends that looks at everything.
fn requests_of_a_full_run(scene: &mut Scene) -> u64 {
    let before = scene.at.world.borrow().boards[0].requests;
    scene.run_whole();
    scene.pass(TimeDelta::minutes(15));
    scene.at.world.borrow().boards[0].requests - before
}

#[test]
fn a_file_that_stands_as_it_was_left_is_not_read_again() {
    let mut scene = stamped();
    scene.run();
    assert_eq!(requests_of_a_full_run(&mut scene), 0);
    scene.a_person_edits_the_first();
    assert_eq!(requests_of_a_full_run(&mut scene), 2, "it is mended");
    assert_eq!(requests_of_a_full_run(&mut scene), 0);
    scene.comes_to_rest();
}

#[test]
fn a_file_is_read_again_as_long_as_it_holds_what_was_ours_and_may_go_some_day() {
    let mut scene = stamped();
    scene.run();
    scene.read_the_first_group(false);
    scene.at.replace(databases::empty(), false);
    scene.run();
    assert_eq!(requests_of_a_full_run(&mut scene), 1);
    scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
    scene.run_whole();
    assert!(scene.items().is_empty());
}
