//! What the services allow: room in a guild, their pace, many groups in one question.

use super::scene::{Scene, in_days};
use crate::support::fault::{Fault, When};
use crate::support::kronos::Kronos;
use crate::support::mobilizon::Mobilizon;
use chrono::{Duration, TimeDelta};
use std::time::Instant;

#[test]
fn a_full_guild_takes_the_soonest_first_and_the_rest_waits_for_room() {
    let scene = Scene::new();
    for number in 0..98 {
        scene
            .discord
            .by_hand(&format!("By hand {number}"), "", in_days(2));
    }
    let (later, soon, sooner) = (
        scene.event("Later", 9),
        scene.event("Soon", 4),
        scene.event("Sooner", 3),
    );
    let run = scene.kronos.run().ends_with(0);
    assert_eq!(
        run.deeds("guild"),
        ["create done", "create done", "create waiting"]
    );
    for (event, count) in [(&later, 0), (&soon, 1), (&sooner, 1)] {
        assert_eq!(
            scene
                .discord
                .live_with(&scene.mobilizon.event_url(event))
                .len(),
            count
        );
    }
    let waiting = run.operations("guild")[2]["reason"]
        .as_str()
        .unwrap()
        .to_string();
    assert!(waiting.contains("room"), "{waiting}");
    scene.mobilizon.delete(&sooner);
    let deeds = scene.deeds();
    assert_eq!(
        deeds,
        ["delete done", "create done"],
        "what goes makes room"
    );
}

#[test]
fn writes_keep_to_the_pace_that_the_headers_allow_and_meet_no_429() {
    let scene = Scene::new();
    scene.discord.limit(3, TimeDelta::milliseconds(600));
    for number in 0..9 {
        scene.event(&format!("Event {number}"), 3 + number);
    }
    let begun = Instant::now();
    let run = scene.kronos.run().ends_with(0);
    assert_eq!(run.deeds("guild"), ["create done"; 9]);
    assert_eq!(scene.discord.exceeded(), 0, "no 429");
    // Nine writes at three per window need at least two whole windows; how much more is for the benchmark to say.
    assert!(begun.elapsed() >= std::time::Duration::from_millis(1200));
}

#[test]
fn a_429_is_honoured_and_the_run_goes_on() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    scene
        .discord
        .server
        .fault(When::request("POST", "scheduled-events"), Fault::limited(1));
    assert_eq!(scene.deeds(), ["create done"]);
    assert_eq!(scene.discord.live().len(), 1);
}

#[test]
fn a_429_beyond_the_budget_waits_for_a_later_run() {
    let mut scene = Scene::new();
    scene.kronos.set("sync", "budget", "\"20s\"");
    scene.event("Rust night", 3);
    scene.discord.server.fault(
        When::request("POST", "scheduled-events"),
        Fault::limited(3000),
    );
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("guild"), ["create waiting"]);
    let (_, _, sent) = scene.run_counting();
    let writes = scene
        .discord
        .server
        .requests(0)
        .into_iter()
        .filter(|request| request.method == "POST")
        .count();
    assert_eq!(writes, 1, "asked to wait, it waits ({sent} requests)");
}

#[test]
fn a_guild_that_asks_for_patience_instead_of_a_list_is_left_alone_by_the_next_run_too() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let lists = When::request("GET", "scheduled-events");
    scene.discord.server.fault(lists, Fault::limited(3000));
    scene.kronos.run().ends_with(3);
    let (run, _, sent) = scene.run_counting();
    run.ends_with(3);
    assert_eq!(sent, 0);
}

#[test]
fn forty_quiet_groups_cost_one_request_of_which_each_takes_little() {
    let mobilizon = Mobilizon::start();
    let names: Vec<String> = (0..40).map(|number| format!("group-{number}")).collect();
    let ago = Duration::minutes(10);
    mobilizon.clock.follow(move || chrono::Utc::now() - ago);
    for name in &names {
        mobilizon.group(name);
        mobilizon.event(name, |entry| entry.title("Meeting").begins(in_days(3)));
    }
    let groups: Vec<&str> = names.iter().map(String::as_str).collect();
    let kronos = Kronos::new()
        .mobilizon("space", &mobilizon, &groups)
        .ical("calendar");
    kronos.run().ends_with(0);
    let before = mobilizon.server.count();
    kronos.run().ends_with(0);
    assert_eq!(mobilizon.server.count() - before, 1);
}

#[test]
fn an_event_that_moves_to_another_group_of_the_same_consumer_stays_where_it_stands() {
    let mut scene = Scene::new();
    scene.mobilizon.group("repair-cafe");
    scene.kronos.set(
        "providers.space",
        "groups",
        "[\"hackerspace\", \"repair-cafe\"]",
    );
    let rust = scene.event("Rust night", 3);
    scene.event("Radio", 4);
    scene.deeds();
    scene.at_rest(|| scene.mobilizon.move_to(&rust, "repair-cafe"));
    assert!(scene.deeds().is_empty());
    assert!(scene.deeds().is_empty());
    assert_eq!(scene.discord.live().len(), 2);
}

#[test]
fn an_event_that_moves_to_a_group_of_somebody_else_leaves() {
    let scene = Scene::new();
    scene.mobilizon.group("elsewhere");
    let rust = scene.event("Rust night", 3);
    scene.event("Radio", 4);
    scene.deeds();
    scene.at_rest(|| scene.mobilizon.move_to(&rust, "elsewhere"));
    assert_eq!(scene.deeds(), ["delete done"]);
    assert_eq!(scene.discord.live().len(), 1);
}
