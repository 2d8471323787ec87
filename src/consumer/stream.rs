//! The message stream: each change of an event is submitted to a relay as a signed message.
//!
//! A submission has no answer. It counts as done when it comes back where the relay publishes; until then the same message is
//! sent again, in the same run and in the next, and sinks know it by its uuid.

use super::{Action, Capability, Consumer, Kind, Operation, Outcome, Rendering, told};
use crate::check::Line;
use crate::event::{Event, EventKey};
use crate::kind::{KindError, Section};
use crate::stream::{Draft, Message};
use crate::zmtp::{Role, connect};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use config::Config;
use serde_json::Value;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Mutex;
use wire::{Answer, Wire};

mod config;
#[cfg(test)]
mod tests;
mod wire;

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "stream",
    example: config::EXAMPLE,
    texts: &[],
    build,
};

/// So long its message is waited for each time that it is sent.
const PATIENCE: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];
/// What a relay or a sink sends back is no longer.
const LARGEST: usize = 2 * crate::stream::LARGEST;

fn build(section: &Section) -> Result<Box<dyn Consumer>, KindError> {
    Ok(Box::new(Source {
        config: Config::read(section)?,
        wire: Mutex::new(None),
        submissions: Cell::new(0),
    }))
}

/// A source of messages.
struct Source {
    config: Config,
    /// The connections, for as long as they are good.
    wire: Mutex<Option<Wire>>,
    submissions: Cell<u64>,
}

impl Source {
    fn message(&self, operation: &Operation<'_>) -> Option<Message> {
        let (kind, told) = match (operation.action, operation.rendering) {
            (Action::Delete, _) => ("deleted", told::gone(operation.key)),
            (Action::Create, Some(rendering)) => ("created", rendering.payload.clone()),
            (Action::Cancel, Some(rendering)) => ("cancelled", rendering.payload.clone()),
            (Action::Update | Action::Publish | Action::Adopt, Some(rendering)) => {
                ("updated", rendering.payload.clone())
            }
            (_, None) => return None,
        };
        let mut message = Message::compose(Draft {
            tag: &format!("{}.event-{kind}", self.config.prefix),
            uuid: &uuid(operation.idempotency_key),
            time: &time(operation.now),
            origin: &self.config.origin,
            data: data(told, operation.generation),
        })
        .ok()?;
        message.sign(&self.config.signer);
        Some(message)
    }

    /// Submits until the message comes back or patience is at its end.
    async fn submit(&self, key: &EventKey, message: &Message) -> Outcome {
        let mut place = self.wire.lock().await;
        let mut sent = false;
        let mut reason = String::new();
        for (attempt, patience) in PATIENCE.into_iter().enumerate() {
            let wire = match place.take() {
                Some(wire) => Ok(wire),
                None => Wire::open(&self.config, attempt).await,
            };
            let mut wire = match wire {
                Ok(wire) => wire,
                Err(problem) if sent => {
                    reason = problem;
                    continue;
                }
                Err(reason) => {
                    return Outcome::Later {
                        retry_at: None,
                        reason,
                    };
                }
            };
            sent = true;
            self.submissions.set(self.submissions.get() + 1);
            match wire.submit(message, &self.config.signer, patience).await {
                Ok(Answer::Came) => {
                    *place = Some(wire);
                    return Outcome::Applied {
                        // Messages have no name that lasts: what was told of stands under its event's.
                        remote_id: Some(key.to_string()),
                        remote_url: None,
                        note: None,
                    };
                }
                // Another relay may be the one that listens.
                Ok(Answer::Silence) => {
                    reason = format!(
                        "the message did not come back on {}: does the relay trust the key {:?} (kronos key trust)?",
                        self.config.publish_text(),
                        self.config.signer.id()
                    );
                }
                Err(error) => reason = format!("the connection to the relay broke: {error}"),
            }
        }
        Outcome::Ambiguous(reason)
    }
}

/// What the message tells: the event, besides the version of its shape and the number of the change.
fn data(mut told: Value, generation: u64) -> Value {
    if let Value::Object(keys) = &mut told {
        keys.insert("version".into(), told::SHAPE.into());
        keys.insert("generation".into(), generation.into());
    }
    told
}

/// A number in the form of version 1 (RFC 9562) that is the same whenever the message is: not of time and place, but of the
/// idempotency key. The bit that marks an address that no network card has is set.
fn uuid(idempotency_key: &str) -> String {
    let digits: String = idempotency_key
        .chars()
        .chain("0".repeat(32).chars())
        .collect();
    let digit = |at: usize| u8::from_str_radix(&digits[at..=at], 16).unwrap_or_default();
    format!(
        "{}-{}-1{}-{:x}{}-{}{:x}{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..15],
        digit(15) & 0b0011 | 0b1000,
        &digits[16..19],
        &digits[19..20],
        digit(20) | 1,
        &digits[21..31],
    )
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}

#[async_trait(?Send)]
impl Consumer for Source {
    fn target(&self) -> String {
        format!(
            "stream:{}@{}",
            self.config.prefix,
            self.config.submit_text()
        )
    }

    fn capability(&self) -> Capability {
        Capability::Key
    }

    fn rendering_version(&self) -> String {
        told::version()
    }

    fn render(&self, event: &Event) -> Rendering {
        told::render(event)
    }

    async fn apply(&self, operation: &Operation<'_>) -> Outcome {
        match self.message(operation) {
            Some(message) => self.submit(operation.key, &message).await,
            None => Outcome::Refused("there is nothing to tell of the event".into()),
        }
    }

    fn requests(&self) -> u64 {
        self.submissions.get()
    }

    /// Whether relays answer where they should. Whether they trust us only a change can show.
    async fn check(&self, offline: bool) -> Vec<Line> {
        let mut lines = Vec::new();
        if offline {
            return lines;
        }
        for (name, endpoints, role) in [
            ("submit", &self.config.submit, Role::Dealer),
            ("publish", &self.config.publish, Role::Sub),
        ] {
            for endpoint in endpoints {
                lines.push(match connect(endpoint, role, LARGEST).await {
                    Ok(_) => Line::holds(name, format!("{endpoint} answers")),
                    Err(error) => Line::fails(
                        name,
                        format!("{endpoint}: {error}; is the relay running, and the port open?"),
                    ),
                });
            }
        }
        lines
    }
}
