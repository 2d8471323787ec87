use super::*;
use crate::consumer::{Capability, Field, ItemState, Maker};
use proptest::prelude::*;

fn shown(change: impl FnOnce(&mut Event)) -> Rendering {
    let mut event = event(KEY);
    change(&mut event);
    Desk::new().consumer.render(&event)
}

#[tokio::test]
async fn a_new_file_is_a_calendar_with_every_property_of_its_event() {
    let desk = Desk::new();
    assert_eq!(desk.act(Action::Create, &[&event(KEY)]).await, applied());
    let text = desk.text();
    assert!(text.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//kronos//kronos//EN\r\n"));
    assert!(text.ends_with("END:VEVENT\r\nEND:VCALENDAR\r\n"));
    assert!(
        text.split("\r\n")
            .all(|line| line.len() <= 75 && !line.contains('\n'))
    );
    for line in [
        "X-WR-CALNAME:shared\\, with all",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "UID:https://space.example/events/0b9a",
        "URL:https://space.example/events/0b9a",
        "SEQUENCE:0",
        "DTSTAMP:20261012T080000Z",
        "LAST-MODIFIED:20261012T080000Z",
        "SUMMARY:Rust\\, again\\; and \\\\more",
        "DTSTART:20261020T170000Z",
        "DTEND:20261020T190000Z",
        "STATUS:CONFIRMED",
        "LOCATION:Hall 3\\, Example Street 1\\, 76133 Karlsruhe",
        "GEO:49.0060;8.4030",
        "CATEGORIES:rust,ünder\\, way",
        "CONFERENCE;VALUE=URI:https://meet.example.org/rust",
        "IMAGE;VALUE=URI:https://space.example/a.png",
    ] {
        assert!(desk.has(line), "{line} in {text}");
    }
}

#[tokio::test]
async fn what_is_listed_equals_what_was_rendered() {
    let desk = Desk::new();
    let mut days = event("https://space.example/events/days");
    days.all_day = true;
    days.begins = at("2026-10-19T22:00:00Z");
    days.ends = Some(at("2026-10-21T22:00:00Z"));
    let mut bare = event("file:///srv/c.ics#a%2Cb");
    (bare.place, bare.online, bare.ends, bare.description) = (None, None, None, None);
    bare.tags.clear();
    let events = [&event(KEY), &days, &bare];
    assert_eq!(desk.act(Action::Create, &events).await, applied());
    let items = desk.items().await;
    for (event, item) in events.iter().zip(&items) {
        assert_eq!(item.fields, desk.consumer.render(event).fields);
        assert_eq!(item.marker.as_ref(), Some(&event.key));
        assert_eq!(item.remote_id, event.key.as_str());
        assert_eq!((item.maker, item.state), (Maker::Us, ItemState::Scheduled));
        assert!(item.links.contains(&event.key.to_string()));
    }
    assert_eq!(items.len(), 3);
    assert_eq!(items[0].begins, Some(at("2026-10-20T17:00:00Z")));
    assert_eq!(
        desk.consumer.look(KEY).await.unwrap().as_ref(),
        Some(&items[0])
    );
    assert_eq!(desk.consumer.look("other").await.unwrap(), None);
    assert_eq!(desk.consumer.capability(), Capability::Whole);
    assert_eq!(desk.consumer.requests(), 0);
}

#[test]
fn the_marker_is_the_last_line_whatever_else_is_said() {
    for rendering in [shown(|_| {}), shown(|event| event.description = None)] {
        let description = &rendering.fields[&Field::Description];
        let text = description.split("\nrust").next().unwrap();
        assert_eq!(text.lines().next_back(), Some(KEY));
        for fact in [
            "Online: https://meet",
            "Registration: https://tickets",
            "Places: 20",
        ] {
            assert!(text.contains(fact), "{fact} in {text}");
        }
    }
}

#[test]
fn whole_days_are_those_of_the_events_own_zone() {
    let days = |begins: &str, ends: Option<&str>| {
        let rendering = shown(|event| {
            event.all_day = true;
            event.begins = at(begins);
            event.ends = ends.map(at);
        });
        (
            rendering.fields[&Field::Begins].clone(),
            rendering.fields[&Field::Ends].clone(),
        )
    };
    let one = ("20261025".to_owned(), "20261026".to_owned());
    assert_eq!(
        days("2026-10-24T22:00:00Z", Some("2026-10-25T23:00:00Z")),
        one
    );
    assert_eq!(days("2026-10-24T22:00:00Z", None), one);
    assert_eq!(
        days("2026-10-24T22:00:00Z", Some("2026-10-24T22:00:00Z")),
        one
    );
}

#[test]
fn an_event_without_an_end_is_over_when_it_begins() {
    for ends in [
        None,
        Some(at("2026-10-20T17:00:00Z")),
        Some(at("2026-10-20T16:00:00Z")),
    ] {
        let rendering = shown(|event| event.ends = ends);
        assert!(!rendering.fields.contains_key(&Field::Ends));
        assert_eq!(rendering.ends, at("2026-10-20T17:00:00Z"));
    }
}

#[test]
fn an_event_that_is_online_only_has_its_address_as_location() {
    let rendering = shown(|event| event.place = None);
    assert_eq!(
        rendering.fields[&Field::Location],
        "https://meet.example.org/rust"
    );
}

#[test]
fn nothing_of_a_rendering_depends_on_the_time() {
    let desk = Desk::new();
    let before = desk.consumer.render(&event(KEY));
    desk.clock.0.set(at("2027-01-01T00:00:00Z"));
    assert_eq!(desk.consumer.render(&event(KEY)), before);
}

#[test]
fn whatever_a_calendar_shows_of_an_event_changes_a_field() {
    let before = shown(|_| {});
    let changes: [fn(&mut Event); 12] = [
        |event| event.title.push('!'),
        |event| event.begins = at("2026-10-20T16:00:00Z"),
        |event| event.ends = None,
        |event| event.place = None,
        |event| event.place.as_mut().unwrap().coordinates = None,
        |event| event.online = None,
        |event| event.picture = None,
        |event| event.status = Status::Tentative,
        |event| event.capacity = None,
        |event| event.participation = None,
        |event| event.tags.clear(),
        |event| event.key = EventKey::new("https://space.example/events/other"),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let after = shown(change);
        assert_ne!(after.fields, before.fields, "change {index}");
        assert_ne!(after.hash(), before.hash(), "change {index}");
    }
}

#[test]
fn only_links_and_numbers_get_where_links_and_numbers_belong() {
    let rendering = shown(|event| {
        event.online = Some("javascript:alert(1)".into());
        event.picture = Some("https://a.example/x y\r\nEND:VEVENT".into());
        event.place.as_mut().unwrap().coordinates = Some(("49\r\nX".into(), "8".into()));
    });
    assert!(!rendering.fields.contains_key(&Field::Online));
    assert_eq!(
        rendering.fields[&Field::Picture],
        "https://a.example/x%20yEND:VEVENT"
    );
    assert!(!rendering.fields[&Field::Location].contains('X'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_text_comes_back_from_the_file(
        title in any::<String>(),
        place in any::<String>(),
        tags in proptest::collection::vec("\\PC{0,12}", 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let desk = Desk::new();
        let mut event = event(KEY);
        event.title = title;
        event.place.as_mut().unwrap().name = Some(place);
        event.tags = tags;
        let (outcome, items) = runtime.block_on(async {
            (desk.act(Action::Create, &[&event]).await, desk.items().await)
        });
        prop_assert_eq!(outcome, applied());
        prop_assert_eq!(items.len(), 1);
        prop_assert_eq!(&items[0].fields, &desk.consumer.render(&event).fields);
    }
}
