//! What an unattended program with delete rights must not do: a source that fails, lies or empties takes nothing away.

use super::scene::Scene;

fn with_events(count: usize) -> (Scene, Vec<String>) {
    let scene = Scene::new();
    let events = (0..count)
        .map(|number| scene.event(&format!("Event {number}"), 3 + number as i64))
        .collect();
    scene.deeds();
    (scene, events)
}

#[test]
fn a_group_that_is_suddenly_empty_deletes_nothing() {
    let (scene, events) = with_events(2);
    events
        .iter()
        .for_each(|event| scene.mobilizon.delete(event));
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("guild"), ["delete withheld", "delete withheld"]);
    assert_eq!(scene.discord.live().len(), 2);
    let approved = scene
        .kronos
        .run_with(&["--approve", &run.plan()])
        .ends_with(0);
    assert_eq!(approved.deeds("guild"), ["delete done", "delete done"]);
    assert!(scene.discord.live().is_empty());
}

#[test]
fn an_instance_that_answers_with_nothing_deletes_nothing() {
    let (scene, _) = with_events(3);
    scene.mobilizon.answer_empty(true);
    scene.kronos.run();
    assert_eq!(scene.discord.live().len(), 3);
    scene.mobilizon.answer_empty(false);
    assert!(scene.deeds().is_empty());
}

#[test]
fn a_group_that_fails_is_reported_and_deletes_nothing() {
    let (scene, _) = with_events(3);
    scene.mobilizon.fail_group("hackerspace", true);
    let run = scene.kronos.run().ends_with(1);
    assert!(run.group("space", "hackerspace")["error"].is_string());
    assert_eq!(scene.discord.live().len(), 3);
}

#[test]
fn a_group_that_is_gone_deletes_nothing() {
    let (scene, _) = with_events(3);
    scene.mobilizon.remove_group("hackerspace");
    scene.kronos.run().ends_with(1);
    assert_eq!(scene.discord.live().len(), 3);
}

#[test]
fn a_group_that_is_only_half_read_deletes_nothing() {
    let scene = Scene::new();
    for number in 0..130 {
        scene.event_with(&format!("Event {number}"), 3, |entry| entry.tag("many"));
    }
    let first = scene.kronos.run();
    assert_eq!(scene.discord.live().len(), 100, "{}", first.stdout);
    scene.mobilizon.lose_on_page_two(usize::MAX);
    let run = scene.kronos.run_with(&["--full"]).ends_with(3);
    assert_eq!(run.group("space", "hackerspace")["complete"], false);
    assert_eq!(scene.discord.live().len(), 100);
}

#[test]
fn a_mass_deletion_is_withheld_until_it_is_approved_by_its_hash() {
    let (scene, events) = with_events(10);
    events[..5]
        .iter()
        .for_each(|event| scene.mobilizon.delete(event));
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("guild"), ["delete withheld"; 5]);
    assert_eq!(scene.discord.live().len(), 10);
    let again = scene.kronos.run().ends_with(3);
    assert_eq!(again.plan(), run.plan(), "the same plan has the same hash");
    scene
        .kronos
        .run_with(&["--approve", "sha256:0000"])
        .ends_with(3);
    assert_eq!(
        scene.discord.live().len(),
        10,
        "a hash that fits nothing releases nothing"
    );
    let approved = scene
        .kronos
        .run_with(&["--approve", &run.plan()])
        .ends_with(0);
    assert_eq!(approved.deeds("guild"), ["delete done"; 5]);
    assert_eq!(scene.discord.live().len(), 5);
}

#[test]
fn an_approval_releases_only_what_was_withheld_then() {
    let (scene, events) = with_events(12);
    events[..5]
        .iter()
        .for_each(|event| scene.mobilizon.delete(event));
    let run = scene.kronos.run().ends_with(3);
    events[5..10]
        .iter()
        .for_each(|event| scene.mobilizon.delete(event));
    let approved = scene
        .kronos
        .run_with(&["--approve", &run.plan()])
        .ends_with(3);
    let mut deeds = approved.deeds("guild");
    deeds.sort();
    assert_eq!(deeds, [["delete done"; 5], ["delete withheld"; 5]].concat());
    assert_eq!(scene.discord.live().len(), 7);
}

#[test]
fn three_deletions_always_pass() {
    let (scene, events) = with_events(4);
    events[..3]
        .iter()
        .for_each(|event| scene.mobilizon.delete(event));
    assert_eq!(scene.deeds(), ["delete done"; 3]);
}

#[test]
fn a_group_taken_out_of_the_configuration_is_withheld() {
    let mut scene = Scene::new();
    scene.mobilizon.group("repair-cafe");
    scene.kronos.set(
        "providers.space",
        "groups",
        "[\"hackerspace\", \"repair-cafe\"]",
    );
    scene.event("Rust night", 3);
    scene.deeds();
    scene
        .kronos
        .set("providers.space", "groups", "[\"repair-cafe\"]");
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("guild"), ["delete withheld"]);
    assert_eq!(scene.discord.live().len(), 1);
    let approved = scene
        .kronos
        .run_with(&["--approve", &run.plan()])
        .ends_with(0);
    assert_eq!(approved.deeds("guild"), ["delete done"]);
}

#[test]
fn an_event_that_loses_its_tag_leaves_the_consumer_that_asks_for_it() {
    let mut scene = Scene::new();
    scene.kronos.set("consumers.guild", "tags", "[\"public\"]");
    let rust = scene.event_with("Rust night", 3, |entry| entry.tag("public"));
    scene.event_with("Inner circle", 4, |entry| entry.tag("members"));
    assert_eq!(scene.deeds(), ["create done"]);
    scene.at_rest(|| {
        scene.mobilizon.edit(&rust, |mut entry| {
            entry.tags.clear();
            entry
        })
    });
    assert_eq!(scene.deeds(), ["delete done"]);
    assert!(scene.discord.live().is_empty());
}
