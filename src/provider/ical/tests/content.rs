use super::*;
use crate::event::{Description, Place, Status};

#[test]
fn an_event_carries_everything_that_the_calendar_says() {
    let event = one(
        "SEQUENCE:2\nDTSTAMP:20260101T000000Z\nLAST-MODIFIED:20260901T120000Z\n\
         DTSTART:20261020T170000Z\nDTEND:20261020T190000Z\nSUMMARY:Rust\\, again\nSTATUS:TENTATIVE\n\
         DESCRIPTION:First line\\nSecond\\; line with a very long tail that the program has fold\n ed after 75 octets\n\
         LOCATION:Hall 3\\, Example Street 1\nGEO:49.0069;8.4037\nURL:https://example.org/rust\n\
         CATEGORIES:Rust,Meetup\nCATEGORIES:rust,Ünder\nIMAGE;VALUE=URI:https://example.org/a.png\n\
         CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.org/rust",
    );
    assert_eq!(
        event,
        Event {
            key: crate::event::EventKey::new("https://example.org/calendar.ics#a"),
            uuid: Some("a".into()),
            title: "Rust, again".into(),
            description: Some(Description::Plain(
                "First line\nSecond; line with a very long tail that the program has folded after 75 octets".into()
            )),
            begins: at("2026-10-20T17:00:00Z"),
            ends: Some(at("2026-10-20T19:00:00Z")),
            timezone: None,
            all_day: false,
            place: Some(Place {
                name: Some("Hall 3, Example Street 1".into()),
                coordinates: Some(("49.0069".into(), "8.4037".into())),
                ..Place::default()
            }),
            online: Some("https://meet.example.org/rust".into()),
            online_only: false,
            picture: Some("https://example.org/a.png".into()),
            status: Status::Tentative,
            capacity: None,
            participation: Some("https://example.org/rust".into()),
            tags: vec!["meetup".into(), "rust".into(), "ünder".into()],
            updated: Some(at("2026-09-01T12:00:00Z")),
        }
    );
}

#[test]
fn without_last_modified_the_time_stamp_tells_when_an_event_was_changed() {
    let event = one("DTSTART:20261020T170000Z\nDTSTAMP:20260101T000000Z");
    assert_eq!(event.updated, Some(at("2026-01-01T00:00:00Z")));
}

#[test]
fn a_location_that_is_only_a_link_makes_an_event_online_only() {
    let located = |text: &str| one(&format!("DTSTART:20261020T170000Z\nLOCATION:{text}"));
    let event = located("https://meet.example.org/a?b=1");
    assert_eq!(
        event.online.as_deref(),
        Some("https://meet.example.org/a?b=1")
    );
    assert!(event.online_only && event.place.is_none());

    let event = located("Hall 3 (https://meet.example.org/a)");
    assert_eq!(event.online.as_deref(), Some("https://meet.example.org/a"));
    assert_eq!(event.place.unwrap().name.as_deref(), Some("Hall 3"));
    assert!(!event.online_only);

    let event = located("javascript:alert(1)");
    assert_eq!(event.online, None);
}

#[test]
fn an_attachment_is_the_picture_only_if_it_is_one() {
    let attached = |line: &str| one(&format!("DTSTART:20261020T170000Z\n{line}")).picture;
    assert_eq!(attached("ATTACH:https://example.org/a.pdf"), None);
    assert_eq!(
        attached("ATTACH;FMTTYPE=application/pdf:https://example.org/a.png"),
        None
    );
    assert_eq!(
        attached("ATTACH;FMTTYPE=image/jpeg:https://example.org/a").as_deref(),
        Some("https://example.org/a")
    );
    assert_eq!(
        attached("ATTACH:https://example.org/a.JPG?x=1").as_deref(),
        Some("https://example.org/a.JPG?x=1")
    );
    assert_eq!(
        attached("ATTACH;ENCODING=BASE64;VALUE=BINARY;FMTTYPE=image/png:AAAA"),
        None
    );
}

#[test]
fn what_is_not_public_is_left_out_and_still_counted() {
    let lines = |class: &str| format!("DTSTART:20261020T170000Z\n{class}");
    for class in [
        "CLASS:PRIVATE",
        "CLASS:CONFIDENTIAL",
        "CLASS:X-FRIENDS",
        "CLASS:private",
    ] {
        let contents = contents(&event("a", &lines(class)));
        assert!(contents.events.is_empty(), "{class}");
        assert_eq!((contents.uids, contents.problems.len()), (1, 0));
    }
    assert_eq!(events(&event("a", &lines("CLASS:PUBLIC"))).len(), 1);
}

#[test]
fn of_two_components_with_one_uid_the_higher_sequence_wins() {
    let component = |sequence: u8| {
        event(
            "a",
            &format!("DTSTART:20261020T170000Z\nSUMMARY:v{sequence}\nSEQUENCE:{sequence}"),
        )
    };
    for order in [[1, 9, 3], [9, 3, 1], [1, 3, 9]] {
        let events = events(&order.map(component).concat());
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].title, "v9");
    }
}

#[test]
fn a_uid_cannot_break_out_of_its_key() {
    let events = events(&event("a/b#c@host *x*", "DTSTART:20261020T170000Z"));
    assert_eq!(
        events[0].key.as_str(),
        "https://example.org/calendar.ics#a%2Fb%23c%40host%20%2Ax%2A"
    );
    assert_eq!(events[0].uuid.as_deref(), Some("a/b#c@host *x*"));
}

#[test]
fn what_ended_more_than_two_weeks_ago_is_left_out_and_the_far_future_is_not() {
    let single =
        |uid: &str, start: &str, end: &str| event(uid, &format!("DTSTART:{start}\nDTEND:{end}"));
    let body = [
        single("over", "20260928T060000Z", "20260928T075900Z"),
        single("long", "20260101T060000Z", "20260928T080100Z"),
        single("far", "20350101T060000Z", "20350101T070000Z"),
    ];
    let titles: Vec<_> = events(&body.concat())
        .into_iter()
        .map(|event| event.uuid.unwrap())
        .collect();
    assert_eq!(titles, ["long", "far"]);
}
