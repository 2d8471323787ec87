//! Runs of the product inside the simulated world: each is polled by hand, and may be killed at any step.

use super::databases;
use super::oracle::{self, Generations};
use super::process;
use super::world::{Shared, Watch, Withheld, World};
use chrono::{DateTime, TimeDelta, Utc};
use kronos::report::Report;
use kronos::store::{HighWater, Store, StoreError};
use kronos::sync::Settings;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// After so many steps a run has a number and has done nothing with it.
const JUST_BEGUN: u32 = 1;

/// How a run is to be made.
#[derive(Debug, Clone, Default)]
pub struct How {
    pub full: bool,
    pub approve: Option<String>,
    /// The process dies after so many steps.
    pub crash_in: Option<u32>,
    /// The process is told to stop after so many turns.
    pub stop_in: Option<u32>,
    /// Killed between its first commit and the mark beside the database, which comes next: it has done nothing yet.
    pub unmarked: bool,
    pub dry: bool,
}

/// How it ended.
pub enum Ended {
    Reported(Report),
    Killed,
    Broken(StoreError),
}

/// One installation: its database, the mark beside it, and older copies of it.
pub struct Installation {
    pub world: Shared,
    pub store: Rc<RefCell<Store>>,
    pub mark: Option<HighWater>,
    pub copies: Vec<Store>,
    pub settings: Settings,
    pub runs: u64,
    /// By a plan's hash: what was withheld under it.
    pub withheld: BTreeMap<String, Withheld>,
    /// By a plan's hash: all that reports told of it.
    planned: BTreeMap<String, Withheld>,
    /// Another database took the place of this one since the last run began.
    replaced: bool,
    generations: Generations,
}

