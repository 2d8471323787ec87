//! Texts in the operator's own words: what a changed, a wrong and a failing template come to, and what a preview shows.

use super::scene::Scene;
use crate::support::discord::Discord;
use crate::support::kronos::{Kronos, Run};
use chrono::TimeDelta;

/// Fails for the event of that title only.
const FAILS_FOR_RADIO: &str =
    "{% if title == \"Radio\" %}{{ tags[7].name }}{% endif %}{{ title }}, as we say";

fn names(discord: &Discord) -> Vec<String> {
    let mut names: Vec<String> = discord.live().into_iter().map(|item| item.name).collect();
    names.sort();
    names
}

fn reasons(run: &Run) -> Vec<String> {
    let reason = |operation: &serde_json::Value| {
        operation["reason"].as_str().unwrap_or_default().to_string()
    };
    run.operations("guild").iter().map(reason).collect()
}

#[test]
fn a_changed_template_changes_each_event_once_at_the_services_pace_and_then_all_is_quiet() {
    let mut scene = Scene::new();
    scene.discord.limit(3, TimeDelta::milliseconds(300));
    for number in 0..7 {
        scene.event(&format!("Event {number}"), 3 + number);
    }
    assert_eq!(scene.deeds().len(), 7);
    for source in [
        "{{ title }} at {{ begins | time(\"%H:%M\") }}",
        "{{ title }}, later",
    ] {
        scene.kronos.template("discord.name", source);
        let run = scene.kronos.run().ends_with(0);
        assert_eq!(run.deeds("guild"), ["update done"; 7]);
        assert_eq!(
            run.operations("guild")[0]["fields"],
            serde_json::json!(["title"])
        );
        assert_eq!(scene.discord.exceeded(), 0, "no 429");
        let (run, _, sent) = scene.run_counting();
        assert_eq!((run.ends_with(0).deeds("guild"), sent), (vec![], 0));
    }
    assert_eq!(names(&scene.discord)[0], "Event 0, later");
    scene.kronos.remove("templates");
    assert_eq!(
        scene.deeds(),
        ["update done"; 7],
        "the program's own words again"
    );
    assert_eq!(scene.run_counting().2, 0);
}

#[test]
fn a_template_that_says_what_the_program_says_changes_nothing() {
    let mut scene = Scene::new();
    scene.event("Rust night", 3);
    scene.deeds();
    let folder = scene.kronos.path("templates");
    let init = ["init", "--templates", &folder.display().to_string()];
    scene.kronos.command(&init).ends_with(0);
    scene.kronos.set("templates", "path", "\"templates\"");
    assert!(scene.deeds().is_empty());
    scene.kronos.command(&init).ends_with(0);
}

#[test]
fn a_wrong_template_is_found_before_anything_is_asked_and_by_check() {
    let mut scene = Scene::new();
    scene.event("Rust night", 3);
    scene
        .kronos
        .template("discord.description", "One\n{{ titel }}");
    let before = scene.mobilizon.server.count() + scene.discord.server.count();
    let run = scene.kronos.run().ends_with(4);
    assert!(
        run.stderr
            .contains("templates/discord.description.jinja:2: \"titel\": there is no such field"),
        "{}",
        run.stderr
    );
    let check = scene.kronos.command(&["check", "--offline"]).ends_with(4);
    assert!(
        check.stdout.contains("discord.description.jinja:2: "),
        "{}",
        check.stdout
    );
    assert_eq!(
        scene.mobilizon.server.count() + scene.discord.server.count(),
        before
    );
    scene.kronos.template("discord.description", "fine");
    scene.kronos.template("discord.text", "not fine");
    let run = scene.kronos.run().ends_with(4);
    for part in [
        "discord.text.jinja: no text has this name",
        "discord.name.jinja",
    ] {
        assert!(run.stderr.contains(part), "{}", run.stderr);
    }
}

#[test]
fn a_template_that_fails_for_one_event_holds_up_that_event_alone_and_takes_nothing_away() {
    let mut scene = Scene::new();
    scene.event("Rust night", 3);
    scene.event("Radio", 4);
    scene.deeds();
    scene.kronos.template("discord.name", FAILS_FOR_RADIO);
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("guild"), ["update done", "update failed"]);
    let reason = &reasons(&run)[1];
    for part in ["discord.name.jinja:1: ", "tags[7].name"] {
        assert!(reason.contains(part), "{reason}");
    }
    assert_eq!(run.operations("guild")[1]["title"], "Radio");
    assert_eq!(names(&scene.discord), ["Radio", "Rust night, as we say"]);

    scene.event("Repair café", 5);
    let run = scene.kronos.run().ends_with(0);
    assert_eq!(
        run.deeds("guild"),
        ["update failed", "create done"],
        "it is told of still"
    );
    assert_eq!(scene.discord.live().len(), 3);

    scene
        .kronos
        .template("discord.name", "{{ title }}, as we say");
    assert_eq!(scene.deeds(), ["update done"], "mended");
    assert!(scene.deeds().is_empty());
}

