//! `kronos check` says of each thing whether it holds, and its mend where it does not.

use crate::stories::scene::{Scene, in_days};
use crate::support::kronos::{Kronos, Run};
use crate::support::meetup::Meetup;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// The line about `subject`, if it begins with `word`.
#[track_caller]
fn line<'a>(run: &'a Run, word: &str, subject: &str) -> &'a str {
    let found = run.stdout.lines().find(|line| {
        line.starts_with(word) && line.split("  ").any(|column| column.trim() == subject)
    });
    found.unwrap_or_else(|| panic!("no {word} {subject} in:\n{}{}", run.stdout, run.stderr))
}

fn check(kronos: &Kronos) -> Run {
    kronos.command(&["check"])
}

#[test]
fn all_that_holds_is_told_line_by_line() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    scene.discord.by_hand("Game night", "", in_days(2));
    let run = check(&scene.kronos).ends_with(0);
    for (subject, part) in [
        ("configuration", "can be used"),
        ("database", "does not exist yet"),
        ("space: version", "Mobilizon 5.1.3"),
        ("space: group hackerspace", "1 event"),
        ("guild: token", "the bot is"),
        ("guild: guild", "Example Guild"),
        ("guild: permissions", "create events"),
        ("guild: room", "for 99 more"),
    ] {
        assert!(line(&run, "ok", subject).contains(part), "{}", run.stdout);
    }
    assert!(scene.kronos.state_files().is_empty(), "it adds no file");
    assert!(
        scene
            .discord
            .server
            .requests(0)
            .iter()
            .all(|request| request.method == "GET")
    );
}

#[test]
fn a_damaged_database_fails_also_where_no_run_reads_and_is_left_as_it_is() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    scene.deeds();
    let path = scene.kronos.path("state/kronos.db");
    let mut bytes = fs::read(&path).unwrap();
    let last_page = bytes.len() - 4096;
    bytes[last_page] ^= 0xff;
    fs::write(&path, &bytes).unwrap();
    let run = check(&scene.kronos).ends_with(4);
    let told = line(&run, "FAIL", "database");
    assert!(told.contains(path.to_str().unwrap()), "{told}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_mistyped_group_is_named_with_the_nearest_that_exists() {
    let scene = Scene::new();
    let kronos = Kronos::new()
        .mobilizon("space", &scene.mobilizon, &["hackerspace", "Hackerspce"])
        .discord("guild", &scene.discord);
    let run = check(&kronos).ends_with(4);
    let wrong = line(&run, "FAIL", "space: group Hackerspce");
    assert!(
        wrong.contains("check the spelling") && wrong.ends_with("did you mean \"hackerspace\"?")
    );
    line(&run, "ok", "space: group hackerspace");
}

#[test]
fn a_bot_without_the_permission_fails_and_one_with_too_much_is_warned_of() {
    let scene = Scene::new();
    scene.discord.may_create(false);
    let run = check(&scene.kronos).ends_with(4);
    assert!(line(&run, "FAIL", "guild: permissions").contains("grant it to the bot's role"));
    scene.discord.may_create(true);
    scene.discord.may_manage(true);
    let run = check(&scene.kronos).ends_with(0);
    assert!(line(&run, "warn", "guild: permissions").contains("Manage Events"));
}

#[test]
fn a_service_that_is_down_is_a_line_and_the_others_are_still_looked_at() {
    let scene = Scene::new();
    scene.mobilizon.server.go_away();
    let run = check(&scene.kronos).ends_with(4);
    let unreachable = line(&run, "FAIL", "space: instance");
    assert!(unreachable.contains("cannot be reached"));
    assert!(unreachable.ends_with("check the address and this machine's network"));
    line(&run, "ok", "guild: permissions");
    scene.discord.accept_only("another");
    let run = check(&scene.kronos).ends_with(4);
    assert!(line(&run, "FAIL", "guild: token").contains("Reset Token"));
}

#[test]
fn a_member_who_does_not_lead_the_group_at_meetup_fails() {
    let (scene, meetup) = (Scene::new(), Meetup::start());
    let kronos = Kronos::new()
        .mobilizon("space", &scene.mobilizon, &["hackerspace"])
        .meetup("city", &meetup);
    let run = check(&kronos).ends_with(0);
    assert!(line(&run, "ok", "city: token").contains("Example Organizer"));
    assert!(line(&run, "ok", "city: time zone").contains("Europe/Berlin"));
    meetup.role("MEMBER");
    let run = check(&kronos).ends_with(4);
    assert!(line(&run, "FAIL", "city: role").contains("event organiser"));
    meetup.lapse(true);
    let run = check(&kronos).ends_with(4);
    assert!(line(&run, "FAIL", "city: token").contains("Pro subscription"));
}

#[test]
fn folders_that_cannot_be_written_to_fail_also_offline() {
    let scene = Scene::new();
    let mut kronos = Kronos::new()
        .mobilizon("space", &scene.mobilizon, &["hackerspace"])
        .ical("calendar");
    let missing = toml::Value::from(kronos.path("nowhere/kronos.prom").to_str().unwrap());
    kronos.set("monitor", "metrics_file", &missing.to_string());
    fs::write(kronos.calendar("calendar"), "not a calendar").unwrap();
    let run = kronos.command(&["check", "--offline"]).ends_with(4);
    assert!(line(&run, "FAIL", "metrics").contains("mkdir -p"));
    assert!(line(&run, "FAIL", "calendar: file").contains("move it away"));
    assert_eq!(scene.mobilizon.server.count(), 0, "offline is offline");
}

#[test]
fn a_secret_that_others_can_read_fails_and_the_providers_are_still_looked_at() {
    let scene = Scene::new();
    let token = scene.kronos.path("consumers.guild.token");
    fs::set_permissions(token, fs::Permissions::from_mode(0o644)).unwrap();
    let run = check(&scene.kronos).ends_with(4);
    assert!(line(&run, "FAIL", "configuration").contains("chmod 600"));
    line(&run, "ok", "space: group hackerspace");
}