impl Installation {
    pub fn new(world: World) -> Self {
        let settle = world.settle;
        Self {
            world: Rc::new(RefCell::new(world)),
            store: Rc::new(RefCell::new(databases::empty())),
            mark: None,
            copies: Vec::new(),
            settings: Settings {
                settle,
                budget: TimeDelta::minutes(15),
                delete_limit: 0.3,
                full_every: TimeDelta::hours(24),
                request_timeout: TimeDelta::seconds(30),
                full: false,
                dry_run: false,
                approve: None,
            },
            runs: 0,
            withheld: BTreeMap::new(),
            planned: BTreeMap::new(),
            replaced: false,
            generations: Generations::default(),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.world.borrow().now
    }

    pub fn advance(&self, length: TimeDelta) {
        self.world.borrow_mut().advance(length);
    }

    pub fn trace(&self, line: impl FnOnce() -> String) {
        self.world.borrow().trace(line);
    }

    /// Keeps a copy of the database, as a backup does.
    pub fn back_up(&mut self) {
        let copy = databases::copy_of(&self.store.borrow());
        self.copies.push(copy);
    }

    /// Puts another database in the place of this one.
    pub fn replace(&mut self, store: Store, keep_mark: bool) {
        // Without a mark nothing tells that a new database is not the first.
        let is_other = keep_mark && self.mark.is_some() || store.epoch() > 0;
        // A run that died before it could write the mark had done nothing.
        let marks = [Some(self.store.borrow().mark()), self.mark.clone()];
        let of_mark = |mark: &HighWater| mark.lineage == store.mark().lineage;
        let is_later = self.mark.as_ref().filter(|mark| of_mark(mark));
        let is_later = is_later.is_some_and(|mark| mark.epoch <= store.epoch());
        let is_same = keep_mark && (is_later || marks.contains(&Some(store.mark())));
        self.replaced = is_other && (self.replaced || !is_same);
        let former = self.store.replace(store);
        databases::give_back(Rc::new(RefCell::new(former)));
        if !keep_mark {
            self.mark = None;
        }
        self.generations.forget();
        let run = self.store.borrow().epoch();
        oracle::forget(&mut self.world.borrow_mut(), run, is_same);
    }

    fn begin(&self, how: &How) {
        let store = self.store.borrow();
        let past = store.past(self.mark.as_ref());
        let epoch = store
            .epoch()
            .max(self.mark.as_ref().map_or(0, |mark| mark.epoch))
            + 1;
        drop(store);
        let mut world = self.world.borrow_mut();
        world.run = Watch {
            epoch,
            began: world.now,
            dry: how.dry,
            released: self.released(how),
            approved: how.approve.clone(),
            planned: (how.approve.as_ref())
                .and_then(|hash| self.planned.get(hash).cloned())
                .unwrap_or_default(),
            rolled_back: self.replaced,
            ..Watch::default()
        };
        oracle::before_run(&mut world);
        let crash_in = how.crash_in.map(|steps| match how.unmarked {
            true => JUST_BEGUN,
            false => steps,
        });
        (world.is_busy, world.crash_in) = (true, crash_in);
        world.timers.clear();
        world.trace(|| format!("run {epoch} {how:?} {past:?}"));
    }

    /// What an operator releases with this run.
    fn released(&self, how: &How) -> Withheld {
        let Some(hash) = &how.approve else {
            return Withheld::new();
        };
        let mut released = self.withheld.get(hash).cloned().unwrap_or_default();
        // What a killed run withheld stands in no report.
        for row in self.store.borrow().withheld(hash).unwrap() {
            let name = row.consumer.trim_start_matches("sim:").to_string();
            released.insert((name, row.key.to_string(), row.action));
        }
        released
    }

    /// Makes one run, and checks what must hold after it.
    pub fn run(&mut self, how: &How) -> Ended {
        self.begin(how);
        let ended = self.poll(how, &self.store.clone());
        self.runs += 1;
        let mut world = self.world.borrow_mut();
        world.crash_in = None;
        let store = self.store.borrow();
        let has_begun = store.epoch() == world.run.epoch;
        if has_begun && !(matches!(ended, Ended::Killed) && how.unmarked) {
            self.mark = Some(store.mark());
        }
        self.replaced &= !has_begun;
        oracle::trace(&world, &store);
        let plan = match &ended {
            Ended::Reported(report) => Some(&*report.plan),
            _ => None,
        };
        oracle::after_run(&mut world, self.settings.delete_limit, plan);
        let known = oracle::all_deliveries(&world, &store);
        self.generations.check(&mut world, &known);
        oracle::notes_unheard(&mut world, &known);
        match &ended {
            Ended::Reported(report) => {
                oracle::everything_is_told(&mut world, &self.generations, &known, report);
                let withheld = self.withheld.entry(report.plan.clone()).or_default();
                withheld.extend(oracle::withheld(report));
                let planned = self.planned.entry(report.plan.clone()).or_default();
                planned.extend(oracle::planned(report));
                for consumer in &report.consumers {
                    for op in &consumer.operations {
                        world.trace(|| {
                            let reason = op.reason.as_deref().unwrap_or("");
                            format!(
                                "  {} {:?} {} {:?} {reason}",
                                consumer.name, op.action, op.event, op.outcome
                            )
                        });
                    }
                }
                let budget = self.settings.budget + TimeDelta::minutes(5) + world.run.stalled;
                if report.finished - report.started > budget {
                    world.broken(
                        "I16",
                        format!("a run took {}", report.finished - report.started),
                    );
                }
            }
            // Nobody may have written down what was answered last.
            Ended::Killed => oracle::forget_answers(&mut world),
            Ended::Broken(error) => world.broken("store", error.to_string()),
        }
        drop(store);
        drop(world);
        ended
    }

    /// Makes a dry run on a copy of the database. Gives the plan's hash.
    pub fn dry_run(&mut self) -> Option<String> {
        let how = How {
            dry: true,
            ..How::default()
        };
        let copy = databases::copy_of(&self.store.borrow());
        let copy = Rc::new(RefCell::new(copy));
        self.begin(&how);
        self.runs += 1;
        let ended = self.poll(&how, &copy);
        databases::give_back(copy);
        match ended {
            Ended::Reported(report) => Some(report.plan),
            Ended::Killed => None,
            Ended::Broken(error) => {
                self.world.borrow_mut().broken("store", error.to_string());
                None
            }
        }
    }

    fn poll(&self, how: &How, store: &Rc<RefCell<Store>>) -> Ended {
        process::run(&self.world, &self.settings, self.mark.as_ref(), how, store)
    }

    /// Ends a history: what must hold once faults stopped and time passed.
    pub fn check_rest(&mut self) {
        let store = self.store.borrow();
        oracle::comes_to_rest(&mut self.world.borrow_mut(), &store);
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        databases::give_back(self.store.clone());
        for copy in self.copies.drain(..) {
            databases::give_back(Rc::new(RefCell::new(copy)));
        }
    }
}
