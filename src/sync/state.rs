//! The state of an installation, opened for one command: the lock, the database and what its high-water file tells.

use crate::event::EventKey;
use crate::store::{HighWater, Lock, Store, StoreError};
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::path::Path;

/// Holds the lock for as long as it lives.
pub struct State {
    /// The database.
    pub store: RefCell<Store>,
    /// The newest run that any database at this path has begun.
    pub mark: Option<HighWater>,
    _lock: Lock,
}

impl State {
    /// For a run: makes the database where there is none.
    ///
    /// # Errors
    /// Another run is under way, or the database cannot be used.
    pub fn for_run(path: &Path) -> Result<Self, StoreError> {
        let lock = Lock::exclusive(path)?;
        let mark = HighWater::read(path)?;
        let store = RefCell::new(Store::open(path, &lock)?);
        Ok(Self {
            store,
            mark,
            _lock: lock,
        })
    }

    /// For looking: works on a private copy, and no file of the state changes or is added.
    ///
    /// # Errors
    /// As [`for_run`](Self::for_run).
    pub fn for_reading(path: &Path) -> Result<Self, StoreError> {
        let lock = Lock::shared(path)?;
        let mark = HighWater::read(path)?;
        let store = RefCell::new(Store::copy(path)?);
        Ok(Self {
            store,
            mark,
            _lock: lock,
        })
    }

    /// Reads the whole database and checks that it makes sense.
    ///
    /// # Errors
    /// It is damaged.
    pub fn verify(&self) -> Result<(), StoreError> {
        self.store.borrow().verify()
    }

    /// The events that `wanted` names: by URL, by the provider's id, or by a part of the title. Gives keys and titles.
    pub fn find(&self, wanted: &str) -> Result<Vec<(EventKey, String)>, StoreError> {
        let store = self.store.borrow();
        if let Some(stored) = store.event(&EventKey::new(wanted))? {
            return Ok(vec![(stored.event.key, stored.event.title)]);
        }
        let mut fitting = Vec::new();
        for key in store.event_keys()? {
            let Some(stored) = store.event(&key)? else {
                continue;
            };
            let event = stored.event;
            if event.uuid.as_deref() == Some(wanted)
                || event.title.to_lowercase().contains(&wanted.to_lowercase())
            {
                fitting.push((key, event.title));
            }
        }
        Ok(fitting)
    }

    /// Releases what is held back of an event, at one target or at all. Gives the targets concerned.
    pub fn release(
        &self,
        key: &EventKey,
        target: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Vec<String>, StoreError> {
        self.store.borrow_mut().release(key, target, now)
    }
}
