//! How a run dies.

use super::world::{Service, World};
use crate::simulation::rng::Rng;
use crate::support::fault::When;
use crate::support::kronos::{Death, Run};
use crate::support::strace;
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// The moment of SIGKILL.
#[derive(Debug, Clone)]
pub enum Blow {
    /// After this share of the time that such a run takes.
    Moment(f64),
    /// At the service's so-many-th exchange of this run.
    Exchange(Service, usize, Death),
    /// When the files of the state have changed so often.
    Commit(usize),
    /// Before its so-many-th system call of that name, by strace (1), which counts each kind on its own.
    Call(String, usize),
}

impl fmt::Display for Blow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moment(share) => write!(out, "after {:.1} % of its time", share * 100.0),
            Self::Exchange(service, number, death) => {
                write!(out, "at exchange {number} with {service:?} ({death:?})")
            }
            Self::Commit(number) => write!(out, "at change {number} of its files"),
            Self::Call(name, number) => write!(out, "before call {number} of {name}"),
        }
    }
}

/// How long a run takes, and how many exchanges it has with each service.
#[derive(Debug, Clone, Copy)]
pub struct Usual {
    pub time: Duration,
    pub exchanges: [usize; 3],
}

/// A run is seen to change the files of its state about so often.
const COMMITS: usize = 12;

impl Usual {
    /// Lets a run live, and measures it.
    pub fn of(world: &World, arguments: &[&str]) -> Self {
        let (before, begun) = (world.counts(), Instant::now());
        world.scene.kronos.run_with(arguments).ends_with(0);
        let (time, after) = (begun.elapsed(), world.counts());
        Self {
            time,
            exchanges: [0, 1, 2].map(|service| after[service] - before[service]),
        }
    }
}

impl Blow {
    /// What such blows are called together.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Moment(_) => "moments",
            Self::Exchange(..) => "exchanges",
            Self::Commit(_) => "commits",
            Self::Call(..) => "calls",
        }
    }

    /// Any of them.
    pub fn draw(rng: &mut Rng, usual: Usual) -> Self {
        let at_most = |rng: &mut Rng, most: usize| 1 + rng.below(most.max(1) as u64) as usize;
        match rng.below(10) {
            0..5 => Self::Moment(rng.below(1000) as f64 / 1000.0),
            5..8 => {
                let service = *rng.pick(&[Service::Mobilizon, Service::Discord, Service::Meetup]);
                let death = *rng.pick(&[Death::BeforeItIsHandled, Death::BeforeTheAnswer]);
                let number = at_most(rng, usual.exchanges[service as usize]);
                Self::Exchange(service, number, death)
            }
            _ => Self::Commit(at_most(rng, COMMITS)),
        }
    }

    /// A run that dies by it, unless it ends before. How long it usually takes is brought up to date, for the machine may
    /// be more or less busy than it was.
    pub fn strike(&self, world: &World, arguments: &[&str], usual: &mut Usual) -> Run {
        let kronos = &world.scene.kronos;
        let begun = Instant::now();
        let run = match *self {
            Self::Moment(share) => {
                let running = kronos.start(arguments);
                let rest = usual.time.mul_f64(share).saturating_sub(begun.elapsed());
                std::thread::sleep(rest);
                running.victim.kill();
                running.wait()
            }
            Self::Exchange(service, number, death) => {
                let server = world.server(service);
                let when = When::exchange(server.count() + number);
                kronos.kill_with(arguments, server, when, death)
            }
            Self::Commit(number) => {
                let state = kronos.path("state");
                let running = kronos.start(arguments);
                let (mut seen, mut changes) = (files(&state), 0);
                while changes < number && running.victim.ended().is_none() {
                    let now = files(&state);
                    changes += usize::from(now != seen);
                    seen = now;
                }
                running.victim.kill();
                running.wait()
            }
            Self::Call(ref name, number) => {
                let log = Path::new("/dev/null");
                let how = format!("signal=SIGKILL:when={number}");
                kronos.run_under(&strace::meddling(log, name, &how), arguments)
            }
        };
        // What it had sent has arrived by now, for it is settled in no time at all.
        for service in [Service::Mobilizon, Service::Discord, Service::Meetup] {
            world.server(service).finish();
        }
        if !run.was_killed() {
            usual.time = (usual.time * 7 + begun.elapsed()) / 8;
        }
        run
    }
}

/// What changes with every write to the database: the length of its log, its own, and which high-water file there is.
fn files(state: &Path) -> [u64; 3] {
    let data = |name: &str| state.join(name).metadata().ok();
    let length = |name: &str| data(name).map_or(0, |data| data.len());
    let mark = data("kronos.db.epoch").map_or(0, |data| data.ino());
    [length("kronos.db-wal"), length("kronos.db"), mark]
}
