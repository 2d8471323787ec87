//! What strangers write reaches no terminal as they wrote it: not in the report, the log, the status or a check.

use crate::stories::scene::Scene;
use crate::support::exchange::Reply;
use crate::support::fault::{Fault, When};
use crate::support::kronos::Run;
use serde_json::json;

/// Clears the screen, names the window, turns the line round, paints it red, and forges a line.
const EVIL: &str = "Rust\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}night\u{9b}31m\u{2066}\r! forged";

#[track_caller]
fn steers_nothing(run: &Run) {
    for text in [&run.stdout, &run.stderr] {
        let steers = |c: &char| {
            (c.is_control() && *c != '\n')
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let found: Vec<char> = text.chars().filter(steers).collect();
        assert!(found.is_empty(), "{found:?} in:\n{text:?}");
        assert!(!text.lines().any(|line| line.starts_with("! forged")));
    }
}

/// A calendar whose every text is evil, and some of whose lines make no sense.
fn calendar() -> String {
    let evil = EVIL.replace('\r', "");
    let event = |uid: &str, start: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:{start}\r\nSUMMARY:{evil}\r\nLOCATION:{evil}\r\nEND:VEVENT\r\n"
        )
    };
    let start = crate::stories::scene::in_days(5)
        .format("%Y%m%dT%H%M%SZ")
        .to_string();
    let events = [event(&evil, &start), event("b", &evil), event("", &start)].concat();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{events}END:VCALENDAR\r\n")
}

#[test]
fn no_title_problem_or_refusal_steers_the_terminal_of_the_operator() {
    let mut scene = Scene::new();
    scene.kronos = scene.kronos.ical_provider("cal", &calendar()).ical("file");
    scene.event_with(EVIL, 3, |entry| entry.description(EVIL));
    let refusal = json!({"message": EVIL, "code": 50035, "errors": {EVIL: {"_errors": [{"code": EVIL, "message": EVIL}]}}});
    let posts = When::request("POST", "scheduled-events").always();
    scene
        .discord
        .server
        .fault(posts, Fault::Answer(Reply::json(400, &refusal)));
    for arguments in [
        &["sync", "--dry-run", "-vv"][..],
        &["sync", "-vv"],
        &["status", "-v"],
        &["check", "-v"],
    ] {
        steers_nothing(&scene.kronos.command(arguments));
    }
    let status = scene.kronos.command(&["status"]);
    assert!(status.stdout.contains("refused"), "{}", status.stdout);
}

#[test]
fn no_error_of_an_instance_steers_the_terminal_of_the_operator() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let error = json!({"data": null, "errors": [{"message": EVIL, "code": EVIL}]});
    let answers = [
        Reply::json(200, &error),
        Reply::json(403, &json!({"message": EVIL})),
        Reply::html(200, EVIL),
    ];
    for answer in answers {
        scene
            .mobilizon
            .server
            .fault(When::next().always(), Fault::Answer(answer));
        steers_nothing(&scene.kronos.command(&["sync", "-vv"]));
        steers_nothing(&scene.kronos.command(&["check", "-v"]));
        scene.mobilizon.server.heal();
    }
}
