//! The wish from outside that a run ends early: after the exchange under way, recorded, and with a report.

use std::cell::Cell;
use tokio::sync::Notify;

/// Set once, by a signal.
#[derive(Debug, Default)]
pub struct Stop {
    set: Cell<bool>,
    notify: Notify,
}

impl Stop {
    /// Asks the run to end.
    pub fn set(&self) {
        self.set.set(true);
        self.notify.notify_waiters();
    }

    /// Whether it was asked to.
    pub fn is_set(&self) -> bool {
        self.set.get()
    }

    /// Does `work`, unless it is told to stop before it is through: only for what changes nothing, since it is then dropped.
    pub async fn unless<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let told = self.notify.notified();
        tokio::pin!(told);
        told.as_mut().enable();
        if self.is_set() {
            return None;
        }
        tokio::select! {
            biased;
            () = told => None,
            value = work => Some(value),
        }
    }
}
