//! A request, put together step by step.

use super::{BODY_LIMIT, Method, shown};
use crate::secret::Secret;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

/// A request. Headers with secrets are marked sensitive and never logged.
#[derive(Debug)]
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
    pub(super) limit: usize,
    pub(super) accept: &'static [&'static str],
    pub(super) public_only: bool,
    path_is_secret: bool,
}

impl Request {
    /// A request without a body.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            limit: BODY_LIMIT,
            accept: &[],
            public_only: false,
            path_is_secret: false,
        }
    }

    /// A POST of JSON that expects JSON.
    pub fn post_json(url: Url, body: &serde_json::Value) -> Self {
        Self::new(Method::POST, url).json(body)
    }

    /// Sends `body` as JSON and expects JSON.
    pub fn json(self, body: &serde_json::Value) -> Self {
        let bytes = serde_json::to_vec(body).unwrap_or_default();
        self.body(bytes, "application/json")
            .expect("application/json")
    }

    /// Sends `bytes`.
    pub fn body(mut self, bytes: Vec<u8>, content_type: &'static str) -> Self {
        self.body = Some(bytes);
        self.headers.insert(
            reqwest::header::CONTENT_TYPE,
            HeaderValue::from_static(content_type),
        );
        self
    }

    /// Asks for `content_type`, and takes a successful answer of any other type for a broken one.
    pub fn expect(mut self, content_type: &'static str) -> Self {
        self.headers.insert(
            reqwest::header::ACCEPT,
            HeaderValue::from_static(content_type),
        );
        self.accept = match content_type {
            "application/json" => &["application/json"],
            "application/activity+json" => &[
                "application/activity+json",
                "application/ld+json",
                "application/json",
            ],
            "text/calendar" => &["text/calendar", "text/plain", "application/octet-stream"],
            _ => &[],
        };
        self
    }

    /// Adds a header; a value that no header can carry is left out.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// `Authorization: SCHEME SECRET`, marked sensitive.
    pub fn authorization(mut self, scheme: &str, secret: &Secret) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(&format!("{scheme} {}", secret.expose())) {
            value.set_sensitive(true);
            self.headers.insert(reqwest::header::AUTHORIZATION, value);
        }
        self
    }

    /// Goes to public addresses only, checked as they are connected to, for URLs that strangers wrote.
    /// A URL that names this machine outright is the caller's decision.
    pub fn public_only(mut self) -> Self {
        self.public_only = true;
        self
    }

    /// Who knows the path of this request's URL may use it: only the host is ever logged or told.
    pub fn secret_path(mut self) -> Self {
        self.path_is_secret = true;
        self
    }

    /// The URL as it may be logged.
    pub(super) fn shown(&self) -> String {
        match self.path_is_secret {
            true => self.url.origin().ascii_serialization(),
            false => shown(&self.url),
        }
    }

    /// The largest answer to read, in bytes.
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }
}
