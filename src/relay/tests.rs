use super::*;
use crate::stream::{Draft, create, trust};
use serde_json::{Value, json};
use std::fs;

struct Scene {
    relay: Relay,
    source: Signer,
    stranger: Signer,
    _folder: tempfile::TempDir,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let [relay, source, stranger] = ["relay", "source", "stranger"].map(|id| {
        let [_, secret] = create(folder.path(), id, None, None).unwrap();
        Signer::read(&fs::read_to_string(secret).unwrap()).unwrap()
    });
    let trusted = folder.path().join("trusted");
    trust(&folder.path().join("source.key"), &trusted).unwrap();
    let trusted = Trusted::open(&trusted, Instant::now()).unwrap();
    Scene {
        relay: Relay::new(relay, trusted),
        source,
        stranger,
        _folder: folder,
    }
}

fn message(signer: &Signer) -> Message {
    let mut message = Message::compose(Draft {
        tag: "org.example.news",
        uuid: "1",
        time: "2026-11-21T20:00:00",
        origin: "host",
        data: json!({"n": 1.5}),
    })
    .unwrap();
    message.sign(signer);
    message
}

impl Scene {
    fn take(&self, bytes: impl Into<Bytes>) {
        self.relay.take(&[bytes.into()]);
    }

    /// What sinks get of it.
    fn published(&self) -> Vec<Value> {
        let one = |at: u64| {
            let mut wanted = at;
            let (batch, _) = self.relay.ring.collect(&mut wanted, &[Bytes::new()]);
            let start = batch.iter().position(|byte| *byte == b'{').unwrap();
            let mut values = serde_json::Deserializer::from_slice(&batch[start..]).into_iter();
            values.next().unwrap().unwrap()
        };
        (0..self.relay.ring.end()).map(one).collect()
    }
}

#[test]
fn what_a_trusted_source_signed_is_countersigned_and_published_as_it_is() {
    let scene = scene();
    scene.take(message(&scene.source).to_bytes());
    let published = scene.published();
    assert_eq!(published.len(), 1);
    let message = Message::parse(published[0].to_string().as_bytes()).unwrap();
    assert!(message.is_signed_by("source", scene.source.public()));
    assert!(message.is_signed_by("relay", scene.relay.signer.public()));
    assert_eq!(published[0]["data"].to_string(), "{\"n\":1.5}");
}

#[test]
fn what_is_sent_again_is_published_again() {
    let scene = scene();
    for _ in 0..2 {
        scene.take(message(&scene.source).to_bytes());
    }
    assert_eq!(scene.published().len(), 2);
}

#[test]
fn what_is_not_believed_or_no_message_is_dropped_and_counted() {
    let scene = scene();
    scene.take(message(&scene.stranger).to_bytes());
    assert_eq!(scene.relay.counts.untrusted.get(), 1);

    let forged = Signer::generate("source").unwrap();
    scene.take(message(&forged).to_bytes());
    let signed = String::from_utf8(message(&scene.source).to_bytes()).unwrap();
    scene.take(signed.replace("1.5", "1.6"));
    assert_eq!(scene.relay.counts.forged.get(), 2);

    let unsigned = signed.replace("signatures", "signature");
    for text in ["", "garbage", "{}", &unsigned] {
        scene.take(text.to_owned());
    }
    scene.take(vec![0xff; 1000]);
    let whole = Bytes::from(signed);
    scene.relay.take(&[whole.clone(), whole]);
    scene.relay.take(&[]);
    assert_eq!(scene.relay.counts.malformed.get(), 7);
    assert_eq!(scene.published(), Vec::<Value>::new());
}
