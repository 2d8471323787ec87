//! Faults of the disk: what cannot be used ends the run before anything is sent, is named with its mend, and stays as it is.

use super::stage::{Service, Stage, is_orderly};
use crate::support::kronos::Run;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

fn database(stage: &Stage) -> PathBuf {
    stage.scene.kronos.path("state/kronos.db")
}

/// How many requests that change something reached the guild.
fn changes(stage: &Stage) -> usize {
    let requests = stage.server().requests(0);
    let changing = requests.iter().filter(|request| request.method != "GET");
    changing.count()
}

/// A run that must end with 1, name `path` and how it is mended, and ask nobody for a change.
#[track_caller]
fn refuses(stage: &Stage, path: &Path, mend: &str) -> Run {
    let before = changes(stage);
    let run = stage.scene.kronos.run().ends_with(1);
    for part in [path.to_str().unwrap(), mend] {
        assert!(
            run.stderr.contains(part),
            "{part:?} is not in: {}",
            run.stderr
        );
    }
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    assert_eq!(
        changes(stage),
        before,
        "it changed something: {}",
        run.stderr
    );
    run
}

/// Runs until at rest, and checks that all is as the source says.
#[track_caller]
fn heals(stage: &Stage) {
    for _ in 0..2 {
        stage.scene.kronos.run().ends_with(0);
    }
    stage.is_true().unwrap();
    let before = stage.server().count();
    stage.scene.kronos.run().ends_with(0);
    assert_eq!(stage.server().count(), before);
}

#[test]
fn a_folder_in_the_place_of_the_database_is_named() {
    let stage = Stage::set(Service::Discord);
    let path = database(&stage);
    let saved = stage.scene.kronos.save_database();
    stage.scene.kronos.delete_database();
    fs::create_dir(&path).unwrap();
    refuses(&stage, &path, "check");
    fs::remove_dir(&path).unwrap();
    stage.scene.kronos.restore_database(&saved);
    heals(&stage);
}

#[test]
fn a_state_folder_that_is_a_file_is_named() {
    let mut stage = Stage::set(Service::Discord);
    let file = stage.scene.kronos.path("file");
    fs::write(&file, "").unwrap();
    let path = file.join("kronos.db");
    let text = format!("{:?}", path.display().to_string());
    stage.scene.kronos.set("store", "path", &text);
    refuses(&stage, &path, "check that the folder exists");
    stage.scene.kronos.command(&["check"]).ends_with(4);
}

#[test]
fn a_database_of_a_newer_version_is_named_and_left_alone() {
    let stage = Stage::set(Service::Discord);
    let path = database(&stage);
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 999).unwrap();
    db.close().unwrap();
    let before = fs::read(&path).unwrap();
    refuses(&stage, &path, "schema 999");
    assert!(fs::read(&path).unwrap() == before);
}

#[test]
fn what_is_no_database_is_named_and_left_alone() {
    let stage = Stage::set(Service::Discord);
    let path = database(&stage);
    let whole = fs::read(&path).unwrap();
    let mut no_magic = whole.clone();
    no_magic[3] ^= 0xff;
    for (what, bytes) in [
        ("text", b"kronos was here\n".repeat(500)),
        ("a cut header", whole[..50].to_vec()),
        ("half of it", whole[..whole.len() / 2].to_vec()),
        ("a page short", whole[..whole.len() - 4096].to_vec()),
        ("no magic", no_magic),
    ] {
        fs::write(&path, &bytes).unwrap();
        println!("{what}");
        refuses(&stage, &path, "restore a backup");
        assert!(fs::read(&path).unwrap() == bytes, "{what}: it was changed");
        assert_eq!(stage.scene.kronos.dry_run().code, Some(1), "{what}");
        let check = stage
            .scene
            .kronos
            .command(&["check", "--offline"])
            .ends_with(4);
        assert!(
            check.stdout.contains("restore a backup"),
            "{}",
            check.stdout
        );
    }
    fs::write(&path, &whole).unwrap();
    heals(&stage);
}

