//! The message stream from end to end: a change at the source, signed, relayed, believed, and said in a room.

use super::matrix::share_to;
use super::scene::Scene;
use crate::support::fault::{Fault, Latch, When};
use crate::support::matrix::{self, Matrix, view};
use crate::support::stream::{PATIENCE, Service, Stage, message, next};
use crate::support::synapse::Synapse;
use kronos::zmtp;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

/// The usual scene with the message stream instead of the guild.
fn to_the_stream(stage: &Stage) -> Scene {
    let mut scene = Scene::new();
    let key = fs::read_to_string(stage.path("source.key_secret")).unwrap();
    let list = |url: String| format!("[{url:?}]");
    share_to(&mut scene, |bare| {
        bare.text("consumers.feed", "type", "stream")
            .key("consumers.feed", "submit", &list(stage.submit_url()))
            .key("consumers.feed", "publish", &list(stage.publish_url()))
            .text("consumers.feed", "prefix", "org.example.kronos")
            .secret("consumers.feed", "key", &key)
    });
    scene
}

fn deeds(scene: &Scene) -> Vec<String> {
    let mut deeds = scene.kronos.run().ends_with(0).deeds("feed");
    deeds.sort();
    deeds
}

/// A room at a homeserver: who speaks there, and who watches.
struct Place {
    url: String,
    alias: String,
    room: String,
    user: String,
    token: String,
    watcher: String,
}

impl Place {
    fn of(stand_in: &Matrix) -> Self {
        Self {
            url: stand_in.url(),
            alias: matrix::ALIAS.into(),
            room: matrix::ROOM.into(),
            user: matrix::USER.into(),
            token: matrix::TOKEN.into(),
            watcher: matrix::ALICE_TOKEN.into(),
        }
    }

    /// A private room, to which kronos is invited.
    fn at(synapse: &Synapse) -> Self {
        let (alice, kronos) = (synapse.user("alice"), synapse.user("kronos"));
        let room = synapse.room(&alice, "stream");
        synapse.invite(&alice, &room, &kronos);
        Self {
            url: synapse.url.clone(),
            alias: "#stream:kronos.test".into(),
            room,
            user: kronos.id,
            token: kronos.token,
            watcher: alice.token,
        }
    }

    /// A listener that posts to the room what `rules` fit.
    fn listening_for(&self, stage: &Stage, rules: &str) -> Service {
        stage.configure(&format!(
            "[consumers.room]\ntype = \"matrix\"\nhomeserver = {:?}\nroom = {:?}\naccess_token_file = \"token\"\n[[listen.rooms]]\nconsumer = \"room\"\nrules = {rules}\n[listen.rooms.templates]\n\"*.event-updated\" = \"changed: <b>{{{{ title }}}}</b>\"\n",
            self.url, self.alias
        ));
        fs::write(stage.path("token"), &self.token).unwrap();
        fs::set_permissions(
            stage.path("token"),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )
        .unwrap();
        let listener = stage.start(&["listen"]);
        listener.logs("listening");
        listener
    }

    /// What kronos said in the room, once it said so much.
    fn said(&self, count: usize) -> Vec<serde_json::Value> {
        let begun = Instant::now();
        loop {
            let events = view::events(&self.url, &self.watcher, &self.room);
            let mut said: Vec<_> = events
                .into_iter()
                .filter(|event| {
                    event["sender"] == self.user.as_str() && event["type"] == "m.room.message"
                })
                .map(|event| event["content"].clone())
                .collect();
            if said.len() >= count {
                said.reverse();
                return said;
            }
            assert!(begun.elapsed() < PATIENCE, "{said:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn an_edit_at_mobilizon_is_said_in_a_room_by_way_of_source_relay_and_listener() {
    let room = Matrix::start();
    room.close_the_door();
    room.invite();
    from_mobilizon_to(&Place::of(&room));
    assert!(room.is_in(), "it was invited");
}

#[test]
fn at_a_real_homeserver_it_is_said_in_a_room_to_which_the_listener_was_invited() {
    if let Some(synapse) = Synapse::start() {
        from_mobilizon_to(&Place::at(&synapse));
    }
}

fn from_mobilizon_to(place: &Place) {
    let stage = Stage::new();
    let relay = stage.relay();
    let rules = "[{ tag = \"org.example.kronos.event-*\", title = \"Rust*\" }]";
    let listener = place.listening_for(&stage, rules);
    let scene = to_the_stream(&stage);
    let event = scene.event("Rust & <night>", 3);
    scene.event("Board games", 5);
    assert_eq!(deeds(&scene), ["create done"; 2]);
    assert!(deeds(&scene).is_empty());
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&event, |entry| entry.title("Rust <evening>"))
    });
    assert_eq!(deeds(&scene), ["update done"]);

    let said = place.said(2);
    assert_eq!(said.len(), 2);
    let text = |at: usize, key: &str| said[at][key].as_str().unwrap().to_owned();
    assert!(text(0, "body").starts_with("Rust & <night> ("));
    assert!(text(0, "formatted_body").contains("Rust &amp; &lt;night&gt;"));
    assert_eq!(text(1, "body"), "changed: Rust <evening>");
    assert_eq!(
        text(1, "formatted_body"),
        "changed: <b>Rust &lt;evening&gt;</b>"
    );
    listener.stop();
    relay.stop();
}

