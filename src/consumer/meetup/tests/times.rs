//! Local starts, instants and lengths.

use super::super::times::{instant, iso, length, local, minute};
use super::*;
use chrono_tz::Europe::Berlin;

#[test]
fn a_start_is_the_wall_clock_of_the_group_without_an_offset() {
    assert_eq!(
        local(at("2026-10-08T17:00:00Z"), Berlin),
        "2026-10-08T19:00"
    );
    assert_eq!(
        local(at("2026-12-31T23:30:00Z"), Berlin),
        "2027-01-01T00:30"
    );
    assert_eq!(
        local(at("2026-10-08T17:00:00Z"), chrono_tz::US::Eastern),
        "2026-10-08T13:00"
    );
}

#[test]
fn the_hour_that_spring_leaves_out_is_never_written() {
    assert_eq!(
        local(at("2026-03-29T00:59:00Z"), Berlin),
        "2026-03-29T01:59"
    );
    assert_eq!(
        local(at("2026-03-29T01:00:00Z"), Berlin),
        "2026-03-29T03:00"
    );
}

#[test]
fn both_passes_of_the_hour_that_autumn_repeats_are_written_alike() {
    assert_eq!(
        local(at("2026-10-25T00:30:00Z"), Berlin),
        "2026-10-25T02:30"
    );
    assert_eq!(
        local(at("2026-10-25T01:30:00Z"), Berlin),
        "2026-10-25T02:30"
    );
    assert_eq!(
        local(at("2026-10-25T02:30:00Z"), Berlin),
        "2026-10-25T03:30"
    );
}

#[test]
fn an_instant_is_read_in_every_form_that_meetup_writes() {
    let expected = Some(at("2026-10-08T17:00:00Z"));
    for text in [
        "2026-10-08T19:00:00+02:00",
        "2026-10-08T19:00+02:00",
        "2026-10-08T17:00:00.000Z",
        "2026-10-08T17:00Z",
        "2026-10-08T19:00:00+02:00[Europe/Berlin]",
    ] {
        assert_eq!(instant(text), expected, "{text}");
    }
    assert_eq!(instant("2026-10-08T19:00"), None);
}

#[test]
fn seconds_are_dropped() {
    assert_eq!(
        minute(at("2026-10-08T17:00:59.9Z")),
        at("2026-10-08T17:00:00Z")
    );
}

#[test]
fn a_length_is_written_in_hours_and_minutes_and_read_back() {
    for (minutes, text) in [
        (1, "PT1M"),
        (90, "PT1H30M"),
        (180, "PT3H"),
        (3030, "PT50H30M"),
    ] {
        assert_eq!(iso(TimeDelta::minutes(minutes)), text);
        assert_eq!(length(text), Some(TimeDelta::minutes(minutes)));
    }
}

#[test]
fn other_ways_to_write_a_length_are_read_and_rubbish_is_not() {
    assert_eq!(length("P1DT2H"), Some(TimeDelta::hours(26)));
    assert_eq!(length("P1W"), Some(TimeDelta::weeks(1)));
    assert_eq!(length("PT5400S"), Some(TimeDelta::minutes(90)));
    for text in [
        "",
        "P",
        "PT",
        "3H",
        "PT3",
        "P3H",
        "PTTT3H",
        "PT-3H",
        "10800000",
        "PT99999999999999999999H",
    ] {
        assert_eq!(length(text), None, "{text}");
    }
}
