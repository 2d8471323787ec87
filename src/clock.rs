//! Time, handed in: the run asks a [`Clock`] and never the system, so that a simulation can hand in its own.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

/// Tells and passes time.
#[async_trait(?Send)]
pub trait Clock {
    /// The wall clock. It may jump in either direction; callers extend waits, never shorten them.
    fn now(&self) -> DateTime<Utc>;
    /// Returns after `length`; at once if it is not positive.
    async fn sleep(&self, length: TimeDelta);
}

/// The machine's own clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

#[async_trait(?Send)]
impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep(&self, length: TimeDelta) {
        if let Ok(length) = length.to_std() {
            tokio::time::sleep(length).await;
        }
    }
}
