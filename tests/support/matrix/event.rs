//! The events of the room.

use super::World;
use serde_json::{Value, json};

/// An event. A redacted one keeps its place, without content.
#[derive(Debug, Clone)]
pub struct Event {
    pub id: String,
    pub sender: String,
    pub kind: String,
    pub millis: i64,
    pub content: Value,
    pub redacted_by: Option<String>,
}

impl Event {
    /// The event that this one edits.
    pub fn edits(&self) -> Option<&str> {
        let relation = &self.content["m.relates_to"];
        relation["event_id"]
            .as_str()
            .filter(|_| relation["rel_type"] == "m.replace")
    }

    fn to_json(&self) -> Value {
        let mut shown = json!({
            "event_id": self.id, "sender": self.sender, "type": self.kind, "room_id": super::ROOM,
            "origin_server_ts": self.millis, "content": self.content, "unsigned": {"age": 12},
        });
        if let Some(reason) = &self.redacted_by {
            shown["unsigned"]["redacted_because"] =
                json!({"event_id": reason, "type": "m.room.redaction"});
        }
        shown
    }
}

impl World {
    /// Adds an event, and gives its id.
    pub fn add(&mut self, sender: &str, kind: &str, content: Value) -> String {
        let number = self.events.len();
        let id = format!("$event{number:04}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        self.events.push(Event {
            id: id.clone(),
            sender: sender.to_owned(),
            kind: kind.to_owned(),
            millis: self.clock.now().timestamp_millis(),
            content,
            redacted_by: None,
        });
        id
    }

    /// Redacts an event.
    pub fn remove(&mut self, id: &str, by: &str) -> String {
        let redaction = self.add(by, "m.room.redaction", json!({"redacts": id}));
        if let Some(event) = self.find_mut(id) {
            event.content = json!({});
            event.redacted_by = Some(redaction.clone());
        }
        redaction
    }

    pub fn find(&self, id: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.id == id)
    }

    fn find_mut(&mut self, id: &str) -> Option<&mut Event> {
        self.events.iter_mut().find(|event| event.id == id)
    }

    /// An event as the API shows it: with its last edit, unless it was redacted.
    pub fn shown(&self, event: &Event) -> Value {
        let mut shown = event.to_json();
        let mut edits: Vec<&Event> = self
            .events
            .iter()
            .filter(|edit| edit.edits() == Some(&event.id) && edit.sender == event.sender)
            .collect();
        edits.sort_by_key(|edit| (edit.millis, edit.id.clone()));
        if let Some(last) = edits.last().filter(|_| event.redacted_by.is_none()) {
            shown["unsigned"]["m.relations"] = json!({"m.replace": last.to_json()});
        }
        shown
    }
}
