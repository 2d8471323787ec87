//! One connection: the handshake, and then messages both ways.

use super::frame::{self, Role};
use super::{Endpoint, ZmtpError};
use bytes::{Bytes, BytesMut};
use socket2::{SockRef, TcpKeepalive};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

/// A peer that takes longer to connect or to say what it is is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A message that has begun must be through after this long, and what is sent must be taken in it.
const STALLED: Duration = Duration::from_secs(60);
/// A silent peer is asked after this long whether it still is there: its machine may have gone without a word.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// A message of the stream has one or two parts.
const MOST_PARTS: usize = 4;
/// So much is read at once.
const CHUNK: usize = 16 * 1024;

/// What comes over a connection.
#[derive(Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A message, of one or more parts.
    Message(Vec<Bytes>),
    /// A heartbeat; answer it with [`Writer::pong`].
    Ping(Bytes),
    /// The peer subscribes to this prefix (ZMTP 3.1; in 3.0 it is a message that begins with 1).
    Subscribe(Bytes),
    /// The peer gives up one subscription to this prefix (in 3.0 a message that begins with 0).
    Cancel(Bytes),
}

/// The half that receives.
#[derive(Debug)]
pub struct Reader {
    half: OwnedReadHalf,
    buffer: BytesMut,
    parts: Vec<Bytes>,
    limit: usize,
}

/// The half that sends.
#[derive(Debug)]
pub struct Writer {
    half: OwnedWriteHalf,
}

/// Connects to an endpoint as a socket of `role`; accepts messages of at most `limit` bytes.
///
/// # Errors
/// It cannot be reached within ten seconds, or is no ZeroMQ socket of a kind that suits.
pub async fn connect(
    endpoint: &Endpoint,
    role: Role,
    limit: usize,
) -> Result<(Reader, Writer), ZmtpError> {
    let stream = timeout(HANDSHAKE, TcpStream::connect(endpoint.connecting()))
        .await
        .map_err(|_| ZmtpError::Silent)??;
    handshake(stream, role, limit).await
}

/// Speaks the handshake on a connection that stands, as a socket of `role`; accepts messages of at most `limit` bytes.
///
/// # Errors
/// The peer is no ZeroMQ socket of a kind that suits, or says nothing for ten seconds.
pub async fn handshake(
    stream: TcpStream,
    role: Role,
    limit: usize,
) -> Result<(Reader, Writer), ZmtpError> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new()
        .with_time(KEEPALIVE)
        .with_interval(KEEPALIVE / 3);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
    let (half, mut sending) = stream.into_split();
    let mut reader = Reader {
        half,
        buffer: BytesMut::new(),
        parts: Vec::new(),
        limit,
    };
    let exchange = async {
        sending.write_all(&frame::greeting()).await?;
        while reader.buffer.len() < frame::GREETING {
            reader.fill().await?;
            frame::check_greeting(&reader.buffer)?;
        }
        drop(reader.buffer.split_to(frame::GREETING));
        sending.write_all(&frame::ready(role)).await?;
        let ready = loop {
            match frame::take(&mut reader.buffer, limit)? {
                Some(frame) => break frame,
                None => reader.fill().await?,
            }
        };
        frame::check_ready(&ready, role)
    };
    timeout(HANDSHAKE, exchange)
        .await
        .map_err(|_| ZmtpError::Silent)??;
    Ok((reader, Writer { half: sending }))
}

impl Reader {
    /// What comes next. May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// The connection is of no more use.
    pub async fn receive(&mut self) -> Result<Incoming, ZmtpError> {
        loop {
            if let Some(incoming) = self.take()? {
                return Ok(incoming);
            }
            if self.buffer.is_empty() && self.parts.is_empty() {
                self.fill().await?;
            } else {
                timeout(STALLED, self.fill())
                    .await
                    .map_err(|_| ZmtpError::Silent)??;
            }
        }
    }

    /// What stands whole in the memory already, without asking the network.
    ///
    /// # Errors
    /// The connection is of no more use.
    pub fn take(&mut self) -> Result<Option<Incoming>, ZmtpError> {
        while let Some(frame) = frame::take(&mut self.buffer, self.limit)? {
            if frame.is_command {
                if let Some(incoming) = understood(&frame.body) {
                    return Ok(Some(incoming));
                }
                continue;
            }
            let held: usize = self.parts.iter().map(Bytes::len).sum();
            if self.parts.len() == MOST_PARTS || held + frame.body.len() > self.limit {
                return Err(ZmtpError::Oversized);
            }
            self.parts.push(frame.body);
            if !frame.has_more {
                return Ok(Some(Incoming::Message(std::mem::take(&mut self.parts))));
            }
        }
        Ok(None)
    }

    async fn fill(&mut self) -> Result<(), ZmtpError> {
        self.buffer.reserve(CHUNK);
        match self.half.read_buf(&mut self.buffer).await? {
            0 => Err(ZmtpError::Closed),
            _ => Ok(()),
        }
    }
}

/// A command that means something here; others are for sockets that can do more, and are passed over.
fn understood(body: &Bytes) -> Option<Incoming> {
    let (name, rest) = frame::command_name(body)?;
    match &name[..] {
        // Two bytes tell how long the peer's patience is; the rest is to be given back.
        b"PING" => Some(Incoming::Ping(rest.slice(2.min(rest.len())..))),
        b"SUBSCRIBE" => Some(Incoming::Subscribe(rest)),
        b"CANCEL" => Some(Incoming::Cancel(rest)),
        _ => None,
    }
}

impl Writer {
    /// Sends bytes that [`encode`](super::encode) made, any number of messages at once.
    ///
    /// # Errors
    /// The connection is of no more use; also if the peer takes nothing for a minute.
    pub async fn send(&mut self, bytes: &[u8]) -> Result<(), ZmtpError> {
        timeout(STALLED, self.half.write_all(bytes))
            .await
            .map_err(|_| ZmtpError::Silent)?
            .map_err(ZmtpError::Io)
    }

    /// Answers a heartbeat.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn pong(&mut self, context: &[u8]) -> Result<(), ZmtpError> {
        // RFC 37: a context has at most 16 bytes.
        self.send(&frame::pong(&context[..context.len().min(16)]))
            .await
    }

    /// Subscribes to every message whose first part begins with `prefix`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn subscribe(&mut self, prefix: &[u8]) -> Result<(), ZmtpError> {
        self.send(&super::encode(&[&[&[1], prefix].concat()])).await
    }
}
