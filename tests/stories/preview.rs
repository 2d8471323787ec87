//! A dry run changes nothing, anywhere, and says exactly what the next run does.

use super::scene::Scene;

fn changed_world() -> Scene {
    let scene = Scene::new();
    let (edited, deleted) = (scene.event("Rust night", 3), scene.event("Repair café", 5));
    scene.deeds();
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&edited, |entry| entry.title("Rust evening"))
    });
    scene.mobilizon.delete(&deleted);
    scene.event("Radio", 7);
    scene
}

#[test]
fn it_announces_exactly_what_the_next_run_does() {
    let scene = changed_world();
    let files = scene.kronos.state_files();
    let items = scene.discord.items().len();
    let dry = scene.kronos.dry_run().ends_with(0);
    assert_eq!(
        scene.kronos.state_files(),
        files,
        "every file of the state is as it was"
    );
    assert_eq!(scene.discord.items().len(), items);
    let writes = scene
        .discord
        .server
        .requests(0)
        .into_iter()
        .filter(|request| request.method != "GET")
        .count();
    let run = scene.kronos.run().ends_with(0);
    let after = scene
        .discord
        .server
        .requests(0)
        .into_iter()
        .filter(|request| request.method != "GET")
        .count();
    assert_eq!((dry.plan(), after - writes), (run.plan(), 3));
    let told = |deeds: Vec<String>| {
        deeds
            .into_iter()
            .map(|deed| deed.replace("planned", "done"))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(dry.deeds("guild")), run.deeds("guild"));
    assert_eq!(
        dry.operations("guild")[1]["fields"],
        run.operations("guild")[1]["fields"]
    );
}

#[test]
fn it_works_before_the_first_run_and_adds_no_file() {
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let files = scene.kronos.state_files();
    let dry = scene.kronos.dry_run().ends_with(0);
    assert_eq!(dry.deeds("guild"), ["create planned"]);
    assert_eq!(scene.kronos.state_files(), files);
    assert_eq!(scene.kronos.run().ends_with(0).plan(), dry.plan());
}

#[test]
fn with_exit_code_it_ends_in_5_while_changes_are_pending() {
    let scene = changed_world();
    scene
        .kronos
        .run_with(&["--dry-run", "--exit-code"])
        .ends_with(5);
    scene.kronos.run().ends_with(0);
    scene
        .kronos
        .run_with(&["--dry-run", "--exit-code"])
        .ends_with(0);
}

#[test]
fn its_text_names_each_change_and_closes_with_a_line() {
    let scene = changed_world();
    let text = scene
        .kronos
        .command(&["sync", "--dry-run", "--color", "never"])
        .ends_with(0)
        .stdout;
    for part in [
        "guild (discord)",
        "~ Rust evening",
        "title",
        "Rust night → Rust evening",
        "− Repair café",
        "+ Radio",
        "3 planned.",
    ] {
        assert!(text.contains(part), "{part:?} is missing in:\n{text}");
    }
}
