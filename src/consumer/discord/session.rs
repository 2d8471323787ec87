//! Talking to Discord in turn: every request is counted, every answer teaches the limits.

use super::rate::{Limit, Rates, Route};
use crate::http::{Answer, Failure, Fault, Http, Method, Request};
use crate::kind::Section;
use crate::secret::Secret;
use chrono::{DateTime, TimeDelta, Utc};
use std::cell::RefCell;
use std::time::Duration;
use url::Url;

/// Discord asks bots to name themselves in this form; Cloudflare may block others (Discord API docs, "User Agent").
const USER_AGENT: &str = concat!(
    "DiscordBot (https://crates.io/crates/kronos, ",
    env!("CARGO_PKG_VERSION"),
    ")"
);
/// How long a reading waits for its turn at most; what takes longer is for a later run.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The bot's client.
pub(in crate::consumer) struct Session {
    /// The client, its clock and its count.
    pub http: Http,
    /// None where the address itself is the secret.
    token: Option<Secret>,
    /// How long a reading waits: at most the time of two requests, so that a short run does not end in the middle of a wait
    /// and forget it.
    longest_wait: TimeDelta,
    rates: RefCell<Rates>,
}

impl Session {
    pub fn new(section: &Section, token: Option<Secret>) -> Self {
        Self {
            http: Http::new(section.clock.clone(), section.timeout, USER_AGENT),
            token,
            longest_wait: TimeDelta::from_std(LONGEST_WAIT.min(section.timeout * 2))
                .unwrap_or_default(),
            rates: RefCell::default(),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.http.clock().now()
    }

    /// A request of the bot.
    pub fn request(&self, method: Method, url: Url) -> Request {
        let request = Request::new(method, url).header("content-type", "application/json");
        match &self.token {
            Some(token) => request.authorization("Bot", token),
            None => request.secret_path(),
        }
    }

    /// The earliest moment for a request of `route`; `None`: now.
    pub fn ready_at(&self, route: Route) -> Option<DateTime<Utc>> {
        self.rates.borrow().ready_at(route, self.now())
    }

    /// Sends now, whatever the limits say.
    pub async fn send(&self, route: Route, request: Request) -> Result<Answer, Fault> {
        self.rates.borrow_mut().note_sent(route, self.now());
        let answer = self.http.send(request).await?;
        self.rates.borrow_mut().note_answer(route, &answer);
        Ok(answer)
    }

    /// Reads in turn: waits where Discord asks for it, but not long, and asks once more after a 429.
    pub async fn get(&self, route: Route, url: Url) -> Result<Answer, Failure> {
        let mut reason = "Discord allows no more requests of this kind for now".to_string();
        for _ in 0..2 {
            if let Some(until) = self.ready_at(route) {
                let wait = until - self.now();
                if wait > self.longest_wait {
                    return Err(Failure::Limited { until, reason });
                }
                self.http.clock().sleep(wait).await;
            }
            let request = self.request(Method::GET, url.clone());
            let answer = self.send(route, request.expect("application/json")).await?;
            if answer.status != 429 {
                return Ok(answer);
            }
            reason = Limit::of(&answer).reason;
        }
        Err(Failure::Limited {
            until: self.ready_at(route).unwrap_or_else(|| self.now()),
            reason,
        })
    }
}
