use super::*;
use crate::consumer::{Field, ItemState, Maker};
use crate::http::Failure;

/// Other people's events, in a spelling of their own.
const FOREIGN: &str = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\nX-WR-CALNAME:Mine\n\
    BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nEND:VTIMEZONE\n\
    BEGIN:VEVENT\nUID:garden@example.org\nDTSTART;TZID=Europe/Berlin:20261021T190000\n\
    SUMMARY:Garden \n  day\nDESCRIPTION:See\\nhttps://space.example/events/77\n\
    BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:wake\nEND:VALARM\nX-ODD : a\\b\nEND:VEVENT\n\
    BEGIN:VTODO\nUID:todo\nEND:VTODO\nEND:VCALENDAR\n";

#[tokio::test]
async fn a_missing_file_is_an_empty_listing_and_is_not_made_for_nothing() {
    let desk = Desk::new();
    assert!(desk.items().await.is_empty());
    assert_eq!(desk.act(Action::Delete, &[&event(KEY)]).await, applied());
    assert_eq!(desk.act(Action::Cancel, &[&event(KEY)]).await, applied());
    assert!(!desk.path().exists());
}

#[tokio::test]
async fn an_update_raises_the_sequence_and_one_that_changes_nothing_touches_nothing() {
    let desk = Desk::new();
    let mut event = event(KEY);
    desk.act(Action::Create, &[&event]).await;
    let before = (
        desk.text(),
        std::fs::metadata(desk.path()).unwrap().modified().unwrap(),
    );
    desk.clock.0.set(at("2026-10-12T09:00:00Z"));
    assert_eq!(desk.act(Action::Update, &[&event]).await, applied());
    let after = (
        desk.text(),
        std::fs::metadata(desk.path()).unwrap().modified().unwrap(),
    );
    assert_eq!(before, after);

    for sequence in 1..4 {
        event.title.push('!');
        assert_eq!(desk.act(Action::Update, &[&event]).await, applied());
        assert!(desk.has(&format!("SEQUENCE:{sequence}")));
        assert!(desk.has("LAST-MODIFIED:20261012T090000Z"));
    }
    assert_eq!(desk.items().await.len(), 1);
}

#[tokio::test]
async fn a_cancelled_event_stays_visible_and_can_be_confirmed_again() {
    let desk = Desk::new();
    let mut event = event(KEY);
    desk.act(Action::Create, &[&event]).await;
    event.status = Status::Cancelled;
    assert_eq!(desk.act(Action::Cancel, &[&event]).await, applied());
    let items = desk.items().await;
    assert_eq!(items[0].state, ItemState::Cancelled);
    assert_eq!(items[0].fields, desk.consumer.render(&event).fields);
    assert!(desk.has("SEQUENCE:1"));

    event.status = Status::Confirmed;
    desk.act(Action::Update, &[&event]).await;
    assert_eq!(desk.items().await[0].state, ItemState::Scheduled);
    assert!(desk.has("SEQUENCE:2") && desk.has("STATUS:CONFIRMED"));
}

#[tokio::test]
async fn an_event_that_is_no_longer_known_is_cancelled_as_it_stands() {
    let desk = Desk::new();
    desk.act(Action::Create, &[&event(KEY)]).await;
    let (key, changed) = (EventKey::new(KEY), BTreeSet::new());
    let cancel = desk.operation(Action::Cancel, &key, &changed);
    assert_eq!(desk.consumer.apply(&cancel).await, applied());
    let items = desk.items().await;
    assert_eq!(
        (items[0].state, items[0].title.as_str()),
        (ItemState::Cancelled, "Rust, again; and \\more")
    );
    let text = desk.text();
    desk.consumer.apply(&cancel).await;
    assert_eq!(desk.text(), text);
}

#[tokio::test]
async fn a_deleted_event_goes_and_its_neighbours_stay_as_they_are() {
    let desk = Desk::new();
    let keys = [
        "https://a.example/1",
        "https://a.example/2",
        "https://a.example/3",
    ];
    let events = keys.map(event);
    desk.act(Action::Create, &events.iter().collect::<Vec<_>>())
        .await;
    let whole = desk.text();
    assert_eq!(desk.act(Action::Delete, &[&events[1]]).await, applied());
    let rest: Vec<_> = whole.split_inclusive("END:VEVENT\r\n").collect();
    assert_eq!(desk.text(), [rest[0], rest[2], rest[3]].concat());
}

