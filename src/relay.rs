//! The relay: takes signed messages from sources, adds its own signature to those that it believes, and publishes them to sinks.
//!
//! One thread does it all. What it keeps is bounded, whoever connects and whatever comes: the connections, the size of a message,
//! and the messages that wait for slow sinks, all of them together.

use crate::stream::{Distrust, Message, Signer, Trusted};
use crate::zmtp;
use bytes::Bytes;
use ring::Ring;
use std::cell::{Cell, RefCell};
use std::time::Instant;

mod publish;
mod ring;
mod serve;
mod submit;

pub use serve::{Listening, Phase, serve};

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages that were countersigned and published.
    pub published: Cell<u64>,
    /// Submissions that were no message: not one part, no JSON object, or without a required field or signature.
    pub malformed: Cell<u64>,
    /// Messages that nobody signed who is trusted.
    pub untrusted: Cell<u64>,
    /// Messages with a wrong signature in the name of somebody who is trusted.
    pub forged: Cell<u64>,
    /// Submissions that were larger than is accepted; they end their connection.
    pub oversized: Cell<u64>,
    /// Messages that a sink missed since it was too slow.
    pub missed: Cell<u64>,
    /// Connections that spoke no ZeroMQ of a kind that suits, or stalled.
    pub foreign: Cell<u64>,
    /// Connections that were refused since there were too many.
    pub refused: Cell<u64>,
    /// Sources that are connected.
    pub sources: Cell<u64>,
    /// Sinks that are connected.
    pub sinks: Cell<u64>,
}

/// Adds to a counter.
fn add(counter: &Cell<u64>, number: u64) {
    counter.set(counter.get().wrapping_add(number));
}

/// Counts a connection for as long as it stands.
struct Standing<'a>(&'a Cell<u64>);

impl<'a> Standing<'a> {
    fn begin(counter: &'a Cell<u64>) -> Self {
        add(counter, 1);
        Self(counter)
    }
}

impl Drop for Standing<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get().saturating_sub(1));
    }
}

/// A relay, its sockets aside.
pub struct Relay {
    signer: Signer,
    trusted: RefCell<Trusted>,
    ring: Ring,
    /// What was counted.
    pub counts: Counts,
}

impl Relay {
    /// A relay that signs as `signer` and believes those who are `trusted`.
    pub fn new(signer: Signer, trusted: Trusted) -> Self {
        Self {
            signer,
            trusted: RefCell::new(trusted),
            ring: Ring::default(),
            counts: Counts::default(),
        }
    }

    /// How many are trusted.
    pub fn trusted(&self) -> usize {
        self.trusted.borrow().count()
    }

    /// Takes one submission: publishes it, or drops it. Its sender is not told; the log is.
    ///
    /// A repetition is published again, since its source waits for it: sinks know repetitions by their uuid.
    pub fn take(&self, parts: &[Bytes]) {
        let [part] = parts else {
            add(&self.counts.malformed, 1);
            tracing::debug!(
                parts = parts.len(),
                "dropped a submission that has not one part"
            );
            return;
        };
        let mut message = match Message::parse(part) {
            Ok(message) => message,
            Err(problem) => {
                add(&self.counts.malformed, 1);
                tracing::debug!("dropped a submission that is no message: {problem}");
                return;
            }
        };
        let mut trusted = self.trusted.borrow_mut();
        trusted.refresh(Instant::now());
        match trusted.voucher(&message) {
            Ok(signer) => {
                tracing::debug!(
                    tag = message.tag(),
                    uuid = message.uuid(),
                    signer,
                    "published"
                );
            }
            Err(distrust) => {
                let counter = match distrust {
                    Distrust::Stranger => &self.counts.untrusted,
                    Distrust::Forged => &self.counts.forged,
                };
                add(counter, 1);
                tracing::info!(
                    tag = message.tag(),
                    uuid = message.uuid(),
                    "dropped a message: {distrust}"
                );
                return;
            }
        }
        message.sign(&self.signer);
        let tag = Bytes::copy_from_slice(message.tag().as_bytes());
        let wire = zmtp::encode(&[&tag, &message.to_bytes()]);
        self.ring.push(tag, wire);
        add(&self.counts.published, 1);
    }
}

#[cfg(test)]
mod tests;