#[tokio::test]
async fn creations_edits_cancellations_and_deletions_are_submitted_once_each() {
    let stage = Stage::new();
    let relay = stage.relay();
    let mut sink = stage.sink().await;
    let scene = to_the_stream(&stage);
    let (event, gone) = (scene.event("Rust night", 3), scene.event("Board games", 5));
    deeds(&scene);
    scene.at_rest(|| {
        scene
            .mobilizon
            .edit(&event, |entry| entry.title("Rust evening"))
    });
    deeds(&scene);
    scene.at_rest(|| scene.mobilizon.cancel(&event));
    scene.mobilizon.delete(&gone);
    deeds(&scene);
    assert!(deeds(&scene).is_empty());
    relay.stop();
    let mut seen = Vec::new();
    while let Ok(zmtp::Incoming::Message(parts)) = sink.receive().await {
        let value: serde_json::Value = serde_json::from_slice(&parts[1]).unwrap();
        let tag = value["tag"].as_str().unwrap().to_owned();
        seen.push((tag, value["uuid"].clone(), value["data"]["title"].clone()));
    }
    seen.dedup();
    let mut kinds: Vec<&str> = seen
        .iter()
        .map(|(tag, ..)| tag.rsplit('-').next().unwrap())
        .collect();
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        ["cancelled", "created", "created", "deleted", "updated"]
    );
}

#[test]
fn what_was_told_of_one_event_is_not_taken_for_what_was_told_of_another() {
    let stage = Stage::new();
    let relay = stage.relay();
    let scene = to_the_stream(&stage);
    let mut events: Vec<String> = (3..6).map(|day| scene.event("Rust night", day)).collect();
    events.sort();
    let [first, middle, last] = &events[..] else {
        unreachable!()
    };
    let edit = |key: &str, title: &str| {
        scene.at_rest(|| scene.mobilizon.edit(key, |entry| entry.title(title)));
    };
    deeds(&scene);
    for key in [first, last] {
        scene.at_rest(|| scene.mobilizon.cancel(key));
    }
    assert_eq!(deeds(&scene), ["cancel done", "cancel done"]);
    for key in &events {
        edit(key, "Rust evening");
    }
    assert_eq!(deeds(&scene), ["update done"; 3]);
    scene.at_rest(|| scene.mobilizon.cancel(middle));
    for key in [first, last] {
        edit(key, "Rust afternoon");
    }
    assert_eq!(deeds(&scene), ["cancel done", "update done", "update done"]);
    relay.stop();
}

#[test]
fn without_a_relay_a_message_waits_and_is_submitted_when_there_is_one() {
    let stage = Stage::new();
    let scene = to_the_stream(&stage);
    scene.event("Rust night", 3);
    let run = scene.kronos.run().ends_with(3);
    assert!(
        run.stdout.contains("without it nobody can tell"),
        "{}",
        run.stdout
    );
    let relay = stage.relay();
    assert_eq!(deeds(&scene), ["create done"]);
    relay.stop();
}

#[test]
fn what_does_not_come_back_is_submitted_again_under_the_same_uuid() {
    let stage = Stage::new();
    fs::remove_file(stage.path("trusted/source.key")).unwrap();
    let relay = stage.relay();
    let listener = stage.start(&["listen"]);
    listener.logs("listening");
    let scene = to_the_stream(&stage);
    scene.event("Rust night", 3);
    let running = scene.kronos.start(&[]);
    let dropped = relay.logs("nobody who signed it is trusted");
    let uuid = dropped
        .split("uuid=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();

    stage.done(&["key", "trust", "source.key"]);
    assert_eq!(listener.json()["uuid"], uuid);
    assert_eq!(running.wait().ends_with(0).deeds("feed"), ["create done"]);
    assert!(deeds(&scene).is_empty());
}

#[tokio::test]
async fn a_message_starts_a_run_and_a_burst_one_more() {
    let stage = Stage::new();
    let relay = stage.relay();
    let scene = Scene::new();
    scene.event("Rust night", 3);
    let provider = format!(
        "[providers.space]\ntype = \"mobilizon\"\nurl = {:?}\ngroups = [\"hackerspace\"]\n[consumers.calendar]\ntype = \"ical\"\npath = \"events.ics\"\n[store]\npath = \"kronos.db\"\n[[listen.on]]\ntag = \"org.example.kronos.*\"\nrun = [\"sync\"]\n",
        scene.mobilizon.url()
    );
    stage.configure(&provider);
    let listener = stage.start(&["listen"]);
    listener.logs("listening");
    let (_replies, mut writer) = stage.source().await;
    let mut sink = stage.sink().await;
    let signer = stage.signer("source");
    let latch = Latch::new();
    scene
        .mobilizon
        .server
        .fault(When::next(), Fault::HoldBefore(latch.clone()));
    for number in 0..100 {
        let bytes = message(&signer, number).to_bytes();
        writer.send(&zmtp::encode(&[&bytes])).await.unwrap();
        next(&mut sink).await;
        if number == 0 {
            listener.logs("a message starts it");
            latch.wait_until_reached();
        }
    }
    latch.open();
    listener.logs("done run=\"sync\"");
    assert!(
        fs::read_to_string(stage.path("events.ics"))
            .unwrap()
            .contains("Rust night")
    );
    // All that came during the first run is one more.
    listener.logs("a message starts it");
    listener.logs("done run=\"sync\"");
    let lines = listener.stop();
    let more = lines
        .iter()
        .filter(|line| line.contains("a message starts it"));
    assert!(more.count() <= 2, "{lines:?}");
    relay.stop();
}
