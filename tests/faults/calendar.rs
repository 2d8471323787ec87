//! Every fault at a calendar that is read over the web, once: nothing goes that stands in it, and the next runs make up for it.

use super::stage::{a_day_passes, check, is_orderly};
use super::wire::MOST_MEMORY;
use super::wire::shape::{self, Shape, Side};
use crate::stories::scene::in_days;
use crate::support::discord::{Discord, Status};
use crate::support::exchange::{Reply, Request};
use crate::support::fault::When;
use crate::support::kronos::Kronos;
use crate::support::server::Server;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex};

/// Without KRONOS_FAULTS every so-many-th shape is tried here; the other services meet them all.
const EVERY: usize = 4;
/// Two runs heal, the third sends nothing; a day may have to pass between, and what passes it begins anew.
const RUNS: usize = 4;

/// A calendar at a web address, shared to a guild.
struct Stage {
    source: Server,
    text: Arc<Mutex<String>>,
    discord: Discord,
    kronos: Kronos,
}

/// Answers as web servers do: with an ETag, and 304 to who has that version.
fn answer(request: &Request, text: &str) -> Reply {
    let digest = Sha256::digest(text);
    let etag = format!("\"{:02x}{:02x}{:02x}\"", digest[0], digest[1], digest[2]);
    let reply = match request.header("if-none-match") == Some(&etag) {
        true => Reply::empty(304),
        false => Reply::new(200, "text/calendar; charset=utf-8", text),
    };
    reply.header("etag", etag)
}

fn calendar(events: &[(&str, &str, &str)]) -> String {
    let stamp = |days| in_days(days).format("%Y%m%dT%H%M%SZ").to_string();
    let event = |(uid, title, status): &(&str, &str, &str)| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{}\r\nDTEND:{}\r\nSTATUS:{status}\r\nSUMMARY:{title}\r\nEND:VEVENT\r\n",
            stamp(3),
            stamp(4)
        )
    };
    let events: String = events.iter().map(event).collect();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n")
}

impl Stage {
    /// Three events stand; since then one was renamed, one cancelled, and one is new.
    fn set() -> Self {
        let text = Arc::new(Mutex::new(calendar(&[
            ("a@x", "Open day", "CONFIRMED"),
            ("b@x", "Lantern walk", "CONFIRMED"),
            ("c@x", "Cinema", "CONFIRMED"),
        ])));
        let source = Server::start({
            let text = text.clone();
            move |request| answer(request, &text.lock().unwrap())
        });
        let discord = Discord::start();
        let kronos = Kronos::new()
            .text("sync", "settle", "5ms")
            .text("providers.holidays", "type", "ical")
            .text(
                "providers.holidays",
                "url",
                &format!("{}/calendar.ics", source.url()),
            )
            .discord("guild", &discord);
        kronos.run().ends_with(0);
        *text.lock().unwrap() = calendar(&[
            ("a@x", "Open house", "CONFIRMED"),
            ("b@x", "Lantern walk", "CANCELLED"),
            ("c@x", "Cinema", "CONFIRMED"),
            ("d@x", "Radio", "CONFIRMED"),
        ]);
        Self {
            source,
            text,
            discord,
            kronos,
        }
    }

    /// What must hold at every moment: nothing is deleted, and what was not cancelled is not called off.
    fn is_decent(&self) -> Result<(), String> {
        let requests = self.discord.server.requests(0);
        let deletes = requests.iter().filter(|request| request.method == "DELETE");
        check(deletes.count() == 0, "something was deleted")?;
        let items = self.discord.items();
        let cancelled = items.iter().filter(|item| item.status == Status::Canceled);
        check(
            cancelled.clone().all(|item| item.name == "Lantern walk"),
            "something was called off that takes place",
        )
    }

    fn is_true(&self) -> Result<(), String> {
        self.is_decent()?;
        let mut names: Vec<String> = self
            .discord
            .live()
            .into_iter()
            .map(|item| item.name)
            .collect();
        names.sort();
        check(
            names == ["Cinema", "Open house", "Radio"],
            &format!("there are {names:?}"),
        )
    }
}

fn play(shape: &Shape) -> Result<(), String> {
    let mut stage = Stage::set();
    stage
        .source
        .fault(When::next(), shape.fault(Side::Unhandled));
    stage.kronos.set("sync", "budget", "\"4s\"");
    let run = stage.kronos.run();
    is_orderly(&run)?;
    stage.is_decent()?;
    check(run.peak < MOST_MEMORY, &format!("it held {} KiB", run.peak))?;
    stage.kronos.set("sync", "budget", "\"60s\"");
    let mut days = 0;
    for _ in 0..RUNS {
        let before = stage.discord.server.count();
        let run = stage.kronos.run();
        is_orderly(&run)?;
        stage.is_decent()?;
        let rests = run.code == Some(0) && stage.discord.server.count() == before;
        if rests && stage.is_true().is_ok() {
            return Ok(());
        }
        if stage.discord.server.count() == before && shape.may_need_a_day() && days == 0 {
            days += 1;
            a_day_passes(&stage.kronos);
        }
    }
    stage.is_true()?;
    Err("it does not come to rest".into())
}

#[test]
fn whatever_a_calendar_answers_once_is_healed_two_runs_later() {
    let all = std::env::var("KRONOS_FAULTS").is_ok_and(|faults| faults == "all");
    let every = if all { 1 } else { EVERY };
    let shapes: Vec<Shape> = shape::all().into_iter().step_by(every).collect();
    let broken: Vec<String> = shapes
        .iter()
        .filter_map(|shape| Some(format!("{}: {}", shape.name, play(shape).err()?)))
        .collect();
    println!("{} cells", shapes.len());
    assert!(
        broken.is_empty(),
        "{} cells:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

#[test]
fn a_calendar_that_is_answered_with_a_page_takes_nothing_away() {
    let stage = Stage::set();
    let page = Reply::html(200, "Are you human?");
    let fault = crate::support::fault::Fault::Answer(page);
    stage.source.fault(When::next(), fault);
    let run = stage.kronos.run().ends_with(1);
    let told = run.stdout + &run.stderr;
    assert!(told.contains("text/html"), "{told}");
    assert_eq!(stage.discord.live().len(), 3);
    stage.kronos.run().ends_with(0);
    stage.is_true().unwrap();
    // Held by the source's handler.
    drop(stage.text);
}
