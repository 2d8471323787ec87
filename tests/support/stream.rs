//! A stage for the message stream: keys, a relay, listeners and sources, all on loopback.

use kronos::stream::{Draft, Message, Signer};
use kronos::zmtp::{self, Endpoint, Incoming, Reader, Role, Writer};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Nothing takes longer.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with a kronos.toml that has a relay and a listener, and the keys `source`, `relay` and `stranger`; the first two are
/// trusted.
pub struct Stage {
    folder: TempDir,
    pub submit: u16,
    pub publish: u16,
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

impl Stage {
    pub fn new() -> Self {
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
            submit: free_port(),
            publish: free_port(),
        };
        stage.configure("");
        for id in ["source", "relay", "stranger"] {
            stage.done(&["key", "new", id, &stage.text(".")]);
        }
        for id in ["source", "relay"] {
            stage.done(&["key", "trust", &stage.text(format!("{id}.key"))]);
        }
        stage
    }

    /// Writes kronos.toml, with more at its end.
    pub fn configure(&self, more: &str) {
        let (submit, publish) = (self.submit, self.publish);
        let text = format!(
            "[monitor]\nmetrics_file = \"kronos.prom\"\n[relay]\nsubmit = [\"tcp://127.0.0.1:{submit}\"]\npublish = [\"tcp://127.0.0.1:{publish}\"]\nkey_file = \"relay.key_secret\"\ntrusted = \"trusted\"\n[listen]\npublish = [\"tcp://127.0.0.1:{publish}\"]\ntrusted = \"trusted\"\n{more}"
        );
        fs::write(self.path("kronos.toml"), text).unwrap();
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: impl AsRef<Path>) -> String {
        self.path(name).display().to_string()
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kronos"));
        command
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path());
        command
    }

    /// A command that must end well; gives what it printed.
    #[track_caller]
    pub fn done(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts a service and waits until it tells the service manager that it is ready.
    pub fn start(&self, words: &[&str]) -> Service {
        let program = [env!("CARGO_BIN_EXE_kronos")];
        self.start_with(&[&program, words].concat())
    }

    /// As [`start`](Self::start), but another program, which becomes the service.
    pub fn start_with(&self, words: &[&str]) -> Service {
        let name = format!("notify-{}", free_port());
        let manager = UnixDatagram::bind(self.path(&name)).unwrap();
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("NOTIFY_SOCKET", self.path(&name))
            .env("WATCHDOG_USEC", "200000");
        let service = Service::spawn(command, Some(told(manager)));
        service.is_told("READY=1");
        service
    }

    /// The relay of kronos.
    pub fn relay(&self) -> Service {
        self.start(&["relay"])
    }

    /// The other implementation.
    pub fn peer(&self, python: &Path, words: &[&str]) -> Service {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stream/peer.py");
        let mut command = Command::new(python);
        command
            .arg(script)
            .args(words)
            .current_dir(self.folder.path());
        Service::spawn(command, None)
    }

    pub fn submit_url(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.submit)
    }

    pub fn publish_url(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.publish)
    }

    pub fn signer(&self, id: &str) -> Signer {
        let text = fs::read_to_string(self.path(format!("{id}.key_secret"))).unwrap();
        Signer::read(&text).unwrap()
    }

    /// Connects as a source.
    pub async fn source(&self) -> (Reader, Writer) {
        connect(&self.submit_url(), Role::Dealer).await
    }

    /// Connects as a sink of everything.
    pub async fn sink(&self) -> Reader {
        let (reader, mut writer) = connect(&self.publish_url(), Role::Sub).await;
        writer.subscribe(b"").await.unwrap();
        // The writer's half must stay open as long as the reader is used.
        std::mem::forget(writer);
        reader
    }

    /// The relay's counter, once its metrics are written: when it has stopped.
    pub fn counted(&self, metric: &str) -> u64 {
        let text = fs::read_to_string(self.path("kronos-relay.prom")).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(metric));
        line.unwrap_or_else(|| panic!("{metric} is missing in:\n{text}"))
            .trim()
            .parse()
            .unwrap()
    }
}

