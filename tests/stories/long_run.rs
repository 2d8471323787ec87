//! What only shows after weeks: consumers that come and go, moves between groups and in time, faults that stay.

use super::scene::{Scene, in_days};
use crate::support::discord::Discord;
use crate::support::exchange::Reply;
use crate::support::fault::{Fault, When};
use chrono::Duration;
use serde_json::json;

#[test]
fn a_consumer_that_comes_back_learns_what_it_missed() {
    let mut scene = Scene::new();
    scene.event("Before", 3);
    scene.deeds();
    let other = Discord::start();
    let away = std::mem::take(&mut scene.kronos);
    let guild = away.config();
    scene.kronos = away.discord("other", &other);
    let id = toml_text(&guild, "guild_id");
    scene.kronos.remove("consumers.guild");
    let missed = scene.event("Meanwhile", 4);
    scene.kronos.run().ends_with(0);
    scene.kronos = std::mem::take(&mut scene.kronos).discord("guild", &scene.discord);
    assert_eq!(
        toml_text(&scene.kronos.config(), "guild_id"),
        id,
        "the same guild again"
    );
    assert_eq!(scene.deeds(), ["create done"]);
    assert_eq!(
        scene
            .discord
            .live_with(&scene.mobilizon.event_url(&missed))
            .len(),
        1
    );
}

fn toml_text(config: &str, key: &str) -> String {
    let config: toml::Table = config.parse().unwrap();
    config["consumers"]["guild"][key]
        .as_str()
        .unwrap()
        .to_string()
}

#[test]
fn an_event_that_moved_to_a_group_that_cannot_be_read_stays() {
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
    let ids: Vec<String> = scene
        .discord
        .live()
        .into_iter()
        .map(|item| item.id)
        .collect();
    scene.at_rest(|| scene.mobilizon.move_to(&rust, "repair-cafe"));
    scene.mobilizon.fail_group("repair-cafe", true);
    scene.kronos.run().ends_with(3);
    scene.mobilizon.fail_group("repair-cafe", false);
    scene.kronos.run().ends_with(0);
    let after: Vec<String> = scene
        .discord
        .live()
        .into_iter()
        .map(|item| item.id)
        .collect();
    assert_eq!(after, ids);
}

#[test]
fn an_event_moved_into_the_past_and_then_cancelled_or_deleted_leaves_all_the_same() {
    for cancelled in [true, false] {
        let scene = Scene::new();
        let rust = scene.event("Rust night", 3);
        scene.event("Radio", 4);
        scene.deeds();
        let then = in_days(-2);
        scene.at_rest(|| {
            scene.mobilizon.edit(&rust, |entry| {
                entry.begins(then).ends(then + Duration::hours(1))
            })
        });
        if cancelled {
            scene.at_rest(|| scene.mobilizon.cancel(&rust))
        } else {
            scene.mobilizon.delete(&rust)
        }
        assert_eq!(scene.deeds(), ["delete done"], "cancelled: {cancelled}");
        assert_eq!(scene.discord.live().len(), 1);
    }
}

#[test]
fn an_item_that_cannot_be_looked_at_stops_no_other() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.deeds();
    let id = scene.discord.live()[0].id.clone();
    scene.at_rest(|| scene.mobilizon.cancel(&rust));
    scene.deeds();
    scene.at_rest(|| scene.mobilizon.confirm(&rust));
    scene.event("Radio", 4);
    scene.discord.server.fault(
        When::request("GET", &id).always(),
        Fault::Answer(Reply::json(500, &json!({}))),
    );
    let run = scene.kronos.run();
    let mut deeds = run.deeds("guild");
    deeds.sort();
    assert_eq!(deeds, ["create done", "update failed"]);
}

#[test]
fn an_event_that_breaks_the_service_is_given_up_for_a_day_and_stops_no_other() {
    let scene = Scene::new();
    scene.event("Poison", 3);
    scene.event("Radio", 4);
    let poison = When::that(|request| {
        request.method == "POST" && String::from_utf8_lossy(&request.body).contains("Poison")
    });
    scene
        .discord
        .server
        .fault(poison.always(), Fault::Answer(Reply::json(500, &json!({}))));
    for _ in 0..3 {
        scene.kronos.run();
    }
    let before = scene.discord.server.count();
    let run = scene.kronos.run().ends_with(0);
    assert_eq!(run.deeds("guild"), ["create failed"], "only reported");
    assert_eq!(scene.discord.server.count(), before);
    assert_eq!(scene.discord.live().len(), 1);
}

#[test]
fn a_restored_database_whose_listing_fails_is_made_up_for_by_the_next_run() {
    let scene = Scene::new();
    let rust = scene.event("Rust night", 3);
    scene.deeds();
    let old = scene.kronos.save_database();
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&rust, |entry| entry.title("Rust evening"))
    });
    scene.deeds();
    scene.kronos.restore_database(&old);
    scene.discord.server.fault(
        When::request("GET", "scheduled-events"),
        Fault::Answer(Reply::json(500, &json!({}))),
    );
    scene.kronos.run().ends_with(3);
    scene.kronos.run().ends_with(0);
    assert_eq!(scene.discord.live()[0].name, "Rust evening");
    assert_eq!(scene.discord.live().len(), 1);
}

#[test]
fn sigterm_while_reading_ends_with_3() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let latch = crate::support::fault::Latch::new();
    scene
        .mobilizon
        .server
        .fault(When::next(), Fault::HoldBefore(latch.clone()));
    let run = scene.kronos.start(&[]);
    latch.wait_until_reached();
    run.terminate();
    let run = run.wait().ends_with(3);
    latch.open();
    assert!(run.operations("guild").is_empty());
    assert_eq!(scene.deeds(), ["create done"]);
}
