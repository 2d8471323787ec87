//! The truth: what stands at the source and at the consumers, what time it really is, and what goes wrong.

use super::board::Board;
use super::consumer::Fate;
use super::rng::Rng;
use super::source::{Entry, GROUPS, Source, Visibility};
use chrono::{DateTime, TimeDelta, Utc};
use kronos::event::Action;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

/// Everybody who takes part holds one.
pub type Shared = Rc<RefCell<World>>;

/// What the driver catches: the process was killed here.
pub struct Crash;

/// How often, in percent, something goes wrong where it can.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// A probe or a reading fails.
    pub unreadable: u64,
    /// A reading misses pages, and says so.
    pub incomplete: u64,
    /// A complete reading is empty although the group is not.
    pub emptied: u64,
    /// Nothing can be learned of a missing event.
    pub unconfirmed: u64,
    /// A probe shows what was a while ago.
    pub stale_probe: u64,
    /// A reading shows what was a while ago.
    pub late: u64,
    /// A listing fails.
    pub unlistable: u64,
    /// A listing shows what was a while ago.
    pub lagging: u64,
    /// A request that changes something goes wrong, in whatever way.
    pub requests: u64,
    /// Requests take their time.
    pub slow: u64,
    /// The source asks for patience.
    pub impatient: u64,
    /// A listing gives an item twice, or leaves out one that is recorded.
    pub muddled: u64,
    /// The machine stands still whenever the clock is read.
    pub stalls: u64,
}

/// What happened in the run under way, for the rules that concern one run.
#[derive(Debug, Default)]
pub struct Watch {
    pub epoch: u64,
    /// When it began, in true time.
    pub began: DateTime<Utc>,
    pub dry: bool,
    /// What was approved: the consumer's name, the event's key, and what.
    pub released: Withheld,
    /// Under which plan's hash, …
    pub approved: Option<String>,
    /// … what else such a plan does, all of which it releases if it is the plan of this run, …
    pub planned: Withheld,
    /// … and what was taken away, of that: by board and entry, with what is wrong if the plan is another.
    pub by_plan: Vec<(usize, usize, Option<String>)>,
    /// How long the machine stood still.
    pub stalled: TimeDelta,
    /// By board: how many more items it would take by the last listing and what was heard of since.
    pub room: BTreeMap<usize, i64>,
    /// The database was lost or restored: nothing may be deleted.
    pub rolled_back: bool,
    /// Requests that change something, answered or not.
    pub changes: Vec<String>,
    /// By board: what was answered as done, with the event's key and the item's id.
    pub done: Vec<(usize, Action, String, Option<String>)>,
    /// By board: when its last listing began, in true time.
    pub listed: BTreeMap<usize, DateTime<Utc>>,
    /// Answers by which a service said no.
    pub refusals: u32,
    /// By board: calls after a 401.
    pub after_unauthorised: BTreeMap<usize, u32>,
    /// By board: the entries of which an item was to be cancelled or deleted, duplicates aside.
    pub taken: BTreeMap<usize, Vec<usize>>,
    /// By board: the entries whose own live items stood ahead when the run began.
    pub stood: BTreeMap<usize, BTreeSet<usize>>,
    /// A listing left out what is recorded.
    pub muddled: bool,
    /// Groups whose snapshot had to be empty …
    pub empty: Vec<usize>,
    /// … and those of which a complete one was made.
    pub read: Vec<usize>,
    /// Events for which the source was asked by their items' markers alone.
    pub looked_up: BTreeSet<String>,
    /// Entries of which the source said, asked for them, that they cannot be seen.
    pub hidden: BTreeSet<usize>,
}

/// Operations that stand in a report, or in it as withheld: the consumer's name, the event's key, and what.
pub type Withheld = BTreeSet<(String, String, Action)>;

/// What the configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// By group: it is read.
    pub groups: [bool; GROUPS.len()],
    /// By board: it is served.
    pub boards: Vec<bool>,
    /// How events are rendered.
    pub rendering: u32,
}

/// Everything that is true.
pub struct World {
    /// The true time, by which the services go.
    pub now: DateTime<Utc>,
    /// How far kronos's clock is ahead of it.
    pub skew: TimeDelta,
    /// When kronos's clock last jumped.
    pub jumped: Option<DateTime<Utc>>,
    pub rng: Rng,
    pub settle: TimeDelta,
    /// A request lands at most so long after it was answered …
    pub latest: TimeDelta,
    /// … and a listing shows what was at most so long ago; together not more than `settle`.
    pub lag: TimeDelta,
    pub source: Source,
    pub boards: Vec<Board>,
    pub configured: Configured,
    /// The source takes no question before, by kronos's clock.
    pub patience: Option<DateTime<Utc>>,
    /// People copy whole texts, the marker included.
    pub copying: bool,
    pub faults: Faults,
    /// How the next requests go, whatever the faults.
    pub script: VecDeque<Fate>,
    /// So many looks at single items fail.
    pub blind: u32,
    /// The machine stands still for so long when the clock is read for the so-manieth time.
    pub stall_in: Option<(u32, TimeDelta)>,
    /// Another run that begins after so many more requests, though the lock should prevent it.
    pub takeover: Option<(u32, Rc<dyn Fn()>)>,
    /// The process dies after so many more steps.
    pub crash_in: Option<u32>,
    /// The database was lost or restored at least once.
    pub forgotten: bool,
    /// When that was last.
    pub forgotten_at: Option<DateTime<Utc>>,
    /// When the configuration was changed last.
    pub reconfigured_at: Option<DateTime<Utc>>,
    /// By board and event: what the database left to an operator when the last run ended.
    pub left: BTreeSet<(usize, String)>,
    /// The database and its mark were lost at least once: nothing told that what came then was no first run.
    pub unnoticed: bool,
    /// By board and event: which item the database recorded when the last run ended.
    pub recorded: BTreeMap<(usize, String), String>,
    /// Groups that were read as they were a while ago, or as empty, though they were not, since the database was lost or restored.
    pub misread: BTreeSet<usize>,
    /// Entries of which the source said that they stand in another group than it was asked for, and which no reading showed since.
    pub left_group: BTreeSet<usize>,
    /// Entries that the last reading that showed them showed without the tag: it may have been an older one.
    pub shown_untagged: BTreeSet<usize>,
    /// Entries of which the source said that they stand in a group that is not read.
    pub elsewhere: BTreeSet<usize>,
    /// Since the run was polled last: somebody was under way …
    pub is_busy: bool,
    /// … or slept until these moments.
    pub timers: Vec<DateTime<Utc>>,
    pub run: Watch,
    /// The invariants that were found broken.
    pub wrong: Vec<String>,
    pub tracing: bool,
}

