//! Faults at a picture's way, once: its host, its place at Meetup, its upload. The event stands all the same, once, and the
//! run says so if it has no picture, which a full run then brings.

use super::secrets::betrays_nothing;
use super::stage::{applied, check, is_orderly};
use super::wire::MOST_MEMORY;
use super::wire::shape::{self, Shape, Side};
use crate::stories::scene::Scene;
use crate::support::exchange::Request;
use crate::support::fault::When;
use crate::support::meetup::{Meetup, Status};

/// Without KRONOS_FAULTS every so-many-th shape is tried at each of them.
const EVERY: usize = 8;
/// Two runs heal, the third sends nothing; a day may have to pass between.
const RUNS: usize = 4;

/// An exchange's name, whether it is the source's, and how it is known.
type Exchange = (&'static str, bool, fn(&Request) -> bool);

/// A picture's exchanges.
const EXCHANGES: [Exchange; 3] = [
    ("picture", true, |r| r.path.starts_with("/media/")),
    ("photo", false, |r| r.asks_for("createGroupEventPhoto")),
    ("upload", false, |r| r.method == "PUT"),
];

fn play(at_source: bool, is: fn(&Request) -> bool, shape: &Shape) -> Result<(), String> {
    let (mut scene, meetup) = (Scene::new(), Meetup::start());
    let bare = std::mem::take(&mut scene.kronos);
    scene.kronos = bare.meetup("city", &meetup).text("sync", "settle", "5ms");
    if !at_source {
        scene.kronos.remove("consumers.guild");
    }
    let gif = b"GIF89a\x01\0\x01\0\0\0\0;";
    let picture = scene.mobilizon.picture("poster.gif", "image/gif", gif);
    let uuid = scene.event_with("Rust night", 3, |entry| entry.picture(picture));
    let url = scene.mobilizon.event_url(&uuid);
    let server = if at_source {
        &scene.mobilizon.server
    } else {
        &meetup.server
    };
    // Bytes that were said to be taken are there.
    server.fault(When::that(is), shape.fault(Side::Handled));
    scene.kronos.set("sync", "budget", "\"4s\"");
    let run = scene.kronos.run_with(&["-vv"]);
    is_orderly(&run)?;
    check(run.peak < MOST_MEMORY, &format!("it held {} KiB", run.peak))?;
    betrays_nothing(&scene.kronos, Some(&meetup), &[run], &[])?;
    scene.kronos.set("sync", "budget", "\"60s\"");
    let mut days = 0;
    for _ in 0..RUNS {
        let before = meetup.server.count() + scene.discord.server.count();
        let run = scene.kronos.run();
        is_orderly(&run)?;
        if meetup.server.count() + scene.discord.server.count() > before {
            continue;
        }
        if run.code == Some(0) && meetup.live().len() == 1 {
            break;
        }
        if days == 0 && shape.may_need_a_day() {
            days += 1;
            super::stage::a_day_passes(&scene.kronos);
        }
    }
    let items = meetup.live_with(&url);
    check(
        items.len() == 1 && items[0].status == Status::Active,
        &format!("at Meetup: {items:?}"),
    )?;
    check(
        applied(&meetup.server, "createEvent") == 1,
        "it was made twice",
    )?;
    let before = meetup.server.count() + scene.discord.server.count();
    scene.kronos.run().ends_with(0);
    let after = meetup.server.count() + scene.discord.server.count();
    check(before == after, "it does not come to rest")?;
    // What could not be had is sought again when the consumer is listed.
    scene.kronos.run_with(&["--full"]).ends_with(0);
    let items = meetup.live_with(&url);
    let photo = items[0]
        .photo
        .and_then(|id| meetup.photos()[&id].bytes.clone());
    // A refusal is Meetup's last word, and what calls itself a picture and is none stays so until it changes.
    let is_refused = match at_source {
        true => shape.name == "behind a byte order mark",
        false => shape.may_need_a_day(),
    };
    check(
        is_refused || photo.is_some(),
        "it stays without its picture at Meetup",
    )?;
    check(
        !at_source || is_refused || scene.discord.live_with(&url)[0].image.is_some(),
        "it stays without its picture at Discord",
    )
}

#[test]
fn whatever_happens_to_a_picture_the_event_stands() {
    let all = std::env::var("KRONOS_FAULTS").is_ok_and(|faults| faults == "all");
    let every = if all { 1 } else { EVERY };
    let (mut cells, mut broken) = (0, Vec::new());
    for (place, (name, at_source, is)) in EXCHANGES.into_iter().enumerate() {
        for shape in shape::all().into_iter().skip(place).step_by(every) {
            cells += 1;
            if let Err(problem) = play(at_source, is, &shape) {
                broken.push(format!("{name}, {}: {problem}", shape.name));
            }
        }
    }
    println!("{cells} cells");
    assert!(
        broken.is_empty(),
        "{} cells:\n{}",
        broken.len(),
        broken.join("\n")
    );
}
