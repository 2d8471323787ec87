//! One sink: its subscriptions, and the messages that match them.

use super::{Phase, Relay, Standing, add};
use crate::zmtp::{Incoming, Role, Writer, ZmtpError, handshake};
use bytes::Bytes;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// A subscription is not longer.
const LONGEST: usize = 4096;
/// A sink has no more subscriptions.
const MOST: usize = 1024;
/// A sink that subscribes this soon after it connected gets what was published since: else a source that connects, subscribes and
/// submits at once would not see its own message.
const JOINING: Duration = Duration::from_secs(5);

/// Serves a sink until it goes or the relay closes.
pub(super) async fn serve(relay: &Relay, stream: TcpStream, phase: watch::Receiver<Phase>) {
    match speak(relay, stream, phase).await {
        Err(error @ (ZmtpError::Foreign(_) | ZmtpError::Silent | ZmtpError::Oversized)) => {
            add(&relay.counts.foreign, 1);
            tracing::debug!("a sink was turned away: {error}");
        }
        Err(error) => tracing::debug!("a sink went: {error}"),
        Ok(()) => {}
    }
}

async fn speak(
    relay: &Relay,
    stream: TcpStream,
    mut phase: watch::Receiver<Phase>,
) -> Result<(), ZmtpError> {
    let (mut reader, mut writer) = handshake(stream, Role::Pub, LONGEST).await?;
    let _standing = Standing::begin(&relay.counts.sinks);
    let mut prefixes: Vec<Bytes> = Vec::new();
    let (connected, mut position) = (Instant::now(), relay.ring.end());
    loop {
        tokio::select! {
            incoming = reader.receive() => {
                match incoming? {
                    Incoming::Ping(context) => writer.pong(&context).await?,
                    Incoming::Subscribe(prefix) => subscribe(&mut prefixes, &prefix)?,
                    Incoming::Cancel(prefix) => cancel(&mut prefixes, &prefix),
                    Incoming::Message(parts) => match parts.as_slice() {
                        [part] if part.first() == Some(&1) => subscribe(&mut prefixes, &part[1..])?,
                        [part] if part.first() == Some(&0) => cancel(&mut prefixes, &part[1..]),
                        // RFC 29: a publisher passes over anything else.
                        _ => {}
                    },
                }
            }
            () = relay.ring.beyond(position), if prefixes.is_empty() && connected.elapsed() > JOINING => {
                position = relay.ring.end();
            }
            () = relay.ring.beyond(position), if !prefixes.is_empty() => hand_over(relay, &mut position, &prefixes, &mut writer).await?,
            _ = phase.wait_for(|phase| *phase >= Phase::Closing) => break,
        }
    }
    while relay.ring.end() > position {
        hand_over(relay, &mut position, &prefixes, &mut writer).await?;
    }
    Ok(())
}

async fn hand_over(
    relay: &Relay,
    position: &mut u64,
    prefixes: &[Bytes],
    writer: &mut Writer,
) -> Result<(), ZmtpError> {
    let (batch, missed) = relay.ring.collect(position, prefixes);
    if missed > 0 {
        add(&relay.counts.missed, missed);
        tracing::warn!(missed, "a sink is too slow and missed messages");
    }
    match batch.is_empty() {
        true => Ok(()),
        false => writer.send(&batch).await,
    }
}

fn subscribe(prefixes: &mut Vec<Bytes>, prefix: &[u8]) -> Result<(), ZmtpError> {
    if prefixes.len() == MOST {
        return Err(ZmtpError::Foreign("too many subscriptions"));
    }
    prefixes.push(Bytes::copy_from_slice(prefix));
    Ok(())
}

/// A subscription that was made twice must be given up twice.
fn cancel(prefixes: &mut Vec<Bytes>, prefix: &[u8]) {
    if let Some(index) = prefixes.iter().position(|known| known == prefix) {
        prefixes.swap_remove(index);
    }
}
