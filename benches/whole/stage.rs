//! A folder with a configuration, the service that it names, and the programs that are compared.

use crate::measure::{Cost, measure};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The program that is measured: as it is released, or another build that `KRONOS_PROGRAM` names.
fn program() -> String {
    std::env::var("KRONOS_PROGRAM").unwrap_or(env!("CARGO_BIN_EXE_kronos").into())
}

/// Which consumers are configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumers {
    /// None: events are read and remembered.
    None,
    /// A calendar file.
    Calendar,
}

/// A folder, and the service beside it.
pub struct Stage {
    folder: TempDir,
    service: Child,
    url: String,
}

impl Stage {
    /// A service with one group of so many events, nothing of which was read yet.
    pub fn new(events: u64, consumers: Consumers) -> Self {
        Self::with_groups(events, 1, consumers)
    }

    /// Adds a section to the configuration.
    pub fn configure(&self, section: &str) {
        let path = self.path("kronos.toml");
        let toml = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{toml}\n{section}")).unwrap();
    }

    /// The same with several groups, which hold the same events.
    pub fn with_groups(events: u64, groups: u64, consumers: Consumers) -> Self {
        let mut service = Command::new(std::env::current_exe().unwrap())
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(service.stdout.take().unwrap())
            .read_line(&mut url)
            .unwrap();
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
            service,
            url: url.trim().into(),
        };
        stage.control(json!({ "events": events, "groups": groups }));
        let names: Vec<String> = (0..groups).map(|group| format!("group{group}")).collect();
        let mut toml = format!(
            "[store]\npath = \"state/kronos.db\"\n\n[providers.space]\ntype = \"mobilizon\"\nurl = {:?}\ngroups = {names:?}\n",
            stage.url
        );
        if consumers == Consumers::Calendar {
            toml += "\n[consumers.calendar]\ntype = \"ical\"\npath = \"events.ics\"\n";
        }
        fs::write(stage.path("kronos.toml"), toml).unwrap();
        stage
    }

    /// Where the service listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Asks something of the service; gives what was asked of it since the last time.
    pub fn control(&self, wish: Value) -> Value {
        exchange(&self.url, "/control", &wish)
    }

    /// The middle of several round trips of the quiet probe.
    pub fn round_trip(&self) -> Duration {
        let question = json!({ "query": "query Probe" });
        let trips = (0..9).map(|_| {
            let begun = Instant::now();
            exchange(&self.url, "/api", &question);
            begun.elapsed()
        });
        let trip = crate::measure::median(trips.collect());
        self.control(json!({}));
        trip
    }

    /// Runs kronos; it has to end well.
    pub fn kronos(&self, arguments: &[&str]) -> Cost {
        let cost = measure(
            self.folder.path(),
            &[&[program().as_str()], arguments].concat(),
        );
        let out = fs::read_to_string(self.path("out")).unwrap();
        assert_eq!(cost.code, Some(0), "{out}");
        cost
    }

    /// A run of kronos over what it knows, or the first.
    pub fn sync(&self, more: &[&str]) -> Cost {
        self.kronos(&[&["--quiet", "sync"], more].concat())
    }

    /// Forgets all that was read and shared.
    pub fn forget(&self) {
        let _ = fs::remove_dir_all(self.path("state"));
        let _ = fs::remove_file(self.path("events.ics"));
        for file in ["bound.db", "bound.db-wal", "bound.db-shm"] {
            let _ = fs::remove_file(self.path(file));
        }
    }

    /// Prepares [`bound`](Self::bound): the questions of a whole reading, as kronos asks them, for curl, and the pages for sqlite3.
    pub fn prepare_bound(&self) {
        self.control(json!({}));
        self.sync(&["--full"]);
        let seen = self.control(json!({}));
        let bodies = seen["bodies"].as_array().unwrap();
        let pages = bodies.iter().filter_map(Value::as_str);
        let pages: Vec<&str> = pages.filter(|body| !body.contains("query Probe")).collect();
        let (mut each, mut curl, mut sql) = (String::new(), String::new(), String::from(SCHEMA));
        for (n, body) in pages.iter().enumerate() {
            fs::write(self.path(&format!("ask{n}.json")), body).unwrap();
            writeln!(
                each,
                "curl --disable --silent --header 'content-type: application/json' --data-binary @ask{n}.json --output page{n}.json {}/api",
                self.url
            )
            .unwrap();
            if n > 0 {
                curl += "next\n";
            }
            writeln!(
                curl,
                "silent\nurl = \"{}/api\"\nheader = \"content-type: application/json\"\ndata-binary = \"@ask{n}.json\"\noutput = \"page{n}.json\"",
                self.url
            )
            .unwrap();
            sql += &UPSERT.replace("PAGE", &format!("page{n}.json"));
        }
        let upsert = "sqlite3 bound.db < pages.sql\n";
        fs::write(self.path("pages.curl"), curl).unwrap();
        fs::write(self.path("pages.sql"), sql + "COMMIT;\n").unwrap();
        fs::write(self.path("each.sh"), each + upsert).unwrap();
        let once = format!("curl --disable --config pages.curl\n{upsert}");
        fs::write(self.path("once.sh"), once).unwrap();
    }

    /// curl fetches the same pages, and sqlite3 upserts what stands on them, durably and in one transaction, as kronos does:
    /// a curl for each page, as a script that follows the pages does it (`each.sh`), or a single one that was told beforehand
    /// how many there are (`once.sh`).
    pub fn bound(&self, script: &str) -> Cost {
        let cost = measure(self.folder.path(), &["sh", "-e", script]);
        let out = fs::read_to_string(self.path("out")).unwrap();
        assert_eq!(cost.code, Some(0), "{out}");
        cost
    }

    /// What the files of the state weigh together, in bytes.
    pub fn state_size(&self) -> u64 {
        let files = fs::read_dir(self.path("state")).unwrap();
        files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

/// Posts `body`, on a connection of its own.
fn exchange(url: &str, path: &str, body: &Value) -> Value {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut input = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        input.read_line(&mut line).unwrap();
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut answer = vec![0; length];
    input.read_exact(&mut answer).unwrap();
    serde_json::from_slice(&answer).unwrap()
}

/// What a script that only mirrors the events would keep of them.
const SCHEMA: &str = "PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS event (key TEXT PRIMARY KEY, uuid TEXT, title TEXT, begins TEXT, ends TEXT, updated TEXT, document TEXT);
BEGIN IMMEDIATE;
";
const UPSERT: &str = "INSERT INTO event SELECT value->>'url', value->>'uuid', value->>'title', value->>'beginsOn', value->>'endsOn',
 value->>'updatedAt', value FROM json_each(readfile('PAGE'), '$.data.group.organizedEvents.elements') WHERE true
 ON CONFLICT (key) DO UPDATE SET uuid = excluded.uuid, title = excluded.title, begins = excluded.begins, ends = excluded.ends,
 updated = excluded.updated, document = excluded.document;
";
