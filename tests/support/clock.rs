//! The clock that a stand-in goes by: the machine's, unless a test hands in another or moves it.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex};

/// A clock that all clones share.
#[derive(Clone)]
pub struct Clock(Arc<Mutex<Source>>);

struct Source {
    now: Box<dyn Fn() -> DateTime<Utc> + Send>,
    ahead: TimeDelta,
}

impl Default for Clock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Source {
            now: Box::new(Utc::now),
            ahead: TimeDelta::zero(),
        })))
    }
}

impl Clock {
    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        let source = self.0.lock().unwrap();
        (source.now)() + source.ahead
    }

    /// Goes by `now` from here on.
    pub fn follow(&self, now: impl Fn() -> DateTime<Utc> + Send + 'static) {
        let mut source = self.0.lock().unwrap();
        source.now = Box::new(now);
        source.ahead = TimeDelta::zero();
    }

    /// Stands still at `moment`.
    pub fn stop_at(&self, moment: DateTime<Utc>) {
        self.follow(move || moment);
    }

    /// Moves it by `length`, back if it is negative.
    pub fn advance(&self, length: TimeDelta) {
        self.0.lock().unwrap().ahead += length;
    }
}
