//! The messages that wait for sinks: one memory for all, bounded in bytes. A sink that is too slow misses the oldest.

use bytes::{Bytes, BytesMut};
use std::cell::RefCell;
use std::collections::VecDeque;
use tokio::sync::Notify;

/// So many bytes are kept, however many sinks there are and however slow they be.
const KEPT: usize = 32 * 1024 * 1024;
/// A message costs this much besides its bytes.
const EACH: usize = 128;
/// So many bytes are handed to a sink at once.
const BATCH: usize = 64 * 1024;

/// The last messages, numbered from 0.
#[derive(Default)]
pub(super) struct Ring {
    kept: RefCell<Kept>,
    news: Notify,
}

#[derive(Default)]
struct Kept {
    /// The tag of each, and its bytes on the wire.
    messages: VecDeque<(Bytes, Bytes)>,
    /// The number of the first that is kept.
    first: u64,
    bytes: usize,
}

impl Kept {
    fn end(&self) -> u64 {
        self.first + self.messages.len() as u64
    }
}

fn cost((tag, wire): &(Bytes, Bytes)) -> usize {
    tag.len() + wire.len() + EACH
}

impl Ring {
    /// Adds a message, and drops the oldest as far as there is no room.
    pub fn push(&self, tag: Bytes, wire: Bytes) {
        let mut kept = self.kept.borrow_mut();
        let message = (tag, wire);
        kept.bytes += cost(&message);
        kept.messages.push_back(message);
        while kept.bytes > KEPT
            && let Some(oldest) = kept.messages.pop_front()
        {
            kept.bytes -= cost(&oldest);
            kept.first += 1;
        }
        drop(kept);
        self.news.notify_waiters();
    }

    /// The number that the next message will have.
    pub fn end(&self) -> u64 {
        self.kept.borrow().end()
    }

    /// Waits until there is a message of that number or a later one.
    pub async fn beyond(&self, position: u64) {
        loop {
            let news = self.news.notified();
            if self.end() > position {
                return;
            }
            news.await;
        }
    }

    /// The bytes of the messages from `position` on that begin with one of the prefixes, as many as go at once. Moves `position`
    /// behind them; tells how many were dropped before they could be taken.
    pub fn collect(&self, position: &mut u64, prefixes: &[Bytes]) -> (BytesMut, u64) {
        let kept = self.kept.borrow();
        let missed = kept.first.saturating_sub(*position);
        *position += missed;
        let mut batch = BytesMut::new();
        let start = usize::try_from(*position - kept.first).unwrap_or(usize::MAX);
        for (tag, wire) in kept.messages.iter().skip(start) {
            if batch.len() >= BATCH {
                break;
            }
            *position += 1;
            if prefixes.iter().any(|prefix| tag.starts_with(prefix)) {
                batch.extend_from_slice(wire);
            }
        }
        (batch, missed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Bytes {
        Bytes::copy_from_slice(text.as_bytes())
    }

    #[test]
    fn a_sink_gets_what_it_subscribed_to_from_its_position_on() {
        let ring = Ring::default();
        let mut position = ring.end();
        for tag in ["a.1", "b.1", "a.2"] {
            ring.push(bytes(tag), bytes(tag));
        }
        assert_eq!(
            ring.collect(&mut position, &[bytes("a."), bytes("a.1")]),
            (BytesMut::from("a.1a.2"), 0)
        );
        assert_eq!(position, ring.end());
        assert_eq!(ring.collect(&mut 0, &[]).0, BytesMut::new());
        assert_eq!(ring.collect(&mut 0, &[bytes("")]).0, "a.1b.1a.2");
    }

    #[test]
    fn the_memory_is_bounded_and_a_slow_sink_learns_how_many_it_missed() {
        let ring = Ring::default();
        let large = Bytes::from(vec![0; 1024 * 1024]);
        for _ in 0..100 {
            ring.push(bytes("t"), large.clone());
        }
        assert!(ring.kept.borrow().bytes <= KEPT);
        let mut position = 0;
        let (batch, missed) = ring.collect(&mut position, &[bytes("")]);
        assert_eq!((batch.len(), missed, position), (large.len(), 69, 70));
    }

    #[tokio::test]
    async fn news_are_waited_for() {
        let ring = Ring::default();
        ring.push(bytes("t"), bytes("1"));
        ring.beyond(0).await;
        let (waited, ()) = tokio::join!(ring.beyond(1), async {
            ring.push(bytes("t"), bytes("2"));
        });
        waited
    }
}
