//! Not one secret appears in anything that kronos writes, whatever goes wrong.

use super::stage::{DISCORD, Exchange, MEETUP, MOBILIZON, check, is_orderly};
use super::wire::spoiled;
use crate::stories::scene::Scene;
use crate::support::discord;
use crate::support::kronos::{Kronos, Run};
use crate::support::meetup::{CLIENT_KEY, Meetup, SIGNING_KEY};
use std::fs;
use std::path::PathBuf;

const DISCORD_TOKEN: &str = "CANARY.discord-token.q7w8e9";
const ACCESS_TOKEN: &str = "CANARY-access-token-z5x6c7";
const IN_THE_ADDRESS: &str = "CANARYaddressb3n4m5";

/// Whatever must never be seen: whole secrets, and lines of the key.
fn canaries(meetup: Option<&Meetup>) -> Vec<String> {
    let mut canaries: Vec<String> = [
        DISCORD_TOKEN,
        discord::TOKEN,
        ACCESS_TOKEN,
        IN_THE_ADDRESS,
        CLIENT_KEY,
        "EXAMPLE-refresh-",
    ]
    .map(String::from)
    .into();
    canaries.extend(
        SIGNING_KEY
            .lines()
            .filter(|line| line.len() > 40)
            .map(|line| line[..40].to_owned()),
    );
    // What was made of the secrets: assertions and the tokens given for them.
    let requests = meetup.map(|meetup| meetup.server.requests(0));
    for request in requests.unwrap_or_default() {
        let bearer = request.header("authorization").unwrap_or_default();
        canaries.extend(bearer.split(' ').nth(1).map(String::from));
        let body = String::from_utf8_lossy(&request.body).into_owned();
        canaries.extend(body.split("assertion=").nth(1).map(String::from));
    }
    canaries
}

fn scene(sign_in: bool) -> (Scene, Meetup) {
    let (mut scene, meetup) = (Scene::new(), Meetup::start());
    scene.discord.accept_only(DISCORD_TOKEN);
    scene.kronos.set("sync", "budget", "\"4s\"");
    let bare: Kronos = std::mem::take(&mut scene.kronos);
    let bare = bare.secret("consumers.guild", "token", DISCORD_TOKEN);
    scene.kronos = if sign_in {
        bare.meetup("city", &meetup)
    } else {
        bare.meetup_with_token("city", &meetup).secret(
            "consumers.city",
            "access_token",
            ACCESS_TOKEN,
        )
    };
    scene.kronos = std::mem::take(&mut scene.kronos).ical("calendar");
    scene.event("Rust night", 3);
    (scene, meetup)
}

/// Nothing of the secrets stands in what the runs printed, nor in any file of the state, nor in `more`.
pub fn betrays_nothing(
    kronos: &Kronos,
    meetup: Option<&Meetup>,
    runs: &[Run],
    more: &[PathBuf],
) -> Result<(), String> {
    let mut texts: Vec<(String, Vec<u8>)> = Vec::new();
    for run in runs {
        texts.push(("standard output".into(), run.stdout.clone().into()));
        texts.push(("standard error".into(), run.stderr.clone().into()));
    }
    let state = fs::read_dir(kronos.path("state")).unwrap();
    let state = state.map(|entry| entry.unwrap().path());
    for path in state.chain(more.iter().cloned()) {
        if let Ok(bytes) = fs::read(&path) {
            texts.push((path.display().to_string(), bytes));
        }
    }
    let canaries = canaries(meetup);
    for (place, bytes) in &texts {
        let text = String::from_utf8_lossy(bytes);
        for canary in &canaries {
            let found = text.contains(canary.as_str());
            check(!found, &format!("{canary} stands in {place}: {text}"))?;
        }
    }
    Ok(())
}

/// What is most likely to show what was sent: answers that repeat it, nonsense, refusals.
const SHAPES: &[&str] = &[
    "400 in JSON",
    "401 in JSON",
    "403 as a page",
    "429, a page",
    "302",
    "500 as a page",
    "cut in the body",
    "no HTTP",
    "no JSON",
    "closed at once",
];

