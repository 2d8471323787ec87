//! One source: its submissions, one after the other.

use super::{Phase, Relay, Standing, add};
use crate::stream::LARGEST;
use crate::zmtp::{Incoming, Reader, Role, Writer, ZmtpError, handshake};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// After so many messages the others have their turn.
const TURN: u32 = 16;
/// When the relay is told to stop, a source that sends nothing for this long is through.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves a source until it goes or the relay drains.
pub(super) async fn serve(relay: &Relay, stream: TcpStream, mut phase: watch::Receiver<Phase>) {
    let (mut reader, mut writer) = match handshake(stream, Role::Router, LARGEST).await {
        Ok(halves) => halves,
        Err(error) => {
            add(&relay.counts.foreign, 1);
            return tracing::debug!("a source was turned away: {error}");
        }
    };
    let _standing = Standing::begin(&relay.counts.sources);
    let mut taken = 0;
    let end = loop {
        let incoming = tokio::select! {
            incoming = reader.receive() => incoming,
            _ = phase.wait_for(|phase| *phase >= Phase::Draining) => break drain(relay, &mut reader).await,
        };
        match incoming {
            Ok(incoming) => {
                if let Err(error) = take(relay, &mut writer, incoming).await {
                    break Err(error);
                }
            }
            Err(error) => break Err(error),
        }
        taken += 1;
        if taken % TURN == 0 {
            tokio::task::yield_now().await;
        }
    };
    match end {
        Err(ZmtpError::Oversized) => {
            add(&relay.counts.oversized, 1);
            tracing::info!("a source was turned away: its message is larger than {LARGEST} bytes");
        }
        Err(error) => tracing::debug!("a source went: {error}"),
        Ok(()) => {}
    }
}

async fn take(relay: &Relay, writer: &mut Writer, incoming: Incoming) -> Result<(), ZmtpError> {
    match incoming {
        Incoming::Message(parts) => relay.take(&parts),
        Incoming::Ping(context) => writer.pong(&context).await?,
        // No source sends these; they do no harm.
        Incoming::Subscribe(_) | Incoming::Cancel(_) => {}
    }
    Ok(())
}

/// Takes what is on its way, until there is a pause.
async fn drain(relay: &Relay, reader: &mut Reader) -> Result<(), ZmtpError> {
    while let Ok(incoming) = tokio::time::timeout(PAUSE, reader.receive()).await {
        if let Incoming::Message(parts) = incoming? {
            relay.take(&parts);
        }
    }
    Ok(())
}
