//! What people in a room see, read through the client-server API as a client reads it: at a stand-in or at a real homeserver.

use crate::support::client::call;
use serde_json::Value;

/// A message as a client shows it: with its last edit.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The id of the message.
    pub id: String,
    /// What it shows now.
    pub content: Value,
    /// Whether it was edited.
    pub edited: bool,
}

impl Shown {
    /// The text of the message.
    pub fn body(&self) -> &str {
        self.content["body"].as_str().unwrap_or_default()
    }

    /// Its first line, the title with what stands before it.
    pub fn title(&self) -> &str {
        self.body().lines().next().unwrap_or_default()
    }

    /// The text of the message with its markup.
    pub fn html(&self) -> &str {
        self.content["formatted_body"].as_str().unwrap_or_default()
    }
}

/// What `user` said in the room and what was not taken away, oldest first, as the user with `token` sees it. Edits are shown
/// in the place of what they edit.
pub fn shown(homeserver: &str, token: &str, room: &str, user: &str) -> Vec<Shown> {
    let mut shown: Vec<Shown> = events(homeserver, token, room)
        .iter()
        .filter(|event| event["sender"] == user && event["type"] == "m.room.message")
        .filter(|event| event["content"]["m.relates_to"]["rel_type"] != "m.replace")
        .filter(|event| event["content"]["body"].is_string())
        .map(|event| {
            let edit = &event["unsigned"]["m.relations"]["m.replace"]["content"]["m.new_content"];
            let edited = edit.is_object();
            let content = if edited { edit } else { &event["content"] };
            Shown {
                id: event["event_id"].as_str().unwrap().to_owned(),
                content: content.clone(),
                edited,
            }
        })
        .collect();
    shown.reverse();
    shown
}

/// Every event of the room that the user with `token` may see, newest first.
pub fn events(homeserver: &str, token: &str, room: &str) -> Vec<Value> {
    let bearer = format!("Bearer {token}");
    let (mut events, mut from) = (Vec::new(), String::new());
    loop {
        let url =
            format!("{homeserver}/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=100{from}");
        let page = call("GET", &url, &[("authorization", &bearer)], b"").unwrap();
        assert_eq!(page.status, 200, "{}", page.to_json());
        let page = page.to_json();
        events.extend(page["chunk"].as_array().unwrap().clone());
        match page["end"].as_str() {
            Some(end) => from = format!("&from={end}"),
            None => return events,
        }
    }
}

/// Those that carry `marker` as their last line.
pub fn with(mut shown: Vec<Shown>, marker: &str) -> Vec<Shown> {
    shown.retain(|message| message.body().lines().last() == Some(marker));
    shown
}