#[test]
fn no_secret_is_seen_whatever_goes_wrong() {
    let all: [(&[Exchange], u8); 3] = [(MOBILIZON, 0), (DISCORD, 1), (MEETUP, 2)];
    for (number, shape) in SHAPES.iter().enumerate() {
        let (scene, meetup) = scene(true);
        for (exchanges, at) in all {
            let server = match at {
                0 => &scene.mobilizon.server,
                1 => &scene.discord.server,
                _ => &meetup.server,
            };
            // Every shape at the first exchange of each service, and at a later one.
            for exchange in [
                &exchanges[0],
                &exchanges[1 + number % (exchanges.len() - 1)],
            ] {
                let is = exchange.is;
                server.fault(crate::support::fault::When::that(is), spoiled(shape));
            }
        }
        let mut runs = Vec::new();
        for log in ["text", "json"] {
            for _ in 0..2 {
                let arguments = ["-vv", "--log-format", log, "--full"];
                let run = scene.kronos.run_with(&arguments);
                is_orderly(&run).unwrap();
                runs.push(run);
            }
        }
        runs.push(scene.kronos.command(&["check"]));
        runs.push(scene.kronos.command(&["status"]));
        let calendar = [scene.kronos.calendar("calendar")];
        betrays_nothing(&scene.kronos, Some(&meetup), &runs, &calendar)
            .unwrap_or_else(|problem| panic!("{shape}: {problem}"));
    }
}

#[test]
fn no_secret_is_seen_where_it_is_refused_repeated_or_cannot_be_used() {
    let (mut scene, meetup) = scene(false);
    // Neither service knows the token, and one repeats it.
    scene.discord.accept_only("another");
    let echo = crate::support::exchange::Reply::json(
        401,
        &serde_json::json!({"message": "401: Unauthorized", "code": 0}),
    );
    scene.discord.server.fault(
        crate::support::fault::When::next(),
        crate::support::fault::Fault::Answer(echo),
    );
    let mut runs = vec![
        scene.kronos.run_with(&["-vv"]),
        scene.kronos.command(&["check"]),
    ];
    // A key that is no key, a token that no header can carry, an address with a password.
    let broken = scene.kronos.path("broken");
    let half: String = SIGNING_KEY.lines().take(5).collect::<Vec<_>>().join("\n");
    fs::write(&broken, format!("{half}\n{DISCORD_TOKEN}\n\u{7f}")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&broken, mode).unwrap();
    let path = format!("{:?}", broken.display().to_string());
    scene.kronos.set("consumers.guild", "token_file", &path);
    runs.push(scene.kronos.run_with(&["-vv"]));
    runs.push(scene.kronos.command(&["check"]));
    scene.kronos = std::mem::take(&mut scene.kronos).meetup("city", &meetup);
    scene
        .kronos
        .set("consumers.city", "signing_key_file", &path);
    runs.push(scene.kronos.run_with(&["-vv"]));
    runs.push(scene.kronos.command(&["check"]));
    let url = format!("\"https://kronos:{IN_THE_ADDRESS}@example.invalid/\"");
    scene.kronos.set("providers.space", "url", &url);
    runs.push(scene.kronos.run_with(&["-vv"]));
    runs.push(scene.kronos.command(&["check"]));
    // A line of the configuration that cannot be read, with the secret in it.
    for value in ["oops", "[]", "{}", "\n="] {
        let token = format!("\"{DISCORD_TOKEN}\" {value}");
        scene.kronos.set("consumers.guild", "token", &token);
        runs.push(scene.kronos.run_with(&["-vv"]));
        scene.kronos.set(
            "consumers.guild",
            "token",
            &format!("[\"{DISCORD_TOKEN}\"]"),
        );
        runs.push(scene.kronos.command(&["check"]));
    }
    for run in &runs {
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
    betrays_nothing(&scene.kronos, Some(&meetup), &runs, &[]).unwrap();
}
