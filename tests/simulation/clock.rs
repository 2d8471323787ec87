//! Simulated time: it passes only when somebody sleeps or answers, and the machine's clock may be wrong about it.

use super::world::Shared;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kronos::clock::Clock;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The clock of the machine on which kronos runs.
pub struct SimClock(pub Shared);

#[async_trait(?Send)]
impl Clock for SimClock {
    fn now(&self) -> DateTime<Utc> {
        let mut world = self.0.borrow_mut();
        world.step();
        world.kronos_now()
    }

    async fn sleep(&self, length: TimeDelta) {
        if length <= TimeDelta::zero() {
            return;
        }
        self.0.borrow_mut().step();
        // Whoever else runs at the same time comes first, as with a real timer.
        Pause::default().await;
        let mut world = self.0.borrow_mut();
        world.trace(|| format!("    sleeps {} s", length.num_seconds()));
        world.advance(length);
        world.step();
    }
}

/// Lets others run once.
#[derive(Default)]
pub struct Pause(bool);

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        // The driver polls again at once: nobody needs to be woken.
        match std::mem::replace(&mut self.0, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }
}
