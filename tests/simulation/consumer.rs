//! A consumer as kronos talks to it: honest in what it lists, unreliable in what it answers.

use super::board::{Board, Request, Style};
use super::clock::Pause;
use super::oracle;
use super::world::{Shared, World};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kronos::consumer::{Capability, Consumer, Item, Listing, Operation, Outcome, Rendering};
use kronos::delivery::State;
use kronos::event::{Action, Event, Fingerprint};
use kronos::http::Failure;
use kronos::store::Store;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

mod fate;

pub use fate::Fate;
use fate::applied;

/// Talks to one board.
pub struct SimConsumer {
    pub world: Shared,
    pub index: usize,
    pub style: Style,
    /// How events are rendered.
    pub version: u32,
    pub store: Rc<RefCell<Store>>,
    /// What this process was told of the service's pace.
    pub ready: Cell<Option<DateTime<Utc>>>,
    /// What stood there when it was listed or written last, where that can be told.
    pub left: Cell<Option<Fingerprint>>,
}

impl SimConsumer {
    /// The way there or back.
    async fn travel(&self) {
        self.world.borrow_mut().step();
        Pause::new(&self.world).await;
        let mut world = self.world.borrow_mut();
        world.dawdle();
        world.step();
    }

    /// Another run begins and ends while this request is under way.
    fn be_overtaken(&self) {
        let mut world = self.world.borrow_mut();
        match world.takeover.take() {
            Some((0, other)) => {
                drop(world);
                other();
            }
            later => world.takeover = later.map(|(left, other)| (left - 1, other)),
        }
    }

    fn board<T>(&self, with: impl FnOnce(&mut Board) -> T) -> T {
        with(&mut self.world.borrow_mut().boards[self.index])
    }

    /// What tells all that stands there from anything else.
    fn stamp(&self) -> Option<Fingerprint> {
        self.board(|board| {
            let items = board.items.iter();
            let all: Vec<_> = items
                .map(|item| (&item.id, &item.marker, &item.fields))
                .collect();
            board.is_stamped.then(|| Fingerprint::of(&all))
        })
    }

    fn count(&self) {
        let mut world = self.world.borrow_mut();
        world.boards[self.index].requests += 1;
        oracle::after_unauthorised(&mut world, self.index);
    }

    /// By how much what is read now lags, if reading it took so long.
    fn lag(&self, world: &mut World, late: TimeDelta) -> TimeDelta {
        if self.style == Style::File || !world.fails(|faults| faults.lagging) {
            return TimeDelta::zero();
        }
        let most = (world.lag + late).num_milliseconds();
        TimeDelta::milliseconds(world.rng.between(0, most))
    }

    /// Items moved from page to page while they were listed: one is given twice, or one is left out. Only one that is recorded
    /// can be left out: of nothing else could anybody know.
    fn muddle(&self, world: &mut World, items: &mut Vec<Item>) {
        if items.is_empty() || self.style == Style::File || !world.fails(|faults| faults.muddled) {
            return;
        }
        let index = world.rng.below(items.len() as u64) as usize;
        let item = items[index].clone();
        if world.rng.chance(50) {
            items.push(item);
            return;
        }
        let store = self.store.borrow();
        let recorded = item.marker.as_ref().and_then(|marker| {
            let target = world.boards[self.index].target();
            let delivery = store.delivery(&target, marker).unwrap()?;
            delivery.remote_id.filter(|_| delivery.state == State::Idle)
        });
        if recorded.as_ref() == Some(&item.remote_id) {
            items.remove(index);
            drop(store);
            world.run.muddled = true;
        }
    }

    fn request(&self, operation: &Operation<'_>, entry: usize) -> Request {
        Request {
            action: operation.action,
            entry,
            key: operation.key.to_string(),
            id: operation.remote_id.map(Into::into),
            rendering: operation.rendering.cloned(),
            idempotency_key: operation.idempotency_key.into(),
            changed: operation.changed.iter().copied().collect(),
            overdue: false,
        }
    }
}

#[async_trait(?Send)]
impl Consumer for SimConsumer {
    fn target(&self) -> String {
        self.board(|board| board.target())
    }

    fn capability(&self) -> Capability {
        self.board(|board| board.capability())
    }

    fn rendering_version(&self) -> String {
        self.version.to_string()
    }

    fn render(&self, event: &Event) -> Rendering {
        self.world.borrow_mut().step();
        self.board(|board| board.render(self.version, event))
    }