#[tokio::test]
async fn all_operations_of_a_replacement_are_carried_out_at_once_and_none_if_one_makes_no_sense() {
    let desk = Desk::new();
    let (one, two) = (event("https://a.example/1"), event("https://a.example/2"));
    desk.act(Action::Create, &[&one]).await;
    let before = desk.text();
    let rendering = desk.consumer.render(&two);
    let changed = BTreeSet::new();
    let create = Operation {
        rendering: Some(&rendering),
        ..desk.operation(Action::Create, &two.key, &changed)
    };
    let delete = desk.operation(Action::Delete, &one.key, &changed);
    let senseless = desk.operation(Action::Update, &one.key, &changed);
    let outcome = desk.consumer.replace(&[create.clone(), senseless]).await;
    assert!(matches!(outcome, Outcome::Refused(_)));
    assert_eq!(desk.text(), before);
    assert_eq!(desk.consumer.replace(&[create, delete]).await, applied());
    let items = desk.items().await;
    assert_eq!(items.len(), 1);
    assert_eq!(items[0].marker.as_ref(), Some(&two.key));
}

#[tokio::test]
async fn a_changed_key_keeps_the_uid_and_moves_the_marker() {
    let desk = Desk::new();
    desk.act(Action::Create, &[&event(KEY)]).await;
    let moved = event("https://new.example/events/0b9a");
    let (rendering, changed) = (desk.consumer.render(&moved), BTreeSet::new());
    let update = Operation {
        remote_id: Some(KEY),
        rendering: Some(&rendering),
        ..desk.operation(Action::Update, &moved.key, &changed)
    };
    assert_eq!(desk.consumer.replace(&[update]).await, applied());
    let items = desk.items().await;
    assert_eq!(items.len(), 1);
    assert_eq!(
        (items[0].remote_id.as_str(), items[0].marker.as_ref()),
        (KEY, Some(&moved.key))
    );

    // Another event under the old key gets a UID of its own.
    desk.act(Action::Create, &[&event(KEY)]).await;
    let items = desk.items().await;
    assert_eq!(items.len(), 2);
    assert_ne!(items[0].remote_id, items[1].remote_id);
}

#[tokio::test]
async fn other_peoples_events_are_listed_and_preserved_byte_for_byte() {
    let desk = Desk::with(FOREIGN);
    let items = desk.items().await;
    assert_eq!(items.len(), 1);
    let item = &items[0];
    assert_eq!(
        (item.maker, item.title.as_str()),
        (Maker::Other, "Garden  day")
    );
    assert_eq!(item.remote_id, "garden@example.org");
    assert_eq!(item.begins, Some(at("2026-10-21T17:00:00Z")));
    assert_eq!(
        item.marker,
        Some(EventKey::new("https://space.example/events/77"))
    );

    let mut event = event(KEY);
    desk.act(Action::Create, &[&event]).await;
    let (before, after) = FOREIGN.split_at(FOREIGN.find("END:VCALENDAR").unwrap());
    assert!(desk.text().starts_with(before) && desk.text().ends_with(after));
    event.title = "New".into();
    desk.act(Action::Update, &[&event]).await;
    assert!(desk.text().starts_with(before) && desk.text().ends_with(after));
    desk.act(Action::Delete, &[&event]).await;
    assert_eq!(desk.text(), FOREIGN);
}

#[tokio::test]
async fn no_operation_reaches_an_event_that_is_not_ours() {
    let desk = Desk::with(FOREIGN);
    let (key, changed) = (EventKey::new("garden@example.org"), BTreeSet::new());
    for action in [Action::Cancel, Action::Delete] {
        let operation = Operation {
            remote_id: Some("garden@example.org"),
            ..desk.operation(action, &key, &changed)
        };
        desk.consumer.apply(&operation).await;
    }
    assert_eq!(desk.text(), FOREIGN);
}

#[tokio::test]
async fn a_change_by_hand_shows_as_a_field_that_differs_and_an_update_mends_it() {
    let desk = Desk::new();
    let event = event(KEY);
    desk.act(Action::Create, &[&event]).await;
    let edited = desk.text().replace(
        "DTEND:20261020T190000Z",
        "DTEND;TZID=Europe/Berlin:20261020T190000",
    );
    std::fs::write(desk.path(), edited).unwrap();
    let rendering = desk.consumer.render(&event);
    let items = desk.items().await;
    let differing: Vec<_> = rendering
        .fields
        .iter()
        .filter(|(field, value)| items[0].fields.get(field) != Some(value))
        .map(|(field, _)| *field)
        .collect();
    assert_eq!(differing, [Field::Ends]);
    desk.act(Action::Update, &[&event]).await;
    assert_eq!(desk.items().await[0].fields, rendering.fields);
}

