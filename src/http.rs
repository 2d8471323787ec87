//! One client for every service: time-outs, size caps, redaction, and what an answer *means*.
//!
//! Nothing is ever retried here and no redirect is followed: whether a request may be sent again is for the plan.

use crate::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::sync::Once;
use std::time::Duration;

mod address;
mod answer;
mod request;
mod resolve;
#[cfg(test)]
pub(crate) mod scripted;

pub use address::{is_allowed, is_loopback, is_public, shown};
pub use answer::{Answer, Meaning, seconds_ahead};
pub use request::Request;
pub use reqwest::Method;

/// The largest answer that is read unless a request says otherwise, in bytes.
pub const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One service's client. Counts its requests.
pub struct Http {
    /// One for each [`Manner`], made when first needed.
    clients: [OnceCell<reqwest::Client>; 4],
    clock: Rc<dyn Clock>,
    timeout: Duration,
    user_agent: String,
    requests: Cell<u64>,
    refusals: Cell<u64>,
    skew: Cell<Option<TimeDelta>>,
}

/// What tells one service's connections apart.
#[derive(Debug, Clone, Copy)]
struct Manner {
    /// Plain http, to this machine.
    loopback: bool,
    /// Names lead to public addresses only.
    public_only: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing was sent: no name, no connection, no TLS. The service knows nothing of it.
    #[error("{0}")]
    NotSent(String),
    /// It may have arrived: a time-out, a cut, an answer too large.
    #[error("{0}")]
    Ambiguous(String),
}

/// Why a *reading* failed; nothing was changed by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Our credentials or permissions do not suffice: nothing more is asked of the service in this run.
    #[error("{0}")]
    Unauthorised(String),
    /// The service asks us to wait until this moment.
    #[error("{reason}; asked to wait until {until}")]
    Limited {
        /// Not before.
        until: DateTime<Utc>,
        /// What the service said.
        reason: String,
    },
    /// What we asked for does not exist, or is asked for wrongly: a mistake in the configuration.
    #[error("{0}")]
    Wrong(String),
    /// No answer, or one that makes no sense; may pass.
    #[error("{0}")]
    Broken(String),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Broken(fault.to_string())
    }
}

impl Http {
    /// A client that names itself `user_agent` and gives a request `timeout` in all.
    pub fn new(clock: Rc<dyn Clock>, timeout: Duration, user_agent: impl Into<String>) -> Self {
        Self {
            clients: [const { OnceCell::new() }; 4],
            clock,
            timeout,
            user_agent: user_agent.into(),
            requests: Cell::new(0),
            refusals: Cell::new(0),
            skew: Cell::new(None),
        }
    }

    /// How many requests were sent, those that failed included.
    pub fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// How many requests were answered with a refusal: a status between 400 and 499, limits of rate included. 404 and 410 are
    /// none: they answer the question whether something is still there.
    pub fn refusals(&self) -> u64 {
        self.refusals.get()
    }

    /// Counts a refusal that the status did not show: GraphQL refuses with 200.
    pub fn note_refusal(&self) {
        self.refusals.set(self.refusals.get() + 1);
    }

    /// By how much this machine's clock was ahead of the service's at the last answer that told the time (`Date`; answers out
    /// of a cache, which carry an `Age`, do not count).
    pub fn skew(&self) -> Option<TimeDelta> {
        self.skew.get()
    }

