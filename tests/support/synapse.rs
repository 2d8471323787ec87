//! A real Matrix homeserver: Synapse on a loopback port, with a database in a temporary folder.

use super::client::{call, call_json};
use super::fault::PATIENCE;
use super::python::python;
use serde_json::{Value, json};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A homeserver that runs.
pub struct Synapse {
    /// What `homeserver` has to say.
    pub url: String,
    process: Child,
    _folder: TempDir,
}

/// A user of it.
pub struct User {
    /// `@name:kronos.test`.
    pub id: String,
    /// The password.
    pub password: String,
    /// An access token.
    pub token: String,
}

impl Synapse {
    /// Starts one, which takes some seconds; it ends when it is dropped. `None`, with a message, where Python lacks it.
    pub fn start() -> Option<Self> {
        let python = python(&["synapse.app.homeserver"])?;
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let config = folder.path().join("homeserver.yaml");
        fs::write(&config, configuration(folder.path(), port)).unwrap();
        let log = folder.path().join("log");
        let synapse = |arguments: &[&str]| {
            let mut command = Command::new(&python);
            let output = fs::File::options().create(true).append(true).open(&log);
            let output = output.unwrap();
            command
                .args(["-m", "synapse.app.homeserver", "--config-path"])
                .arg(&config)
                .args(arguments)
                .current_dir(folder.path())
                .stdin(Stdio::null())
                .stdout(output.try_clone().unwrap())
                .stderr(output);
            command
        };
        assert!(synapse(&["--generate-keys"]).status().unwrap().success());
        let mut process = synapse(&[]).spawn().unwrap();
        let url = format!("http://127.0.0.1:{port}");
        let (versions, started) = (format!("{url}/_matrix/client/versions"), Instant::now());
        while call("GET", &versions, &[], b"").is_none() {
            let said = || fs::read_to_string(&log).unwrap_or_default();
            assert!(process.try_wait().unwrap().is_none(), "{}", said());
            assert!(started.elapsed() < PATIENCE, "{}", said());
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self {
            url,
            process,
            _folder: folder,
        })
    }

    /// A new user whose name begins with `name`.
    pub fn user(&self, name: &str) -> User {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("{name}{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let password = format!("EXAMPLE-password-{name}");
        let body =
            json!({"username": name, "password": password, "auth": {"type": "m.login.dummy"}});
        let made = self.call("POST", "register", "", &body);
        let text = |key: &str| made[key].as_str().unwrap().to_owned();
        User {
            id: text("user_id"),
            token: text("access_token"),
            password,
        }
    }

    /// A new room of `owner`, called `name`; gives its id.
    pub fn room(&self, owner: &User, name: &str) -> String {
        let body = json!({"preset": "private_chat", "room_alias_name": name, "name": "Events"});
        let made = self.call("POST", "createRoom", &owner.token, &body);
        made["room_id"].as_str().unwrap().to_owned()
    }

    /// `owner` invites `guest`.
    pub fn invite(&self, owner: &User, room: &str, guest: &User) {
        let path = format!("rooms/{room}/invite");
        self.call("POST", &path, &owner.token, &json!({"user_id": guest.id}));
    }

    /// Sends a request that must succeed.
    #[track_caller]
    pub fn call(&self, method: &str, path: &str, token: &str, body: &Value) -> Value {
        let url = format!("{}/_matrix/client/v3/{path}", self.url);
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let headers = if token.is_empty() {
            &[][..]
        } else {
            &headers[..]
        };
        let reply = call_json(method, &url, headers, body).unwrap();
        assert_eq!(reply.status, 200, "{method} {path}: {}", reply.to_json());
        reply.to_json()
    }
}

/// A port on which nobody listens.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// As plain as it can be. Ten messages may come at once, which is Synapse's default, then four a second, which is twenty times
/// its default.
fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let free = "{per_second: 1000, burst_count: 1000}";
    format!(
        "server_name: kronos.test
report_stats: false
listeners: [{{port: {port}, bind_addresses: [127.0.0.1], type: http, tls: false, resources: [{{names: [client]}}]}}]
database: {{name: sqlite3, args: {{database: '{folder}/homeserver.db'}}}}
media_store_path: '{folder}/media'
signing_key_path: '{folder}/signing.key'
macaroon_secret_key: example
enable_registration: true
enable_registration_without_verification: true
bcrypt_rounds: 4
presence: {{enabled: false}}
trusted_key_servers: []
rc_message: {{per_second: 4, burst_count: 10}}
rc_registration: {free}
rc_login: {{address: {free}, account: {free}, failed_attempts: {free}}}
rc_joins: {{local: {free}, remote: {free}}}
rc_room_creation: {free}
"
    )
}

impl Drop for Synapse {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
