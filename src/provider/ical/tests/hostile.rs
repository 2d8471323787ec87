use super::*;
use proptest::prelude::*;

fn problems(rule: &str) -> Vec<String> {
    contents(&event(
        "a",
        &format!("DTSTART:20200101T000000Z\nRRULE:{rule}"),
    ))
    .problems
}

#[test]
fn rules_that_repeat_without_measure_are_given_up_and_told() {
    let every_second = (0..60)
        .map(|second| second.to_string())
        .collect::<Vec<_>>()
        .join(",");
    for rule in [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        &format!(
            "FREQ=YEARLY;BYHOUR=1,2,3;BYMINUTE={every_second};BYSECOND={every_second};BYDAY=MO,TU,WE"
        ),
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY;BYHOUR=99",
        "FREQ=DAILY;UNTIL=never",
        "rubbish",
        "FREQ=YEARLY;RSCALE=HEBREW",
    ] {
        assert_eq!(problems(rule).len(), 1, "{rule}");
    }
}

#[test]
fn many_rules_that_never_fit_cannot_stall_the_reading() {
    let rule = "DTSTART:20200101T000000Z\nRRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30";
    let body: String = (0..2_000)
        .map(|uid| event(&uid.to_string(), rule))
        .collect();
    let contents = contents(&body);
    let given_up = |problem: &&String| problem.ends_with("take too long to follow");
    assert!(contents.problems.iter().filter(given_up).count() > 1_900);
    assert_eq!(contents.uids, 2_000);
}

#[test]
fn all_series_together_give_a_bounded_number_of_events() {
    let daily = "DTSTART:20200101T000000Z\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8";
    let body: String = (0..100).map(|uid| event(&uid.to_string(), daily)).collect();
    let contents = contents(&body);
    assert!(contents.events.len() <= 20_000);
    assert!(!contents.problems.is_empty());
}

#[test]
fn ten_thousand_series_are_read_completely() {
    let weekly = "DTSTART:20261001T000000Z\nRRULE:FREQ=WEEKLY;COUNT=2";
    let body: String = (0..10_000)
        .map(|uid| event(&uid.to_string(), weekly))
        .collect();
    let contents = contents(&body);
    assert_eq!(contents.uids, 10_000);
    assert_eq!(contents.problems, Vec::<String>::new());
}

#[test]
fn one_bad_event_takes_no_other_with_it_and_is_named() {
    let good = event("good", "DTSTART:20261020T170000Z");
    for (bad, told) in [
        (
            event("bad", "SUMMARY:No time"),
            "the event \"bad\": it has no DTSTART",
        ),
        (
            event("", "DTSTART:20261020T170000Z\nSUMMARY:Nameless"),
            "the event \"Nameless\" has no UID",
        ),
        (
            event("bad", "DTSTART:tomorrow"),
            "the event \"bad\": its DTSTART is no time (\"tomorrow\")",
        ),
        (
            event("bad", "DTSTART:20260230T170000Z"),
            "the event \"bad\": its DTSTART is no time",
        ),
    ] {
        let contents = contents(&format!("{bad}{good}"));
        assert_eq!(contents.problems, [told]);
        assert_eq!(contents.events.len(), 1);
        assert_eq!(contents.events[0].uuid.as_deref(), Some("good"));
    }
}

#[test]
fn alarms_tasks_and_nested_components_are_no_events() {
    let alarm = "DTSTART:20261020T170000Z\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\n\
        DESCRIPTION:Wake up\nUID:alarm\nEND:VALARM\nDESCRIPTION:The event's own";
    let todo = "BEGIN:VTODO\nUID:t\nDTSTART:20261020T170000Z\nEND:VTODO\n";
    let events = events(&format!("{todo}{}", event("a", alarm)));
    assert_eq!(events.len(), 1);
    assert_eq!(
        events[0].description,
        Some(crate::event::Description::Plain("The event's own".into()))
    );
}

#[test]
fn an_empty_calendar_is_a_complete_reading_of_nothing() {
    let contents = contents("");
    assert_eq!(
        (
            contents.events.len(),
            contents.uids,
            contents.problems.len()
        ),
        (0, 0, 0)
    );
}

#[test]
fn times_at_the_ends_of_the_world_do_no_harm() {
    for start in ["00010101T000000Z", "99991231T235959Z"] {
        for rule in [
            "FREQ=YEARLY",
            "FREQ=DAILY;INTERVAL=65535",
            "FREQ=SECONDLY;INTERVAL=65535;COUNT=3",
        ] {
            let end = "DTEND:99991231T235959Z";
            contents(&event(
                "a",
                &format!("DTSTART:{start}\n{end}\nRRULE:{rule}"),
            ));
        }
    }
    contents(&event(
        "a",
        "DTSTART:20261020T170000Z\nDURATION:P4294967295W",
    ));
    contents(&event(
        "a",
        "DTSTART:20261020T170000Z\nDURATION:PT4294967295H4294967295S",
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_brings_the_reader_down(lines in proptest::collection::vec(
        prop_oneof![
            "[ -~]{0,60}",
            "(DTSTART|DTEND|RDATE|EXDATE|RECURRENCE-ID)(;VALUE=DATE|;TZID=[A-Z]{0,3})?:[0-9TZ,+/-]{0,20}",
            "RRULE:FREQ=(YEARLY|MONTHLY|WEEKLY|DAILY)(;(BYDAY|BYMONTH|BYSETPOS|BYMONTHDAY|BYWEEKNO|INTERVAL|COUNT|UNTIL|WKST|BYYEARDAY)=[0-9MOSU,-]{0,8}){0,3}",
            "DURATION:[+-]?P[0-9]{0,12}[WDT][0-9]{0,12}[HMS]?",
            "(GEO|SEQUENCE|STATUS|CLASS|IMAGE|ATTACH|URL|LOCATION|CATEGORIES):\\PC{0,30}",
        ], 0..12)) {
        let body = event("a", &format!("DTSTART:20261020T170000Z\n{}", lines.join("\n")));
        let _ = read(calendar(&body).as_bytes(), BASE, window());
    }

    #[test]
    fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read(&bytes, BASE, window()).is_err());
    }
}
