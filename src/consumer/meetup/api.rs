//! One exchange with Meetup's GraphQL: sent once, and judged.

use super::reply::{Reply, judge};
use super::token::Tokens;
use crate::consumer::Outcome;
use crate::http::{Answer, Failure, Fault, Http, Request};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::cell::Cell;
use url::Url;

/// Meetup's GraphQL, with what it said of waiting.
pub struct Api {
    /// The client, which counts the requests.
    pub http: Http,
    url: Url,
    tokens: Tokens,
    not_before: Cell<Option<DateTime<Utc>>>,
    renewed: Cell<bool>,
}

impl Api {
    /// Asks `url` with `tokens` through `http`.
    pub fn new(http: Http, url: Url, tokens: Tokens) -> Self {
        Self {
            http,
            url,
            tokens,
            not_before: Cell::new(None),
            renewed: Cell::new(false),
        }
    }

    /// Where GraphQL is asked.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The moment until which Meetup asked us to wait, while it lies ahead.
    pub fn ready_at(&self) -> Option<DateTime<Utc>> {
        let now = self.http.clock().now();
        self.not_before.get().filter(|until| *until > now)
    }

    /// Reads. A refused token is renewed once in a run, and a spurious 400 asked once more: readings change nothing.
    ///
    /// # Errors
    /// As [`Failure`] says; data that came with errors is no reading.
    pub async fn read(
        &self,
        document: &str,
        variables: Value,
    ) -> Result<Map<String, Value>, Failure> {
        let mut repeated = false;
        loop {
            let request = self.request(document, &variables).await?;
            match self.remember(&self.http.send(request).await?) {
                Reply::Unauthorised(_) if !self.renewed.get() && self.tokens.forget() => {
                    self.renewed.set(true);
                }
                Reply::Spurious(_) if !repeated => repeated = true,
                reply => return reply.reading(),
            }
        }
    }

    /// Changes something: sent once, never repeated.
    ///
    /// # Errors
    /// What became of it, unless there is data to judge further.
    pub async fn change(
        &self,
        document: &str,
        variables: Value,
    ) -> Result<Map<String, Value>, Outcome> {
        let request = match self.request(document, &variables).await {
            Ok(request) => request,
            Err(failure) => return Err(not_sent(failure)),
        };
        let answer = self.http.send(request).await.map_err(|fault| match fault {
            Fault::NotSent(reason) => Outcome::Later {
                retry_at: None,
                reason,
            },
            Fault::Ambiguous(reason) => Outcome::Ambiguous(reason),
        })?;
        let reply = self.remember(&answer);
        if matches!(reply, Reply::Unauthorised(_)) {
            self.tokens.forget();
        }
        reply.change()
    }

    async fn request(&self, document: &str, variables: &Value) -> Result<Request, Failure> {
        let token = self.tokens.get(&self.http).await.inspect_err(|failure| {
            if let Failure::Limited { until, .. } = failure {
                self.not_before.set(Some(*until));
            }
        })?;
        let body = json!({ "query": document, "variables": variables });
        Ok(Request::post_json(self.url.clone(), &body).authorization("Bearer", &token))
    }

    /// Judges an answer, and remembers what it says of waiting.
    fn remember(&self, answer: &Answer) -> Reply {
        let reply = judge(answer);
        if answer.is_success() && !matches!(reply, Reply::Data(_) | Reply::Ambiguous(_)) {
            self.http.note_refusal();
        }
        if let Reply::Limited { until, .. } = &reply {
            self.not_before.set(Some(*until));
        }
        reply
    }
}

/// What a change came to whose preparation failed: a token or a reading that it needs. It was not sent.
pub fn not_sent(failure: Failure) -> Outcome {
    match failure {
        Failure::Unauthorised(reason) => Outcome::Unauthorised(reason),
        Failure::Limited { until, reason } => Outcome::Later {
            retry_at: Some(until),
            reason,
        },
        // A mistake in the configuration is not the event's: it must not be quarantined for it.
        Failure::Wrong(reason) | Failure::Broken(reason) => Outcome::Later {
            retry_at: None,
            reason,
        },
    }
}
