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
