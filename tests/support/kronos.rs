//! The builder of stories: a folder with a kronos.toml that points at stand-ins, and the real command run in it.

mod run;

pub use run::{Run, Running};

use super::discord::{self, Discord};
use super::fault::{Fault, Victim, When};
use super::meetup::{self, Meetup};
use super::mobilizon::Mobilizon;
use super::server::Server;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// The command under test: what was built with the tests, unless KRONOS_BINARY names another, such as a release.
fn binary() -> PathBuf {
    match std::env::var_os("KRONOS_BINARY") {
        // The command runs in a folder of its own.
        Some(path) => std::path::absolute(path).unwrap(),
        None => env!("CARGO_BIN_EXE_kronos").into(),
    }
}

/// At which side of an exchange the command dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// The service has the request, but does nothing about it.
    BeforeItIsHandled,
    /// The service has done it, but nothing of its answer was sent.
    BeforeTheAnswer,
}

/// One installation of the command: its configuration, its state and its surroundings, all in a temporary folder.
pub struct Kronos {
    folder: TempDir,
    /// Section → key → value as TOML writes it.
    sections: BTreeMap<String, BTreeMap<String, String>>,
    environment: BTreeMap<String, String>,
}

impl Kronos {
    /// Without providers and consumers; `sync.settle` is 50 ms.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "state"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let database = folder.path().join("state/kronos.db");
        Self {
            folder,
            sections: BTreeMap::new(),
            environment: BTreeMap::new(),
        }
        .text("store", "path", &database.display().to_string())
        .text("sync", "settle", "50ms")
    }

    /// A path in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets `key` of a section such as `consumers.guild` to a value in TOML's own spelling.
    pub fn key(mut self, section: &str, key: &str, value: &str) -> Self {
        self.set(section, key, value);
        self
    }

    /// Sets `key` to a text.
    pub fn text(self, section: &str, key: &str, value: &str) -> Self {
        self.key(section, key, &toml::Value::from(value).to_string())
    }

    /// As [`key`](Self::key), between two runs.
    pub fn set(&mut self, section: &str, key: &str, value: &str) {
        let section = self.sections.entry(section.to_owned()).or_default();
        section.insert(key.to_owned(), value.to_owned());
    }

    /// Removes a whole section.
    pub fn remove(&mut self, section: &str) {
        self.sections.remove(section);
    }

    /// Writes a secret into a file of mode 0600 and names it in the section.
    pub fn secret(self, section: &str, key: &str, value: &str) -> Self {
        let path = self.path(format!("{section}.{key}"));
        fs::write(&path, value).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        self.text(section, &format!("{key}_file"), &path.display().to_string())
    }

    /// Sets an environment variable of the command.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A provider of type `mobilizon` that reads those groups.
    pub fn mobilizon(self, name: &str, mobilizon: &Mobilizon, groups: &[&str]) -> Self {
        let section = format!("providers.{name}");
        let groups = toml::Value::from(groups.to_vec()).to_string();
        self.text(&section, "type", "mobilizon")
            .text(&section, "url", &mobilizon.url())
            .key(&section, "groups", &groups)
    }

    /// A provider of type `ical` that reads a file, [`calendar`](Self::calendar), of that content.
    pub fn ical_provider(self, name: &str, content: &str) -> Self {
        let (section, path) = (format!("providers.{name}"), self.calendar(name));
        fs::write(&path, content).unwrap();
        self.text(&section, "type", "ical")
            .text(&section, "path", &path.display().to_string())
    }

    /// A consumer of type `discord`.
    pub fn discord(self, name: &str, discord: &Discord) -> Self {
        let section = format!("consumers.{name}");
        self.text(&section, "type", "discord")
            .text(&section, "guild_id", discord::GUILD)
            .text(&section, "api_url", &discord.api_url())
            .secret(&section, "token", discord::TOKEN)
    }

    /// A consumer of type `discord-channel` that writes as a bot.
    pub fn discord_channel(self, name: &str, discord: &Discord) -> Self {
        let section = format!("consumers.{name}");
        self.text(&section, "type", "discord-channel")
            .text(&section, "channel_id", discord::CHANNEL)
            .text(&section, "api_url", &discord.api_url())
            .secret(&section, "token", discord::TOKEN)
    }

    /// A consumer of type `discord-channel` that writes as a web hook.
    pub fn discord_webhook(self, name: &str, discord: &Discord) -> Self {
        let section = format!("consumers.{name}");
        self.text(&section, "type", "discord-channel").secret(
            &section,
            "webhook_url",
            &discord.webhook_url(),
        )
    }

    /// A consumer of type `meetup` that signs in with the test key.
    pub fn meetup(self, name: &str, meetup: &Meetup) -> Self {
        let section = format!("consumers.{name}");
        self.text(&section, "type", "meetup")
            .text(&section, "group", meetup::GROUP)
            .text(&section, "client_key", meetup::CLIENT_KEY)
            .text(&section, "member_id", meetup::MEMBER)
            .text(&section, "signing_key_id", meetup::KEY_ID)
            .secret(&section, "signing_key", meetup::SIGNING_KEY)
            .text(&section, "api_url", &meetup.api_url())
            .text(&section, "token_url", &meetup.token_url())
    }

    /// A consumer of type `meetup` that has an access token.
    pub fn meetup_with_token(self, name: &str, meetup: &Meetup) -> Self {
        let section = format!("consumers.{name}");
        self.text(&section, "type", "meetup")
            .text(&section, "group", meetup::GROUP)
            .secret(&section, "access_token", meetup::TOKEN)
            .text(&section, "api_url", &meetup.api_url())
    }

    /// A consumer of type `matrix`, still without an access token or a password.
    pub fn matrix(self, name: &str, homeserver: &str, room: &str) -> Self {
        let section = format!("consumers.{name}");
        self.text(&section, "type", "matrix")
            .text(&section, "homeserver", homeserver)
            .text(&section, "room", room)
    }

    /// A consumer of type `ical` that writes [`calendar`](Self::calendar).
    pub fn ical(self, name: &str) -> Self {
        let (section, path) = (format!("consumers.{name}"), self.calendar(name));
        self.text(&section, "type", "ical")
            .text(&section, "path", &path.display().to_string())
    }

    /// The calendar file of a provider or consumer of type `ical`.
    pub fn calendar(&self, name: &str) -> PathBuf {
        self.path(format!("{name}.ics"))
    }

    /// Writes the template of a text, such as `discord.description`, into the folder that all consumers share.
    pub fn template(&mut self, text: &str, source: &str) {
        let folder = self.path("templates");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{text}.jinja")), source).unwrap();
        self.set("templates", "path", "\"templates\"");
    }

    /// The text of kronos.toml.
    pub fn config(&self) -> String {
        let mut text = String::new();
        for (name, keys) in &self.sections {
            text.push_str(&format!("[{name}]\n"));
            for (key, value) in keys {
                text.push_str(&format!("{key} = {value}\n"));
            }
        }
        text
    }

    /// `kronos sync --format json`.
    pub fn run(&self) -> Run {
        self.run_with(&[])
    }

    /// `kronos sync --format json --dry-run`.
    pub fn dry_run(&self) -> Run {
        self.run_with(&["--dry-run"])
    }

    /// `kronos sync --format json` with more arguments.
    pub fn run_with(&self, arguments: &[&str]) -> Run {
        self.start(arguments).wait()
    }

    /// Starts `kronos sync --format json` with more arguments and leaves it running.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let arguments = [&["sync", "--format", "json"], arguments].concat();
        self.spawn(&arguments, Victim::new())
    }

    /// Runs any command of kronos; the configuration is named before the arguments.
    pub fn command(&self, arguments: &[&str]) -> Run {
        self.spawn(arguments, Victim::new()).wait()
    }

    /// Runs `kronos sync` and kills it at the exchange that `when` names at `server`.
    /// If there is no such exchange the run ends by itself, and the server's rules are forgotten.
    pub fn kill_at(&self, server: &Server, when: When, death: Death) -> Run {
        self.kill_with(&[], server, when, death)
    }

    /// The same, with more arguments.
    pub fn kill_with(&self, arguments: &[&str], server: &Server, when: When, death: Death) -> Run {
        let victim = Victim::new();
        let fault = match death {
            Death::BeforeItIsHandled => Fault::KillBefore(victim.clone()),
            Death::BeforeTheAnswer => Fault::KillAfter(victim.clone()),
        };
        server.fault(when, fault);
        let arguments = [&["sync", "--format", "json"], arguments].concat();
        let run = self.spawn(&arguments, victim).wait();
        if !run.was_killed() {
            server.heal();
        }
        run
    }

    /// `kronos sync --format json` where no file may become larger than so many blocks, of half or one KiB each: what
    /// exceeds them fails like a full disk.
    pub fn run_on_a_small_disk(&self, blocks: u32) -> Run {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        self.run_under(&["sh", "-c", &script], &[])
    }

    /// `kronos sync --format json` with more arguments, started by another program that is given the command after its
    /// own arguments.
    pub fn run_under(&self, program: &[impl AsRef<OsStr>], arguments: &[&str]) -> Run {
        let mut command = Command::new(&program[0]);
        command.args(&program[1..]).arg(binary());
        let arguments = [&["sync", "--format", "json"], arguments].concat();
        self.spawn_as(command, &arguments, Victim::new()).wait()
    }

    fn spawn(&self, arguments: &[&str], victim: Victim) -> Running {
        self.spawn_as(Command::new(binary()), arguments, victim)
    }

    /// Starts the command in surroundings that hold nothing of the machine's.
    fn spawn_as(&self, mut command: Command, arguments: &[&str], victim: Victim) -> Running {
        let config = self.path("kronos.toml");
        fs::write(&config, self.config()).unwrap();
        fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
        command
            .arg("--config")
            .arg(&config)
            .args(arguments)
            .current_dir(self.path("home"))
            .env_clear()
            .env("HOME", self.path("home"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in ["CONFIG", "STATE", "DATA", "CACHE"] {
            command.env(format!("XDG_{name}_HOME"), self.path("home"));
        }
        command.envs(&self.environment);
        Running::of(command.spawn().unwrap(), victim)
    }

    /// Every file of the state with a hash of its bytes.
    pub fn state_files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(self.path("state")).unwrap() {
            let path = entry.unwrap().path();
            let digest = Sha256::digest(fs::read(&path).unwrap());
            let hash = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            files.insert(path, hash);
        }
        files
    }

    /// Deletes the database; what stands beside it stays.
    pub fn delete_database(&self) {
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.path(format!("state/kronos.db{end}")));
        }
    }

    /// Deletes the whole state, as if kronos had never run.
    pub fn delete_state(&self) {
        fs::remove_dir_all(self.path("state")).unwrap();
        fs::create_dir(self.path("state")).unwrap();
    }

    /// A copy of the database, for [`restore_database`](Self::restore_database).
    pub fn save_database(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        ["", "-wal"]
            .into_iter()
            .map(|end| self.path(format!("state/kronos.db{end}")))
            .filter_map(|path| Some((path.clone(), fs::read(&path).ok()?)))
            .collect()
    }

    /// Makes the database one of the schema before the present one, as the version before left it.
    pub fn age_database(&self) {
        let path = self.path("state/kronos.db");
        if !path.exists() {
            return;
        }
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch(
            "BEGIN; ALTER TABLE intent DROP COLUMN idempotency_key; ALTER TABLE delivery DROP COLUMN item_begins;
             PRAGMA user_version = 1; COMMIT",
        )
        .unwrap();
        db.close().unwrap();
    }

    /// Puts an older database in the place of the present one.
    pub fn restore_database(&self, saved: &BTreeMap<PathBuf, Vec<u8>>) {
        self.delete_database();
        for (path, bytes) in saved {
            fs::write(path, bytes).unwrap();
        }
    }
}

impl Default for Kronos {
    fn default() -> Self {
        Self::new()
    }
}
