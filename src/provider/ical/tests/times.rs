use super::*;
use chrono_tz::Tz;

#[test]
fn a_named_zone_follows_summer_time_and_is_kept() {
    let summer =
        one("DTSTART;TZID=Europe/Berlin:20261024T190000\nDTEND;TZID=Europe/Berlin:20261024T210000");
    assert_eq!(summer.begins, at("2026-10-24T17:00:00Z"));
    assert_eq!(summer.timezone, Some(Tz::Europe__Berlin));
    let winter =
        one("DTSTART;TZID=Europe/Berlin:20261026T190000\nDTEND;TZID=Europe/Berlin:20261026T210000");
    assert_eq!(winter.begins, at("2026-10-26T18:00:00Z"));
}

#[test]
fn a_windows_zone_is_known_by_its_name() {
    let event = one("DTSTART;TZID=W. Europe Standard Time:20261024T190000");
    assert_eq!(event.begins, at("2026-10-24T17:00:00Z"));
    assert_eq!(event.timezone, Some(Tz::Europe__Berlin));
}

#[test]
fn an_end_may_stand_in_another_zone() {
    let event = one(
        "DTSTART;TZID=Europe/Berlin:20261024T190000\nDTEND;TZID=America/New_York:20261024T190000",
    );
    assert_eq!(event.ends, Some(at("2026-10-24T23:00:00Z")));
}

#[test]
fn floating_times_are_those_of_the_calendar_else_utc() {
    let body = event("a", "DTSTART:20261024T190000");
    let events = events(&format!("X-WR-TIMEZONE:Europe/Berlin\n{body}"));
    assert_eq!(events[0].begins, at("2026-10-24T17:00:00Z"));
    assert_eq!(events[0].timezone, Some(Tz::Europe__Berlin));
    let event = one("DTSTART:20261024T190000");
    assert_eq!(
        (event.begins, event.timezone),
        (at("2026-10-24T19:00:00Z"), None)
    );
}

#[test]
fn a_zone_that_only_the_calendar_knows_follows_its_own_rules() {
    let zone = "BEGIN:VTIMEZONE\nTZID:Ours\n\
        BEGIN:STANDARD\nDTSTART:16010101T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n\
        BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
    let local = |text: &str| {
        events(&format!(
            "{zone}{}",
            event("a", &format!("DTSTART;TZID=Ours:{text}"))
        ))
        .remove(0)
        .begins
    };
    let berlin = |text: &str| one(&format!("DTSTART;TZID=Europe/Berlin:{text}")).begins;
    for text in [
        "20261024T190000",
        "20261025T013000",
        "20261025T023000",
        "20261025T033000",
        "20261026T190000",
        "20270328T013000",
        "20270328T023000",
        "20270328T033000",
        "20330701T190000",
    ] {
        assert_eq!(local(text), berlin(text), "{text}");
    }
}

#[test]
fn a_time_that_the_clock_leaps_over_counts_from_before_the_leap_and_a_double_one_is_the_first() {
    let local = |text: &str| one(&format!("DTSTART;TZID=Europe/Berlin:{text}")).begins;
    assert_eq!(local("20270328T023000"), at("2027-03-28T01:30:00Z"));
    assert_eq!(local("20261025T023000"), at("2026-10-25T00:30:00Z"));
}

#[test]
fn a_zone_that_nobody_knows_makes_the_event_unusable_and_the_reading_incomplete() {
    let contents = contents(&event("a", "DTSTART;TZID=Nowhere/At All:20261024T190000"));
    assert!(contents.events.is_empty());
    assert_eq!(
        contents.problems,
        ["the event \"a\": nobody knows the time zone \"Nowhere/At All\""]
    );
}

#[test]
fn whole_days_are_midnights_and_their_end_is_exclusive() {
    let days = |lines: &str| {
        let body = format!("X-WR-TIMEZONE:Europe/Berlin\n{}", event("a", lines));
        let event = events(&body).remove(0);
        assert!(event.all_day);
        assert_eq!(event.timezone, Some(Tz::Europe__Berlin));
        (event.begins.to_rfc3339(), event.ends.unwrap().to_rfc3339())
    };
    let (first, second) = ("2026-10-24T22:00:00+00:00", "2026-10-25T23:00:00+00:00");
    assert_eq!(
        days("DTSTART;VALUE=DATE:20261025"),
        (first.into(), second.into())
    );
    assert_eq!(
        days("DTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261026"),
        (first.into(), second.into())
    );
    assert_eq!(
        days("DTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261025"),
        (first.into(), second.into())
    );
    assert_eq!(
        days("DTSTART;VALUE=DATE:20261025\nDURATION:P3D").1,
        "2026-10-27T23:00:00+00:00"
    );
    let event = one("DTSTART;VALUE=DATE:20261025");
    assert_eq!(event.timezone, Some(Tz::UTC));
    assert_eq!(event.begins, at("2026-10-25T00:00:00Z"));
}

#[test]
fn a_duration_of_days_follows_the_calendar_and_one_of_hours_the_clock() {
    let ends = |length: &str| {
        one(&format!(
            "DTSTART;TZID=Europe/Berlin:20261024T190000\nDURATION:{length}"
        ))
        .ends
    };
    assert_eq!(ends("P1D"), Some(at("2026-10-25T18:00:00Z")));
    assert_eq!(ends("PT24H"), Some(at("2026-10-25T17:00:00Z")));
    assert_eq!(ends("P1W"), Some(at("2026-10-31T18:00:00Z")));
    assert_eq!(ends("PT1H30M"), Some(at("2026-10-24T18:30:00Z")));
}

#[test]
fn an_end_that_is_not_later_than_the_beginning_is_none() {
    for end in ["20261020T170000Z", "20261020T160000Z"] {
        assert_eq!(
            one(&format!("DTSTART:20261020T170000Z\nDTEND:{end}")).ends,
            None
        );
    }
    assert_eq!(one("DTSTART:20261020T170000Z\nDURATION:-PT1H").ends, None);
}
