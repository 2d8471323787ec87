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
