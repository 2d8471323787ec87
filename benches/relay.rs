//! The pace of a relay: `cargo bench --bench relay`. What one message costs by itself, and what passes over loopback.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use kronos::relay::Relay;
use kronos::stream::{Draft, Message, Signer, Trusted, create, trust};
use kronos::zmtp::{self, Incoming, Role};
use std::fs;
use std::hint::black_box;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How many messages are measured.
const MANY: usize = 20_000;
/// So many are under way at once.
const WINDOW: usize = 2_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let [source, relay] = ["source", "relay"].map(|id| {
        let [_, secret] = create(folder, id, None, None).unwrap();
        Signer::read(&fs::read_to_string(secret).unwrap()).unwrap()
    });
    trust(&folder.join("source.key"), &folder.join("trusted")).unwrap();
    let messages: Vec<Vec<u8>> = (0..MANY).map(|number| message(&source, number)).collect();

    let sign = each(|| {
        for bytes in &messages {
            black_box(relay.sign(bytes));
        }
    });
    let verify = each(|| {
        let trusted = Trusted::open(&folder.join("trusted"), Instant::now()).unwrap();
        for bytes in &messages {
            trusted.voucher(&Message::parse(bytes).unwrap()).unwrap();
        }
    });
    let take = each(|| {
        let trusted = Trusted::open(&folder.join("trusted"), Instant::now()).unwrap();
        let relay = Relay::new(relay.clone(), trusted);
        for bytes in &messages {
            relay.take(&[Bytes::copy_from_slice(bytes)]);
        }
        assert_eq!(relay.counts.published.get(), MANY as u64);
    });
    println!(
        "bytes of a message                   {:>9}",
        messages[0].len()
    );
    println!("sign                                 {}", shown(sign));
    println!("parse and verify                     {}", shown(verify));
    println!("take: parse, verify, sign, encode    {}", shown(take));

    let (wall, processor) = over_loopback(folder, &messages);
    println!("over loopback, by the clock          {}", shown(wall));
    println!("over loopback, the relay's processor {}", shown(processor));
}

fn each(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed() / MANY as u32
}

fn shown(each: Duration) -> String {
    let pace = 1.0 / each.as_secs_f64();
    format!(
        "{:>6.1} µs each, {pace:>8.0} a second",
        each.as_secs_f64() * 1e6
    )
}

fn message(signer: &Signer, number: usize) -> Vec<u8> {
    let mut message = Message::compose(Draft {
        tag: "org.example.kronos.event-updated",
        uuid: &format!("00000000-0000-1000-8000-{number:012}"),
        time: "2026-11-21T20:00:00",
        origin: "host",
        data: serde_json::json!({
            "url": format!("https://events.example.org/events/{number}"),
            "title": "Rust night",
            "begins": "2026-12-01T18:00:00Z",
            "ends": "2026-12-01T21:00:00Z",
            "status": "confirmed",
            "tags": ["public", "rust"],
            "description": {"text": "Bring a project, borrow a bench. ".repeat(10)},
        }),
    })
    .unwrap();
    message.sign(signer);
    message.to_bytes()
}

/// By the clock, and of the relay's processor time, for each message.
fn over_loopback(folder: &Path, messages: &[Vec<u8>]) -> (Duration, Duration) {
    fs::write(
        folder.join("kronos.toml"),
        "[relay]\nsubmit = [\"tcp://127.0.0.1:0\"]\npublish = [\"tcp://127.0.0.1:0\"]\nkey_file = \"relay.key_secret\"\ntrusted = \"trusted\"\n",
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_kronos"))
        .args(["relay", "--log-format", "json", "--config"])
        .arg(folder.join("kronos.toml"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (submit, publish) = addresses(&mut child);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let before = processor(child.id());
    let begun = Instant::now();
    runtime.block_on(async {
        let limit = 2 * 1024 * 1024;
        let (mut echoes, mut subscribe) =
            zmtp::connect(&publish.parse().unwrap(), Role::Sub, limit)
                .await
                .unwrap();
        subscribe.subscribe(b"").await.unwrap();
        let (_replies, mut source) = zmtp::connect(&submit.parse().unwrap(), Role::Dealer, limit)
            .await
            .unwrap();
        for window in messages.chunks(WINDOW) {
            let mut bytes = Vec::new();
            for message in window {
                bytes.extend_from_slice(&zmtp::encode(&[message]));
            }
            let mut left = window.len();
            let send = source.send(&bytes);
            let receive = async {
                while left > 0 {
                    if let Incoming::Message(_) = echoes.receive().await.unwrap() {
                        left -= 1;
                    }
                }
            };
            let (sent, ()) = tokio::join!(send, receive);
            sent.unwrap();
        }
    });
    let each = begun.elapsed() / MANY as u32;
    let spent = (processor(child.id()) - before) / MANY as u32;
    child.kill().unwrap();
    child.wait().unwrap();
    (each, spent)
}

/// Where the relay listens, by its log.
fn addresses(child: &mut Child) -> (String, String) {
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let fields = &line["fields"];
        if let (Some(submit), Some(publish)) =
            (fields["submit"].as_str(), fields["publish"].as_str())
        {
            return (format!("tcp://{submit}"), format!("tcp://{publish}"));
        }
    }
    panic!("the relay said nothing");
}

/// What a process has used of the processor: Linux tells it in hundredths of a second (proc(5), fields 14 and 15 of stat).
fn processor(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}
