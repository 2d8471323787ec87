//! The README's picture of a run, docs/run.svg, shows what the program prints; `docs/picture.py` takes it anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

const PICTURE: &str = include_str!("../docs/run.svg");
/// Where the picture was taken.
const THERE: &str = "/tmp/kronos-example";

/// The lines of the terminal in the picture.
fn shown() -> Vec<String> {
    let rows = PICTURE.lines().filter(|line| line.starts_with("<text"));
    let plain = |row: &str| {
        let pieces = row.split('<').filter_map(|piece| piece.split_once('>'));
        let text: String = pieces.map(|(_, text)| text).collect();
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    };
    rows.map(plain).collect()
}

/// What two lines have in common that were printed on different days in different folders.
fn form(line: &str, folder: &str) -> String {
    let names = [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let line = line.replace(folder, "FOLDER");
    let words = line
        .trim_end()
        .split(' ')
        .map(|word| match names.contains(&word) {
            true => "Day".into(),
            false => word
                .chars()
                .filter(|c| !c.is_ascii_digit())
                .collect::<String>(),
        });
    words.collect::<Vec<_>>().join(" ")
}

fn run(folder: &Path, program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_picture_in_the_readme_shows_what_the_program_prints() {
    let kronos = env!("CARGO_BIN_EXE_kronos");
    let folder = tempfile::tempdir().unwrap();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for name in ["kronos.toml", "calendar.ics"] {
        fs::copy(examples.join(name), folder.path().join(name)).unwrap();
    }
    run(folder.path(), kronos, &["sync"]);
    let here = folder.path().to_str().unwrap();
    let lines = shown();
    let mut printed = BTreeSet::new();
    for command in lines.iter().filter_map(|line| line.strip_prefix("$ ")) {
        let text = match command.strip_prefix("kronos ") {
            Some(rest) => run(folder.path(), kronos, &rest.split(' ').collect::<Vec<_>>()),
            None => run(folder.path(), "sh", &["-c", command]),
        };
        printed.extend(text.lines().map(|line| form(line, here)));
    }
    assert!(printed.len() > 10, "{printed:?}");
    // Whether this machine has certificates is its own affair.
    let told = lines
        .iter()
        .filter(|line| !line.starts_with("$ ") && !line.contains("certificates"));
    for line in told {
        let form = form(line, THERE);
        assert!(
            printed.contains(&form),
            "run docs/picture.py: {line:?} is not among {printed:#?}"
        );
    }
}
