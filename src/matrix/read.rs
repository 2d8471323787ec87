//! What is read of a homeserver and of a room; nothing here changes anything.

use super::{Room, Session, answer};
use crate::http::{Failure, Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many events a page holds at most: each takes up to 64 KiB, and comes with its last edit.
const PAGE: &str = "50";

/// What a homeserver speaks.
#[derive(Debug, Deserialize)]
pub struct Versions {
    /// Versions of the specification, e.g. `v1.15`.
    pub versions: Vec<String>,
    /// The program, if it names itself, e.g. `Synapse/1.163.2`.
    #[serde(skip)]
    pub program: Option<String>,
}

/// An event of a room.
#[derive(Debug, Clone, Deserialize)]
pub struct RoomEvent {
    /// Its id.
    pub event_id: String,
    /// Who sent it.
    pub sender: String,
    /// Its type, e.g. `m.room.message`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When its homeserver took it, in milliseconds of Unix time.
    pub origin_server_ts: i64,
    /// What it says; empty once it was redacted.
    #[serde(default)]
    pub content: Value,
    /// What the homeserver adds to it.
    #[serde(default)]
    pub unsigned: Value,
}

impl RoomEvent {
    /// The latest edit of this event, if the homeserver adds it.
    pub fn edit(&self) -> Option<Self> {
        let edit = &self.unsigned["m.relations"]["m.replace"];
        serde_json::from_value(edit.clone()).ok()
    }
}

/// Events of a room, newest first.
#[derive(Debug, Deserialize)]
pub struct Page {
    /// The events.
    #[serde(rename = "chunk")]
    pub events: Vec<RoomEvent>,
    /// Where the next page begins; `None` at the room's beginning.
    pub end: Option<String>,
}

impl Session {
    /// Which versions of the specification the homeserver speaks; needs no token.
    ///
    /// # Errors
    /// `Wrong` if no homeserver answers there.
    pub async fn versions(&self) -> Result<Versions, Failure> {
        let url = self.url(&["versions"]);
        let request = || Request::new(Method::GET, url.clone()).expect("application/json");
        let answer = self.in_turn(request).await?;
        let mut versions: Versions = self.read(&answer)?;
        versions.program = answer.header("server").map(answer::shown);
        Ok(versions)
    }

    /// The id of a room.
    ///
    /// # Errors
    /// `Wrong` if there is no such alias.
    pub async fn resolve(&self, room: &Room) -> Result<String, Failure> {
        #[derive(Deserialize)]
        struct Found {
            room_id: String,
        }
        if !room.is_alias() {
            return Ok(room.as_str().into());
        }
        let found: Found = self
            .get(&["v3", "directory", "room", room.as_str()], &[])
            .await?;
        Ok(found.room_id)
    }

    /// Whether we are in the room.
    ///
    /// # Errors
    /// As every reading.
    pub async fn is_in(&self, room_id: &str) -> Result<bool, Failure> {
        #[derive(Deserialize)]
        struct Joined {
            joined_rooms: Vec<String>,
        }
        let joined: Joined = self.get(&["v3", "joined_rooms"], &[]).await?;
        Ok(joined.joined_rooms.iter().any(|known| known == room_id))
    }

    /// Our own messages in a room, newest first, from `from` on (`None`: from now), a page at a time.
    ///
    /// # Errors
    /// As every reading.
    pub async fn own_messages(&self, room_id: &str, from: Option<&str>) -> Result<Page, Failure> {
        let filter = json!({"senders": [self.user().await?], "types": ["m.room.message"]});
        let filter = filter.to_string();
        let mut query = vec![("dir", "b"), ("limit", PAGE), ("filter", filter.as_str())];
        query.extend(from.map(|from| ("from", from)));
        self.get(&["v3", "rooms", room_id, "messages"], &query)
            .await
    }

    /// One event; `None` if there is none, or none that we may see.
    ///
    /// # Errors
    /// As every reading.
    pub async fn event(&self, room_id: &str, event_id: &str) -> Result<Option<RoomEvent>, Failure> {
        self.found(&["v3", "rooms", room_id, "event", event_id])
            .await
    }

    /// The content of a state event with an empty key, e.g. `m.room.power_levels`; `None` if the room has none.
    ///
    /// # Errors
    /// As every reading.
    pub async fn state(&self, room_id: &str, kind: &str) -> Result<Option<Value>, Failure> {
        self.found(&["v3", "rooms", room_id, "state", kind]).await
    }

    async fn found<T: serde::de::DeserializeOwned>(
        &self,
        path: &[&str],
    ) -> Result<Option<T>, Failure> {
        let token = self.token().await?;
        let url = self.url(path);
        let request = || {
            Request::new(Method::GET, url.clone())
                .authorization("Bearer", token)
                .expect("application/json")
        };
        let answer = self.in_turn(request).await?;
        match answer.status {
            404 if answer::is_missing(&answer) => Ok(None),
            _ => self.read(&answer).map(Some),
        }
    }
}