    /// The clock of the run.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Sends one request, once, and reads its answer up to the request's limit.
    pub async fn send(&self, request: Request) -> Result<Answer, Fault> {
        if !is_allowed(&request.url) {
            return Err(Fault::NotSent(format!(
                "{}: only https is allowed",
                request.shown()
            )));
        }
        if request.public_only && !resolve::may_lead_outside(&request.url) {
            return Err(Fault::NotSent(format!(
                "{}: not a public address",
                request.shown()
            )));
        }
        let client = self.client(Manner {
            loopback: request.url.scheme() == "http",
            public_only: request.public_only,
        })?;
        self.requests.set(self.requests.get() + 1);
        let name = format!("{} {}", request.method, request.shown());
        tracing::debug!(request = %name, "sending");
        let (limit, accept) = (request.limit, request.accept);
        let mut builder = client
            .request(request.method, request.url)
            .headers(request.headers);
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let exchange = async {
            let response = builder.send().await.map_err(|error| fault(&name, error))?;
            read(&name, response, limit).await
        };
        let (status, headers, body) = tokio::time::timeout(self.timeout, exchange)
            .await
            .map_err(|_| {
                Fault::Ambiguous(format!("{name}: no answer within {:?}", self.timeout))
            })??;
        tracing::debug!(request = %name, status, bytes = body.len(), "answered");
        let answer = Answer {
            status,
            headers,
            body,
            received: self.clock.now(),
        };
        if matches!(answer.status, 400..=499) && !matches!(answer.status, 404 | 410) {
            self.note_refusal();
        }
        self.skew.set(answer.skew().or(self.skew.get()));
        if !accept.is_empty()
            && answer.is_success()
            && !accept
                .iter()
                .any(|kind| answer.content_type().starts_with(kind))
        {
            return Err(Fault::Ambiguous(format!(
                "{name}: answered {status} with {:?} instead of {}",
                answer.content_type(),
                accept.join(" or ")
            )));
        }
        Ok(answer)
    }

    fn client(&self, manner: Manner) -> Result<&reqwest::Client, Fault> {
        let cell =
            &self.clients[usize::from(manner.loopback) + 2 * usize::from(manner.public_only)];
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let mut builder = builder()
            .user_agent(&self.user_agent)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            // A pause between two requests must not end on a connection that the service has closed meanwhile: that would be ambiguous.
            .pool_idle_timeout(Duration::from_secs(4))
            .https_only(!manner.loopback)
            .no_proxy();
        if manner.public_only {
            builder = builder.dns_resolver(resolve::PublicOnly);
        }
        if manner.loopback {
            // Reading the machine's certificates takes longer than a whole quiet run.
            builder = builder.tls_certs_only([]);
        }
        let client = builder
            .build()
            .map_err(|error| Fault::NotSent(no_certificates(&error)))?;
        Ok(cell.get_or_init(|| client))
    }
}

/// What every client is made of.
fn builder() -> reqwest::ClientBuilder {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder()
}

fn no_certificates(error: &reqwest::Error) -> String {
    format!(
        "the TLS certificates of this machine cannot be used: {}",
        last_cause(error)
    )
}

/// Whether the certificates can be read by which this machine trusts services.
///
/// # Errors
/// Why not.
pub fn machine_certificates() -> Result<(), String> {
    let client = builder().build();
    client.map(drop).map_err(|error| no_certificates(&error))
}

async fn read(
    name: &str,
    mut response: reqwest::Response,
    limit: usize,
) -> Result<(u16, HeaderMap, Vec<u8>), Fault> {
    let (status, headers) = (
        response.status().as_u16(),
        std::mem::take(response.headers_mut()),
    );
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| {
        Fault::Ambiguous(format!("{name}: the answer was cut ({})", chain(&error)))
    })? {
        if body.len() + chunk.len() > limit {
            return Err(Fault::Ambiguous(format!(
                "{name}: the answer is larger than {limit} bytes"
            )));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((status, headers, body))
}

fn fault(name: &str, error: reqwest::Error) -> Fault {
    let error = error.without_url();
    if error.is_connect() {
        // Of the causes only the last says anything to an operator.
        let reason = last_cause(&error);
        let mend = match reason.contains("certificate") {
            true => {
                "check this machine's clock, and that its package ca-certificates is up to date"
            }
            false => "check the address and this machine's network",
        };
        return Fault::NotSent(format!("{name}: no connection ({reason}); {mend}"));
    }
    let text = format!("{name}: {}", chain(&error));
    match error.is_builder() {
        true => Fault::NotSent(text),
        false => Fault::Ambiguous(text),
    }
}

/// What an error comes down to.
fn last_cause(error: &dyn std::error::Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

/// An error with all its causes, on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
