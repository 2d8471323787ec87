//! A Mobilizon that costs next to nothing: pages are put together once and kept. It runs in a process of its own, so that none
//! of its time counts.
//!
//! It answers what kronos asks by the document's name (`Probe`, `Events`, `Changes`), and whatever stands under `/control`.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What stands in the groups, and what was asked.
struct World {
    groups: u64,
    /// The elements of each page, in the order in which they were made.
    events: Vec<Arc<str>>,
    pages: HashMap<(u64, u64), Arc<str>>,
    newest: DateTime<Utc>,
    delay: Duration,
    seen: Seen,
}

/// What was asked since it was last looked at.
#[derive(Default)]
struct Seen {
    requests: u64,
    /// Bytes of the questions' and of the answers' bodies.
    asked: usize,
    answered: usize,
    /// The bodies of the questions.
    bodies: Vec<String>,
}

/// Serves until it is ended. The address goes to standard output.
pub fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("http://{}", listener.local_addr().unwrap());
    let world = Arc::new(Mutex::new(World {
        groups: 1,
        events: Vec::new(),
        pages: HashMap::new(),
        newest: Utc::now() - TimeDelta::days(1),
        delay: Duration::ZERO,
        seen: Seen::default(),
    }));
    for stream in listener.incoming().flatten() {
        let world = world.clone();
        std::thread::spawn(move || converse(stream, &world));
    }
}

/// Answers one question after the other.
fn converse(stream: TcpStream, world: &Mutex<World>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut out = stream.try_clone().ok()?;
    let mut input = BufReader::with_capacity(1 << 16, stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        input
            .read_line(&mut first)
            .ok()
            .filter(|bytes| *bytes > 0)?;
        loop {
            let mut line = String::new();
            input.read_line(&mut line).ok()?;
            let (name, value) = line.trim().split_once(':').unwrap_or_default();
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok()?;
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body).ok()?;
        let question: Value = serde_json::from_slice(&body).ok()?;
        let is_control = first.contains("/control");
        let (answer, delay) = {
            let mut world = world.lock().ok()?;
            if is_control {
                (world.control(&question), Duration::ZERO)
            } else {
                let answer = world.answer(&question);
                world.seen.requests += 1;
                world.seen.asked += body.len();
                world.seen.answered += answer.len();
                world.seen.bodies.push(String::from_utf8(body).ok()?);
                (answer, world.delay)
            }
        };
        std::thread::sleep(delay);
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.len()
        );
        out.write_all(head.as_bytes()).ok()?;
        out.write_all(answer.as_bytes()).ok()?;
    }
}

impl World {
    /// `events` makes so many in each of `groups`, `change` touches so many, `delay` is in milliseconds; always tells what was
    /// asked since.
    fn control(&mut self, wish: &Value) -> Arc<str> {
        if let Some(count) = wish["events"].as_u64() {
            self.groups = wish["groups"].as_u64().unwrap_or(1);
            self.newest = Utc::now() - TimeDelta::days(1);
            self.events = (0..count).map(|n| event(n, 0, self.newest)).collect();
            self.pages.clear();
        }
        if let Some(count) = wish["change"].as_u64() {
            self.newest = Utc::now();
            for n in 0..count {
                self.events[n as usize] = event(n, self.newest.timestamp_micros(), self.newest);
            }
            self.pages.clear();
        }
        if let Some(delay) = wish["delay"].as_u64() {
            self.delay = Duration::from_millis(delay);
        }
        let seen = std::mem::take(&mut self.seen);
        json!({ "requests": seen.requests, "asked": seen.asked, "answered": seen.answered, "bodies": seen.bodies })
            .to_string()
            .into()
    }

    fn answer(&mut self, question: &Value) -> Arc<str> {
        let document = question["query"].as_str().unwrap_or_default();
        let variables = &question["variables"];
        if document.contains("query Probe") {
            let (total, newest) = (self.events.len(), time(self.newest));
            let groups: Vec<String> = (0..self.groups)
                .map(|group| {
                    let id = uuid(group);
                    format!(r#""g{group}":{{"organizedEvents":{{"total":{total},"elements":[{{"uuid":"{id}","updatedAt":"{newest}"}}]}}}}"#)
                })
                .collect();
            return format!(r#"{{"data":{{{}}}}}"#, groups.join(",")).into();
        }
        // What Mobilizon takes where nobody says (its schema).
        let number = |name: &str, usual| variables[name].as_u64().unwrap_or(usual);
        let place = (number("page", 1), number("limit", 10));
        if let Some(page) = self.pages.get(&place) {
            return page.clone();
        }
        let from = ((place.0 - 1) * place.1) as usize;
        let elements = self.events.iter().skip(from).take(place.1 as usize);
        let elements = elements.map(|event| &**event).collect::<Vec<_>>().join(",");
        let page: Arc<str> = format!(
            r#"{{"data":{{"group":{{"organizedEvents":{{"total":{},"elements":[{elements}]}}}}}}}}"#,
            self.events.len()
        )
        .into();
        self.pages.insert(place, page.clone());
        page
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn uuid(n: u64) -> String {
    format!("3f2a{n:04x}-91c7-4c1e-8d55-{:012x}", n * 7919)
}

/// One event as Mobilizon tells it, in the fields that kronos selects; `edition` makes its text another.
fn event(n: u64, edition: i64, updated: DateTime<Utc>) -> Arc<str> {
    let begins = Utc::now() + TimeDelta::days(2) + TimeDelta::minutes(30 * n as i64);
    let zone = "Europe/Brussels";
    json!({
        "uuid": uuid(n),
        "url": format!("https://agenda.copperleaf.example/events/{}", uuid(n)),
        "title": format!("Open bench & repair evening no. {n}"),
        "description": format!(
            "<p>Bring a project, borrow a bench. Soldering irons, the big laser and far too much tea. Edition {edition}.</p><p>Never \
             been before? Say hi to <span class=\"h-card mention\" data-user=\"57\">@<span>marleen</span></span> at the door. House \
             rules: <a href=\"https://copperleaf.example/rules\" target=\"_blank\" rel=\"noopener noreferrer ugc\">copperleaf.example/\
             rules</a></p><ul><li><p>Doors 19:00</p></li><li><p>Induction tour 19:30</p></li><li><p>Last cut on the laser 22:00</p>\
             </li></ul><p><a class=\"hashtag\" data-tag=\"makers\" href=\"https://agenda.copperleaf.example/tag/makers\" rel=\"tag \
             ugc\">#makers</a></p>"
        ),
        "beginsOn": time(begins),
        "endsOn": time(begins + TimeDelta::hours(4)),
        "status": "CONFIRMED",
        "visibility": "PUBLIC",
        "draft": false,
        "onlineAddress": null,
        "externalParticipationUrl": null,
        "updatedAt": time(updated),
        "options": {
            "timezone": zone, "showStartTime": true, "showEndTime": true, "isOnline": false, "maximumAttendeeCapacity": 40,
        },
        "picture": { "url": format!("https://agenda.copperleaf.example/media/{}.webp?name=open%20bench.webp", "a1".repeat(32)) },
        "physicalAddress": {
            "description": "Copperleaf Hackspace", "street": "14 Wolweverskaai", "postalCode": "9000", "locality": "Ghent",
            "region": "East Flanders", "country": "Belgium", "geom": "3.7321954;51.0561203", "timezone": zone,
        },
        "tags": [{ "title": "makers" }, { "title": "Electronics" }],
    })
    .to_string()
    .into()
}