#[tokio::test]
async fn an_event_that_stands_twice_is_mended_by_an_update() {
    let desk = Desk::new();
    let event = event(KEY);
    desk.act(Action::Create, &[&event]).await;
    let text = desk.text();
    let (from, to) = (
        text.find("BEGIN:VEVENT").unwrap(),
        text.find("END:VCALENDAR").unwrap(),
    );
    std::fs::write(desk.path(), text[..to].to_owned() + &text[from..]).unwrap();
    let items = desk.items().await;
    assert_eq!(items.len(), 1);
    assert_ne!(items[0].fields, desk.consumer.render(&event).fields);
    desk.act(Action::Update, &[&event]).await;
    assert_eq!(desk.text(), text);
}

#[tokio::test]
async fn what_is_over_is_not_listed_and_stays_in_the_file() {
    let desk = Desk::new();
    let mut event = event(KEY);
    desk.act(Action::Create, &[&event]).await;
    desk.clock.0.set(at("2026-10-20T18:00:00Z"));
    assert_eq!(desk.items().await[0].state, ItemState::Active);
    desk.clock.0.set(at("2026-10-20T19:00:00Z"));
    assert!(desk.items().await.is_empty());
    assert!(desk.has("UID:https://space.example/events/0b9a"));
    // Moved into the future again it is the same entry.
    event.begins = at("2026-11-20T18:00:00Z");
    event.ends = None;
    desk.act(Action::Create, &[&event]).await;
    assert_eq!(desk.items().await.len(), 1);
    assert_eq!(
        desk.lines()
            .iter()
            .filter(|line| line.starts_with("UID:"))
            .count(),
        1
    );
    assert!(desk.has("SEQUENCE:1"));
}

#[tokio::test]
async fn what_is_no_calendar_is_never_overwritten() {
    let whole = FOREIGN.trim_end();
    for text in [
        "",
        "<html></html>",
        &whole[..whole.len() - 3],
        "BEGIN:VEVENT\nEND:VEVENT\n",
        &format!("{whole}\nrest"),
    ] {
        let desk = Desk::with(text);
        let Err(Failure::Wrong(problem)) = desk.consumer.list().await else {
            panic!("{text} is listed");
        };
        assert!(
            problem.contains("events.ics") && problem.contains("move it away"),
            "{problem}"
        );
        let outcome = desk.act(Action::Create, &[&event(KEY)]).await;
        assert!(matches!(outcome, Outcome::Later { .. }), "{outcome:?}");
        assert_eq!(desk.text(), text);
    }
}

#[tokio::test]
async fn ten_thousand_events_are_listed_and_changed() {
    let desk = Desk::new();
    let mut events: Vec<_> = (0..10_000)
        .map(|number| event(&format!("https://a.example/{number}")))
        .collect();
    let all = |events: &[Event]| events.to_vec();
    let first = all(&events);
    assert_eq!(
        desk.act(Action::Create, &first.iter().collect::<Vec<_>>())
            .await,
        applied()
    );
    events.iter_mut().for_each(|event| event.title.push('!'));
    assert_eq!(
        desk.act(Action::Update, &events.iter().collect::<Vec<_>>())
            .await,
        applied()
    );
    let items = desk.items().await;
    assert_eq!(items.len(), 10_000);
    assert!(items.iter().all(|item| item.title.ends_with('!')));
}

#[tokio::test]
async fn what_stands_is_as_it_was_left_until_somebody_else_writes() {
    let desk = Desk::new();
    desk.items().await;
    assert_eq!(desk.act(Action::Create, &[&event(KEY)]).await, applied());
    let left = desk.consumer.left();
    assert!(left.is_some());
    assert_eq!(desk.consumer.stands().await, left);
    std::fs::write(desk.path(), desk.text().replace("Hall 3", "Hall 4")).unwrap();
    assert_ne!(desk.consumer.stands().await, left);
}

#[tokio::test]
async fn what_somebody_wrote_between_listing_and_replacement_has_to_be_listed() {
    let desk = Desk::new();
    desk.items().await;
    desk.act(Action::Create, &[&event(KEY)]).await;
    desk.items().await;
    std::fs::write(desk.path(), desk.text().replace("Hall 3", "Hall 4")).unwrap();
    desk.act(Action::Create, &[&event("https://space.example/events/1")])
        .await;
    assert_eq!(desk.consumer.left(), None);
}
