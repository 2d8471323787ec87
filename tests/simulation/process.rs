//! One process: a run of the product, polled by hand.

use super::clock::SimClock;
use super::consumer::SimConsumer;
use super::driver::{Ended, How};
use super::provider::SimProvider;
use super::world::{Crash, Shared};
use kronos::consumer::NamedConsumer;
use kronos::provider::NamedProvider;
use kronos::store::{HighWater, Store};
use kronos::sync::{self, Progress, Settings, Stop};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

struct Silent;

impl Progress for Silent {
    fn expect(&self, _: usize) {}
    fn advance(&self) {}
}

/// Makes one run to its end, or to the step at which it is killed.
pub fn run(
    world: &Shared,
    settings: &Settings,
    mark: Option<&HighWater>,
    how: &How,
    store: &Rc<RefCell<Store>>,
) -> Ended {
    let providers = [NamedProvider {
        name: "source".into(),
        provider: Box::new(SimProvider {
            world: world.clone(),
            requests: Cell::new(0),
        }),
        active: true,
    }];
    let boards = world.borrow().configured.boards.clone();
    let served = (0..boards.len()).filter(|index| boards[*index]);
    let consumers: Vec<NamedConsumer> = served
        .map(|index| consumer(world, index, store.clone()))
        .collect();
    let stop = Stop::default();
    let all = sync::World {
        providers: &providers,
        consumers: &consumers,
        store,
        clock: Rc::new(SimClock(world.clone())),
        stop: &stop,
        progress: &Silent,
    };
    let settings = Settings {
        full: how.full,
        dry_run: how.dry,
        approve: how.approve.clone(),
        ..settings.clone()
    };
    let mut run = pin!(sync::run(&all, &settings, mark));
    let mut context = Context::from_waker(Waker::noop());
    world.borrow_mut().is_busy = true;
    for turn in 0..100_000 {
        let_time_pass(world);
        if how.stop_in == Some(turn) {
            world.borrow().trace(|| "    TOLD TO STOP".into());
            stop.set();
            world.borrow_mut().is_busy = true;
        }
        match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(&mut context))) {
            Ok(Poll::Pending) => {}
            Ok(Poll::Ready(Ok(report))) => return Ended::Reported(report),
            Ok(Poll::Ready(Err(error))) => return Ended::Broken(error),
            Err(payload) if payload.is::<Crash>() => return Ended::Killed,
            Err(payload) => resume_unwind(payload),
        }
    }
    panic!("a run never ends");
}

/// When everybody sleeps, the next moment comes at which one of them wakes.
fn let_time_pass(world: &Shared) {
    let mut world = world.borrow_mut();
    let (busy, timers) = (
        std::mem::take(&mut world.is_busy),
        std::mem::take(&mut world.timers),
    );
    if let Some(next) = timers.into_iter().min().filter(|_| !busy) {
        let length = next - world.now;
        world.trace(|| format!("    sleeps {} s", length.num_seconds()));
        world.advance(length);
    }
}

fn consumer(shared: &Shared, index: usize, store: Rc<RefCell<Store>>) -> NamedConsumer {
    let world = shared.borrow();
    let board = &world.boards[index];
    NamedConsumer {
        name: board.name.into(),
        kind: "sim",
        audience: board.audience(),
        consumer: Box::new(SimConsumer {
            world: shared.clone(),
            index,
            style: board.style,
            version: world.configured.rendering,
            store,
            ready: Cell::new(None),
            left: Cell::new(None),
        }),
        active: true,
    }
}