    async fn list(&self) -> Result<Listing, Failure> {
        self.count();
        let (begun, seen) = {
            let world = self.world.borrow();
            (world.kronos_now(), world.now)
        };
        self.travel().await;
        let mut world = self.world.borrow_mut();
        if world.boards[self.index].unauthorised {
            oracle::unauthorised(&mut world, self.index);
            return Err(Failure::Unauthorised("the token is not valid".into()));
        }
        if world.fails(|faults| faults.unlistable) {
            world.trace(|| format!("    {} cannot be listed", self.index));
            return Err(Failure::Broken("no list".into()));
        }
        let late = world.now - seen;
        let lag = self.lag(&mut world, late);
        world.run.listed.insert(self.index, seen);
        drop(world);
        self.left.set(self.stamp());
        let mut world = self.world.borrow_mut();
        let mut listing = world.boards[self.index].listing(begun, world.now, lag);
        if let Some(room) = listing.room {
            world.run.room.insert(self.index, room as i64);
        }
        self.muddle(&mut world, &mut listing.items);
        world.trace(|| {
            let ids: Vec<&str> = listing.items.iter().map(|item| &*item.remote_id).collect();
            format!(
                "    lists {} as of {} s ago: {ids:?}",
                self.index,
                lag.num_seconds()
            )
        });
        Ok(listing)
    }

    async fn stands(&self) -> Option<Fingerprint> {
        self.stamp()
    }

    fn left(&self) -> Option<Fingerprint> {
        self.left.get()
    }

    async fn look(&self, remote_id: &str) -> Result<Option<Item>, Failure> {
        self.count();
        let seen = self.world.borrow().now;
        self.travel().await;
        let mut world = self.world.borrow_mut();
        if world.boards[self.index].unauthorised {
            oracle::unauthorised(&mut world, self.index);
            return Err(Failure::Unauthorised("the token is not valid".into()));
        }
        if world.fails(|faults| faults.unlistable) {
            return Err(Failure::Broken("no look".into()));
        }
        if world.blind > 0 {
            world.blind -= 1;
            return Err(Failure::Broken("no look".into()));
        }
        let late = world.now - seen;
        let lag = self.lag(&mut world, late);
        let item = world.boards[self.index].look(remote_id, world.now, lag);
        world.trace(|| format!("    looks at {remote_id}: {}", item.is_some()));
        Ok(item)
    }

    fn ready_at(&self, _: Action) -> Option<DateTime<Utc>> {
        self.ready.get()
    }

    async fn apply(&self, operation: &Operation<'_>) -> Outcome {
        self.count();
        self.world.borrow_mut().step();
        let (fate, request) = {
            let mut world = self.world.borrow_mut();
            let entry = oracle::before_request(&mut world, &self.store, self.index, operation);
            let creates = operation.action == Action::Create;
            let fate = self.fate(&mut world, entry, creates);
            (fate, self.request(operation, entry))
        };
        let outcome = self.arrive(fate, &request);
        {
            let mut world = self.world.borrow_mut();
            world.trace(|| {
                format!(
                    "    {} {:?} event {} {} -> {fate:?}",
                    self.index,
                    request.action,
                    request.entry,
                    request.id.as_deref().unwrap_or("new")
                )
            });
            oracle::after_request(&mut world, self.index, &request, &outcome);
        }
        let sent = self.world.borrow().now;
        self.be_overtaken();
        self.travel().await;
        if fate == Fate::Late {
            // It may land so much after the answer, too.
            let mut world = self.world.borrow_mut();
            let later = world.now - sent;
            if world.rng.chance(50) {
                world.boards[self.index].put_off(request.entry, later);
            }
        }
        outcome
    }

    async fn replace(&self, operations: &[Operation<'_>]) -> Outcome {
        self.count();
        self.world.borrow_mut().step();
        let mut world = self.world.borrow_mut();
        let requests: Vec<Request> = operations
            .iter()
            .map(|operation| {
                let entry = oracle::before_request(&mut world, &self.store, self.index, operation);
                self.request(operation, entry)
            })
            .collect();
        if world.boards[self.index].unauthorised {
            oracle::unauthorised(&mut world, self.index);
            return Outcome::Unauthorised("the file may not be written".into());
        }
        let fails = world.fails(|faults| faults.requests);
        let kind = if fails { world.rng.below(3) } else { 3 };
        let now = world.now;
        world.trace(|| {
            format!(
                "    {} is written: {}",
                self.index,
                ["no", "no", "yes?", "yes"][kind as usize]
            )
        });
        if kind >= 2 {
            for request in &requests {
                world.boards[self.index].land(request, now);
            }
        }
        world.step();
        drop(world);
        self.left.set(self.stamp().filter(|_| !fails));
        match kind {
            0 => Outcome::Later {
                retry_at: None,
                reason: "the disk is full".into(),
            },
            1 => Outcome::Ambiguous("it was not renamed".into()),
            2 => Outcome::Ambiguous("it was renamed, but the folder was not synced".into()),
            _ => applied(None),
        }
    }

    fn requests(&self) -> u64 {
        self.board(|board| board.requests)
    }
}
