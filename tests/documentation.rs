//! What docs/configuration.md tells of kronos.toml is what kronos takes.

use crate::support::meetup::SIGNING_KEY;
use kronos::clock::{Clock, SystemClock};
use kronos::config::Config;
use kronos::{consumer, provider};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::rc::Rc;

const REFERENCE: &str = include_str!("../docs/configuration.md");

/// The keys in the first column of the table below a heading.
fn documented(chapter: &str, heading: Option<&str>) -> BTreeSet<String> {
    let below = |text: &'static str, heading: &str| -> &'static str {
        let at = text.find(&format!("\n{heading}\n"));
        &text[at.unwrap_or_else(|| panic!("{heading:?} is missing")) + 1..]
    };
    let mut text = below(REFERENCE, &format!("## `[{chapter}]`"));
    if let Some(heading) = heading {
        text = below(text, &format!("### {heading}"));
    }
    let section = text
        .lines()
        .skip(1)
        .take_while(|line| !line.starts_with('#'));
    let cells = section.filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    cells
        .flat_map(|cell| cell.split('`').step_by(2))
        .filter(|key| !key.trim_matches([',', ' ']).is_empty())
        .map(String::from)
        .collect()
}

fn complaint(folder: &Path, text: &str) -> String {
    let path = folder.join("kronos.toml");
    std::fs::write(&path, text).unwrap();
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    match Config::load(&path, &clock) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

/// The keys that kronos names when it meets one that it does not know.
fn known(section: &str, more: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("[{section}]\n{more}\nqqqqqqqqqqqqqqqqqqqqqqqq = 1\n");
    let complaint = complaint(folder.path(), &text);
    let (_, names) = complaint
        .rsplit_once("known are ")
        .unwrap_or_else(|| panic!("{section}: {complaint:?}"));
    names.split(", ").map(String::from).collect()
}

#[test]
fn the_reference_names_every_key_and_no_other() {
    for section in ["store", "sync", "monitor"] {
        assert_eq!(documented(section, None), known(section, ""), "{section}");
    }
    for kind in provider::KINDS {
        let written = format!("type = {:?}", kind.name);
        let mut documented = documented("providers.NAME", Some(&format!("`{written}`")));
        documented.insert("type".into());
        assert_eq!(documented, known("providers.x", &written), "{written}");
    }
    for kind in consumer::KINDS {
        let written = format!("type = {:?}", kind.name);
        let mut keys = documented("consumers.NAME", Some(&format!("`{written}`")));
        keys.extend(documented("consumers.NAME", Some("Every consumer")));
        assert_eq!(keys, known("consumers.x", &written), "{written}");
    }
}

#[test]
fn the_example_in_the_reference_can_be_used() {
    let folder = tempfile::tempdir().unwrap();
    for (name, secret) in [("discord-token", "token"), ("meetup.pem", SIGNING_KEY)] {
        let path = folder.path().join(name);
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    }
    let (_, rest) = REFERENCE.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    assert_eq!(complaint(folder.path(), example), "");
}
