//! Every fault at every kind of exchange, once: the run ends in order, and the runs after it end where one without faults would.
//!
//! The cells of the table are many: KRONOS_FAULTS=all plays them all (some minutes), KRONOS_FAULTS=TEXT those whose name
//! contains the text, and without it a sample is played that meets every exchange and every shape.

pub mod shape;

use super::secrets::betrays_nothing;
use super::stage::{
    DISCORD, Exchange, MEETUP, MOBILIZON, Service, Stage, a_day_passes, check, is_orderly,
};
use crate::support::fault::{Fault, When};
use shape::{Shape, Side};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const SERVICES: [&[Exchange]; 3] = [MOBILIZON, DISCORD, MEETUP];
/// How many cells are under way at once; most of their time is waiting.
const AT_ONCE: usize = 3;
/// More resident memory than this is not bounded memory, in KiB.
pub const MOST_MEMORY: u64 = 64 * 1024;
/// Two runs heal, the third sends nothing; a day may have to pass between, and what passes it begins anew.
const RUNS: usize = 4;

/// The fault of that name, without the request being handled.
pub fn spoiled(name: &str) -> Fault {
    let shape = shape::all().into_iter().find(|shape| shape.name == name);
    shape.expect("a shape of that name").fault(Side::Unhandled)
}

struct Cell {
    exchange: Exchange,
    shape: Shape,
    side: Side,
}

impl Cell {
    fn name(&self) -> String {
        let Self {
            exchange,
            shape,
            side,
        } = self;
        format!(
            "{:?} {}, {} ({side:?})",
            exchange.stage, exchange.name, shape.name
        )
    }

    fn play(&self) -> Result<(), String> {
        let mut stage = Stage::set(self.exchange.stage);
        let hits = Arc::new(AtomicUsize::new(0));
        let server = match self.exchange.at_source {
            true => stage.scene.mobilizon.server.clone(),
            false => match &stage.meetup {
                Some(meetup) => meetup.server.clone(),
                None => stage.scene.discord.server.clone(),
            },
        };
        let (is, counter) = (self.exchange.is, hits.clone());
        let when = When::that(move |request| {
            is(request) && {
                counter.fetch_add(1, Ordering::SeqCst);
                true
            }
        });
        server.fault(when, self.shape.fault(self.side));
        // A quarter of it is the longest time for a request.
        stage.scene.kronos.set("sync", "budget", "\"4s\"");
        let run = stage.scene.kronos.run_with(&["-vv"]);
        is_orderly(&run)?;
        stage.is_decent()?;
        check(
            hits.load(Ordering::SeqCst) > 0,
            "the exchange did not take place",
        )?;
        check(run.peak < MOST_MEMORY, &format!("it held {} KiB", run.peak))?;
        betrays_nothing(&stage.scene.kronos, stage.meetup.as_ref(), &[run], &[])?;
        server.heal();
        let hits = server.count();
        stage.scene.kronos.set("sync", "budget", "\"60s\"");
        if self.shape.asks_for_long() {
            is_orderly(&stage.scene.kronos.run())?;
            check(server.count() == hits, "it asked before the wait was over")?;
        }
        self.heals(&stage)
    }

    /// Runs until nothing is sent any more and nothing is left to tell; a day may pass where the shape asks for patience.
    fn heals(&self, stage: &Stage) -> Result<(), String> {
        let mut said = String::new();
        let mut days = 0;
        for _ in 0..RUNS {
            let before = stage.server().count();
            let run = stage.scene.kronos.run();
            is_orderly(&run)?;
            stage.is_decent()?;
            said = format!("{}\n{}", run.stdout, run.stderr);
            if stage.server().count() > before {
                continue;
            }
            if run.code == Some(0)
                && run.operations(stage.consumer()).is_empty()
                && stage.is_true().is_ok()
            {
                return Ok(());
            }
            if !self.shape.may_need_a_day() || days > 0 {
                break;
            }
            days += 1;
            a_day_passes(&stage.scene.kronos);
        }
        let problem = stage.is_true().err();
        let problem = problem.unwrap_or_else(|| "it does not come to rest".into());
        Err(format!("{problem}\n{said}"))
    }
}

/// All cells of a service.
fn table(exchanges: &[Exchange]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for exchange in exchanges {
        for shape in shape::all() {
            for side in shape.sides(exchange) {
                cells.push(Cell {
                    exchange: *exchange,
                    shape: shape.clone(),
                    side,
                });
            }
        }
    }
    cells
}

