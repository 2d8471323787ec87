//! The everyday: what is created, changed, called off or deleted at Mobilizon is so at Discord, in place, and nothing else.

use super::scene::{Scene, in_days};

#[test]
fn the_first_run_creates_the_second_sends_nothing_and_asks_once() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.event("Repair café", 5);
    assert_eq!(scene.deeds(), ["create done", "create done"]);
    let items = scene.discord.live_with(&scene.mobilizon.event_url(&rust));
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].name, "Rust night");
    assert_eq!(items[0].start, in_days(3));
    let (run, asked, sent) = scene.run_counting();
    let run = run.ends_with(0);
    assert_eq!((asked, sent), (1, 0));
    assert!(run.operations("guild").is_empty());
    assert_eq!(run.group("space", "hackerspace")["quiet"], true);
}