#[test]
fn an_event_whose_template_fails_is_not_created_but_called_off_and_deleted_like_any_other() {
    let mut scene = Scene::new();
    scene.kronos.template("discord.name", FAILS_FOR_RADIO);
    let radio = scene.event("Radio", 3);
    let run = scene.kronos.run().ends_with(3);
    assert_eq!(run.deeds("guild"), ["create failed"]);
    assert!(scene.discord.items().is_empty());
    scene.kronos.template("discord.name", "{{ title }}");
    scene.deeds();
    scene.kronos.template("discord.name", FAILS_FOR_RADIO);
    scene.kronos.run().ends_with(3);
    scene.at_rest(|| scene.mobilizon.cancel(&radio));
    assert_eq!(scene.deeds(), ["cancel done"]);
    assert!(scene.discord.live().is_empty());
}

#[test]
fn a_consumers_own_folder_goes_before_the_shared_one() {
    let mut scene = Scene::new();
    scene.event("Rust night", 3);
    scene.kronos.template("discord.name", "shared {{ title }}");
    scene.kronos.template("discord.location", "shared place");
    let own = scene.kronos.path("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("discord.name.jinja"), "own {{ title }}").unwrap();
    scene.kronos.set("consumers.guild", "templates", "\"own\"");
    scene.deeds();
    let item = &scene.discord.live()[0];
    assert_eq!(item.name, "own Rust night");
    assert_eq!(item.location, "shared place");
}

#[test]
fn a_calendar_file_takes_its_words_from_templates_too() {
    let scene = Scene::new();
    let mut kronos = Kronos::new()
        .mobilizon("space", &scene.mobilizon, &["hackerspace"])
        .ical("calendar");
    scene.event("Rust night", 3);
    kronos.run().ends_with(0);
    let source = "{{ when }}\n{{ description }}\n{{ url }} is where";
    kronos.template("ical.description", source);
    assert_eq!(kronos.run().ends_with(0).deeds("calendar"), ["update done"]);
    assert!(kronos.run().ends_with(0).deeds("calendar").is_empty());
    let shown = std::fs::read_to_string(kronos.calendar("calendar")).unwrap();
    assert!(shown.contains("is where"), "{shown}");
}

#[test]
fn a_preview_is_what_then_stands_there_asks_no_consumer_and_changes_nothing() {
    let mut scene = Scene::new();
    scene
        .kronos
        .template("discord.name", "{{ title }}, as we say");
    let uuid = scene.event("Rust night", 3);
    scene.event("Radio", 4);
    let url = scene.mobilizon.event_url(&uuid);
    let preview = |kronos: &Kronos, wanted: &str| {
        kronos.command(&["preview", wanted, "--consumer", "guild", "--format", "json"])
    };
    let files = scene.kronos.state_files();
    let first = preview(&scene.kronos, "Rust").ends_with(0).report;
    for wanted in [&url, &uuid, "rust night"] {
        let run = preview(&scene.kronos, wanted).ends_with(0);
        assert_eq!(run.report, first);
    }
    assert_eq!(scene.kronos.state_files(), files, "before the first run");
    scene.deeds();
    let (files, sent) = (scene.kronos.state_files(), scene.discord.server.count());
    for wanted in [&url, &uuid, "rust night"] {
        let run = preview(&scene.kronos, wanted).ends_with(0);
        assert_eq!(run.report, first);
    }
    assert_eq!(
        (scene.kronos.state_files(), scene.discord.server.count()),
        (files, sent)
    );
    let item = &scene.discord.live_with(&url)[0];
    assert_eq!(first["texts"]["discord.name"], item.name.as_str());
    assert_eq!(first["payload"]["description"], item.description.as_str());
    let text = scene
        .kronos
        .command(&["preview", "Rust", "--consumer", "guild"])
        .ends_with(0);
    assert!(
        text.stdout
            .contains("discord.name\n    Rust night, as we say\n"),
        "{}",
        text.stdout
    );
}

#[test]
fn a_preview_that_cannot_be_made_says_why() {
    let mut scene = Scene::new();
    scene.event("Rust night", 3);
    scene.event("Rust evening", 4);
    let told = |kronos: &Kronos, wanted: &str, consumer: &str, code: i32| {
        let arguments = ["preview", wanted, "--consumer", consumer];
        kronos.command(&arguments).ends_with(code).stderr
    };
    assert!(told(&scene.kronos, "rust", "guild", 1).contains("2 events fit"));
    scene.deeds();
    assert!(told(&scene.kronos, "Rust night", "gild", 2).contains("there is guild"));
    assert!(told(&scene.kronos, "Cobol", "guild", 1).contains("no event is known by"));
    assert!(told(&scene.kronos, "rust", "guild", 1).contains("2 events fit"));
    scene.kronos.template("discord.name", FAILS_FOR_RADIO);
    scene.event("Radio", 5);
    let problem = told(&scene.kronos, "Radio", "guild", 4);
    assert!(
        problem.contains("discord.name.jinja:1: ") && problem.contains("Radio"),
        "{problem}"
    );
}