impl World {
    /// A world in which nothing goes wrong, yet.
    pub fn new(now: DateTime<Utc>, rng: Rng, boards: Vec<Board>, tracing: bool) -> Self {
        Self {
            now,
            skew: TimeDelta::zero(),
            jumped: None,
            rng,
            settle: TimeDelta::seconds(120),
            latest: TimeDelta::zero(),
            lag: TimeDelta::zero(),
            source: Source::default(),
            configured: Configured {
                groups: [true; GROUPS.len()],
                boards: vec![true; boards.len()],
                rendering: 1,
            },
            boards,
            patience: None,
            copying: false,
            faults: Faults::default(),
            script: VecDeque::new(),
            blind: 0,
            stall_in: None,
            takeover: None,
            crash_in: None,
            forgotten: false,
            forgotten_at: None,
            reconfigured_at: None,
            left: BTreeSet::new(),
            unnoticed: false,
            recorded: BTreeMap::new(),
            misread: BTreeSet::new(),
            left_group: BTreeSet::new(),
            shown_untagged: BTreeSet::new(),
            elsewhere: BTreeSet::new(),
            is_busy: false,
            timers: Vec::new(),
            run: Watch::default(),
            wrong: Vec::new(),
            tracing,
        }
    }

    /// What kronos's machine shows.
    pub fn kronos_now(&self) -> DateTime<Utc> {
        self.now + self.skew
    }

    /// One line of the story, if it is told.
    pub fn trace(&self, line: impl FnOnce() -> String) {
        if self.tracing {
            println!("{} {}", self.now.format("%d %H:%M:%S%.3f"), line());
        }
    }

    /// Notes that `rule` was broken.
    pub fn broken(&mut self, rule: &str, how: String) {
        self.trace(|| format!("!!! {rule}: {how}"));
        self.wrong.push(format!("{rule}: {how}"));
    }

    /// A place at which the process can be killed.
    pub fn step(&mut self) {
        match self.crash_in {
            Some(0) => {
                self.crash_in = None;
                self.trace(|| "    KILLED".into());
                // Unwinding without a message: nothing of the run goes on, and open transactions are rolled back.
                std::panic::resume_unwind(Box::new(Crash));
            }
            Some(left) => self.crash_in = Some(left - 1),
            None => {}
        }
    }

    /// Lets time pass: what lands late lands on its way.
    pub fn advance(&mut self, length: TimeDelta) {
        let until = self.now + length;
        while let Some(at) = self
            .boards
            .iter()
            .filter_map(Board::next_landing)
            .filter(|at| *at <= until)
            .min()
        {
            self.now = self.now.max(at);
            for index in 0..self.boards.len() {
                for line in self.boards[index].land_due(self.now) {
                    self.trace(|| format!("    {line}"));
                }
            }
        }
        self.now = until;
    }

    /// An exchange takes a moment, and sometimes long.
    pub fn dawdle(&mut self) {
        let slow = self.faults.slow;
        let millis = if self.rng.chance(slow) {
            self.rng.between(1, 20_000)
        } else {
            self.rng.between(1, 300)
        };
        self.advance(TimeDelta::milliseconds(millis));
    }

    /// The machine may stand still for a while.
    pub fn stall(&mut self) {
        let planned = match self.stall_in.take() {
            Some((0, length)) => Some(length),
            later => {
                self.stall_in = later.map(|(left, length)| (left - 1, length));
                None
            }
        };
        let length = planned.or_else(|| {
            let stalls = self.fails(|faults| faults.stalls);
            stalls.then(|| TimeDelta::seconds(*self.rng.pick(&[5, 50, 200, 400])))
        });
        if let Some(length) = length {
            self.trace(|| format!("    stands still for {} s", length.num_seconds()));
            self.run.stalled += length;
            self.advance(length);
        }
    }

    /// Whether the source shows an event, and the configuration asks for its group.
    pub fn shows(&self, entry: &Entry) -> bool {
        entry.visibility == Visibility::Public && self.configured.groups[entry.group]
    }

    /// Whether this fault happens now.
    pub fn fails(&mut self, percent: impl FnOnce(&Faults) -> u64) -> bool {
        let percent = percent(&self.faults);
        self.rng.chance(percent)
    }
}
