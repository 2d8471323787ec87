//! One execution of the command: while it runs, and what it left.

use crate::support::fault::{PATIENCE, Victim};
use serde_json::Value;
use std::io::Read;
use std::process::{Child, Command};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A command that runs.
pub struct Running {
    /// What can be killed.
    pub victim: Victim,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
}

/// A command that has ended.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its exit code, `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its report, `Null` if it printed none.
    pub report: Value,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
    /// The most memory that it was seen to hold, in KiB.
    pub peak: u64,
}

impl Running {
    /// Names `child` as the victim and reads what it prints.
    pub fn of(mut child: Child, victim: Victim) -> Self {
        let stdout = drain(child.stdout.take().unwrap());
        let stderr = drain(child.stderr.take().unwrap());
        victim.is(child);
        Self {
            victim,
            stdout,
            stderr,
        }
    }

    /// SIGTERM, as the service manager sends it.
    pub fn terminate(&self) {
        let command = format!("kill -TERM {}", self.victim.pid());
        assert!(
            Command::new("sh")
                .args(["-c", &command])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits until it ends by itself or was killed.
    pub fn wait(self) -> Run {
        let (started, status_file) = (
            Instant::now(),
            format!("/proc/{}/status", self.victim.pid()),
        );
        let mut peak = 0;
        let status = loop {
            if let Some(status) = self.victim.ended() {
                break status;
            }
            if started.elapsed() > PATIENCE {
                self.victim.kill();
                panic!(
                    "the command did not end; it said: {}",
                    self.stderr.join().unwrap()
                );
            }
            // It never falls, so that the last look before the end tells all but the last moment.
            peak = peak.max(resident(&status_file).unwrap_or_default());
            thread::sleep(Duration::from_millis(2));
        };
        let stdout = self.stdout.join().unwrap();
        Run {
            code: status.code(),
            report: serde_json::from_str(&stdout).unwrap_or_default(),
            stdout,
            stderr: self.stderr.join().unwrap(),
            peak,
        }
    }
}

/// The greatest resident set so far, in KiB, as Linux tells it.
fn resident(status: &str) -> Option<u64> {
    let text = std::fs::read_to_string(status).ok()?;
    // For a moment after it was started the process still shares the memory of this one.
    text.starts_with("Name:\tkronos\n").then_some(())?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Run {
    /// Asserts the exit code, and shows what was printed if it is another.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "it printed:\n{stdout}\n{stderr}");
        self
    }

    /// Whether a signal ended it.
    pub fn was_killed(&self) -> bool {
        self.code.is_none()
    }

    /// The report about one consumer.
    #[track_caller]
    pub fn consumer(&self, name: &str) -> &Value {
        named(&self.report["consumers"], name)
            .unwrap_or_else(|| panic!("no consumer {name} in: {}\n{}", self.stdout, self.stderr))
    }

    /// The report about one group of a provider.
    #[track_caller]
    pub fn group(&self, provider: &str, group: &str) -> &Value {
        named(&self.report["providers"], provider)
            .and_then(|found| found["groups"].as_array())
            .and_then(|groups| groups.iter().find(|found| found["group"] == group))
            .unwrap_or_else(|| panic!("no group {group} in: {}\n{}", self.stdout, self.stderr))
    }

    /// The operations of one consumer.
    #[track_caller]
    pub fn operations(&self, consumer: &str) -> Vec<Value> {
        let operations = self.consumer(consumer)["operations"].as_array();
        operations.expect("a list of operations").clone()
    }

    /// The operations of one consumer as `action outcome`, in their order.
    #[track_caller]
    pub fn deeds(&self, consumer: &str) -> Vec<String> {
        self.operations(consumer)
            .iter()
            .map(|operation| {
                let part = |key: &str| operation[key].as_str().unwrap_or("?").to_owned();
                format!("{} {}", part("action"), part("outcome"))
            })
            .collect()
    }

    /// The plan's hash.
    pub fn plan(&self) -> String {
        self.report["plan"].as_str().unwrap_or_default().to_owned()
    }
}

fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|item| item["name"] == name)
}
