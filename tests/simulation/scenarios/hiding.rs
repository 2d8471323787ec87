//! Changes that cancel each other out in what a probe counts.

use super::*;

#[test]
fn a_deletion_is_seen_although_an_event_returns_to_the_group_at_the_same_time() {
    let mut scene = Scene::new(Style::Guild, 3);
    scene.run();
    scene.edit(0, |entry| entry.group = 1);
    scene.run();
    scene.edit(0, |entry| entry.group = 0);
    scene.edit(1, |entry| entry.visibility = Visibility::Deleted);
    scene.run();
    assert_eq!(sent(&scene), ["Delete"]);
    scene.comes_to_rest();
}

#[test]
fn a_deletion_is_seen_although_one_of_two_new_events_was_missed_before() {
    for seed in 1..=20 {
        let mut scene = Scene::new(Style::Guild, 2);
        scene.run();
        scene.announce();
        scene.announce();
        scene.at.world.borrow_mut().rng = Rng::new(seed);
        scene.faults(Faults {
            incomplete: 100,
            ..Faults::default()
        });
        scene.run();
        scene.faults(Faults::default());
        scene.edit(0, |entry| entry.visibility = Visibility::Deleted);
        scene.run();
        assert_eq!(scene.items().len(), 3, "{seed}");
        scene.comes_to_rest();
    }
}
