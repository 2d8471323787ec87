//! The builder of stories.

use crate::support::discord::Discord;
use crate::support::kronos::Kronos;
use crate::support::meetup::Meetup;
use crate::support::mobilizon::Mobilizon;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn the_configuration_points_at_the_stand_ins_and_keeps_its_secrets() {
    let (mobilizon, discord, meetup) = (Mobilizon::start(), Discord::start(), Meetup::start());
    let kronos = Kronos::new()
        .mobilizon("space", &mobilizon, &["hackerspace", "repair-cafe"])
        .discord("guild", &discord)
        .meetup("city", &meetup)
        .ical("calendar")
        .key("consumers.calendar", "tags", "[\"public\"]");
    let config: toml::Table = kronos.config().parse().unwrap();
    assert_eq!(config["sync"]["settle"].as_str(), Some("50ms"));
    assert_eq!(
        config["providers"]["space"]["url"].as_str(),
        Some(mobilizon.url().as_str())
    );
    assert_eq!(
        config["providers"]["space"]["groups"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let secrets = [("guild", "token_file"), ("city", "signing_key_file")];
    for (consumer, key) in secrets {
        let path = config["consumers"][consumer][key].as_str().unwrap();
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}

#[test]
fn a_change_of_any_byte_of_the_state_is_seen() {
    let kronos = Kronos::new();
    assert!(kronos.state_files().is_empty());
    let database = kronos.path("state/kronos.db");
    fs::write(&database, "one").unwrap();
    let (before, saved) = (kronos.state_files(), kronos.save_database());
    fs::write(&database, "two").unwrap();
    assert_ne!(kronos.state_files(), before);
    kronos.restore_database(&saved);
    assert_eq!(kronos.state_files(), before);
    kronos.delete_database();
    assert!(kronos.state_files().is_empty());
}

#[test]
fn the_real_command_runs_and_its_end_is_seen() {
    let run = Kronos::new().command(&["--version"]).ends_with(0);
    assert!(!run.was_killed());
}
