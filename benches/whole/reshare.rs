//! The same reading by mobilizon-reshare (PyPI), where it is installed. It reads one page of ten events and no more.

use crate::measure::{measure, typical};
use crate::stage::{Consumers, Stage};
use crate::table::{Table, mib, ms, ratio};
use std::fs;
use std::process::Command;

const PROGRAM: &str = "mobilizon-reshare";
/// It asks for these whether or not they are used (source: mobilizon-reshare 0.3.6, `config`).
const PLATFORMS: [&str; 5] = ["telegram", "zulip", "twitter", "mastodon", "facebook"];

/// A first reading of ten events, by both in turn.
pub fn first_page(table: &mut Table, rounds: usize) {
    let Ok(version) = Command::new(PROGRAM).arg("--version").output() else {
        println!("| {PROGRAM} is not installed: nothing to compare with | | | skipped |");
        return;
    };
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    let stage = Stage::new(10, Consumers::None);
    let folder = stage.path("config").join(PROGRAM).join(&version);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("mobilizon_reshare.toml"), config(&stage)).unwrap();
    let home = format!("XDG_CONFIG_HOME={}", stage.path("config").display());
    let pull = ["env", &home, "ENV_FOR_DYNACONF=default", PROGRAM, "pull"];
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        stage.forget();
        ours.push(stage.sync(&[]));
        let _ = fs::remove_dir_all(stage.path("reshare"));
        fs::create_dir(stage.path("reshare")).unwrap();
        let cost = measure(&stage.path("."), &pull);
        let said = fs::read_to_string(stage.path("out")).unwrap();
        assert!(said.contains("Pulled 10 events"), "{said}");
        theirs.push(cost);
    }
    let (we, they) = (typical(&ours), typical(&theirs));
    table.tell(
        "first read of a page of 10 events",
        format!(
            "{:.3} × cpu, {:.3} × wall of {PROGRAM} {version} ({} and {} against {} and {}; {} against {})",
            ratio(we.cpu, they.cpu), ratio(we.wall, they.wall),
            ms(we.cpu), ms(we.wall), ms(they.cpu), ms(they.wall), mib(we.memory), mib(they.memory)
        ),
    );
}

/// A configuration that reads and publishes nowhere.
fn config(stage: &Stage) -> String {
    let state = stage.path("reshare");
    let mut toml = format!(
        "[default]\nlocal_state_dir = {state:?}\ndb_url = \"sqlite://{}/events.db\"\nlocale = \"en-us\"\n\
         [default.source.mobilizon]\nurl = \"{}/api\"\ngroup = \"group0\"\n\
         [default.selection]\nstrategy = \"next_event\"\n[default.selection.strategy_options]\nbreak_between_events_in_minutes = 60\n\
         [default.logging]\nversion = 1\ndisable_existing_loggers = false\n[default.logging.handlers.console]\nclass = \"logging.StreamHandler\"\n\
         [default.logging.root]\nlevel = \"INFO\"\nhandlers = [\"console\"]\n",
        state.display(),
        stage.url(),
    );
    for kind in ["publisher", "notifier"] {
        for platform in PLATFORMS {
            toml += &format!("[default.{kind}.{platform}]\nactive = false\n");
        }
    }
    toml
}
