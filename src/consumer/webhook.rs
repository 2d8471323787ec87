//! Web hooks: each change of an event is posted as JSON to an address of yours, signed as Standard Webhooks has it.
//!
//! Nothing can be listed. A request that got no answer is sent again under the same id, and the receiver takes two requests
//! with one id for one. Source of the headers and the signature: the Standard Webhooks specification 1.0.

use super::{Action, Capability, Consumer, Kind, Operation, Outcome, Rendering, told};
use crate::check::{Line, clock};
use crate::event::Event;
use crate::http::{Answer, Fault, Http, Method, Request, shown};
use crate::kind::{KindError, Section};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use config::Config;
use std::cell::Cell;

mod body;
mod config;
mod sign;
#[cfg(test)]
mod tests;

/// The kind's row in the table.
pub const KIND: Kind = Kind {
    name: "webhook",
    example: config::EXAMPLE,
    texts: &[],
    build,
};

/// How kronos names itself to a receiver.
const USER_AGENT: &str = concat!("kronos/", env!("CARGO_PKG_VERSION"));
/// The largest answer that is read, in bytes; what it says does not matter.
const LARGEST_ANSWER: usize = 1024 * 1024;

fn build(section: &Section) -> Result<Box<dyn Consumer>, KindError> {
    Ok(Box::new(Hook::new(section)?))
}

/// One address, and the key by which its receiver knows us.
struct Hook {
    config: Config,
    http: Http,
    /// Until when the receiver wants to be left alone.
    patience: Cell<Option<DateTime<Utc>>>,
}

impl Hook {
    fn new(section: &Section) -> Result<Self, KindError> {
        Ok(Self {
            config: Config::read(section)?,
            http: Http::new(section.clock.clone(), section.timeout, USER_AGENT),
            patience: Cell::new(None),
        })
    }

    /// A request of which only the host is ever told: who knows the address of a hook can often use it.
    fn request(&self, method: Method) -> Request {
        Request::new(method, self.config.url.clone())
            .secret_path()
            .limit(LARGEST_ANSWER)
    }

    /// What came of a change, by its answer. What the receiver does with it is its own affair: only the status counts.
    fn outcome(&self, operation: &Operation<'_>, answer: &Answer) -> Outcome {
        let status = answer.status;
        let retry_at = answer.retry_at();
        if let (429 | 500..=599, Some(_)) = (status, retry_at) {
            self.patience.set(retry_at);
        }
        match status {
            200..=299 => Outcome::Applied {
                remote_id: Some(operation.key.to_string()),
                remote_url: None,
                note: None,
            },
            429 => Outcome::Later {
                retry_at: Some(
                    retry_at.unwrap_or(answer.received + chrono::TimeDelta::minutes(1)),
                ),
                reason: "the receiver limits our requests (429)".into(),
            },
            410 => Outcome::Unauthorised(
                "the receiver wants nothing more (410): take this consumer out of kronos.toml, or mend the receiver".into(),
            ),
            401 | 403 => Outcome::Unauthorised(format!(
                "the receiver refuses us ({status}): check that both sides have the same secret, and their clocks"
            )),
            300..=399 => Outcome::Ambiguous(format!(
                "the receiver answered with a redirect ({status}), which is not followed: write the new address into url"
            )),
            400..=499 if status != 408 => {
                Outcome::Refused(format!("the receiver refused it ({status})"))
            }
            _ => Outcome::Ambiguous(format!("the receiver answered {status}")),
        }
    }
}

#[async_trait(?Send)]
impl Consumer for Hook {
    fn target(&self) -> String {
        self.config.target()
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

    fn ready_at(&self, _: Action) -> Option<DateTime<Utc>> {
        let now = self.http.clock().now();
        self.patience.get().filter(|until| *until > now)
    }

    async fn apply(&self, operation: &Operation<'_>) -> Outcome {
        let Some(body) = body::of(operation) else {
            return Outcome::Refused("there is nothing to tell of the event".into());
        };
        let id = format!("msg_{}", operation.idempotency_key);
        let timestamp = self.http.clock().now().timestamp().to_string();
        let signature = sign::signature(&self.config.key, &id, &timestamp, &body);
        let request = self
            .request(Method::POST)
            .body(body, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", &signature);
        match self.http.send(request).await {
            Ok(answer) => self.outcome(operation, &answer),
            Err(Fault::NotSent(reason)) => Outcome::Later {
                retry_at: None,
                reason,
            },
            Err(Fault::Ambiguous(reason)) => Outcome::Ambiguous(reason),
        }
    }

    fn requests(&self) -> u64 {
        self.http.requests()
    }

    /// Whether anybody answers there. It is asked with OPTIONS, which no receiver takes for a change; whether it knows our
    /// signature only a change can show.
    async fn check(&self, offline: bool) -> Vec<Line> {
        if offline {
            return Vec::new();
        }
        let host = shown(&self.config.origin());
        let answered = self.http.send(self.request(Method::OPTIONS)).await;
        let line = match answered {
            Ok(answer) if answer.status == 410 => Line::fails(
                "receiver",
                format!("{host} wants nothing more (410); take this consumer out of kronos.toml"),
            ),
            Ok(answer) if (500..=599).contains(&answer.status) => Line::warns(
                "receiver",
                format!("{host} answers, but with {}", answer.status),
            ),
            Ok(_) => Line::holds(
                "receiver",
                format!("{host} answers; whether it knows the signature the first change shows"),
            ),
            Err(fault) => Line::fails("receiver", fault.to_string()),
        };
        std::iter::once(line).chain(clock(&self.http)).collect()
    }
}
