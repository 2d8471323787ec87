//! Rooms of Matrix: one user's session at one homeserver, by the client-server API as it is, without an SDK.
//!
//! What is said in a room is for others to decide; here stands how it is said: logging in, joining, sending once, redacting,
//! reading back. Source of all shapes and codes: Matrix specification v1.15, "Client-Server API".

use crate::http::{Answer, Failure, Http, Method, Request};
use crate::secret::Secret;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::cell::{Cell, OnceCell};
use url::Url;

mod answer;
mod change;
mod login;
mod read;

pub use answer::Trouble;
pub use login::Credentials;
pub use read::{Page, RoomEvent, Versions};

/// The largest event that a homeserver takes, in bytes, its signatures and ids included.
pub const LARGEST_EVENT: usize = 65_536;

/// A room as people write it: an alias (`#events:example.org`) or an id (`!…`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room(String);

impl Room {
    /// `text`, if it is the alias or the id of a room. Ids of newer rooms name no server.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = !text.contains(char::is_whitespace) && text.len() <= 255;
        let whole = match text.split_at_checked(1)? {
            ("!", rest) => !rest.is_empty(),
            ("#", rest) => rest
                .split_once(':')
                .is_some_and(|(name, server)| !name.is_empty() && !server.is_empty()),
            _ => false,
        };
        (plain && whole).then(|| Self(text.into()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn is_alias(&self) -> bool {
        self.0.starts_with('#')
    }
}

/// One user's session at one homeserver.
pub struct Session {
    http: Http,
    homeserver: Url,
    credentials: Credentials,
    /// The device that a login with a password gets. A homeserver takes a repeated transaction id for the same request only
    /// from the same device, so that the name must not change from run to run.
    device: String,
    token: OnceCell<Secret>,
    user: OnceCell<String>,
    patience: Cell<Option<DateTime<Utc>>>,
}

impl Session {
    /// A session that begins with its first request. `device` names it where it logs in with a password: two sessions of one
    /// user that live at the same time need two, since a login may end the one before it on the same device.
    pub fn new(http: Http, homeserver: Url, credentials: Credentials, device: String) -> Self {
        Self {
            http,
            homeserver,
            credentials,
            device,
            token: OnceCell::new(),
            user: OnceCell::new(),
            patience: Cell::new(None),
        }
    }

    /// The client, its clock and its count.
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Until when the homeserver asked for patience; `None` if it does not ask for any now.
    pub fn patience(&self) -> Option<DateTime<Utc>> {
        self.patience
            .get()
            .filter(|until| *until > self.http.clock().now())
    }

    /// Who we are, e.g. `@kronos:example.org`; asked for once.
    ///
    /// # Errors
    /// As every reading.
    pub async fn user(&self) -> Result<&str, Failure> {
        #[derive(Deserialize)]
        struct Me {
            user_id: String,
        }
        if let Some(user) = self.user.get() {
            return Ok(user);
        }
        let me: Me = self.get(&["v3", "account", "whoami"], &[]).await?;
        Ok(self.user.get_or_init(|| me.user_id))
    }

    /// The address of a route below `/_matrix/client`.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.homeserver.clone();
        // Only URLs that cannot be a base (`mailto:`) have no path segments; the configuration lets none through.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(["_matrix", "client"])
                .extend(path);
        }
        url
    }

    /// Reads in turn: waits where the homeserver asks for it, but not long, and asks once more after a 429.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let token = self.token().await?;
        let request = || {
            Request::new(Method::GET, url.clone())
                .authorization("Bearer", token)
                .expect("application/json")
        };
        self.read(&self.in_turn(request).await?)
    }

    /// Sends what changes nothing, and once more after a 429 that asks for a short wait.
    async fn in_turn(&self, request: impl Fn() -> Request) -> Result<Answer, Failure> {
        let answer = self.http.send(request()).await?;
        let Some(until) = answer::limited(&answer) else {
            return Ok(answer);
        };
        self.patience.set(Some(until));
        let wait = until - answer.received;
        if wait > answer::LONGEST_WAIT {
            return Ok(answer);
        }
        self.http.clock().sleep(wait).await;
        Ok(self.http.send(request()).await?)
    }

    /// The body of a successful answer.
    fn read<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, Failure> {
        if !answer.is_success() {
            return Err(answer::failure(answer));
        }
        answer
            .json()
            .map_err(|problem| Failure::Broken(format!("the homeserver's answer is {problem}")))
    }
}
