//! Calendar files: read as a source, written as a place to share to.

use super::scene::{Scene, in_days};
use crate::support::discord::Discord;
use crate::support::exchange::Reply;
use crate::support::kronos::Kronos;
use crate::support::server::Server;
use std::fs;

fn calendar(events: &[(&str, &str, &str)]) -> String {
    let stamp = |at: chrono::DateTime<chrono::Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let bodies: String = events
        .iter()
        .enumerate()
        .map(|(number, (uid, title, more))| {
            let begins = in_days(3 + number as i64);
            let (start, end) = (stamp(begins), stamp(begins + chrono::Duration::hours(2)));
            format!("BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{start}\r\nDTEND:{end}\r\nSUMMARY:{title}\r\n{more}END:VEVENT\r\n")
        })
        .collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{bodies}END:VCALENDAR\r\n")
}

#[test]
fn a_file_is_shared_to_a_guild_and_adopted_without_the_database() {
    let discord = Discord::start();
    let kronos = Kronos::new()
        .ical_provider(
            "holidays",
            &calendar(&[("a@x", "Open day", ""), ("b@x", "Lantern walk", "")]),
        )
        .discord("guild", &discord);
    assert_eq!(
        kronos.run().ends_with(0).deeds("guild"),
        ["create done", "create done"]
    );
    let before = discord.server.count();
    kronos.run().ends_with(0);
    assert_eq!(discord.server.count(), before);
    kronos.delete_database();
    assert_eq!(
        kronos.run().ends_with(0).deeds("guild"),
        ["adopt done", "adopt done"]
    );
    assert_eq!(discord.live().len(), 2);
}

#[test]
fn a_calendar_on_the_web_of_which_there_is_no_newer_version_is_told_as_quiet() {
    let text = calendar(&[("a@x", "Open day", "")]);
    let web = Server::start(move |request| {
        let reply = match request.header("if-none-match") {
            Some("\"1\"") => Reply::empty(304),
            _ => Reply::new(200, "text/calendar; charset=utf-8", text.as_str()),
        };
        reply.header("etag", "\"1\"")
    });
    let url = format!("{}/calendar.ics", web.url());
    let kronos = Kronos::new()
        .text("providers.holidays", "type", "ical")
        .text("providers.holidays", "url", &url)
        .ical("calendar");
    for is_quiet in [false, true] {
        let run = kronos.run().ends_with(0);
        assert_eq!(run.report["providers"][0]["groups"][0]["quiet"], is_quiet);
    }
}

#[test]
fn a_file_that_breaks_deletes_nothing() {
    let discord = Discord::start();
    let text = calendar(&[("a@x", "Open day", ""), ("b@x", "Lantern walk", "")]);
    let kronos = Kronos::new()
        .ical_provider("holidays", &text)
        .discord("guild", &discord);
    kronos.run().ends_with(0);
    let source = kronos.path(source_name(&kronos));
    for broken in ["", "not a calendar", &text[..text.len() / 2]] {
        fs::write(&source, broken).unwrap();
        kronos.run().ends_with(1);
        assert_eq!(discord.live().len(), 2, "{broken:?}");
    }
    fs::remove_file(&source).unwrap();
    kronos.run().ends_with(1);
    fs::write(
        &source,
        calendar(&[
            ("a@x", "Open day", "STATUS:CANCELLED\r\n"),
            ("b@x", "Lantern walk", ""),
        ]),
    )
    .unwrap();
    assert_eq!(kronos.run().ends_with(0).deeds("guild"), ["cancel done"]);
}

/// The file that the builder made for the provider.
fn source_name(kronos: &Kronos) -> String {
    let config: toml::Table = kronos.config().parse().unwrap();
    config["providers"]["holidays"]["path"]
        .as_str()
        .unwrap()
        .to_string()
}

#[test]
fn events_of_a_group_stand_in_a_calendar_file_that_programs_can_subscribe_to() {
    let mut scene = Scene::new();
    scene.kronos.remove("consumers.guild");
    scene.kronos = std::mem::take(&mut scene.kronos).ical("calendar");
    let (rust, café) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
    let deeds = |scene: &Scene| scene.kronos.run().ends_with(0).deeds("calendar");
    let file = |scene: &Scene| fs::read_to_string(scene.kronos.calendar("calendar")).unwrap();
    assert_eq!(deeds(&scene), ["create done", "create done"]);
    let first = file(&scene);
    assert_eq!(first.matches("BEGIN:VEVENT").count(), 2);
    assert_eq!(first.matches("SEQUENCE:0").count(), 2);
    assert!(deeds(&scene).is_empty());
    assert_eq!(file(&scene), first, "not a byte changes");
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&rust, |entry| entry.title("Rust evening"))
    });
    scene.at_rest(|| scene.mobilizon.cancel(&café));
    let mut done = deeds(&scene);
    done.sort();
    assert_eq!(done, ["cancel done", "update done"]);
    let second = file(&scene);
    assert!(
        second.contains("SUMMARY:Rust evening")
            && second.contains("STATUS:CANCELLED")
            && second.contains("SEQUENCE:1"),
        "{second}"
    );
    scene.at_rest(|| scene.mobilizon.confirm(&café));
    assert_eq!(deeds(&scene), ["update done"], "confirmed again, in place");
    assert_eq!(file(&scene).matches("BEGIN:VEVENT").count(), 2);
    scene.mobilizon.delete(&rust);
    assert_eq!(deeds(&scene), ["delete done"]);
    assert_eq!(file(&scene).matches("BEGIN:VEVENT").count(), 1);
    scene.kronos.delete_database();
    assert_eq!(deeds(&scene), ["adopt done"]);
}

#[test]
fn consumers_work_side_by_side_and_a_failing_one_stops_no_other() {
    let mut scene = Scene::new();
    scene.kronos = std::mem::take(&mut scene.kronos).ical("calendar");
    scene.event("Rust night", 3);
    scene.discord.server.go_away();
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("calendar"), ["create done"]);
    assert!(run.consumer("guild")["error"].is_string());
    scene.discord.server.come_back();
    assert_eq!(scene.deeds(), ["create done"]);
}