#[test]
fn an_empty_database_is_a_lost_one() {
    let stage = Stage::set(Service::Discord);
    fs::write(database(&stage), "").unwrap();
    // The run that finds the loss adopts and creates, and deletes nothing.
    is_orderly(&stage.scene.kronos.run()).unwrap();
    stage.is_decent().unwrap();
    heals(&stage);
}

#[test]
fn damage_anywhere_changes_nothing_wrongly() {
    // In the first pages, and in each page of the file; the same places every time.
    let stage = Stage::set(Service::Discord);
    let size = fs::read(database(&stage)).unwrap().len();
    let header = [16, 18, 21, 24, 28, 40, 44, 56, 60, 96, 100, 103, 105, 110];
    let pages = (0..size / 4096).map(|page| page * 4096 + [0, 3, 8, 3000][page % 4]);
    drop(stage);
    let mut met = 0;
    for offset in header.into_iter().chain(pages) {
        let stage = Stage::set(Service::Discord);
        let path = database(&stage);
        let mut bytes = fs::read(&path).unwrap();
        bytes[offset] ^= 0xff;
        fs::write(&path, &bytes).unwrap();
        let before = changes(&stage);
        let run = stage.scene.kronos.run();
        is_orderly(&run).unwrap_or_else(|problem| panic!("byte {offset}: {problem}"));
        stage
            .is_decent()
            .unwrap_or_else(|problem| panic!("byte {offset}: {problem}"));
        if run.code == Some(1) {
            met += 1;
            assert!(
                run.stderr.contains(path.to_str().unwrap()),
                "{}",
                run.stderr
            );
            assert_eq!(changes(&stage), before, "byte {offset}: {}", run.stderr);
            // A value that is no text only shows when the run has begun, and has noted that it did.
            let in_a_value = run.stderr.contains("invalid utf-8");
            assert!(
                fs::read(&path).unwrap() == bytes || in_a_value,
                "byte {offset}: a damaged file was changed: {}",
                run.stderr
            );
            assert!(
                !in_a_value || run.stderr.contains("restore a backup"),
                "{}",
                run.stderr
            );
        }
    }
    assert!(met > 10, "only {met} damages were met");
}

#[test]
fn an_intent_that_cannot_be_committed_is_not_followed_by_a_request() {
    for (limit, ends) in [
        (4, 1),
        (8, 1),
        (16, 1),
        (32, 1),
        (64, 1),
        (100, 1),
        (140, 1),
        (180, 1),
    ] {
        let stage = Stage::set(Service::Discord);
        let run = stage.scene.kronos.run_on_a_small_disk(limit);
        is_orderly(&run).unwrap();
        if run.code == Some(ends) {
            let named = run
                .stderr
                .contains(stage.scene.kronos.path("state").to_str().unwrap());
            assert!(named, "{}", run.stderr);
        }
        stage.is_decent().unwrap();
        heals(&stage);
    }
}

#[test]
fn a_lock_of_somebody_else_ends_with_75() {
    let stage = Stage::set(Service::Discord);
    let lock = fs::File::open(stage.scene.kronos.path("state/kronos.db.lock")).unwrap();
    lock.lock().unwrap();
    let run = stage.scene.kronos.run().ends_with(75);
    assert!(run.stdout.is_empty(), "no report: {}", run.stdout);
    drop(lock);
    heals(&stage);
}

#[test]
fn a_symbolic_link_to_the_database_is_followed() {
    let stage = Stage::set(Service::Discord);
    let (path, real) = (database(&stage), stage.scene.kronos.path("real.db"));
    fs::rename(&path, &real).unwrap();
    symlink(&real, &path).unwrap();
    heals(&stage);
    assert!(path.is_symlink());
}

#[test]
fn a_database_that_others_can_read_is_closed_to_them() {
    let stage = Stage::set(Service::Discord);
    let path = database(&stage);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    heals(&stage);
    for entry in fs::read_dir(stage.scene.kronos.path("state")).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}