/// The part of the table that is played without KRONOS_FAULTS: each shape at two of the three services, the exchanges in turn.
fn sample(service: usize) -> Vec<Cell> {
    let exchanges = SERVICES[service];
    let shapes = shape::all().into_iter().enumerate();
    shapes
        .filter(|(number, _)| number % SERVICES.len() != service)
        .map(|(number, shape)| {
            let exchange = exchanges[number % exchanges.len()];
            let sides = shape.sides(&exchange);
            Cell {
                exchange,
                side: sides[number / exchanges.len() % sides.len()],
                shape,
            }
        })
        .collect()
}

/// What is to be played: the sample, with KRONOS_FAULTS=all all, else those whose name contains its value.
fn cells(service: usize) -> Vec<Cell> {
    let table = table(SERVICES[service]);
    match std::env::var("KRONOS_FAULTS").as_deref() {
        Ok("all") => table,
        Ok(part) => {
            let named = |cell: &Cell| cell.name().contains(part);
            table.into_iter().filter(named).collect()
        }
        Err(_) => sample(service),
    }
}

fn play_all(service: usize) {
    let begun = Instant::now();
    let cells = cells(service);
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(problem) = cell.play() {
                        let story = format!("{}: {problem}", cell.name());
                        broken.lock().unwrap().push(story);
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    println!("{} cells in {:?}", cells.len(), begun.elapsed());
    assert!(
        broken.is_empty(),
        "{} of {} cells:\n{}",
        broken.len(),
        cells.len(),
        broken.join("\n\n")
    );
}

#[test]
fn the_sample_meets_every_exchange_and_every_shape() {
    let mut shapes: BTreeSet<String> = shape::all().into_iter().map(|shape| shape.name).collect();
    for (service, exchanges) in SERVICES.into_iter().enumerate() {
        let cells = sample(service);
        for exchange in exchanges {
            let met = cells
                .iter()
                .filter(|cell| cell.exchange.name == exchange.name);
            assert!(met.count() >= 5, "{}", exchange.name);
        }
        for cell in cells {
            shapes.remove(&cell.shape.name);
        }
    }
    assert!(shapes.is_empty(), "not met: {shapes:?}");
}

#[test]
fn whatever_mobilizon_answers_once_is_healed_two_runs_later() {
    play_all(0);
}

#[test]
fn whatever_discord_answers_once_is_healed_two_runs_later() {
    play_all(1);
}

#[test]
fn whatever_meetup_answers_once_is_healed_two_runs_later() {
    play_all(2);
}

#[test]
fn a_service_that_refuses_connections_is_healed_by_the_next_run() {
    for (service, at_source) in [
        (Service::Discord, true),
        (Service::Discord, false),
        (Service::Meetup, false),
    ] {
        let stage = Stage::set(service);
        let server = match at_source {
            true => &*stage.scene.mobilizon.server,
            false => stage.server(),
        };
        server.go_away();
        let run = stage.scene.kronos.run();
        is_orderly(&run).unwrap();
        assert_eq!(
            run.code,
            Some(if at_source { 1 } else { 3 }),
            "{}",
            run.stderr
        );
        server.come_back();
        stage.scene.kronos.run();
        stage.scene.kronos.run();
        stage.is_true().unwrap();
        let before = stage.server().count();
        stage.scene.kronos.run().ends_with(0);
        assert_eq!(stage.server().count(), before);
    }
}

#[test]
fn a_service_that_leaves_in_the_middle_of_a_run_is_healed_two_runs_later() {
    for service in [Service::Discord, Service::Meetup] {
        for number in 1.. {
            let stage = Stage::set(service);
            let server = stage.server();
            let last = server.count() + number;
            server.fault(When::exchange(last), Fault::Leave);
            let run = stage.scene.kronos.run();
            is_orderly(&run).unwrap();
            stage.is_decent().unwrap();
            if server.count() < last {
                break;
            }
            let story = format!("{service:?} left after exchange {number}: {}", run.stdout);
            assert_eq!(server.count(), last, "{story}");
            server.come_back();
            server.heal();
            stage.scene.kronos.run();
            stage.scene.kronos.run();
            stage
                .is_true()
                .unwrap_or_else(|problem| panic!("{problem}; {story}"));
            let before = server.count();
            stage.scene.kronos.run().ends_with(0);
            assert_eq!(server.count(), before, "{story}");
        }
    }
}
