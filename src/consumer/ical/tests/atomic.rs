use super::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Every name in the desk's folder.
fn names(desk: &Desk) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(desk.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn one_file_is_one_target_however_its_path_is_written() {
    let clock = Rc::new(Settable(Cell::new(at("2026-10-12T08:00:00Z"))));
    let built = |table: &str| build(Path::new("/srv/kronos"), table, clock.clone());
    let target = |table: &str| built(table).unwrap().target();
    assert_eq!(
        target("path = '/srv/www/events.ics'"),
        "ical:/srv/www/events.ics"
    );
    assert_eq!(
        target("path = '../www/./events.ics'"),
        "ical:/srv/www/events.ics"
    );
    assert!(built("path = '/'").err().unwrap().contains("is a folder"));
    assert!(
        built("path = 'a'\nmode = 3")
            .err()
            .unwrap()
            .contains("mode")
    );
    assert!(built("").err().unwrap().contains("path"));

    let example: String = KIND
        .example
        .lines()
        .map(|line| format!("{}\n", line.trim_start_matches("# ")))
        .collect();
    let table: toml::Table = example.parse().unwrap();
    let mut section = table["consumers"]["calendar"].as_table().unwrap().clone();
    assert_eq!(section.remove("type").unwrap().as_str(), Some(KIND.name));
    assert!(built(&section.to_string()).is_ok());
}

#[tokio::test]
async fn everybody_may_read_a_new_file_and_an_existing_one_keeps_its_mode() {
    let desk = Desk::new();
    let mut event = event(KEY);
    desk.act(Action::Create, &[&event]).await;
    assert_eq!(mode(&desk.path()), 0o644);
    fs::set_permissions(desk.path(), fs::Permissions::from_mode(0o640)).unwrap();
    event.title.push('!');
    desk.act(Action::Update, &[&event]).await;
    assert_eq!(mode(&desk.path()), 0o640);
    assert_eq!(names(&desk), ["events.ics"]);
}

#[tokio::test]
async fn what_a_killed_run_left_half_written_is_neither_listed_nor_in_the_way() {
    let desk = Desk::new();
    let mut event = event(KEY);
    desk.act(Action::Create, &[&event]).await;
    let torn = desk.folder.path().join(".events.ics.kronos-new");
    fs::write(&torn, "BEGIN:VCALENDAR\r\nBEGIN:VEV").unwrap();
    assert_eq!(desk.items().await.len(), 1);
    event.title.push('!');
    assert_eq!(desk.act(Action::Update, &[&event]).await, applied());
    assert_eq!(names(&desk), ["events.ics"]);
    assert!(desk.text().ends_with("END:VCALENDAR\r\n"));
}

#[tokio::test]
async fn a_link_in_the_place_of_the_draft_is_not_followed_and_one_in_the_place_of_the_file_is() {
    let desk = Desk::new();
    let other = desk.folder.path().join("other");
    fs::write(&other, "mine").unwrap();
    symlink(&other, desk.folder.path().join(".events.ics.kronos-new")).unwrap();
    desk.act(Action::Create, &[&event(KEY)]).await;
    assert_eq!(fs::read_to_string(&other).unwrap(), "mine");

    let real = desk.folder.path().join("real.ics");
    fs::rename(desk.path(), &real).unwrap();
    symlink(&real, desk.path()).unwrap();
    desk.act(Action::Delete, &[&event(KEY)]).await;
    assert!(fs::symlink_metadata(desk.path()).unwrap().is_symlink());
    assert!(!fs::read_to_string(&real).unwrap().contains("VEVENT"));
}

#[tokio::test]
async fn a_missing_folder_is_told_with_its_mend_and_tried_again_later() {
    let clock = Rc::new(Settable(Cell::new(at("2026-10-12T08:00:00Z"))));
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk {
        consumer: build(folder.path(), "path = 'none/events.ics'", clock.clone()).unwrap(),
        clock,
        folder,
    };
    assert!(desk.items().await.is_empty());
    let outcome = desk.act(Action::Create, &[&event(KEY)]).await;
    assert!(
        matches!(&outcome, Outcome::Later { retry_at: None, reason } if reason.contains("make its folder")),
        "{outcome:?}"
    );
}

#[test]
fn the_example_that_ships_names_a_file_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let text = fs::read_to_string(folder.join("kronos.toml")).unwrap();
    let config: toml::Table = text.parse().unwrap();
    let mut section = config["consumers"]["calendar"].as_table().unwrap().clone();
    assert_eq!(section.remove("type").unwrap().as_str(), Some(KIND.name));
    // Read by the configuration for every consumer.
    assert!(section.remove("tags").is_some());
    let clock = Rc::new(Settable(Cell::new(at("2026-10-12T08:00:00Z"))));
    let consumer = build(&folder, &section.to_string(), clock).unwrap();
    let target = format!("ical:{}", folder.join("shared.ics").display());
    assert_eq!(consumer.target(), target);
}
