//! What docs/configuration.md tells of kronos.toml is what kronos takes; the messages that docs/troubleshooting.md explains are
//! those that kronos prints; and every link leads somewhere.

use crate::support::meetup::SIGNING_KEY;
use crate::support::webhook;
use kronos::clock::{Clock, SystemClock};
use kronos::config::Config;
use kronos::{consumer, provider};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

mod templates;

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
    for section in ["store", "sync", "monitor", "templates", "relay", "listen"] {
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
    for (name, secret) in [
        ("discord-token", "token"),
        ("meetup.pem", SIGNING_KEY),
        ("matrix-token", "token"),
        ("hook-secret", webhook::SECRET),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    }
    let (_, rest) = REFERENCE.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    assert_eq!(complaint(folder.path(), example), "");
}

/// The files below `folder` whose name ends in `.kind`.
fn files(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, kind));
        } else if path.extension().is_some_and(|found| found == kind) {
            found.push(path);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program's source, with its strings as they print.
fn source() -> String {
    let texts = files(&root().join("src"), "rs").into_iter();
    let all: Vec<String> = texts
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let mut source = String::new();
    for piece in all.join("\n").split("\\\n") {
        source += piece.trim_start();
    }
    source.replace("\\\"", "\"")
}

#[test]
fn every_message_in_troubleshooting_is_one_that_kronos_prints() {
    let (page, source) = (include_str!("../docs/troubleshooting.md"), source());
    let cells = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let messages: Vec<&str> = cells.flat_map(|cell| cell.split('`').step_by(2)).collect();
    assert!(messages.len() > 50);
    for message in messages {
        // What varies stands between what is written in the source.
        for part in message.split('…').map(|part| part.trim_matches(['"', ' '])) {
            assert!(
                source.contains(part),
                "{part:?} of {message:?} is printed nowhere"
            );
        }
    }
}

/// Where a page's links lead, those to other sites aside.
fn links(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let prose = text.lines().filter(|line| {
        is_code ^= line.trim_start().starts_with("```");
        !is_code
    });
    prose
        .flat_map(|line| line.split("](").skip(1))
        .filter_map(|rest| rest.split(')').next())
        .filter(|link| !link.contains("://"))
        .collect()
}

/// The anchors of a page's headings, as GitHub and its like make them.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| -> String {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut pages = files(&root().join("docs"), "md");
    pages.extend(files(&root().join("deploy"), "md"));
    pages.extend(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    for page in &pages {
        let text = fs::read_to_string(page).unwrap();
        for link in links(&text) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let there = match file {
                "" => page.clone(),
                _ => page.parent().unwrap().join(file),
            };
            let shown = page.display();
            assert!(there.exists(), "{shown}: {link} leads nowhere");
            if !anchor.is_empty() {
                let known = anchors(&fs::read_to_string(&there).unwrap());
                assert!(
                    known.contains(&anchor.to_owned()),
                    "{shown}: {link}: {known:?}"
                );
            }
        }
    }
    // What is not linked is not found.
    let texts: Vec<String> = pages
        .iter()
        .map(|page| fs::read_to_string(page).unwrap())
        .collect();
    for page in pages
        .iter()
        .filter(|page| page.parent().unwrap().ends_with("docs"))
    {
        let name = page.file_name().unwrap().to_string_lossy();
        let leads_there = |text: &String| {
            let mut files = links(text)
                .into_iter()
                .filter_map(|link| link.split('#').next());
            files.any(|file| file.rsplit('/').next() == Some(&name))
        };
        assert!(texts.iter().any(leads_there), "no page links {name}");
    }
}
