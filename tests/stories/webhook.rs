//! Web hooks: each change is told once, whatever happens on the way.

use super::matrix::share_to;
use super::scene::Scene;
use crate::support::exchange::Reply;
use crate::support::fault::{Fault, When};
use crate::support::kronos::Death;
use crate::support::python::python;
use crate::support::webhook::{Receiver, SECRET};
use chrono::TimeDelta;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

/// The usual scene with a web hook instead of the guild.
fn with_a_hook() -> (Scene, Receiver) {
    let (mut scene, receiver) = (Scene::new(), Receiver::start());
    to(&mut scene, &receiver.url());
    (scene, receiver)
}

fn to(scene: &mut Scene, url: &str) {
    share_to(scene, |bare| {
        bare.text("consumers.hook", "type", "webhook")
            .text("consumers.hook", "url", url)
            .secret("consumers.hook", "secret", SECRET)
    });
}

fn deeds(scene: &Scene) -> Vec<String> {
    let mut deeds = scene.kronos.run().ends_with(0).deeds("hook");
    deeds.sort();
    deeds
}

/// An edit, a cancellation and a deletion at the source.
fn change(scene: &Scene, [edited, cancelled, deleted]: &[String; 3]) {
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(edited, |entry| entry.title("Rust evening"))
    });
    scene.at_rest(|| scene.mobilizon.cancel(cancelled));
    scene.mobilizon.delete(deleted);
}

fn three_events(scene: &Scene) -> [String; 3] {
    [
        scene.event("Rust night", 3),
        scene.event("Repair café", 5),
        scene.event("Board games", 6),
    ]
}

#[test]
fn creations_edits_cancellations_and_deletions_are_told_once_each() {
    let (scene, receiver) = with_a_hook();
    let events = three_events(&scene);
    assert_eq!(deeds(&scene), ["create done"; 3]);
    assert!(deeds(&scene).is_empty());
    change(&scene, &events);
    assert_eq!(deeds(&scene), ["cancel done", "delete done", "update done"]);
    assert_eq!(
        receiver.events(),
        ["Repair café cancelled", "Rust evening confirmed"]
    );
    let mut told = receiver.told();
    told.sort();
    assert_eq!(
        told,
        [
            "event.cancelled Repair café",
            "event.created Board games",
            "event.created Repair café",
            "event.created Rust night",
            "event.deleted Board games",
            "event.updated Rust evening",
        ]
    );
    scene.at_rest(|| scene.mobilizon.confirm(&events[1]));
    assert_eq!(deeds(&scene), ["update done"]);
    assert_eq!(
        receiver.events(),
        ["Repair café confirmed", "Rust evening confirmed"]
    );
    assert_eq!(receiver.problems(), Vec::<String>::new());
    let before = receiver.server.count();
    scene.kronos.run_with(&["--full"]).ends_with(0);
    assert_eq!(
        receiver.server.count(),
        before,
        "there is nothing to ask it"
    );
}

#[test]
fn killed_anywhere_each_change_is_told_once() {
    for later in [false, true] {
        for death in [Death::BeforeItIsHandled, Death::BeforeTheAnswer] {
            for number in 1.. {
                let (scene, receiver) = with_a_hook();
                let events = three_events(&scene);
                if later {
                    deeds(&scene);
                    change(&scene, &events);
                }
                let when = When::exchange(receiver.server.count() + number);
                let run = scene.kronos.kill_at(&receiver.server, when, death);
                if !run.was_killed() {
                    assert_eq!(number, 4, "three changes are three exchanges");
                    break;
                }
                let story = format!("killed at exchange {number} ({death:?}, {later})");
                for _ in 0..2 {
                    scene.kronos.run().ends_with(0);
                }
                let before = receiver.server.count();
                assert!(deeds(&scene).is_empty(), "{story}");
                assert_eq!(receiver.server.count(), before, "{story}");
                assert_eq!(receiver.told().len(), if later { 6 } else { 3 }, "{story}");
                assert_eq!(receiver.problems(), Vec::<String>::new(), "{story}");
            }
        }
    }
}

#[test]
fn what_got_no_answer_is_sent_again_with_the_same_id() {
    let redirect = Reply::empty(302).header("location", "http://127.0.0.1:9/");
    for fault in [
        Fault::CloseAfter,
        Fault::CloseBefore,
        Fault::applied_then_502(),
        Fault::Answer(redirect),
    ] {
        let (scene, receiver) = with_a_hook();
        scene.event("Rust night", 3);
        let story = format!("{fault:?}");
        receiver.server.fault(When::next(), fault);
        assert_eq!(deeds(&scene), ["create done"], "{story}");
        let requests = receiver.server.requests(0);
        assert_eq!(requests.len(), 2, "{story}");
        let id = |number: usize| requests[number].header("webhook-id").unwrap().to_owned();
        assert_eq!(id(0), id(1), "{story}");
        assert_eq!(receiver.told(), ["event.created Rust night"], "{story}");
    }
}

#[test]
fn after_the_loss_of_the_database_the_receiver_knows_the_same_ids() {
    let (scene, receiver) = with_a_hook();
    scene.event("Rust night", 3);
    deeds(&scene);
    scene.kronos.delete_state();
    assert_eq!(deeds(&scene), ["create done"]);
    assert_eq!(receiver.server.count(), 2);
    assert_eq!(receiver.told(), ["event.created Rust night"]);
}

