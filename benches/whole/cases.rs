//! The rows of the table.

use crate::measure::{Cost, median, typical};
use crate::stage::{Consumers, Stage};
use crate::support::discord::{self, Discord};
use crate::table::{MIB, Table, mib, ms, ratio};
use crate::{reshare, year};
use chrono::TimeDelta;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

/// What a case is called, and how it is measured.
type Case = (&'static str, fn(&mut Table));

/// How often each thing is measured.
fn rounds() -> usize {
    let wanted = std::env::var("KRONOS_ROUNDS").ok();
    wanted.and_then(|text| text.parse().ok()).unwrap_or(5)
}

/// Measures the cases whose names hold one of `words`; without words, all that do not take long.
pub fn all(words: &[String]) {
    let cases: &[Case] = &[
        ("version", version),
        ("quiet", quiet),
        ("sweep 1000", |table| sweep(table, 1_000, Consumers::None)),
        ("sweep 10000", |table| sweep(table, 10_000, Consumers::None)),
        ("calendar sweep 1000", |table| {
            sweep(table, 1_000, Consumers::Calendar);
        }),
        ("calendar sweep 10000", |table| {
            sweep(table, 10_000, Consumers::Calendar);
        }),
        ("first", first),
        ("reshare", |table| reshare::first_page(table, rounds())),
        ("slow", slow),
        ("pace", pace),
        ("year", year::year),
        ("growth", growth),
    ];
    let mut table = Table::new();
    for (name, case) in cases {
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            case(&mut table);
        }
    }
    table.end();
}

