//! The listener: follows what relays publish, believes what a trusted signer vouches for, and hands each message over once.

use crate::stream::{LARGEST, Message, Seen, Trusted};
use crate::zmtp::{Endpoint, Incoming, Role, ZmtpError, connect};
use bytes::Bytes;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

mod post;
mod reaction;
mod room;
mod rule;

pub use post::Poster;
pub use reaction::{Queue, Reaction};
pub use room::Room;
pub use rule::{Pattern, Rule};

/// A relay that is away is tried again after this long at first, and then after twice as long each time,
const SOON: Duration = Duration::from_millis(250);
/// up to this.
const LATE: Duration = Duration::from_secs(5);
/// So many messages wait to be handed over; more wait in the network, and then at the relay.
const WAITING: usize = 64;

/// The messages of any number of relays, each once.
pub struct Listener {
    incoming: mpsc::Receiver<Vec<Bytes>>,
    trusted: Trusted,
    seen: Seen,
    // Dropping them ends them.
    _followers: JoinSet<()>,
}

impl Listener {
    /// Follows the endpoints from now on, as far as tags begin with one of the prefixes. Reconnects whenever it must.
    ///
    /// Must run in a [`LocalSet`](tokio::task::LocalSet).
    pub fn begin(endpoints: &[Endpoint], prefixes: &[String], trusted: Trusted) -> Self {
        let (sender, incoming) = mpsc::channel(WAITING);
        let mut followers = JoinSet::new();
        for endpoint in endpoints {
            followers.spawn_local(follow(endpoint.clone(), prefixes.to_vec(), sender.clone()));
        }
        Self {
            incoming,
            trusted,
            seen: Seen::default(),
            _followers: followers,
        }
    }

    /// The next message that is believed and was not handed over before. `None` if there is no endpoint.
    /// May be dropped and called again without losing anything.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            let parts = self.incoming.recv().await?;
            self.trusted.refresh(Instant::now());
            match judge(&parts, &self.trusted) {
                Ok(message) if self.seen.is_new(message.uuid()) => return Some(message),
                Ok(message) => tracing::debug!(uuid = message.uuid(), "a repetition"),
                Err(problem) => tracing::warn!("a message was dropped: {problem}"),
            }
        }
    }
}

/// A message as it is published has two parts, its tag and itself.
fn judge(parts: &[Bytes], trusted: &Trusted) -> Result<Message, String> {
    let [tag, body] = parts else {
        return Err("it has not two parts".into());
    };
    let message = Message::parse(body).map_err(|problem| problem.to_string())?;
    if message.tag().as_bytes() != tag {
        return Err("it was published under another tag than its own".into());
    }
    trusted
        .voucher(&message)
        .map_err(|distrust| format!("{}: {distrust}", message.tag()))?;
    Ok(message)
}

async fn follow(endpoint: Endpoint, prefixes: Vec<String>, sender: mpsc::Sender<Vec<Bytes>>) {
    let mut rest = SOON;
    loop {
        let begun = Instant::now();
        let Err(error) = receive(&endpoint, &prefixes, &sender).await else {
            return;
        };
        if begun.elapsed() > LATE {
            rest = SOON;
        }
        tracing::warn!(%endpoint, "the relay is away ({error}); trying again");
        tokio::time::sleep(rest).await;
        rest = (rest * 2).min(LATE);
    }
}

/// Ends well only when nobody wants to have the messages any more.
async fn receive(
    endpoint: &Endpoint,
    prefixes: &[String],
    sender: &mpsc::Sender<Vec<Bytes>>,
) -> Result<(), ZmtpError> {
    // The frame of the tag, besides the message.
    let (mut reader, mut writer) = connect(endpoint, Role::Sub, 2 * LARGEST).await?;
    for prefix in prefixes {
        writer.subscribe(prefix.as_bytes()).await?;
    }
    tracing::info!(%endpoint, "listening");
    loop {
        match reader.receive().await? {
            Incoming::Message(parts) => {
                if sender.send(parts).await.is_err() {
                    return Ok(());
                }
            }
            Incoming::Ping(context) => writer.pong(&context).await?,
            Incoming::Subscribe(_) | Incoming::Cancel(_) => {}
        }
    }
}
