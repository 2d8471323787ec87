//! Many messages, a relay that is killed, and sinks that are slow.

use crate::support::stream::{PATIENCE, Stage, message, next};
use kronos::stream::{Draft, Message};
use kronos::zmtp::{self, Incoming, Reader, Writer, ZmtpError};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How many messages are submitted.
const MANY: usize = 10_000;
/// So many are under way at once.
const WINDOW: usize = 1_000;

/// Submits what waits and takes away what comes back, until nothing waits, the connection breaks, or `enough` are left.
async fn submit(
    writer: &mut Writer,
    echoes: &mut Reader,
    waiting: &mut BTreeMap<String, Vec<u8>>,
    enough: usize,
) -> Result<(), ZmtpError> {
    while waiting.len() > enough {
        for message in waiting.values().take(WINDOW) {
            writer.send(&zmtp::encode(&[message])).await?;
        }
        let mut come = 0;
        while come < WINDOW && waiting.len() > enough {
            let Ok(incoming) = tokio::time::timeout(Duration::from_secs(2), echoes.receive()).await
            else {
                break;
            };
            if let Incoming::Message(parts) = incoming? {
                let value: serde_json::Value = serde_json::from_slice(&parts[1]).unwrap();
                come += usize::from(waiting.remove(value["uuid"].as_str().unwrap()).is_some());
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn ten_thousand_submissions_survive_a_killed_relay() {
    let stage = Stage::new();
    let signer = stage.signer("source");
    let mut waiting: BTreeMap<String, Vec<u8>> = (0..MANY)
        .map(|number| message(&signer, number))
        .map(|message| (message.uuid().to_owned(), message.to_bytes()))
        .collect();

    let mut relay = stage.relay();
    let (_replies, mut writer) = stage.source().await;
    let mut echoes = stage.sink().await;
    submit(&mut writer, &mut echoes, &mut waiting, MANY / 2)
        .await
        .unwrap();
    for message in waiting.values().take(WINDOW) {
        writer.send(&zmtp::encode(&[message])).await.unwrap();
    }
    relay.kill();
    assert!(waiting.len() <= MANY / 2);

    let relay = stage.relay();
    let (_replies, mut writer) = stage.source().await;
    let mut echoes = stage.sink().await;
    let begun = Instant::now();
    while !waiting.is_empty() {
        submit(&mut writer, &mut echoes, &mut waiting, 0)
            .await
            .unwrap();
        assert!(begun.elapsed() < PATIENCE, "{} wait", waiting.len());
    }
    relay.stop();
    assert!(stage.counted("kronos_relay_messages_total{outcome=\"published\"}") >= 5_000);
}

#[tokio::test]
async fn what_is_on_its_way_is_published_before_a_relay_stops() {
    let stage = Stage::new();
    let relay = stage.relay();
    let (_replies, mut writer) = stage.source().await;
    let mut sink = stage.sink().await;
    let signer = stage.signer("source");
    writer
        .send(&zmtp::encode(&[&message(&signer, 0).to_bytes()]))
        .await
        .unwrap();
    next(&mut sink).await;
    for number in 1..=200 {
        let bytes = zmtp::encode(&[&message(&signer, number).to_bytes()]);
        writer.send(&bytes).await.unwrap();
    }
    tokio::task::spawn_blocking(move || relay.stop())
        .await
        .unwrap();
    for number in 1..=200 {
        assert_eq!(next(&mut sink).await["data"]["number"], number);
    }
    assert!(matches!(sink.receive().await, Err(ZmtpError::Closed)));
}

#[tokio::test]
async fn sinks_that_take_nothing_cost_bounded_memory_and_hold_up_nobody() {
    let stage = Stage::new();
    let relay = stage.relay();
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(stage.sink().await);
    }
    let mut quick = stage.sink().await;
    let (_replies, mut writer) = stage.source().await;
    let signer = stage.signer("source");
    // More than is kept. Sent again, a message is published again.
    let mut large = Message::compose(Draft {
        tag: "org.example.large",
        uuid: "large",
        time: "2026-11-21T20:00:00",
        origin: "host",
        data: serde_json::json!({"padding": "x".repeat(1_000_000)}),
    })
    .unwrap();
    large.sign(&signer);
    let large = zmtp::encode(&[&large.to_bytes()]);
    for _ in 0..45 {
        writer.send(&large).await.unwrap();
        quick.receive().await.unwrap();
    }
    let last = message(&signer, 999).to_bytes();
    writer.send(&zmtp::encode(&[&last])).await.unwrap();
    assert_eq!(next(&mut quick).await["data"]["number"], 999);
    // 32 MiB for all sinks, and what passes through.
    assert!(relay.resident() < 150 * 1024, "{} KiB", relay.resident());
    // A slow one that wakes up gets the newest.
    while next(&mut slow[0]).await["data"]["number"] != 999 {}
    relay.logs("too slow");
    drop(slow);
    relay.stop();
    assert!(stage.counted("kronos_relay_missed_total") > 0);
}
