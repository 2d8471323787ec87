//! A health check is told of the start and the end of every run, and of runs that could not begin.

use crate::stories::scene::Scene;
use crate::support::exchange::Reply;
use crate::support::fault::{Fault, Latch, When};
use crate::support::server::Server;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const SECRET: &str = "0c3a1f6e-secret-uuid";

/// A scene whose runs are told to a health check, which answers everything with `status`.
fn watched(status: u16) -> (Scene, Server) {
    let server = Server::start(move |_| Reply::empty(status).header("content-length", 0));
    let mut scene = Scene::new();
    let url = format!("{}/{SECRET}", server.url());
    scene
        .kronos
        .set("monitor", "ping_url", &toml::Value::from(url).to_string());
    (scene, server)
}

/// What the health check was told: the path after its secret, and the body.
fn told(server: &Server) -> Vec<(String, String)> {
    let requests = server.requests(0).into_iter();
    requests
        .map(|request| {
            assert_eq!(request.method, "POST");
            let path = request.path.strip_prefix(&format!("/{SECRET}")).unwrap();
            (path.to_owned(), String::from_utf8(request.body).unwrap())
        })
        .collect()
}

fn paths(server: &Server) -> Vec<String> {
    told(server).into_iter().map(|(path, _)| path).collect()
}

#[test]
fn a_run_tells_of_its_start_and_of_its_end_with_the_report() {
    let (scene, server) = watched(200);
    scene.event("Rust night", 3);
    scene.deeds();
    let told = told(&server);
    assert_eq!(told[0], ("/start".into(), String::new()));
    assert_eq!(told[1].0, "/0");
    assert!(told[1].1.contains("+ Rust night"), "{}", told[1].1);
    assert!(told[1].1.ends_with("1 done.\n"));
    assert_eq!(told.len(), 2);
}

#[test]
fn a_dry_run_and_other_commands_tell_nothing() {
    let (scene, server) = watched(200);
    scene.kronos.dry_run().ends_with(0);
    scene.kronos.command(&["check"]).ends_with(0);
    scene.kronos.command(&["status"]).ends_with(0);
    scene.kronos.run_with(&["--provider", "spce"]).ends_with(2);
    assert!(paths(&server).is_empty());
}

#[test]
fn a_run_that_cannot_begin_tells_its_code_and_why() {
    let (mut scene, server) = watched(200);
    let token = scene.kronos.path("consumers.guild.token");
    fs::set_permissions(&token, fs::Permissions::from_mode(0o644)).unwrap();
    scene.kronos.run().ends_with(4);
    assert_eq!(paths(&server), ["/4"]);
    assert!(told(&server)[0].1.contains("chmod 600"));
    fs::set_permissions(&token, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(scene.kronos.path("state/kronos.db"), [b'x'; 4096]).unwrap();
    scene.kronos.run().ends_with(1);
    assert_eq!(paths(&server)[1..], ["/1"]);
    scene.kronos.set("sync", "settle", "5");
    scene.kronos.run().ends_with(4);
    assert_eq!(paths(&server)[2..], ["/4"]);
}

#[test]
fn while_another_run_is_under_way_nothing_is_told() {
    let (scene, server) = watched(200);
    scene.event("Rust night", 3);
    let latch = Latch::new();
    let posts = When::that(|request| request.method == "POST");
    scene
        .discord
        .server
        .fault(posts, Fault::HoldBefore(latch.clone()));
    let run = scene.kronos.start(&[]);
    latch.wait_until_reached();
    scene.kronos.run().ends_with(75);
    assert_eq!(paths(&server), ["/start"]);
    latch.open();
    run.wait().ends_with(0);
    assert_eq!(paths(&server), ["/start", "/0"]);
}

#[test]
fn a_health_check_that_fails_changes_nothing_and_its_url_is_never_shown() {
    let (scene, server) = watched(404);
    let run = scene.kronos.command(&["sync", "-vv"]).ends_with(0);
    assert!(
        run.stderr.contains("127.0.0.1 was not told (404)"),
        "{}",
        run.stderr
    );
    server.go_away();
    let away = scene.kronos.command(&["sync", "-vv"]).ends_with(0);
    assert!(
        away.stderr.contains("127.0.0.1 was not told"),
        "{}",
        away.stderr
    );
    let check = scene.kronos.command(&["check", "-vv"]).ends_with(0);
    for run in [run, away, check] {
        assert!(!run.stderr.contains(SECRET), "{}", run.stderr);
        assert!(!run.stdout.contains(SECRET), "{}", run.stdout);
    }
}