#[test]
fn the_receivers_limit_is_honoured_and_everything_arrives() {
    let (scene, receiver) = with_a_hook();
    for number in 0..4 {
        scene.event(&format!("Evening {number}"), 3 + number);
    }
    receiver.limit(2, TimeDelta::milliseconds(800));
    assert_eq!(deeds(&scene), ["create done"; 4]);
    assert_eq!(receiver.told().len(), 4);
    assert!(receiver.server.count() <= 6, "{}", receiver.server.count());
}

#[test]
fn a_receiver_that_wants_nothing_more_is_left_alone_and_that_is_said() {
    let (scene, receiver) = with_a_hook();
    three_events(&scene);
    receiver.close();
    let run = scene.kronos.run().ends_with(4);
    assert_eq!(receiver.server.count(), 1);
    assert!(
        run.stdout.contains("wants nothing more (410)"),
        "{}",
        run.stdout
    );
    let run = scene.kronos.command(&["check"]).ends_with(4);
    assert!(
        run.stdout.contains("wants nothing more (410)"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_refused_change_stops_no_other_and_nothing_tells_the_path_or_the_secret() {
    let (scene, receiver) = with_a_hook();
    three_events(&scene);
    receiver
        .server
        .fault(When::next(), Fault::Answer(Reply::empty(422)));
    receiver.server.fault(When::exchange(2), Fault::CloseBefore);
    let run = scene.kronos.run_with(&["-vv"]).ends_with(3);
    let mut done = run.deeds("hook");
    done.sort();
    assert_eq!(done, ["create done", "create done", "create failed"]);
    let check = scene.kronos.command(&["check"]).ends_with(0);
    assert!(check.stdout.contains("127.0.0.1"), "{}", check.stdout);
    let database = std::fs::read(scene.kronos.path("state/kronos.db")).unwrap();
    let texts = [run.stdout, run.stderr, check.stdout, check.stderr];
    for secret in ["EXAMPLE-secret-path", &SECRET[6..20]] {
        assert!(texts.iter().all(|text| !text.contains(secret)), "{texts:?}");
        assert!(
            !database
                .windows(secret.len())
                .any(|part| part == secret.as_bytes())
        );
    }
}

/// Verifies each line, a body with its headers as JSON, with PyPI's `standardwebhooks`, and prints its type.
const VERIFY: &str = "
import json, sys
from standardwebhooks import Webhook
hook = Webhook(sys.argv[1])
for line in sys.stdin:
    message = json.loads(line)
    print(hook.verify(message['body'], message['headers'])['type'])
";

#[test]
fn an_independent_implementation_accepts_every_signature_and_no_other() {
    let (scene, receiver) = with_a_hook();
    let events = three_events(&scene);
    scene.event_with("Ünïcode ✨ \"quoted\" \u{2028}", 7, |entry| {
        entry.description("<p>漢字 &amp; 🦀</p>")
    });
    deeds(&scene);
    change(&scene, &events);
    deeds(&scene);
    let Some(python) = python(&["standardwebhooks"]) else {
        return;
    };
    let requests = receiver.server.requests(0);
    let lines: Vec<String> = requests
        .iter()
        .map(|request| {
            let headers: serde_json::Map<String, serde_json::Value> = request
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str().into()))
                .collect();
            let body = String::from_utf8(request.body.clone()).unwrap();
            serde_json::json!({"headers": headers, "body": body}).to_string()
        })
        .collect();
    let verify = |secret: &str| {
        let mut child = Command::new(&python)
            .args(["-c", VERIFY, secret])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        // A Python that has refused the first line reads no further one.
        let _ = input.write_all((lines.join("\n") + "\n").as_bytes());
        drop(input);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (String::from_utf8(output.stdout).unwrap(), said)
    };
    let (types, said) = verify(SECRET);
    assert_eq!(types.lines().count(), 7, "{said}");
    let (types, said) = verify("whsec_YW5vdGhlciBzZWNyZXQgdGhhdCBpcyBhcyBsb25n");
    assert_eq!(types, "");
    assert!(said.contains("No matching signature"), "{said}");
}

/// The receiver in the documentation, as people copy it.
fn documented_receiver() -> String {
    let page = include_str!("../../docs/webhook.md");
    let (_, rest) = page.split_once("```python\n").unwrap();
    let (program, _) = rest.split_once("```").unwrap();
    // The page indents it, as part of a list.
    let lines = program
        .lines()
        .map(|line| line.get(3..).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_receiver_in_the_documentation_tells_of_each_change_once() {
    let Some(python) = python(&["standardwebhooks"]) else {
        return;
    };
    let mut child = Command::new(python)
        .args(["-c", &documented_receiver(), "0"])
        .env("SECRET", SECRET)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || said.next().unwrap().unwrap();
    let port = next().rsplit(' ').next().unwrap().to_owned();
    let mut scene = Scene::new();
    to(&mut scene, &format!("http://127.0.0.1:{port}/"));
    let rust = scene.event("Rust night", 3);
    deeds(&scene);
    assert_eq!(next(), "event.created Rust night");
    // The same id once more.
    scene.kronos.delete_state();
    deeds(&scene);
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&rust, |entry| entry.title("Rust evening"))
    });
    deeds(&scene);
    assert_eq!(next(), "event.updated Rust evening");
    child.kill().unwrap();
    child.wait().unwrap();
}
