//! How often one run lists a consumer and asks it to take more, and what it leaves to be listed by the next.

use super::*;

const WORDS: &str = "a person's words";

/// A person changes the title of every item.
fn a_person_edits_all(scene: &Scene) {
    let mut world = scene.at.world.borrow_mut();
    let now = world.now;
    world.boards[0].change(now, |items| {
        for item in items {
            item.fields.insert(Field::Title, WORDS.into());
        }
    });
}

fn is_repaired(scene: &Scene) -> bool {
    let world = scene.at.world.borrow();
    let mut items = world.boards[0].items.iter();
    items.all(|item| item.fields[&Field::Title] != WORDS)
}

#[test]
fn a_service_that_lets_nobody_in_is_not_listed_again_for_what_is_unknown() {
    let mut scene = Scene::new(Style::Guild, 2);
    scene.script(&[Fate::Lost, Fate::Unauthorised]);
    let report = scene.run();
    assert_eq!(report.consumers[0].requests, 3, "a listing, two creations");
    assert_eq!(scene.at.world.borrow().wrong, Vec::<String>::new());
}

#[test]
fn a_run_lists_no_more_than_three_times() {
    let mut scene = Scene::new(Style::Guild, 2);
    // The service is heard of in between.
    scene.script(&[
        Fate::Lost,
        Fate::Nameless,
        Fate::Lost,
        Fate::Lost,
        Fate::Lost,
    ]);
    let report = scene.run();
    assert_eq!(sent(&scene), ["Create"; 4]);
    assert_eq!(report.consumers[0].requests, 4 + 3);
}

#[test]
fn what_a_person_changed_is_repaired_by_the_next_run_if_the_one_that_was_due_was_told_to_stop() {
    for turns in 0.. {
        let mut scene = Scene::new(Style::Guild, 2);
        scene.run();
        scene.pass(TimeDelta::hours(25));
        a_person_edits_all(&scene);
        let how = How {
            stop_in: Some(turns),
            ..How::default()
        };
        let Ended::Reported(report) = scene.at.run(&how) else {
            panic!("the run did not end well")
        };
        scene.pass(TimeDelta::minutes(15));
        scene.run();
        assert!(is_repaired(&scene), "after {turns} turns");
        if !report.interrupted {
            break;
        }
    }
}

#[test]
fn everything_is_checked_again_once_a_clock_that_was_ahead_is_right() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.at.world.borrow_mut().skew = TimeDelta::days(3);
    scene.run();
    scene.at.world.borrow_mut().skew = TimeDelta::zero();
    a_person_edits_all(&scene);
    scene.run();
    assert!(is_repaired(&scene));
}

#[test]
fn a_guild_that_is_full_is_asked_to_take_no_second_event() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.at.world.borrow_mut().boards[0].room = 3;
    scene.run();
    scene.announce();
    scene.announce();
    {
        let mut world = scene.at.world.borrow_mut();
        world.lag = TimeDelta::seconds(115);
        let now = world.now;
        // Two of other people's, which the listing does not show yet.
        world.boards[0].change(now, |items| {
            for number in 0..2 {
                let other = Remote {
                    id: format!("other {number}"),
                    origin: Origin::Person,
                    marker: None,
                    links: Vec::new(),
                    ..items[0].clone()
                };
                items.push(other);
            }
        });
    }
    scene.faults(Faults {
        lagging: 100,
        ..Faults::default()
    });
    let report = scene.run();
    let waits = (Action::Create, OperationOutcome::Waiting);
    assert_eq!(told(&report), [waits; 2]);
    assert_eq!(sent(&scene), ["Create"]);
}

#[test]
fn an_update_that_is_sent_twice_is_told_as_an_update() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.script(&[Fate::Lost]);
    let updated = [(Action::Update, OperationOutcome::Done)];
    assert_eq!(told(&scene.run()), updated);
    assert_eq!(sent(&scene), ["Update"; 2]);
}

#[test]
fn what_is_created_after_all_is_created_with_what_it_is_by_now() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.script(&[Fate::Lost]);
    let budget = std::mem::replace(&mut scene.at.settings.budget, TimeDelta::seconds(60));
    scene.run();
    scene.at.settings.budget = budget;
    scene.edit(0, |entry| entry.version += 1);
    let before = scene.at.world.borrow().boards[0].requests;
    let report = scene.run();
    assert_eq!(told(&report), [(Action::Create, OperationOutcome::Done)]);
    let requests = report.consumers[0].requests - before;
    assert_eq!(requests, 2, "nothing is left to be looked for");
    scene.comes_to_rest();
}

#[test]
fn where_what_was_to_go_stays_a_guild_is_asked_to_take_what_still_fits() {
    let done = (Fate::Answered, &["Delete", "Create"][..]);
    let refused = (Fate::Refused, &["Delete", "Create", "Create"][..]);
    for (first, all) in [done, refused] {
        let mut scene = Scene::new(Style::Guild, 1);
        scene.at.world.borrow_mut().boards[0].room = 2;
        scene.run();
        scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
        scene.announce();
        scene.announce();
        scene.script(&[Fate::NotSent, first]);
        scene.run();
        assert_eq!(sent(&scene), all);
        assert_eq!(scene.items().len(), 2);
    }
}

#[test]
fn a_change_is_done_although_its_answer_names_no_item() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    let before = scene.at.world.borrow().boards[0].requests;
    scene.script(&[Fate::Nameless]);
    let report = scene.run();
    assert_eq!(told(&report), [(Action::Update, OperationOutcome::Done)]);
    let requests = report.consumers[0].requests - before;
    assert_eq!(requests, 2, "it is listed once");
}

#[test]
fn a_creation_is_done_once_it_is_answered_although_nobody_heard_of_it_before() {
    let mut scene = Scene::new(Style::Hook, 1);
    scene.script(&[Fate::Unheard]);
    let report = scene.run();
    assert_eq!(told(&report), [(Action::Create, OperationOutcome::Done)]);
    assert_eq!(sent(&scene), ["Create"; 2]);
    scene.comes_to_rest();
}

#[test]
fn what_people_took_away_after_a_loss_is_made_anew() {
    let mut scene = Scene::new(Style::Guild, 1);
    scene.run();
    scene.edit(0, |entry| entry.version += 1);
    scene.lose_the_database();
    // The run has no time to list once more.
    let budget = std::mem::replace(&mut scene.at.settings.budget, TimeDelta::seconds(60));
    scene.run();
    scene.at.settings.budget = budget;
    scene.a_person_deletes_the_first();
    scene.at.world.borrow_mut().lag = TimeDelta::seconds(115);
    scene.faults(Faults {
        lagging: 100,
        ..Faults::default()
    });
    scene.run();
    assert_eq!(sent(&scene), ["Update", "Create"]);
    assert_eq!(scene.items().len(), 1);
    scene.comes_to_rest();
}
