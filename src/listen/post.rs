//! Posts to a room of Matrix, one message after the other, each once.

use crate::matrix::{Room, Session, Trouble};
use crate::stream::Message;
use serde_json::Value;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// So many messages wait for a room.
const WAITING: usize = 1_000;
/// After a failure it is tried again after this long at first, and then after twice as long each time,
const SOON: Duration = Duration::from_secs(1);
/// up to this.
const LATE: Duration = Duration::from_secs(60);
/// A message that cannot be posted is given up after so many tries.
const TRIES: u32 = 30;
/// At the end, what waits has this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// A room, and the task that posts to it.
pub struct Poster {
    room: String,
    sender: mpsc::Sender<Post>,
    task: JoinHandle<()>,
}

struct Post {
    /// By which the homeserver knows a repetition: a function of the message.
    transaction: String,
    content: Value,
}

impl Poster {
    /// Joins the room, and posts from now on.
    ///
    /// Must run in a [`LocalSet`](tokio::task::LocalSet).
    pub fn begin(session: Session, room: Room) -> Self {
        let (sender, posts) = mpsc::channel(WAITING);
        Self {
            room: room.as_str().into(),
            sender,
            task: tokio::task::spawn_local(work(session, room, posts)),
        }
    }

    /// Posts `content` about `message` as soon as it can be.
    pub fn post(&self, message: &Message, content: Value) {
        let post = Post {
            transaction: format!("kronos.{}", message.uuid()),
            content,
        };
        if self.sender.try_send(post).is_err() {
            tracing::warn!(
                room = self.room,
                uuid = message.uuid(),
                "too many messages wait for the room; this one is left out"
            );
        }
    }

    /// Posts what waits, as far as it goes within seconds.
    pub async fn finish(self) {
        drop(self.sender);
        if tokio::time::timeout(PATIENCE, self.task).await.is_err() {
            tracing::warn!(room = self.room, "not everything was posted");
        }
    }
}

async fn work(session: Session, room: Room, mut posts: mpsc::Receiver<Post>) {
    let mut id = None;
    // An invitation is accepted at once; later ones with the next message.
    match session.join(&room).await {
        Ok(joined) => id = Some(joined),
        Err(trouble) => tell(&room, &trouble),
    }
    while let Some(post) = posts.recv().await {
        let mut rest = SOON;
        for _ in 0..TRIES {
            let Err(trouble) = send(&session, &room, &mut id, &post).await else {
                break;
            };
            tell(&room, &trouble);
            let until = match trouble {
                Trouble::Refused(_) | Trouble::Missing(_) => break,
                Trouble::Later { retry_at, .. } => retry_at,
                // The same transaction: sent twice it is one message.
                Trouble::Ambiguous(_) => None,
                Trouble::Unauthorised(_) => {
                    id = None;
                    None
                }
            };
            let clock = session.http().clock();
            match until.and_then(|until| (until - clock.now()).to_std().ok()) {
                Some(length) => tokio::time::sleep(length).await,
                None => tokio::time::sleep(rest).await,
            }
            rest = (rest * 2).min(LATE);
        }
    }
}

async fn send(
    session: &Session,
    room: &Room,
    id: &mut Option<String>,
    post: &Post,
) -> Result<(), Trouble> {
    let joined = match id {
        Some(id) => id.clone(),
        None => id.insert(session.join(room).await?).clone(),
    };
    session
        .send(&joined, &post.transaction, &post.content)
        .await?;
    Ok(())
}

fn tell(room: &Room, trouble: &Trouble) {
    let reason = match trouble {
        Trouble::Later { reason, .. }
        | Trouble::Refused(reason)
        | Trouble::Missing(reason)
        | Trouble::Unauthorised(reason)
        | Trouble::Ambiguous(reason) => reason,
    };
    tracing::warn!(room = room.as_str(), "nothing was posted: {reason}");
}
