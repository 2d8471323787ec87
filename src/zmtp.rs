//! ZMTP 3.0, the protocol of ZeroMQ sockets over TCP, as much of it as the message stream needs: the NULL mechanism, and messages
//! of bounded size.
//!
//! Source: ZeroMQ RFC 23 (ZMTP 3.0) and RFC 37 (ZMTP 3.1: heartbeats, and subscriptions as commands). Both ends of it are
//! tested against libzmq.
//!
//! Why not a library: the `zeromq` crate (0.7.0) reserves as much memory as a frame's header announces, so that nine bytes from
//! anybody who can connect abort the process, and it keeps 100,000 messages for each slow subscriber; neither can be configured.
//! libzmq bounds both, but is C++. What is needed of the protocol is small.

mod connection;
mod endpoint;
mod frame;
#[cfg(any(test, fuzzing))]
pub(crate) mod hostile;

pub use connection::{Incoming, Reader, Writer, connect, handshake};
pub use endpoint::Endpoint;
pub use frame::{Role, encode};

/// Why a connection is of no more use.
#[derive(Debug, thiserror::Error)]
pub enum ZmtpError {
    /// The network.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The other side closed it.
    #[error("the other side closed the connection")]
    Closed,
    /// What came is not ZMTP 3, or not for this kind of socket.
    #[error("{0}")]
    Foreign(&'static str),
    /// A message is larger than is accepted, in bytes or in parts.
    #[error("a message is larger than is accepted")]
    Oversized,
    /// The other side was silent for too long.
    #[error("no answer in time")]
    Silent,
}
