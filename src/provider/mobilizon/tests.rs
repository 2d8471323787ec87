//! How the parts of this module behave together.

mod changes;
mod check;
mod confirm;
mod contract;
mod examples;
mod service;
mod settings;
mod whole;

use super::Mobilizon;
use super::normal::row;
use super::pages::{Content, Page, Row};
use crate::event::Event;
use crate::kind::{KindError, Section};
use crate::testing::at;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A file of the folder that describes the services.
fn shared(path: &str) -> Option<String> {
    crate::testing::shared(path).map(|path| std::fs::read_to_string(path).unwrap())
}

fn example(name: &str) -> Option<Value> {
    shared(&format!("examples/mobilizon/{name}.json"))
        .map(|text| serde_json::from_str(&text).unwrap())
}

fn now() -> DateTime<Utc> {
    at("2026-11-21T12:00:00Z")
}

fn section(table: &str) -> Section {
    crate::testing::section("space", table, now())
}

fn built(table: &str) -> Result<Mobilizon, KindError> {
    Mobilizon::new(&section(table))
}

/// The uuid that ends in `n`.
fn uuid(n: u64) -> String {
    format!("00000000-0000-4000-8000-{n:012}")
}

/// Event `n` as the instance sends it, touched at `updated`.
fn element(n: u64, updated: &str) -> Value {
    json!({
        "uuid": uuid(n), "url": format!("https://space.example/events/{}", uuid(n)), "title": format!("Event {n}"),
        "description": null, "beginsOn": "2026-12-01T18:00:00Z", "endsOn": null, "status": "CONFIRMED",
        "visibility": "PUBLIC", "draft": false, "onlineAddress": null, "externalParticipationUrl": null,
        "updatedAt": updated, "options": {"timezone": "Europe/Berlin", "showStartTime": true, "showEndTime": true,
        "isOnline": false, "maximumAttendeeCapacity": 0}, "picture": null, "physicalAddress": null, "tags": []
    })
}

/// `element` with the keys of `changes` replaced.
fn with(mut element: Value, changes: Value) -> Value {
    for (key, value) in changes.as_object().unwrap() {
        element[key] = value.clone();
    }
    element
}

fn page(total: u64, elements: impl IntoIterator<Item = Value>) -> Page {
    Page {
        total,
        rows: elements.into_iter().map(row).collect(),
    }
}

fn event_of(element: Value) -> Event {
    match row(element) {
        Row {
            content: Content::Public(event),
            ..
        } => *event,
        row => panic!("not shared: {:?}", row.content),
    }
}

/// One request as the stub received it.
#[derive(Debug, Clone)]
struct Sent {
    path: String,
    accept: String,
    body: Value,
}

/// A loopback server that answers each connection's one request with what the closure gives: status, content type, body.
struct Stub {
    url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Stub {
    fn new(answer: impl Fn(&Sent) -> (u16, &'static str, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sent: Arc<Mutex<Vec<Sent>>> = Arc::default();
        let (record, answer) = (sent.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (record, answer) = (record.clone(), answer.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &record, &*answer));
            }
        });
        Self { url, sent }
    }

    /// Answers every question with `data` of its variables.
    fn api(data: impl Fn(&Sent) -> Value + Send + Sync + 'static) -> Self {
        Self::new(move |sent| {
            (
                200,
                "application/json; charset=utf-8",
                data(sent).to_string(),
            )
        })
    }

    fn provider(&self, groups: &[&str]) -> Mobilizon {
        built(&format!("url = {:?}\ngroups = {groups:?}", self.url)).unwrap()
    }

    fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: TcpStream,
    record: &Mutex<Vec<Sent>>,
    answer: &dyn Fn(&Sent) -> (u16, &'static str, String),
) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let sent = loop {
        let read = stream.read(&mut buffer).unwrap();
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&buffer[..read]);
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut request = httparse::Request::new(&mut headers);
        let Ok(httparse::Status::Complete(head)) = request.parse(&bytes) else {
            continue;
        };
        let header = |name: &str| {
            let found = request
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name));
            found.map_or(String::new(), |header| {
                String::from_utf8_lossy(header.value).into_owned()
            })
        };
        let length = header("content-length").parse().unwrap_or(0);
        if bytes.len() >= head + length {
            break Sent {
                path: request.path.unwrap().to_string(),
                accept: header("accept"),
                body: serde_json::from_slice(&bytes[head..]).unwrap_or_default(),
            };
        }
    };
    record.lock().unwrap().push(sent.clone());
    let (status, kind, body) = answer(&sent);
    let head = format!(
        "HTTP/1.1 {status} Said\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).unwrap();
}