fn repeat(times: usize, once: impl FnMut(usize) -> Cost) -> Cost {
    typical(&(0..times).map(once).collect::<Vec<_>>())
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn version(table: &mut Table) {
    let stage = Stage::new(0, Consumers::None);
    let cost = repeat(4 * rounds(), |_| stage.kronos(&["--version"]));
    table.row(
        "`kronos --version`",
        format!("{}, {}", ms(cost.wall), mib(cost.memory)),
        "5 ms, 8 MiB".into(),
        cost.wall <= millis(5) && cost.memory <= 8 * MIB,
    );
}

fn quiet(table: &mut Table) {
    let stage = Stage::new(10_000, Consumers::Calendar);
    stage.sync(&[]);
    let written = stage
        .path("events.ics")
        .metadata()
        .unwrap()
        .modified()
        .unwrap();
    let trip = stage.round_trip();
    let times = 4 * rounds();
    let cost = repeat(times, |_| stage.sync(&[]));
    let seen = stage.control(json!({}));
    let each = |name: &str| seen[name].as_u64().unwrap() / times as u64;
    let untouched = stage
        .path("events.ics")
        .metadata()
        .unwrap()
        .modified()
        .unwrap()
        == written;
    table.row(
        "quiet run, 10,000 events",
        format!(
            "{} request, {} B asked, {} B answered, {}",
            each("requests"),
            each("asked"),
            each("answered"),
            if untouched { "no write" } else { "a write" }
        ),
        "1 request, 200 B of body a group, no write".into(),
        each("requests") == 1 && each("answered") <= 200 && untouched,
    );
    table.row(
        "… its time",
        format!(
            "{} (round trip {}), {} cpu",
            ms(cost.wall),
            ms(trip),
            ms(cost.cpu)
        ),
        "round trip + 10 ms, 10 ms cpu".into(),
        cost.wall <= trip + millis(10) && cost.cpu <= millis(10),
    );
    table.row(
        "… its peak memory",
        mib(cost.memory),
        "16 MiB".into(),
        cost.memory <= 16 * MIB,
    );
    let stage = Stage::with_groups(10, 50, Consumers::None);
    stage.sync(&[]);
    stage.control(json!({}));
    stage.sync(&[]);
    let seen = stage.control(json!({}));
    let each = |name: &str| seen[name].as_u64().unwrap() / 50;
    table.row(
        "… of 50 groups",
        format!(
            "{} request, {} B asked and {} B answered a group",
            seen["requests"],
            each("asked"),
            each("answered")
        ),
        "1 request, 200 B a group".into(),
        seen["requests"] == 1 && each("asked") <= 200 && each("answered") <= 200,
    );
}

/// Whether curl and sqlite3 can be run; says so if not.
fn has_bound() -> bool {
    let missing = ["curl", "sqlite3"].iter().find(|name| {
        let out = Command::new(name).arg("--version").output();
        out.is_err()
    });
    if let Some(name) = missing {
        println!("| {name} is not installed: nothing to compare with | | | skipped |");
    }
    missing.is_none()
}

fn sweep(table: &mut Table, events: u64, consumers: Consumers) {
    if !has_bound() {
        return;
    }
    let stage = Stage::new(events, consumers);
    stage.sync(&[]);
    stage.prepare_bound();
    stage.bound("each.sh");
    let mut all = Compared::default();
    for _ in 0..rounds() {
        all.ours.push(stage.sync(&["--full"]));
        all.each.push(stage.bound("each.sh"));
        all.once.push(stage.bound("once.sh"));
    }
    let with = match consumers {
        Consumers::Calendar => ", with a calendar file",
        Consumers::None => "",
    };
    against(
        table,
        &format!("full sweep, {events} events{with}"),
        &all,
        (0.4, 0.5),
    );
    if events == 10_000 {
        let memory = typical(&all.ours).memory;
        table.row(
            &format!("… its peak memory{with}"),
            mib(memory),
            "32 MiB".into(),
            memory <= 32 * MIB,
        );
    }
}

fn first(table: &mut Table) {
    if !has_bound() {
        return;
    }
    let stage = Stage::new(10_000, Consumers::Calendar);
    stage.sync(&[]);
    stage.prepare_bound();
    let mut all = Compared::default();
    for _ in 0..rounds() {
        stage.forget();
        all.ours.push(stage.sync(&[]));
        all.each.push(stage.bound("each.sh"));
        stage.forget();
        all.once.push(stage.bound("once.sh"));
    }
    against(
        table,
        "first run, 10,000 events, a calendar file",
        &all,
        (1.0, 1.0),
    );
    table.tell("… its peak memory", mib(typical(&all.ours).memory));
}

/// What kronos and the two scripts cost, side by side.
#[derive(Default)]
struct Compared {
    ours: Vec<Cost>,
    each: Vec<Cost>,
    once: Vec<Cost>,
}

/// A row of ratios, each of executions side by side.
fn against(table: &mut Table, case: &str, all: &Compared, most: (f64, f64)) {
    let ratios = |theirs: &[Cost], part: fn(&Cost) -> Duration| -> f64 {
        let pairs = all.ours.iter().zip(theirs);
        median(pairs.map(|(a, b)| ratio(part(a), part(b))).collect())
    };
    let (cpu, wall) = (
        ratios(&all.each, |cost| cost.cpu),
        ratios(&all.each, |cost| cost.wall),
    );
    let (once_cpu, once_wall) = (
        ratios(&all.once, |cost| cost.cpu),
        ratios(&all.once, |cost| cost.wall),
    );
    let (we, they) = (typical(&all.ours), typical(&all.each));
    table.row(
        case,
        format!(
            "{cpu:.2} × cpu, {wall:.2} × wall ({} and {} against {} and {}); against a single curl {once_cpu:.2} × and {once_wall:.2} ×",
            ms(we.cpu), ms(we.wall), ms(they.cpu), ms(they.wall)
        ),
        format!("{} × cpu, {} × wall", most.0, most.1),
        cpu <= most.0 && wall <= most.1,
    );
}

/// Twenty new events for a guild that takes five writes a second.
fn pace(table: &mut Table) {
    let discord = Discord::start();
    discord.limit(5, TimeDelta::seconds(1));
    let stage = Stage::new(20, Consumers::None);
    stage.configure(&format!(
        "[consumers.guild]\ntype = \"discord\"\nguild_id = {:?}\napi_url = {:?}\ntoken_file = \"token\"\n",
        discord::GUILD,
        discord.api_url()
    ));
    let token = stage.path("token");
    std::fs::write(&token, discord::TOKEN).unwrap();
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    let cost = stage.sync(&[]);
    let (written, refused) = (discord.live().len(), discord.exceeded());
    let most = Duration::from_secs(3).mul_f64(1.05);
    table.row(
        "20 changes to a consumer that allows 5 writes a second",
        format!("{}, {written} written, {refused} × 429", ms(cost.wall)),
        format!("{}, no 429", ms(most)),
        cost.wall <= most && written == 20 && refused == 0,
    );
}

fn slow(table: &mut Table) {
    let stage = Stage::new(1_000, Consumers::None);
    stage.control(json!({ "delay": 50 }));
    let cost = repeat(rounds(), |_| {
        stage.forget();
        stage.sync(&[])
    });
    table.row(
        "first read of 1,000 events, 50 ms a request",
        ms(cost.wall),
        "150 ms".into(),
        cost.wall <= millis(150),
    );
}

fn growth(table: &mut Table) {
    let mut sizes = Vec::new();
    for events in [1_000, 10_000, 100_000] {
        let stage = Stage::new(events, Consumers::None);
        stage.sync(&[]);
        let sweep = repeat(rounds(), |_| stage.sync(&["--full"]));
        let quiet = repeat(2 * rounds(), |_| stage.sync(&[]));
        table.tell(
            &format!("{events} events"),
            format!(
                "sweep {} cpu, {} wall, {}; quiet {} cpu, {} wall, {}; database {}",
                ms(sweep.cpu),
                ms(sweep.wall),
                mib(sweep.memory),
                ms(quiet.cpu),
                ms(quiet.wall),
                mib(quiet.memory),
                mib(stage.state_size())
            ),
        );
        sizes.push((
            events as f64,
            sweep.cpu.as_secs_f64(),
            quiet.cpu.as_secs_f64(),
        ));
    }
    let (middle, large) = (sizes[1], sizes[2]);
    let (sweeps, quiets) = (large.1 / middle.1, large.2 / middle.2);
    table.row(
        "growth from 10,000 to 100,000 events",
        format!("sweep {sweeps:.1} ×, quiet {quiets:.2} × cpu"),
        "10 × and a tenth, 1 × and a fifth".into(),
        sweeps <= 11.0 && quiets <= 1.2,
    );
}