#[test]
fn a_high_water_file_that_makes_no_sense_is_a_rollback_and_one_that_cannot_be_read_is_named() {
    let stage = Stage::set(Service::Discord);
    let mark = stage.scene.kronos.path("state/kronos.db.epoch");
    fs::remove_file(&mark).unwrap();
    fs::create_dir(&mark).unwrap();
    refuses(&stage, &mark, "check");
    fs::remove_dir(&mark).unwrap();
    fs::write(&mark, b"\x00\xff nonsense").unwrap();
    let run = stage.scene.kronos.run().ends_with(0);
    assert!(run.stderr.contains("deletes nothing"), "{}", run.stderr);
    let requests = stage.server().requests(0);
    assert!(requests.iter().all(|request| request.method != "DELETE"));
    heals(&stage);
}

#[test]
fn a_calendar_that_cannot_be_written_keeps_nobody_else_from_being_served() {
    let mut stage = Stage::set(Service::Discord);
    let file = stage.scene.kronos.path("file");
    fs::write(&file, "").unwrap();
    let path = file.join("events.ics");
    let text = format!("{:?}", path.display().to_string());
    stage
        .scene
        .kronos
        .set("consumers.calendar", "type", "\"ical\"");
    stage.scene.kronos.set("consumers.calendar", "path", &text);
    let run = stage.scene.kronos.run().ends_with(3);
    let told = run.consumer("calendar").to_string();
    assert!(told.contains(path.to_str().unwrap()), "{told}");
    stage.scene.kronos.run().ends_with(3);
    stage.is_true().unwrap();
}

/// Another program writes to the database: it holds the write lock until the connection is dropped.
fn writer(path: &Path) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(path).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    db
}

#[test]
fn a_database_that_another_program_writes_to_is_named_and_nothing_is_sent() {
    let stage = Stage::set(Service::Discord);
    let path = database(&stage);
    let writer = writer(&path);
    refuses(&stage, &path, "locked");
    drop(writer);
    heals(&stage);
}

#[test]
fn a_database_that_another_program_takes_in_the_middle_of_a_run_ends_it_before_the_next_request() {
    let stage = Stage::set(Service::Discord);
    let path = database(&stage);
    let held = Arc::new(Mutex::new(None));
    stage.server().before_each({
        let (path, held) = (path.clone(), held.clone());
        move |request| {
            if request.method == "POST" {
                held.lock().unwrap().get_or_insert_with(|| writer(&path));
            }
        }
    });
    let before = changes(&stage);
    let run = stage.scene.kronos.run().ends_with(1);
    assert!(
        run.stderr.contains(path.to_str().unwrap()),
        "{}",
        run.stderr
    );
    let requests = stage.server().requests(0);
    let changing: Vec<&str> = requests
        .iter()
        .map(|request| request.method.as_str())
        .filter(|method| *method != "GET")
        .skip(before)
        .collect();
    assert_eq!(
        changing.last(),
        Some(&"POST"),
        "something followed: {changing:?}"
    );
    stage.is_decent().unwrap();
    stage.server().before_each(|_| {});
    held.lock().unwrap().take();
    heals(&stage);
}

#[test]
fn output_that_cannot_be_written_changes_nothing_that_was_done() {
    let stage = Stage::set(Service::Discord);
    // What is printed first finds the disk full, or the reader gone.
    for redirected in [
        "exec \"$0\" \"$@\" >/dev/full",
        "exec \"$0\" \"$@\" 2>/dev/full",
    ] {
        stage
            .scene
            .kronos
            .run_under(&["sh", "-c", redirected], &[])
            .ends_with(0);
    }
    heals(&stage);
    let status = ["-c", "exec \"$0\" \"$@\" | true"];
    let run = stage
        .scene
        .kronos
        .run_under(&["sh", status[0], status[1]], &[])
        .ends_with(0);
    assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
}
