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
        world.stall();
        world.kronos_now()
    }

    async fn sleep(&self, length: TimeDelta) {
        if length <= TimeDelta::zero() {
            return;
        }
        let until = {
            let mut world = self.0.borrow_mut();
            world.step();
            world.now + length
        };
        Timer {
            world: self.0.clone(),
            until,
        }
        .await;
        self.0.borrow_mut().step();
    }
}

/// Is over at its moment, which comes when nobody has anything else to do.
struct Timer {
    world: Shared,
    until: DateTime<Utc>,
}

impl Future for Timer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let mut world = self.world.borrow_mut();
        if world.now >= self.until {
            return Poll::Ready(());
        }
        world.timers.push(self.until);
        Poll::Pending
    }
}

/// Lets others run once.
pub struct Pause {
    world: Shared,
    is_over: bool,
}

impl Pause {
    pub fn new(world: &Shared) -> Self {
        Self {
            world: world.clone(),
            is_over: false,
        }
    }
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.is_over, true) {
            return Poll::Ready(());
        }
        // The driver polls again at once: nobody needs to be woken.
        self.world.borrow_mut().is_busy = true;
        Poll::Pending
    }
}
