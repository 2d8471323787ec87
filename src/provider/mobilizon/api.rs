//! One question to an instance, and what keeps it from being answered, told in sentences for people.

use super::reply::{GraphError, Reply, brief};
use crate::http::{Answer, Failure, Fault, Http, Method, Request};
use chrono::{DateTime, TimeDelta, Utc};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::cell::Cell;
use url::Url;

/// One instance.
pub(super) struct Api {
    http: Http,
    base: Url,
    not_before: Cell<Option<DateTime<Utc>>>,
}

impl Api {
    /// Asks the instance at `base` through `http`.
    pub(super) fn new(http: Http, base: Url) -> Self {
        Self {
            http,
            base,
            not_before: Cell::new(None),
        }
    }

    /// The instance's URL without a slash at its end.
    pub(super) fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The instance's URL.
    pub(super) fn url(&self) -> &Url {
        &self.base
    }

    /// The client, which knows the service's time.
    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// How many requests were sent.
    pub(super) fn requests(&self) -> u64 {
        self.http.requests()
    }

    /// The moment until which the instance asked to be left alone.
    pub(super) fn ready_at(&self) -> Option<DateTime<Utc>> {
        self.not_before.get()
    }

    /// Sends, and remembers what the instance says of waiting; until then it is asked no more.
    async fn send(&self, request: Request) -> Result<Answer, Fault> {
        let now = self.http.clock().now();
        if let Some(until) = self.not_before.get().filter(|until| *until > now) {
            return Err(Fault::NotSent(format!(
                "{} asked to be left alone until {until}",
                self.base()
            )));
        }
        let answer = self.http.send(request).await?;
        if answer.status == 429 {
            self.not_before.set(Some(wait(&answer)));
        }
        Ok(answer)
    }

    /// Sends one document and reads the envelope of its answer.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        document: &str,
        variables: &Value,
    ) -> Result<Reply<T>, Failure> {
        self.reply(&self.answer(document, variables).await?)
    }

    /// Sends one document; gives what was answered as data.
    pub(super) async fn answer(
        &self,
        document: &str,
        variables: &Value,
    ) -> Result<Answer, Failure> {
        let body = json!({ "query": document, "variables": variables });
        let request = Request::new(Method::POST, self.at("/api"))
            .body(body.to_string().into_bytes(), "application/json")
            .header("accept", "application/json");
        let answer = self.send(request).await?;
        match failure(self.base(), &answer) {
            Some(failure) => Err(failure),
            None => Ok(answer),
        }
    }

    /// The envelope of an answer.
    pub(super) fn reply<T: DeserializeOwned>(&self, answer: &Answer) -> Result<Reply<T>, Failure> {
        let reply: Reply<T> = answer
            .json()
            .map_err(|error| Failure::Broken(format!("{}/api answered {error}", self.base())))?;
        if !reply.errors().is_empty() {
            self.http.note_refusal();
        }
        Ok(reply)
    }

    /// Asks for an event as ActivityPub software does. Only the answer's status says something: 410 where it was deleted,
    /// 404 where it is hidden (Mobilizon 5.1 source).
    pub(super) async fn event(&self, uuid: &str) -> Result<Answer, Fault> {
        let url = self.at(&format!("/events/{uuid}"));
        let request = Request::new(Method::GET, url).header("accept", "application/activity+json");
        self.send(request).await
    }

    /// Asks which software the instance runs; every Mobilizon tells (Mobilizon 5.1 source). It stands at the host's root.
    pub(super) async fn node_info(&self) -> Result<Answer, Fault> {
        let mut url = self.base.clone();
        url.set_path("/.well-known/nodeinfo/2.1");
        let request = Request::new(Method::GET, url).header("accept", "application/json");
        self.send(request).await
    }

    /// Why nothing came of an answer without data.
    pub(super) fn without_data<T>(&self, reply: &Reply<T>) -> Failure {
        let base = self.base();
        let Some(error) = reply.errors().first() else {
            return Failure::Broken(format!("{base} answered without data and without an error"));
        };
        let text = error.text();
        match error.code() {
            Some("unauthenticated" | "unauthorized") => Failure::Unauthorised(format!(
                "{base} lets nobody read without signing in ({text})"
            )),
            None if reply.is_refused() => Failure::Wrong(format!(
                "{base} does not understand what kronos asks ({text}); check that it is a Mobilizon instance of version 3.1 or later"
            )),
            _ => Failure::Broken(format!("{base} could not answer ({text})")),
        }
    }

    /// What an error about one group means.
    pub(super) fn group_failure(&self, group: &str, error: &GraphError) -> Failure {
        let (base, text) = (self.base(), error.text());
        match error.code() {
            Some("group_not_found") => Failure::Wrong(format!(
                "group {group:?} was not found at {base}; check the spelling (names are case-sensitive), and that the group is not suspended"
            )),
            Some("unauthenticated" | "unauthorized") => Failure::Wrong(format!(
                "group {group:?} at {base} cannot be read without signing in ({text}); make it public"
            )),
            _ => Failure::Broken(format!(
                "{base} could not answer about group {group:?} ({text})"
            )),
        }
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }
}

/// What keeps an answer of the instance at `base` from being read, by its status and content type.
pub(super) fn failure(base: &str, answer: &Answer) -> Option<Failure> {
    // Of a page only what it is for is read, and not as an error before.
    let said = || said(answer);
    Some(match answer.status {
        200..=299 if answer.content_type().starts_with("application/json") => return None,
        200..=299 => Failure::Broken(format!(
            "{base}/api answered with {:?} instead of data: an anti-bot or maintenance page, or no Mobilizon instance; open {base} in a browser",
            brief(&answer.content_type())
        )),
        300..=399 => Failure::Wrong(format!(
            "{base}/api is elsewhere ({}{}); set url to the instance's present address",
            answer.status,
            answer
                .header("location")
                .map(|place| format!(", {:?}", brief(place)))
                .unwrap_or_default()
        )),
        status @ (401 | 403) => Failure::Unauthorised(format!(
            "{base} refused to let kronos read ({status}{}); it is closed to visitors, or it blocks this machine",
            said()
        )),
        404 => Failure::Wrong(format!(
            "{base} has no Mobilizon API (404); check url: the instance's address alone, without a group's"
        )),
        408 => Failure::Broken(format!("{base} gave up waiting (408); it may pass")),
        429 => Failure::Limited {
            until: wait(answer),
            reason: format!("{base} is asked too often (429{})", said()),
        },
        status @ 400..=499 => Failure::Wrong(format!(
            "{base} did not accept kronos's question ({status}{}); check url",
            said()
        )),
        status => Failure::Broken(format!(
            "{base} is in trouble ({status}); it may pass, else tell its administrators"
        )),
    })
}

/// Until when a 429 asks to wait; one that does not say, a minute.
fn wait(answer: &Answer) -> DateTime<Utc> {
    answer
        .retry_at()
        .unwrap_or(answer.received + TimeDelta::seconds(60))
}

/// The message of an answer in JSON, as it is put behind a status.
fn said(answer: &Answer) -> String {
    answer
        .json::<Value>()
        .ok()
        .and_then(|body| Some(format!(", {}", brief(body.get("message")?.as_str()?))))
        .unwrap_or_default()
}
