//! `kronos key`, `kronos listen`, and how both services behave under a service manager.

use crate::support::stream::{Stage, message, next};
use kronos::zmtp;
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_key_is_made_shown_and_trusted() {
    let stage = Stage::new();
    let shown = stage.done(&["key", "show", "source.key"]);
    assert!(
        shown.starts_with("id     source\n") && shown.contains("ed25519:0 "),
        "{shown}"
    );
    assert!(shown.contains("the public half"));
    assert!(
        stage
            .done(&["key", "show", "source.key_secret"])
            .contains("give it to nobody")
    );
    let secret = fs::read_to_string(stage.path("source.key_secret")).unwrap();
    assert!(secret.contains("signing-key"));
    assert!(!shown.contains(secret.split("signing-key = ").nth(1).unwrap().trim()));
    let mode = fs::metadata(stage.path("source.key_secret"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_key_is_never_overwritten_and_its_id_is_a_files_name() {
    let stage = Stage::new();
    let before = fs::read(stage.path("source.key_secret")).unwrap();
    let code = |words: &[&str]| stage.command(words).output().unwrap().status.code();
    assert_eq!(code(&["key", "new", "source", "."]), Some(1));
    assert_eq!(fs::read(stage.path("source.key_secret")).unwrap(), before);
    assert_eq!(code(&["key", "trust", "source.key"]), Some(1));
    assert_eq!(code(&["key", "new", "a/b", "."]), Some(2));
    assert_eq!(code(&["key", "new", "x", "--name", "a\"b", "."]), Some(2));
    assert_eq!(code(&["key", "show", "kronos.toml"]), Some(1));
}

#[test]
fn a_relay_whose_key_others_can_read_does_not_start() {
    let stage = Stage::new();
    let path = stage.path("relay.key_secret");
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    let output = stage.command(&["relay"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("kronos.toml:6: relay.key_file") && said.contains("chmod 600"),
        "{said}"
    );
}

#[test]
fn a_service_tells_its_manager_that_it_is_ready_alive_and_stopping() {
    let stage = Stage::new();
    for command in ["relay", "listen"] {
        let service = stage.start(&[command]);
        service.is_told("WATCHDOG=1");
        service.is_told("WATCHDOG=1");
        service.signal("TERM");
        service.is_told("STOPPING=1");
        service.ends_well();
    }
}

#[test]
fn two_relays_cannot_have_one_endpoint() {
    let stage = Stage::new();
    let _relay = stage.relay();
    let output = stage.command(&["relay"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is another relay running?"));
}

#[tokio::test]
async fn a_listener_prints_each_message_once_and_comes_back_after_a_relay_did() {
    let stage = Stage::new();
    let mut relay = stage.relay();
    let mut listener = stage.start(&["listen", "--tag", "org.example.kronos.", "--count", "2"]);
    listener.logs("listening");
    let signer = stage.signer("source");
    let mut numbers = Vec::new();
    for number in [1, 2] {
        let (_replies, mut writer) = stage.source().await;
        let mut sink = stage.sink().await;
        let bytes = zmtp::encode(&[&message(&signer, number).to_bytes()]);
        for _ in 0..3 {
            writer.send(&bytes).await.unwrap();
            next(&mut sink).await;
        }
        numbers.push(listener.json()["data"]["number"].as_u64().unwrap());
        if number == 1 {
            relay.kill();
            relay = stage.relay();
            listener.logs("listening");
        }
    }
    assert_eq!(numbers, [1, 2]);
    assert!(listener.wait().success());
}

#[tokio::test]
async fn a_listener_hears_only_the_tags_that_it_asked_for() {
    let stage = Stage::new();
    let _relay = stage.relay();
    let listener = stage.start(&["listen", "--tag", "org.example.kronos.n", "--tag", "x"]);
    listener.logs("listening");
    let signer = stage.signer("source");
    let (_replies, mut writer) = stage.source().await;
    for (tag, number) in [
        ("org.example.kronos.other", 1),
        ("org.example.kronos.news", 2),
    ] {
        let mut message = kronos::stream::Message::compose(kronos::stream::Draft {
            tag,
            uuid: tag,
            time: "2026-11-21T20:00:00",
            origin: "host",
            data: serde_json::json!({"number": number}),
        })
        .unwrap();
        message.sign(&signer);
        writer
            .send(&zmtp::encode(&[&message.to_bytes()]))
            .await
            .unwrap();
    }
    assert_eq!(listener.json()["data"]["number"], 2);
    listener.stop();
}

#[tokio::test]
async fn a_listener_believes_nobody_whom_it_does_not_trust() {
    let stage = Stage::new();
    let _relay = stage.relay();
    fs::create_dir(stage.path("nobody")).unwrap();
    let text = fs::read_to_string(stage.path("kronos.toml")).unwrap();
    let at = text.find("[listen]").unwrap();
    let (head, tail) = text.split_at(at);
    fs::write(
        stage.path("kronos.toml"),
        format!("{head}{}", tail.replace("trusted\"", "nobody\"")),
    )
    .unwrap();
    let listener = stage.start(&["listen"]);
    listener.logs("nobody is trusted");
    listener.logs("listening");
    let (_replies, mut writer) = stage.source().await;
    let bytes = zmtp::encode(&[&message(&stage.signer("source"), 1).to_bytes()]);
    writer.send(&bytes).await.unwrap();
    listener.logs("nobody who signed it is trusted");
    listener.stop();
}

#[test]
fn a_mistake_in_the_configuration_is_named_with_its_line() {
    let stage = Stage::new();
    for (more, wanted) in [
        (
            "[[listen.on]]\ntag = \"a.*\"\nrun = [\"sync\"]\n[[listen.on]]\ntags = \"b\"\n",
            ":15: listen.on.1.tags: this key is not known; did you mean \"tag\"?",
        ),
        (
            "[[listen.on]]\ntag = \"[\"\nrun = [\"sync\"]\n",
            ":12: listen.on.0.tag: \"[\" is no glob",
        ),
        (
            "[[listen.on]]\ntag = \"a\"\nrun = []\n",
            ":13: listen.on.0.run: is missing",
        ),
        (
            "[[listen.on]]\ntag = \"a\"\nrun = [\"snyc\"]\n",
            "\"snyc\" is no command of kronos",
        ),
        (
            "[[listen.on]]\ntag = \"a\"\nrun = [\"relay\"]\n",
            "does not come to an end",
        ),
        (
            "[listne]\n",
            ":11: listne: this key is not known; did you mean \"listen\"?",
        ),
    ] {
        stage.configure(more);
        let output = stage.command(&["listen"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains(wanted), "{more}: {said}");
    }
}
