//! Nothing is asked of hosts that nobody configured: not by pictures, not by redirects, not without encryption.

use super::stage::{DISCORD, MEETUP, MOBILIZON, Service, Stage, is_orderly};
use crate::stories::scene::{Scene, in_days};
use crate::support::exchange::Reply;
use crate::support::fault::{Fault, When};
use crate::support::server::Server;
use serde_json::json;

/// A server that nobody configured.
fn stranger() -> Server {
    Server::start(|_| Reply::json(200, &json!({"access_token": "stolen", "data": {}})))
}

#[test]
fn no_redirect_is_followed() {
    for exchange in MOBILIZON.iter().chain(DISCORD).chain(MEETUP) {
        for status in [301, 302, 303, 307, 308] {
            let stage = Stage::set(exchange.stage);
            let stranger = stranger();
            let to = format!("{}/api", stranger.url());
            let reply = Reply::html(status, "Elsewhere").header("location", to);
            let server = match exchange.at_source {
                true => &*stage.scene.mobilizon.server,
                false => stage.server(),
            };
            server.fault(When::that(exchange.is), Fault::Answer(reply));
            is_orderly(&stage.scene.kronos.run()).unwrap();
            let name = exchange.name;
            assert_eq!(stranger.count(), 0, "{status} at {name} was followed");
            // One status at each exchange is enough where all are treated alike; the reading of the source meets all.
            if exchange.name != "probe" {
                break;
            }
        }
    }
}

#[test]
fn a_picture_on_another_host_is_not_fetched() {
    for service in [Service::Discord, Service::Meetup] {
        let stage = Stage::set(service);
        let stranger = stranger();
        let Scene { mobilizon, .. } = &stage.scene;
        let mut picture = mobilizon.picture("poster.png", "image/png", b"\x89PNG\r\n\x1a\n");
        picture["url"] = json!(format!("{}/media/poster.png", stranger.url()));
        let begins = in_days(9);
        mobilizon.event("hackerspace", |entry| {
            entry
                .title("With a picture")
                .begins(begins)
                .picture(picture)
        });
        let run = stage.scene.kronos.run().ends_with(0);
        assert_eq!(stranger.count(), 0);
        let operations = run.operations(stage.consumer());
        let told = operations
            .iter()
            .find(|operation| operation["title"] == "With a picture")
            .unwrap();
        assert_eq!(
            told["outcome"], "done",
            "a missing picture stops no event: {told}"
        );
        assert!(
            told["reason"].is_string(),
            "it says that there is none: {told}"
        );
    }
}

#[test]
fn a_redirected_picture_is_not_fetched() {
    let stage = Stage::set(Service::Discord);
    let stranger = stranger();
    let Scene { mobilizon, .. } = &stage.scene;
    let picture = mobilizon.picture("poster.png", "image/png", b"\x89PNG\r\n\x1a\n");
    let begins = in_days(9);
    mobilizon.event("hackerspace", |entry| {
        entry
            .title("With a picture")
            .begins(begins)
            .picture(picture)
    });
    let to = Reply::empty(302).header("location", format!("{}/poster.png", stranger.url()));
    let media = When::request("GET", "/media/").always();
    mobilizon.server.fault(media, Fault::Answer(to));
    stage.scene.kronos.run().ends_with(0);
    assert_eq!(stranger.count(), 0);
}

#[test]
fn plain_http_beyond_this_machine_is_a_mistake_in_the_configuration() {
    for (section, key) in [
        ("providers.space", "url"),
        ("consumers.guild", "api_url"),
        ("consumers.city", "api_url"),
        ("consumers.city", "token_url"),
    ] {
        for host in [
            "http://example.org/",
            "http://192.0.2.7/",
            "http://127.0.0.1.example.org/",
        ] {
            let mut stage = Stage::set(match section {
                "consumers.city" => Service::Meetup,
                _ => Service::Discord,
            });
            let before = stage.scene.mobilizon.server.count() + stage.server().count();
            stage.scene.kronos.set(section, key, &format!("{host:?}"));
            let run = stage.scene.kronos.run().ends_with(4);
            assert!(run.stderr.contains(key), "{}", run.stderr);
            assert!(run.stderr.contains("https"), "{}", run.stderr);
            let after = stage.scene.mobilizon.server.count() + stage.server().count();
            assert_eq!(after, before, "something was asked");
        }
    }
}
