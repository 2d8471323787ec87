//! What holds of a message, whoever wrote the event.

use super::apply::edit;
use super::list;
use crate::consumer::Rendering;
use crate::event::Event;
use crate::matrix::{LARGEST_EVENT, RoomEvent};
use serde_json::Value;

/// Who writes, and where.
const US: &str = "@kronos:m.example";
const ROOM: &str = "!r:m.example";

/// As a message and as an edit of one, an event is known as ours and differs in nothing, and fits into an event of Matrix.
pub(crate) fn comes_back(event: &Event, shown: &Rendering) {
    let sent = |id: &str, content: Value| RoomEvent {
        event_id: id.into(),
        sender: US.into(),
        kind: "m.room.message".into(),
        origin_server_ts: 0,
        content,
        unsigned: Value::Null,
    };
    let edit = edit("$1", &shown.payload);
    assert!(edit.to_string().len() < LARGEST_EVENT - 1_000);
    let message = sent("$1", shown.payload.clone());
    for events in [vec![message.clone()], vec![sent("$2", edit), message]] {
        let found = list::messages(events, US);
        assert_eq!(found.len(), 1);
        let item = found[0].item(ROOM);
        assert_eq!(item.marker.as_ref(), Some(&event.key));
        assert_eq!(item.fields, shown.fields);
        assert_eq!(item.begins, Some(shown.begins));
    }
}
