//! One world, from its first run on: something happens, runs are killed, and then it must come to rest as it should.

use super::blow::{Blow, Usual};
use super::deed::{Deed, LATER, Saved};
use super::world::World;
use crate::faults::stage::{check, is_orderly};
use crate::simulation::rng::Rng;
use crate::support::strace;
use std::collections::BTreeMap;
use std::fmt;

/// How often something happens in one history, the first run aside.
const ROUNDS: usize = 8;
/// How many runs in a row are killed at most.
const IN_A_ROW: usize = 3;
/// Two runs heal, the third sends nothing; one more where the database is found older than the world, for that run
/// deletes nothing.
const RUNS: usize = 3;

/// How often it was killed, and how.
#[derive(Debug)]
pub struct Tally {
    by_blow: BTreeMap<&'static str, usize>,
    by_deed: BTreeMap<Deed, usize>,
    /// Runs that had ended before the blow came.
    outlived: usize,
    /// How often a world was compared with its source.
    rests: usize,
    /// How runs of each kind usually go.
    usual: BTreeMap<Deed, Usual>,
}

impl Tally {
    /// Nothing was killed yet; how runs usually go is measured in a world where none is killed.
    pub fn new() -> Self {
        let mut history = History::new(0, false);
        let mut usual = BTreeMap::new();
        for deed in std::iter::once(Deed::First).chain(LATER) {
            history.happens(deed);
            usual.insert(deed, Usual::of(&history.world, deed.arguments()));
            history.rest(deed).unwrap();
        }
        Self {
            by_blow: BTreeMap::new(),
            by_deed: BTreeMap::new(),
            outlived: 0,
            rests: 0,
            usual,
        }
    }

    /// All kills.
    pub fn kills(&self) -> usize {
        self.by_blow.values().sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            by_blow,
            by_deed,
            outlived,
            rests,
            ..
        } = self;
        let kills = self.kills();
        write!(
            out,
            "{kills} kills {by_blow:?} {by_deed:?}, {outlived} runs outlived theirs, {rests} comparisons"
        )
    }
}

/// A world and the seed that decides what happens to it.
pub struct History {
    world: World,
    rng: Rng,
    saved: Option<Saved>,
    is_told: bool,
    story: Vec<String>,
}

impl History {
    /// Nothing has happened yet.
    pub fn new(seed: u64, is_told: bool) -> Self {
        let mut rng = Rng::new(seed);
        Self {
            world: World::new(&mut rng),
            rng,
            saved: None,
            is_told,
            story: Vec::new(),
        }
    }

    /// Plays it to its end.
    ///
    /// # Errors
    /// What is not as it should be, after what had happened.
    pub fn play(mut self, tally: &mut Tally) -> Result<(), String> {
        for round in 0..=ROUNDS {
            let deed = match round {
                0 => Deed::First,
                _ => *self.rng.pick(&LATER),
            };
            self.round(deed, tally)
                .map_err(|problem| format!("{problem}\nafter: {}", self.story.join("; ")))?;
        }
        Ok(())
    }

    fn round(&mut self, deed: Deed, tally: &mut Tally) -> Result<(), String> {
        self.happens(deed);
        for number in 0..IN_A_ROW {
            if number > 0 && !self.rng.chance(30) {
                break;
            }
            let blow = Blow::draw(&mut self.rng, tally.usual[&deed]);
            self.strike(deed, &blow, tally)?;
        }
        self.comes_to_rest(deed, tally)
    }

    /// Something happens before the next run.
    pub fn happens(&mut self, deed: Deed) {
        deed.happen(&mut self.world, self.saved.as_ref(), &mut self.rng);
        self.tell(format!("{deed:?}"));
    }

    /// A run dies, unless it ends before; gives whether it died.
    pub fn strike(&mut self, deed: Deed, blow: &Blow, tally: &mut Tally) -> Result<bool, String> {
        let usual = tally.usual.get_mut(&deed).expect("every deed was measured");
        let run = blow.strike(&self.world, deed.arguments(), usual);
        if run.was_killed() {
            *tally.by_deed.entry(deed).or_default() += 1;
            *tally.by_blow.entry(blow.kind()).or_default() += 1;
            self.tell(format!("killed {blow}"));
        } else {
            tally.outlived += 1;
            self.tell(format!("ended with {:?}, to be killed {blow}", run.code));
            is_orderly(&run)?;
        }
        self.world.is_decent()?;
        Ok(run.was_killed())
    }

    /// Lets a run live; gives the names of the system calls that it made, in their order.
    pub fn calls(&self, deed: Deed) -> Vec<String> {
        let kronos = &self.world.scene.kronos;
        let log = kronos.path("calls");
        let program = strace::logging(&log);
        kronos.run_under(&program, deed.arguments()).ends_with(0);
        let text = std::fs::read_to_string(log).unwrap();
        // Each line is the thread's number, and the call as in C; what was taken up again was told before.
        let calls = text.lines().filter_map(|line| {
            let (name, _) = line.split_once(' ')?.1.trim_start().split_once('(')?;
            name.chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
                .then(|| name.to_owned())
        });
        calls.collect()
    }

    /// Runs until nothing is to be done any more, and compares.
    pub fn comes_to_rest(&mut self, deed: Deed, tally: &mut Tally) -> Result<(), String> {
        self.rest(deed)?;
        tally.rests += 1;
        if self.rng.chance(40) {
            self.saved = Some(self.world.scene.kronos.save_database());
        }
        Ok(())
    }

    /// Runs until nothing is sent to a consumer any more, and compares.
    fn rest(&mut self, deed: Deed) -> Result<(), String> {
        let runs = RUNS + usize::from(deed.loses_memory());
        for number in 1..=runs {
            let before = self.world.counts();
            let run = self.world.scene.kronos.run_with(deed.arguments());
            is_orderly(&run)?;
            self.world.is_decent()?;
            let after = self.world.counts();
            let sent = after[1] + after[2] - before[1] - before[2];
            self.tell(format!(
                "run {number} ended with {:?}, {sent} requests",
                run.code
            ));
            let is_last = number == runs;
            // A full run lists, and changes nothing.
            let rests = run.code == Some(0) && is_idle(&run.report);
            let truth = self.world.is_true();
            if rests && truth.is_ok() {
                break;
            }
            if is_last {
                let said = format!("{}\n{}", run.stdout, run.stderr);
                truth.map_err(|problem| format!("{problem}\n{said}"))?;
                check(rests, &format!("it does not come to rest: {said}"))?;
            }
        }
        self.world.is_at_rest();
        Ok(())
    }

    fn tell(&mut self, line: String) {
        if self.is_told {
            println!("{line}");
        }
        self.story.push(line);
    }
}

/// Whether a run did nothing at any consumer. What a person shares is told in each.
fn is_idle(report: &serde_json::Value) -> bool {
    let consumers = report["consumers"].as_array();
    let idle = |consumer: &serde_json::Value| {
        let operations = consumer["operations"].as_array();
        operations.is_some_and(|all| all.iter().all(|one| one["outcome"] == "waiting"))
    };
    consumers.is_some_and(|consumers| consumers.iter().all(idle))
}
