use super::super::{KIND, source};
use super::*;
use crate::clock::Clock;
use crate::event::EventKey;
use crate::http::Failure;
use crate::kind::Section;
use crate::provider::{Finding, Missing, Probe, Provider, Reading, Want};
use crate::secret::SecretSource;
use async_trait::async_trait;
use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::rc::Rc;
use std::thread::JoinHandle;

struct Fixed;

#[async_trait(?Send)]
impl Clock for Fixed {
    fn now(&self) -> DateTime<Utc> {
        now()
    }

    async fn sleep(&self, _length: TimeDelta) {}
}

fn build(folder: &Path, table: &str) -> Result<Box<dyn Provider>, String> {
    let section = Section {
        name: "holidays".into(),
        table: table.parse().unwrap(),
        secrets: SecretSource::default(),
        folder: folder.into(),
        clock: Rc::new(Fixed),
        timeout: std::time::Duration::from_secs(5),
        templates: Vec::new(),
    };
    (KIND.build)(&section).map_err(|error| error.to_string())
}

async fn take(
    provider: &dyn Provider,
    whole: bool,
    stored: Option<&Probe>,
) -> (Result<Reading, Failure>, Vec<Event>) {
    let mut events = Vec::new();
    let want = Want {
        whole,
        now: now(),
        stored,
        probe: None,
        known: &HashSet::new(),
    };
    let reading = provider
        .read("c.ics", &want, &mut |event| events.push(event))
        .await;
    (reading, events)
}

fn missing(key: String) -> Missing {
    Missing {
        key: EventKey::new(key),
        uuid: None,
        group: None,
    }
}

/// Answers one connection after the other with `answers`, and gives back what was asked.
fn server(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/c.ics", listener.local_addr().unwrap());
    let asked = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            asked.push(String::from_utf8(request).unwrap().to_lowercase());
        }
        asked
    });
    (url, asked)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: text/calendar\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn the_example_names_a_web_address_and_every_other_section_is_told_what_to_mend() {
    let example: String = KIND
        .example
        .lines()
        .map(|line| format!("{}\n", line.trim_start_matches("# ")))
        .collect();
    let table: toml::Table = example.parse().unwrap();
    let mut section = table["providers"]["holidays"].as_table().unwrap().clone();
    assert_eq!(section.remove("type").unwrap().as_str(), Some(KIND.name));
    let provider = build(Path::new("/etc"), &section.to_string()).unwrap();
    assert_eq!(provider.identity(), "ical:https://example.org/calendar.ics");
    assert_eq!(provider.groups(), ["https://example.org/calendar.ics"]);
    assert!(provider.owns(&EventKey::new("https://example.org/calendar.ics#a")));
    assert!(!provider.owns(&EventKey::new("https://example.org/calendar.ics2#a")));

    let told = |table: &str| build(Path::new("/etc"), table).err().unwrap();
    assert!(told("").contains("url"));
    assert!(told("url = 'https://a.example/c'\npath = 'c.ics'").contains("leave one of them out"));
    assert!(told("path = 'c.ics'\ncolour = 'red'").contains("colour"));
    assert!(told("url = 'http://a.example/c'").contains("https"));
    assert!(told("url = 'https://a.example/c#x'").contains("leave out #"));
}

#[test]
fn a_path_is_relative_to_the_configuration_and_has_one_name() {
    let provider = build(Path::new("/etc/kronos"), "path = '../x/./c.ics'").unwrap();
    assert_eq!(provider.identity(), "ical:/etc/x/c.ics");
    assert_eq!(provider.groups(), ["../x/./c.ics"]);
    assert!(provider.owns(&EventKey::new("file:///etc/x/c.ics#a")));
}

