//! The sockets of a relay: who may connect, and in which order it ends.

use super::{Relay, add, publish, submit};
use crate::zmtp::Endpoint;
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// So many connections an endpoint takes. Two endpoints stay below the usual limit of 1,024 open files.
const MOST: usize = 256;
/// When no connection can be accepted (no file is left to open), it is tried again after this long.
const REST: Duration = Duration::from_millis(100);
/// At the end, sources and then sinks have this long.
const PATIENCE: Duration = Duration::from_secs(3);

/// How far the relay is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It works.
    Running,
    /// It takes what is on its way, and nobody new.
    Draining,
    /// It hands over what it has.
    Closing,
}

/// The sockets on which a relay listens.
pub struct Listening {
    submit: Vec<TcpListener>,
    publish: Vec<TcpListener>,
}

impl Listening {
    /// Opens them all.
    ///
    /// # Errors
    /// The first endpoint that cannot be opened, and why.
    pub async fn open(submit: &[Endpoint], publish: &[Endpoint]) -> Result<Self, String> {
        Ok(Self {
            submit: open(submit).await?,
            publish: open(publish).await?,
        })
    }

    /// The addresses: those to submit to, then those that publish.
    pub fn addresses(&self) -> [Vec<String>; 2] {
        [&self.submit, &self.publish].map(|listeners| {
            let addresses = listeners.iter().filter_map(|one| one.local_addr().ok());
            addresses.map(|address| address.to_string()).collect()
        })
    }
}

async fn open(endpoints: &[Endpoint]) -> Result<Vec<TcpListener>, String> {
    let mut listeners = Vec::new();
    for endpoint in endpoints {
        let mut opened = TcpListener::bind(endpoint.listening()).await;
        if opened.is_err() && endpoint.is_every_address() {
            // A machine without IPv6.
            let (_, port) = endpoint.listening();
            opened = TcpListener::bind(("0.0.0.0", port)).await;
        }
        listeners.push(opened.map_err(|error| {
            let mend = match error.kind() {
                io::ErrorKind::AddrInUse => "; is another relay running?",
                _ => "",
            };
            format!("{endpoint} cannot be listened on ({error}){mend}")
        })?);
    }
    Ok(listeners)
}

#[derive(Clone, Copy)]
enum Side {
    Submit,
    Publish,
}

/// Serves until `stop` is through; then what is on its way is taken and handed over, as far as it goes within seconds.
///
/// Must run in a [`LocalSet`](tokio::task::LocalSet).
pub async fn serve(relay: Rc<Relay>, listening: Listening, stop: impl Future<Output = ()>) {
    let (phase, watched) = watch::channel(Phase::Running);
    let gates = |listeners: Vec<TcpListener>, side| {
        let mut gates = JoinSet::new();
        for listener in listeners {
            gates.spawn_local(gate(relay.clone(), listener, side, watched.clone()));
        }
        gates
    };
    let sources = gates(listening.submit, Side::Submit);
    let sinks = gates(listening.publish, Side::Publish);
    stop.await;
    for (next, gates) in [(Phase::Draining, sources), (Phase::Closing, sinks)] {
        phase.send_replace(next);
        if tokio::time::timeout(PATIENCE, all_of(gates)).await.is_err() {
            tracing::warn!(phase = ?next, "somebody does not come to an end, and is cut off");
        }
    }
}

/// One endpoint: takes connections while the relay runs, and then waits until they have ended.
async fn gate(
    relay: Rc<Relay>,
    listener: TcpListener,
    side: Side,
    mut phase: watch::Receiver<Phase>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = phase.wait_for(|phase| *phase >= Phase::Draining) => break,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok(_) if connections.len() >= MOST => {
                add(&relay.counts.refused, 1);
                tracing::warn!(most = MOST, "a connection was refused: there are too many");
            }
            Ok((stream, from)) => {
                tracing::debug!(%from, "connected");
                connections.spawn_local(connection(relay.clone(), stream, side, phase.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted for now");
                tokio::time::sleep(REST).await;
            }
        }
    }
    drop(listener);
    all_of(connections).await;
}

/// Waits until all have ended, one way or another.
async fn all_of(mut tasks: JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

async fn connection(
    relay: Rc<Relay>,
    stream: TcpStream,
    side: Side,
    phase: watch::Receiver<Phase>,
) {
    match side {
        Side::Submit => submit::serve(&relay, stream, phase).await,
        Side::Publish => publish::serve(&relay, stream, phase).await,
    }
}
