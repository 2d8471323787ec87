//! The connections of a source: to one relay, and to wherever its messages come back.

use super::LARGEST;
use super::config::Config;
use crate::stream::{Message, Signer};
use crate::zmtp::{self, Incoming, Reader, Role, Writer, ZmtpError, connect};
use futures_util::future::{FutureExt, join_all, select_all};
use std::time::Duration;

/// What came of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It came back.
    Came,
    /// Nothing came in time.
    Silence,
}

/// The connections. The first is that to which messages are submitted, the others those where they come back.
pub(super) struct Wire(Vec<(Reader, Writer)>);

impl Wire {
    /// Connects to the first relay that answers, beginning with another one at each attempt, and to all that publish.
    ///
    /// # Errors
    /// None of them answers.
    pub async fn open(config: &Config, attempt: usize) -> Result<Self, String> {
        let echoes = config.publish.iter().map(async |endpoint| {
            let (reader, mut writer) = connect(endpoint, Role::Sub, LARGEST).await?;
            let prefix = format!("{}.", config.prefix);
            writer.subscribe(prefix.as_bytes()).await?;
            Ok::<_, ZmtpError>((reader, writer))
        });
        let mut connections = Vec::new();
        let mut problem = String::new();
        for (endpoint, result) in config.publish.iter().zip(join_all(echoes).await) {
            match result {
                Ok(connection) => connections.push(connection),
                Err(error) => problem = format!("{endpoint}: {error}"),
            }
        }
        if connections.is_empty() {
            return Err(format!(
                "{problem}; without it nobody can tell whether a message went through"
            ));
        }
        for at in 0..config.submit.len() {
            let endpoint = &config.submit[(at + attempt) % config.submit.len()];
            match connect(endpoint, Role::Dealer, LARGEST).await {
                Ok(connection) => {
                    connections.insert(0, connection);
                    return Ok(Self(connections));
                }
                Err(error) => problem = format!("{endpoint}: {error}"),
            }
        }
        Err(problem)
    }

    /// Sends a message, and waits until it comes back with its signature.
    ///
    /// # Errors
    /// A connection broke: it may have been sent.
    pub async fn submit(
        &mut self,
        message: &Message,
        signer: &Signer,
        patience: Duration,
    ) -> Result<Answer, ZmtpError> {
        let (_, writer) = &mut self.0[0];
        writer.send(&zmtp::encode(&[&message.to_bytes()])).await?;
        let echo = async {
            loop {
                let received = self
                    .0
                    .iter_mut()
                    .map(|(reader, _)| reader.receive().boxed_local());
                let (incoming, from, _) = select_all(received).await;
                match incoming? {
                    Incoming::Ping(context) => self.0[from].1.pong(&context).await?,
                    Incoming::Message(parts) if is_echo(&parts, message, signer) => return Ok(()),
                    _ => {}
                }
            }
        };
        match tokio::time::timeout(patience, echo).await {
            Ok(came) => came.map(|()| Answer::Came),
            Err(_) => Ok(Answer::Silence),
        }
    }
}

/// Whether it is ours: anybody could publish our uuid, but only we sign as we do.
fn is_echo(parts: &[bytes::Bytes], message: &Message, signer: &Signer) -> bool {
    let Some(body) = parts.get(1) else {
        return false;
    };
    Message::parse(body).is_ok_and(|echo| {
        echo.uuid() == message.uuid() && echo.is_signed_by(signer.id(), signer.public())
    })
}
