//! What a guard withheld stays withheld when the same run lists once more.

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