#[tokio::test]
async fn a_file_is_read_whole_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let body = calendar(&event("a", "DTSTART:20261020T170000Z"));
    std::fs::write(folder.path().join("c.ics"), &body).unwrap();
    let provider = build(folder.path(), "path = 'c.ics'").unwrap();
    assert_eq!(provider.probe(&provider.groups()).await, [Ok(None)]);
    let (reading, events) = take(&*provider, false, None).await;
    let probe = provider.taken("c.ics").unwrap();
    assert_eq!(probe.total, 1);
    assert_eq!(
        reading.unwrap(),
        Reading {
            whole: true,
            complete: true,
            since: now() - TimeDelta::days(14)
        }
    );
    let (reading, again) = take(&*provider, false, Some(&probe)).await;
    assert!(reading.unwrap().whole);
    assert_eq!(events, again);
    assert_eq!(provider.taken("c.ics"), Some(probe));
    assert!(provider.owns(&events[0].key));
    assert_eq!(provider.requests(), 0);
}

#[tokio::test]
async fn a_file_that_is_no_calendar_is_a_failure_and_never_an_empty_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.ics");
    let provider = build(folder.path(), "path = 'c.ics'").unwrap();
    assert!(matches!(
        take(&*provider, true, None).await.0,
        Err(Failure::Wrong(_))
    ));
    let whole = calendar(&event("a", "DTSTART:20261020T170000Z"));
    for broken in ["", "<html></html>", &whole[..whole.len() - 5], &whole[15..]] {
        std::fs::write(&path, broken).unwrap();
        let (reading, events) = take(&*provider, true, None).await;
        assert!(matches!(reading, Err(Failure::Broken(_))), "{broken}");
        assert!(events.is_empty() && provider.taken("c.ics").is_none());
    }
    std::fs::write(&path, vec![b' '; source::LARGEST + 1]).unwrap();
    assert!(matches!(
        take(&*provider, true, None).await.0,
        Err(Failure::Wrong(_))
    ));
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(matches!(
        take(&*provider, true, None).await.0,
        Err(Failure::Wrong(_))
    ));
}

#[tokio::test]
async fn an_incomplete_reading_gives_no_probe_to_store() {
    let folder = tempfile::tempdir().unwrap();
    let body = event("a", "DTSTART:20261020T170000Z") + &event("b", "SUMMARY:never");
    std::fs::write(folder.path().join("c.ics"), calendar(&body)).unwrap();
    let provider = build(folder.path(), "path = 'c.ics'").unwrap();
    let (reading, events) = take(&*provider, true, None).await;
    assert!(!reading.unwrap().complete);
    assert_eq!(events.len(), 1);
    assert_eq!(provider.taken("c.ics"), None);
    let unknown = provider.confirm(&[missing("file:///c.ics#b".into())]).await;
    assert!(matches!(&unknown[0], Finding::Unknown(why) if why.contains("DTSTART")));
}

#[tokio::test]
async fn missing_events_are_confirmed_by_one_fresh_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.ics");
    // Moved into the past: no longer in a reading, and still there.
    std::fs::write(&path, calendar(&event("a", "DTSTART:20260101T170000Z"))).unwrap();
    let provider = build(folder.path(), "path = 'c.ics'").unwrap();
    assert!(take(&*provider, true, None).await.1.is_empty());
    let base = format!("file://{}", path.display());
    let asked = [missing(format!("{base}#a")), missing(format!("{base}#b"))];
    let seen = Finding::Visible {
        begins: at("2026-01-01T17:00:00Z"),
        ends: None,
        group: Some("c.ics".into()),
    };
    assert_eq!(provider.confirm(&asked).await, [seen, Finding::Hidden]);
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        provider.confirm(&asked).await[..],
        [Finding::Unknown(_), Finding::Unknown(_)]
    ));
}

