//! What a relay must survive, and what it must not believe.

use crate::support::stream::{PATIENCE, Stage, message, next};
use kronos::stream::{LARGEST, Signer};
use kronos::zmtp::{self, Reader, Writer};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Submits a good message and waits for it: the relay works.
async fn works(stage: &Stage, writer: &mut Writer, sink: &mut Reader, number: usize) {
    let bytes = message(&stage.signer("source"), number).to_bytes();
    writer.send(&zmtp::encode(&[&bytes])).await.unwrap();
    assert_eq!(next(sink).await["data"]["number"], number);
}

#[tokio::test]
async fn nothing_that_is_not_believed_is_published() {
    let stage = Stage::new();
    let relay = stage.relay();
    let (_replies, mut writer) = stage.source().await;
    let mut sink = stage.sink().await;
    let source = stage.signer("source");
    let good = String::from_utf8(message(&source, 1).to_bytes()).unwrap();
    let forger = Signer::generate("source").unwrap();
    for bytes in [
        // By a stranger; in the name of the source; changed on the way; without any signature.
        message(&stage.signer("stranger"), 2).to_bytes(),
        message(&forger, 3).to_bytes(),
        good.replace("news", "lies").into_bytes(),
        good.replace("\"number\":1", "\"number\":9").into_bytes(),
        good.replace("signatures", "signature").into_bytes(),
        // Broken.
        good.as_bytes()[..good.len() / 2].to_vec(),
        b"[]".to_vec(),
        Vec::new(),
        vec![0xff; 5_000],
        b"[".repeat(100_000),
    ] {
        writer.send(&zmtp::encode(&[&bytes])).await.unwrap();
    }
    let parts = [good.as_bytes(), good.as_bytes()];
    writer.send(&zmtp::encode(&parts)).await.unwrap();
    // All of it lies before this one.
    works(&stage, &mut writer, &mut sink, 4).await;
    relay.stop();
    let counted = |outcome| {
        stage.counted(&format!(
            "kronos_relay_messages_total{{outcome={outcome:?}}}"
        ))
    };
    assert_eq!(counted("published"), 1);
    assert_eq!(counted("untrusted"), 1);
    assert_eq!(counted("forged"), 3);
    assert_eq!(counted("malformed"), 7);
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_its_connection_and_no_other() {
    let stage = Stage::new();
    let relay = stage.relay();
    let (mut replies, mut writer) = stage.source().await;
    let mut sink = stage.sink().await;
    // The relay may be gone before all of it is written.
    let _ = writer
        .send(&zmtp::encode(&[&vec![b' '; LARGEST + 1]]))
        .await;
    assert!(replies.receive().await.is_err());
    let (mut replies, mut writer) = stage.source().await;
    // Announced only: nine bytes.
    writer
        .send(&[&[2][..], &(1_u64 << 62).to_be_bytes()].concat())
        .await
        .unwrap();
    assert!(replies.receive().await.is_err());
    let (_replies, mut writer) = stage.source().await;
    works(&stage, &mut writer, &mut sink, 1).await;
    relay.stop();
    assert_eq!(
        stage.counted("kronos_relay_messages_total{outcome=\"oversized\"}"),
        2
    );
}

#[tokio::test]
async fn a_relay_survives_any_bytes() {
    let stage = Stage::new();
    let relay = stage.relay();
    let (_replies, mut writer) = stage.source().await;
    let mut sink = stage.sink().await;
    let mut greeting = [0; 64];
    (greeting[0], greeting[9], greeting[10]) = (0xff, 0x7f, 3);
    greeting[12..16].copy_from_slice(b"NULL");
    let curve = {
        let mut bytes = greeting;
        bytes[12..17].copy_from_slice(b"CURVE");
        bytes
    };
    let mut old = greeting;
    old[10] = 1;
    let ready = b"\x04\x1a\x05READY\x0bSocket-Type\0\0\0\x06DEALER";
    let noise: Vec<u8> = (0..4_096_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let cases: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n".to_vec(),
        noise.clone(),
        curve.to_vec(),
        old.to_vec(),
        greeting.to_vec(),
        [&greeting[..], &noise].concat(),
        [&greeting[..], b"\x04\x05\x05ERROR"].concat(),
        [&greeting[..], b"\x04\x00"].concat(),
        [
            &greeting[..],
            b"\x04\x1a\x05READY\x0bSocket-Type\xff\xff\xff\xffDEALER",
        ]
        .concat(),
        [&greeting[..], ready, &noise].concat(),
        [
            &greeting[..],
            ready,
            b"\x04\x03\xffab",
            b"\x04\x07\x04PING\0\0",
            b"\x01\x01x".repeat(50).as_slice(),
        ]
        .concat(),
        [&greeting[..], ready, b"\x00"].concat(),
    ];
    for port in [stage.submit, stage.publish] {
        for case in &cases {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let _ = stream.write_all(case);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
        }
    }
    works(&stage, &mut writer, &mut sink, 1).await;
    relay.stop();
    assert!(stage.counted("kronos_relay_foreign_total") >= 20);
}

#[tokio::test]
async fn more_connections_than_a_relay_takes_are_refused_and_those_that_stand_go_on() {
    let stage = Stage::new();
    let relay = stage.relay();
    let (_replies, mut writer) = stage.source().await;
    let mut sink = stage.sink().await;
    let crowd: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(("127.0.0.1", stage.submit)).unwrap())
        .collect();
    works(&stage, &mut writer, &mut sink, 1).await;
    drop(crowd);
    // There is room again.
    let (_replies, mut writer) = stage.source().await;
    works(&stage, &mut writer, &mut sink, 2).await;
    relay.stop();
    assert!(stage.counted("kronos_relay_refused_total") > 0);
}

#[tokio::test]
async fn a_relay_that_has_no_file_left_to_open_goes_on_when_it_has() {
    let stage = Stage::new();
    let kronos = env!("CARGO_BIN_EXE_kronos");
    let relay = stage.start_with(&["sh", "-c", &format!("ulimit -n 24; exec {kronos} relay")]);
    let (_replies, mut writer) = stage.source().await;
    let mut sink = stage.sink().await;
    let crowd: Vec<TcpStream> = (0..30)
        .map(|_| TcpStream::connect(("127.0.0.1", stage.submit)).unwrap())
        .collect();
    relay.logs("no connection can be accepted");
    works(&stage, &mut writer, &mut sink, 1).await;
    drop(crowd);
    let (_replies, mut writer) = stage.source().await;
    works(&stage, &mut writer, &mut sink, 2).await;
    relay.stop();
}

#[tokio::test]
async fn who_is_trusted_may_change_while_a_relay_runs() {
    let stage = Stage::new();
    let relay = stage.relay();
    let (_replies, mut writer) = stage.source().await;
    let mut sink = stage.sink().await;
    let bytes = zmtp::encode(&[&message(&stage.signer("stranger"), 5).to_bytes()]);
    writer.send(&bytes).await.unwrap();
    works(&stage, &mut writer, &mut sink, 1).await;
    stage.done(&["key", "trust", "stranger.key"]);
    loop {
        writer.send(&bytes).await.unwrap();
        let news = tokio::time::timeout(Duration::from_millis(200), next(&mut sink)).await;
        if news.is_ok_and(|message| message["data"]["number"] == 5) {
            break;
        }
    }
    relay.logs("read again");
    relay.stop();
}
