//! Runs commands of kronos when messages ask for it, one at a time.

use super::{Cli, CliError, Command};
use crate::exit::Exit;
use crate::listen::{Queue, Reaction};
use crate::stream::Message;
use clap::Parser;
use std::cell::{Cell, RefCell};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// When another run is under way, ours is tried again after this long: the other may have read before the message came.
const BUSY: Duration = Duration::from_secs(5);

/// What messages start.
#[derive(Clone)]
pub(super) struct Reactions(Rc<Shared>);

struct Shared {
    config: PathBuf,
    reactions: Vec<Reaction>,
    queue: RefCell<Queue>,
    news: Notify,
    ends: Cell<bool>,
}

/// The task that runs them.
pub(super) struct Running {
    shared: Rc<Shared>,
    task: JoinHandle<()>,
}

impl Reactions {
    /// Checks that each is a command of kronos that comes to an end.
    ///
    /// # Errors
    /// One is not.
    pub fn new(config: PathBuf, reactions: Vec<Reaction>) -> Result<Self, CliError> {
        for reaction in &reactions {
            let words = ["kronos"]
                .into_iter()
                .chain(reaction.run.iter().map(String::as_str));
            let problem = match Cli::try_parse_from(words) {
                Ok(cli) if matches!(cli.command, Command::Relay | Command::Listen(_)) => {
                    "does not come to an end"
                }
                Ok(_) => continue,
                Err(_) => "is no command of kronos",
            };
            return Err(CliError::Failed(format!(
                "{}: listen.on.run: {:?} {problem}; write for example run = [\"sync\"]",
                config.display(),
                reaction.run.join(" ")
            )));
        }
        Ok(Self(Rc::new(Shared {
            config,
            reactions,
            queue: RefCell::default(),
            news: Notify::new(),
            ends: Cell::new(false),
        })))
    }

    /// Wants what this message starts.
    pub fn consider(&self, message: &Message) {
        for reaction in &self.0.reactions {
            if reaction.tag.fits(message.tag()) {
                self.0.queue.borrow_mut().ask(&reaction.run);
                self.0.news.notify_one();
            }
        }
    }

    /// Begins to run what is wanted.
    pub fn begin(&self) -> Running {
        let shared = self.0.clone();
        Running {
            shared: shared.clone(),
            task: tokio::task::spawn_local(async move { shared.work().await }),
        }
    }
}

impl Running {
    /// Begins nothing more, and waits for what runs.
    pub async fn finish(self) {
        self.shared.ends.set(true);
        self.shared.news.notify_one();
        if self.task.await.is_err() {
            tracing::error!("what runs the commands broke");
        }
    }
}

impl Shared {
    async fn work(&self) {
        while !self.ends.get() {
            let next = self.queue.borrow_mut().begin();
            match next {
                Some(run) => self.run(&run).await,
                None => self.news.notified().await,
            }
        }
    }

    async fn run(&self, run: &[String]) {
        let words = run.join(" ");
        tracing::info!(run = words, "a message starts it");
        let ended = match self.start(run) {
            Ok(mut child) => child.wait().await,
            Err(error) => Err(error),
        };
        match ended.map(|status| status.code()) {
            Ok(Some(code)) if code == i32::from(Exit::Busy.code()) => {
                tracing::info!(run = words, "another run is under way; trying again");
                self.queue.borrow_mut().ask(run);
                tokio::select! {
                    () = tokio::time::sleep(BUSY) => {}
                    // Nothing but the end is worth to be woken for.
                    () = async { while !self.ends.get() { self.news.notified().await } } => {}
                }
            }
            Ok(Some(0)) => tracing::info!(run = words, "done"),
            Ok(code) => tracing::warn!(
                run = words,
                code,
                "it did not end well; its own log tells why"
            ),
            Err(error) => tracing::error!(run = words, %error, "it could not be started"),
        }
    }

    fn start(&self, run: &[String]) -> std::io::Result<tokio::process::Child> {
        // Standard output is for messages; reports of runs go where the log goes.
        let log = std::io::stderr().as_fd().try_clone_to_owned()?;
        tokio::process::Command::new(std::env::current_exe()?)
            .arg("--config")
            .arg(&self.config)
            .args(run)
            .stdin(Stdio::null())
            .stdout(Stdio::from(log))
            .spawn()
    }
}