async fn connect(url: &str, role: Role) -> (Reader, Writer) {
    let endpoint: Endpoint = url.parse().unwrap();
    let begun = Instant::now();
    loop {
        match zmtp::connect(&endpoint, role, 4 * 1024 * 1024).await {
            Ok(halves) => return halves,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "{url}: {error}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A message of that number, signed.
pub fn message(signer: &Signer, number: usize) -> Message {
    let mut message = Message::compose(Draft {
        tag: "org.example.kronos.news",
        uuid: &format!("00000000-0000-1000-8000-{number:012}"),
        time: "2026-11-21T20:00:00",
        origin: "host",
        data: json!({"number": number, "text": "Größe \u{2028} 😀 \"\\/ \u{1}"}),
    })
    .unwrap();
    message.sign(signer);
    message
}

/// The next message of a sink, as JSON.
pub async fn next(reader: &mut Reader) -> Value {
    let next = async {
        loop {
            if let Incoming::Message(parts) = reader.receive().await.unwrap() {
                return serde_json::from_slice(&parts[1]).unwrap();
            }
        }
    };
    tokio::time::timeout(PATIENCE, next)
        .await
        .expect("no message came")
}

/// A process that runs until it is told to stop, or dropped.
pub struct Service {
    child: Child,
    lines: Receiver<String>,
    log: Receiver<String>,
    manager: Option<Receiver<String>>,
    input: Option<ChildStdin>,
}

impl Service {
    fn spawn(mut command: Command, manager: Option<Receiver<String>>) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            lines: lines(child.stdout.take().unwrap()),
            log: lines(child.stderr.take().unwrap()),
            input: child.stdin.take(),
            child,
            manager,
        }
    }

    /// Waits until the service manager is told this, passing over what else it is told.
    #[track_caller]
    pub fn is_told(&self, wanted: &str) {
        let manager = self.manager.as_ref().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE
            && let Ok(told) = manager.recv_timeout(PATIENCE)
        {
            if told == wanted {
                return;
            }
        }
        panic!("{wanted} was not told: {}", self.said());
    }

    /// The next line of its standard output.
    #[track_caller]
    pub fn line(&self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(error) => panic!("no line came ({error}): {}", self.said()),
        }
    }

    /// The next line of its standard output, as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Waits for a line of its log that holds `wanted`.
    #[track_caller]
    pub fn logs(&self, wanted: &str) -> String {
        let (mut said, begun) = (String::new(), Instant::now());
        while begun.elapsed() < PATIENCE
            && let Ok(line) = self.log.recv_timeout(PATIENCE)
        {
            if line.contains(wanted) {
                return line;
            }
            said.push_str(&line);
            said.push('\n');
        }
        panic!("{wanted:?} was not logged:\n{said}");
    }

    /// Writes lines to its standard input, and closes it.
    pub fn reads(&mut self, text: &str) {
        self.input
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    fn said(&self) -> String {
        self.log.try_iter().collect::<Vec<_>>().join("\n")
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its memory now, in KiB.
    pub fn resident(&self) -> u64 {
        let text = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.unwrap().trim().strip_suffix("kB").unwrap().trim();
        number.parse().unwrap()
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it ends.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "it does not end: {}",
                self.said()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([format!("-{name}"), self.pid().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// SIGTERM; it must end well. Gives what it still logged.
    #[track_caller]
    pub fn stop(self) -> Vec<String> {
        self.signal("TERM");
        self.ends_well()
    }

    /// It ends by itself, with 0.
    #[track_caller]
    pub fn ends_well(mut self) -> Vec<String> {
        let status = self.wait();
        assert_eq!(status.code(), Some(0), "{}", self.said());
        self.log.iter().collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the service manager is told: it reads at all times, as systemd does.
fn told(manager: UnixDatagram) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 1024];
        while let Ok(length) = manager.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]);
            if sender.send(text.trim().to_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