#[tokio::test]
async fn an_address_is_asked_whether_the_calendar_changed_unless_all_is_wanted() {
    let body = calendar(&event("a", "DTSTART:20261020T170000Z"));
    let full = answer(
        "200 OK",
        "ETag: \"v1\"\r\nLast-Modified: Mon, 12 Oct 2026 07:00:00 GMT\r\n",
        &body,
    );
    let same = "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned();
    let (url, asked) = server(vec![full.clone(), same, full]);
    let provider = build(Path::new("/"), &format!("url = '{url}'")).unwrap();
    let (reading, events) = take(&*provider, false, None).await;
    assert!(reading.unwrap().whole);
    assert_eq!(events[0].key.as_str(), format!("{url}#a"));
    let probe = provider.taken(&url).unwrap();
    assert_eq!(probe.newest_at, Some(at("2026-10-12T07:00:00Z")));

    let (reading, events) = take(&*provider, false, Some(&probe)).await;
    let reading = reading.unwrap();
    assert!(!reading.whole && reading.complete && events.is_empty());
    assert_eq!(provider.taken(&url).as_ref(), Some(&probe));

    let (reading, events) = take(&*provider, true, Some(&probe)).await;
    assert!(reading.unwrap().whole && events.len() == 1);
    assert_eq!(provider.requests(), 3);

    let asked = asked.join().unwrap();
    assert!(!asked[0].contains("if-none-match") && !asked[0].contains("if-modified-since"));
    assert!(asked[1].contains("if-none-match: \"v1\""));
    assert!(asked[1].contains("if-modified-since: mon, 12 oct 2026 07:00:00 gmt"));
    assert!(!asked[2].contains("if-none-match") && !asked[2].contains("if-modified-since"));
}

#[tokio::test]
async fn answers_without_a_calendar_say_what_they_mean() {
    type Check = fn(&Failure) -> bool;
    let cases: [(&str, &str, Check); 8] = [
        ("403 Forbidden", "", |f| {
            matches!(f, Failure::Unauthorised(_))
        }),
        ("404 Not Found", "", |f| matches!(f, Failure::Wrong(_))),
        (
            "301 Moved",
            "Location: /d.ics?key=s3cret\r\n",
            |f| matches!(f, Failure::Wrong(text) if text.contains("/d.ics") && !text.contains("s3cret")),
        ),
        (
            "429 Slow",
            "Retry-After: 90\r\n",
            |f| matches!(f, Failure::Limited { until, .. } if *until == now() + TimeDelta::seconds(90)),
        ),
        ("503 Down", "Retry-After: 90\r\n", |f| {
            matches!(f, Failure::Limited { .. })
        }),
        ("503 Down", "", |f| matches!(f, Failure::Broken(_))),
        ("304 Not Modified", "", |f| matches!(f, Failure::Broken(_))),
        ("200 OK", "", |f| matches!(f, Failure::Broken(_))),
    ];
    for (status, headers, means) in cases {
        let (url, asked) = server(vec![answer(status, headers, "")]);
        let provider = build(Path::new("/"), &format!("url = '{url}'")).unwrap();
        let failure = take(&*provider, false, None).await.0.unwrap_err();
        assert!(means(&failure), "{status}: {failure:?}");
        asked.join().unwrap();
    }
}

#[tokio::test]
async fn the_example_that_ships_is_read_completely_at_any_time() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let text = std::fs::read_to_string(folder.join("kronos.toml")).unwrap();
    let config: toml::Table = text.parse().unwrap();
    let mut section = config["providers"]["space"].as_table().unwrap().clone();
    assert_eq!(section.remove("type").unwrap().as_str(), Some(KIND.name));
    let provider = build(&folder, &section.to_string()).unwrap();
    for year in [2026, 2030, 2040] {
        let want = Want {
            whole: true,
            now: at(&format!("{year}-07-01T00:00:00Z")),
            stored: None,
            probe: None,
            known: &HashSet::new(),
        };
        let mut events = Vec::new();
        let reading = provider
            .read("c.ics", &want, &mut |event| events.push(event))
            .await;
        assert!(reading.unwrap().complete);
        assert!(events.len() > 15, "{year}: {}", events.len());
        assert!(events.iter().any(|event| event.title == "Repair café"));
        assert!(
            events
                .iter()
                .all(|event| event.tags.contains(&"public".into()))
        );
    }
}
