//! What holds whatever stands in a calendar file, and of what is written to it.

use super::change::{Editor, key};
use super::file::Calendar;
use super::line::{Line, unfold};
use super::listing::items;
use super::render::{KEY, of_payload, render};
use crate::consumer::{Maker, Operation, Rendering};
use crate::event::{Action, Event};
use crate::hostile::{now, sentence};
use crate::template::Templates;
use crate::text::oracle::deceives;
use std::collections::BTreeSet;

/// A file: what is not ours stays byte for byte, what is put in stands in it once, and putting it in twice changes nothing.
pub(crate) fn holds(bytes: &[u8]) {
    let before = match Calendar::parse(bytes.to_vec()) {
        Ok(before) => before,
        Err(problem) => return sentence(&problem),
    };
    assert_eq!(before.to_bytes(), bytes, "a file that was only read");
    items(&before, now());
    let event = crate::hostile::ordinary();
    let rendering = render(&event, &Templates::default());
    let act = |bytes: &[u8], action| act(bytes, &event, &rendering, action);
    let once = act(bytes, Action::Create);
    let ours = |bytes: &[u8]| {
        let calendar =
            Calendar::parse(bytes.to_vec()).unwrap_or_else(|problem| panic!("{problem}"));
        let ours = calendar
            .blocks
            .iter()
            .filter(|block| key(block).as_deref() == Some(event.key.as_str()));
        ours.count()
    };
    assert_eq!(ours(&once), 1);
    assert_eq!(act(&once, Action::Update), once, "the same once more");
    let without = act(&once, Action::Delete);
    assert_eq!(ours(&without), 0);
    if ours(bytes) == 0 {
        assert_eq!(without, bytes, "what was put in was taken out again");
    }
}

fn act(bytes: &[u8], event: &Event, rendering: &Rendering, action: Action) -> Vec<u8> {
    let mut calendar =
        Calendar::parse(bytes.to_vec()).unwrap_or_else(|problem| panic!("{problem}"));
    let operation = Operation {
        action,
        key: &event.key,
        rendering: Some(rendering),
        remote_id: None,
        item: None,
        changed: &BTreeSet::new(),
        run: 1,
        generation: 1,
        idempotency_key: "0123456789abcdef0123456789abcdef01234567",
        now: now(),
    };
    let done = Editor::new(&mut calendar).apply(&operation);
    assert_eq!(done, Ok(()));
    calendar.to_bytes()
}

/// What is written of an event is read as the same again, stands on lines of its own, and is known as ours.
pub(crate) fn shown(event: &Event, shown: &Rendering) {
    let lines = of_payload(&shown.payload).unwrap_or_default();
    assert!(!lines.is_empty());
    for line in &lines {
        let text = line.unescaped();
        assert!(!deceives(&text.replace('\t', " ")), "{text:?}");
        let mut bytes = Vec::new();
        line.write(&mut bytes);
        let read: Vec<Line> = unfold(&bytes)
            .filter_map(|line| Line::parse(&line))
            .collect();
        assert_eq!(read, std::slice::from_ref(line));
    }
    let value = |name: &str| lines.iter().find(|line| line.is(name)).map(Line::unescaped);
    assert_eq!(value(KEY).as_deref(), Some(event.key.as_str()));
    let description = value("DESCRIPTION").unwrap_or_default();
    assert_eq!(description.lines().next_back(), Some(event.key.as_str()));
    if shown.ends <= now() {
        // What is over is not listed.
        return;
    }
    let file = act(&Calendar::new(&[]).to_bytes(), event, shown, Action::Create);
    let calendar = Calendar::parse(file).unwrap_or_else(|problem| panic!("{problem}"));
    let found = items(&calendar, now());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].marker.as_ref(), Some(&event.key));
    assert_eq!(
        (found[0].maker, &found[0].fields),
        (Maker::Us, &shown.fields)
    );
}
