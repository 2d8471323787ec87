//! A copy of the database can be made at any time, and put back without harm.

use crate::stories::scene::Scene;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_copy_is_private_changes_no_file_and_is_never_overwritten() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let copy = scene.kronos.path("copy.db");
    let arguments = ["backup", copy.to_str().unwrap()];
    let early = scene.kronos.command(&arguments).ends_with(1);
    assert!(
        early.stderr.contains("before the first run"),
        "{}",
        early.stderr
    );
    scene.deeds();
    let files = scene.kronos.state_files();
    let run = scene.kronos.command(&arguments).ends_with(0);
    assert!(run.stdout.contains("checked"), "{}", run.stdout);
    assert_eq!(scene.kronos.state_files(), files);
    let mode = fs::metadata(&copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let bytes = fs::read(&copy).unwrap();
    let again = scene.kronos.command(&arguments).ends_with(1);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    assert_eq!(fs::read(&copy).unwrap(), bytes);
}

#[test]
fn a_secret_that_is_missing_keeps_nobody_from_copying() {
    let scene = Scene::new();
    scene.deeds();
    fs::remove_file(scene.kronos.path("consumers.guild.token")).unwrap();
    let copy = scene.kronos.path("copy.db");
    let arguments = ["backup", copy.to_str().unwrap()];
    scene.kronos.command(&arguments).ends_with(0);
}

#[test]
fn a_folder_that_is_missing_is_named_and_a_damaged_database_is_not_copied() {
    let scene = Scene::new();
    scene.deeds();
    let nowhere = scene.kronos.path("nowhere/copy.db");
    let run = scene.kronos.command(&["backup", nowhere.to_str().unwrap()]);
    assert!(run.ends_with(1).stderr.contains("check the folder"));
    fs::write(scene.kronos.path("state/kronos.db"), [b'x'; 8192]).unwrap();
    let copy = scene.kronos.path("copy.db");
    scene
        .kronos
        .command(&["backup", copy.to_str().unwrap()])
        .ends_with(1);
    assert!(!copy.exists());
}

#[test]
fn a_copy_put_back_is_recognised_and_the_next_run_deletes_and_doubles_nothing() {
    let scene = Scene::new();
    let gone = scene.event("Rust night", 3);
    scene.event("Radio", 4);
    scene.deeds();
    let copy = scene.kronos.path("copy.db");
    scene
        .kronos
        .command(&["backup", copy.to_str().unwrap()])
        .ends_with(0);
    scene.event("Repair café", 5);
    scene.deeds();
    scene.mobilizon.delete(&gone);

    // As docs/backup.md says.
    scene.kronos.delete_database();
    fs::copy(&copy, scene.kronos.path("state/kronos.db")).unwrap();
    scene.kronos.command(&["check"]).ends_with(0);
    let run = scene.kronos.run();
    assert!(run.stderr.contains("deletes nothing"), "{}", run.stderr);
    assert_eq!(scene.discord.live().len(), 3, "{}", run.stdout);
    assert_eq!(
        scene.kronos.run().ends_with(0).deeds("guild"),
        ["delete done"]
    );
    assert_eq!(scene.discord.live().len(), 2);
    assert!(scene.deeds().is_empty());
}
