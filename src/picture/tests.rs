use super::*;
use crate::clock::SystemClock;
use crate::http::scripted::{Line, Script};
use std::rc::Rc;
use std::time::Duration;

const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0;";

fn says(status: u16, kind: &str, body: &[u8]) -> Line {
    Line {
        status,
        headers: vec![("content-type", kind.into())],
        body: body.to_vec(),
    }
}

async fn fetched(script: &Script, url: &str) -> Result<Picture, String> {
    let http = Http::new(Rc::new(SystemClock), Duration::from_secs(5), "test");
    let key = EventKey::new(format!("{}/events/1", script.url));
    let fetched = fetch(&http, &key, url, 1_000).await;
    fetched.map_err(|missing| missing.to_string())
}

#[tokio::test]
async fn a_picture_of_the_events_own_host_is_fetched_whatever_type_it_claims() {
    let script = Script::play(vec![says(200, "text/html", GIF)]);
    let picture = fetched(&script, &format!("{}/media/a", script.url))
        .await
        .unwrap();
    assert_eq!(
        (picture.bytes.as_slice(), picture.format),
        (GIF, Format::Gif)
    );
    let heard = script.heard();
    assert_eq!(heard[0].line, "GET /media/a HTTP/1.1");
    assert!(
        heard[0]
            .header("user-agent")
            .unwrap()
            .starts_with("kronos/")
    );
    assert_eq!(heard[0].header("authorization"), None);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let line = says(302, "text/html", b"").with("location", "http://127.0.0.1:1/");
    let script = Script::play(vec![line]);
    let problem = fetched(&script, &format!("{}/a", script.url))
        .await
        .unwrap_err();
    assert!(problem.contains("302"), "{problem}");
}

#[tokio::test]
async fn a_page_that_calls_itself_a_picture_is_left_out() {
    let script = Script::play(vec![says(200, "image/png", b"<html>")]);
    let problem = fetched(&script, &format!("{}/a", script.url))
        .await
        .unwrap_err();
    assert!(problem.starts_with("the picture was left out"), "{problem}");
}

#[tokio::test]
async fn a_picture_without_an_end_is_left_out() {
    let script = Script::play(vec![says(
        200,
        "image/gif",
        &vec![b'G'; LARGEST_DOWNLOAD + 1],
    )]);
    let problem = fetched(&script, &format!("{}/a", script.url))
        .await
        .unwrap_err();
    assert!(problem.contains("larger than"), "{problem}");
}

#[tokio::test]
async fn another_host_is_never_asked() {
    let (home, other) = (
        Script::play(Vec::new()),
        Script::play(vec![says(200, "image/gif", GIF)]),
    );
    let problem = fetched(&home, &format!("{}/a.gif", other.url))
        .await
        .unwrap_err();
    assert!(problem.contains("not on the event's own host"), "{problem}");
    assert!(other.heard().is_empty());
}

#[test]
fn only_the_keys_own_host_and_port_are_allowed_and_only_securely() {
    let key = EventKey::new("https://space.example/events/1");
    for (url, fits) in [
        ("https://space.example/media/a.png", true),
        ("https://SPACE.example:443/media/a.png?x=1", true),
        ("http://space.example/media/a.png", false),
        ("https://space.example:8443/a.png", false),
        ("https://media.space.example/a.png", false),
        ("https://space.example.evil.example/a.png", false),
        ("https://space.example@evil.example/a.png", false),
        ("https://127.0.0.1/a.png", false),
        ("file:///etc/passwd", false),
        ("data:image/png;base64,AA", false),
        ("/media/a.png", false),
    ] {
        assert_eq!(allowed(&key, url).is_ok(), fits, "{url}");
    }
}

#[test]
fn a_calendar_file_has_no_host_and_so_no_pictures() {
    for key in ["file:///srv/events.ics#1", "events.ics#1"] {
        let problem = allowed(&EventKey::new(key), "https://space.example/a.png").unwrap_err();
        assert!(problem.contains("names none"), "{problem}");
    }
}

#[tokio::test]
async fn an_address_inside_somebodys_network_is_never_asked() {
    let http = Http::new(Rc::new(SystemClock), Duration::from_secs(5), "test");
    let key = EventKey::new("https://10.1.2.3/events/1");
    let problem = fetch(&http, &key, "https://10.1.2.3/a.png", 1_000)
        .await
        .unwrap_err();
    assert!(problem.reason.contains("not a public address"), "{problem}");
    assert_eq!(http.requests(), 0);
}
