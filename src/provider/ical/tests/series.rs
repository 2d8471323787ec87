use super::*;
use crate::event::Status;

const WEEKLY: &str = "DTSTART;TZID=Europe/Berlin:20200107T190000\nDURATION:PT2H\nRRULE:FREQ=WEEKLY";

fn keyed<'a>(events: &'a [Event], id: &str) -> Option<&'a Event> {
    let key = format!("{BASE}#a/{id}");
    events.iter().find(|event| event.key.as_str() == key)
}

#[test]
fn a_weekly_event_is_followed_for_ninety_days_and_keeps_its_local_time() {
    let events = events(&event("a", WEEKLY));
    let begins = begins(&events);
    assert_eq!(begins.len(), 15);
    assert_eq!(begins[0], "2026-09-29T17:00");
    assert_eq!(begins[3..5], ["2026-10-20T17:00", "2026-10-27T18:00"]);
    assert_eq!(begins[14], "2027-01-05T18:00");
    let first = keyed(&events, "20260929T170000Z").unwrap();
    assert_eq!(first.uuid.as_deref(), Some("a/20260929T170000Z"));
    assert_eq!(first.ends, Some(at("2026-09-29T19:00:00Z")));
}

#[test]
fn every_third_week_keeps_its_pace_over_the_years() {
    let third = begins(&events(&event("a", &format!("{WEEKLY};INTERVAL=3"))));
    // 351 weeks after the first one, and every third after it.
    assert_eq!(third[..2], ["2026-09-29T17:00", "2026-10-20T17:00"]);
    assert_eq!(third.len(), 5);
}

#[test]
fn whole_days_recur_by_date() {
    let events = events(&event(
        "a",
        "DTSTART;VALUE=DATE:20260105\nRRULE:FREQ=MONTHLY;BYDAY=-1MO",
    ));
    assert_eq!(events.len(), 4);
    assert!(keyed(&events, "20261026").is_some_and(|event| event.all_day));
}

#[test]
fn until_in_utc_ends_a_local_series_with_its_last_instance() {
    let ended =
        |until: &str| begins(&events(&event("a", &format!("{WEEKLY};UNTIL={until}")))).pop();
    assert_eq!(
        ended("20261020T170000Z").as_deref(),
        Some("2026-10-20T17:00")
    );
    assert_eq!(
        ended("20261020T165959Z").as_deref(),
        Some("2026-10-13T17:00")
    );
    assert_eq!(ended("20261020").as_deref(), Some("2026-10-20T17:00"));
    assert_eq!(ended("20200107T180000Z"), None);
}

#[test]
fn a_counted_series_counts_from_its_beginning() {
    let counted = |count: u32| begins(&events(&event("a", &format!("{WEEKLY};COUNT={count}"))));
    assert_eq!(counted(353).len(), 2);
    assert_eq!(counted(351).len(), 0);
}

#[test]
fn an_instance_that_the_clock_leaps_over_does_not_take_place_and_is_not_counted() {
    let body = event(
        "a",
        "DTSTART;TZID=Europe/Berlin:20270326T023000\nRRULE:FREQ=DAILY;COUNT=4",
    );
    let late = Window {
        since: at("2027-03-20T00:00:00Z"),
        until: at("2027-04-20T00:00:00Z"),
        past: false,
    };
    let contents = read(calendar(&body).as_bytes(), BASE, late).unwrap();
    assert_eq!(
        begins(&contents.events),
        [
            "2027-03-26T01:30",
            "2027-03-27T01:30",
            "2027-03-29T00:30",
            "2027-03-30T00:30"
        ]
    );
}

#[test]
fn the_first_instance_takes_place_even_if_the_rule_does_not_give_it() {
    let events = events(&event(
        "a",
        "DTSTART:20261020T170000Z\nRRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=3",
    ));
    assert_eq!(
        begins(&events),
        ["2026-10-20T17:00", "2026-10-23T17:00", "2026-10-30T17:00"]
    );
}

#[test]
fn exceptions_are_left_out_however_they_are_written() {
    for line in [
        "EXDATE;TZID=Europe/Berlin:20261020T190000,20261027T190000",
        "EXDATE:20261020T170000Z\nEXDATE:20261027T180000Z",
        "EXDATE;VALUE=DATE:20261020,20261027",
    ] {
        let events = events(&event("a", &format!("{WEEKLY}\n{line}")));
        assert_eq!(events.len(), 13, "{line}");
        assert!(keyed(&events, "20261020T170000Z").is_none());
        assert!(keyed(&events, "20261027T180000Z").is_none());
    }
}

#[test]
fn dates_are_added_with_and_without_a_rule() {
    let alone = events(&event(
        "a",
        "DTSTART:20261020T170000Z\nDURATION:PT1H\nRDATE:20261022T170000Z\n\
         RDATE;VALUE=PERIOD:20261023T170000Z/PT5H",
    ));
    assert_eq!(
        begins(&alone),
        ["2026-10-20T17:00", "2026-10-22T17:00", "2026-10-23T17:00"]
    );
    let ruled = events(&event(
        "a",
        &format!("{WEEKLY}\nRDATE;TZID=Europe/Berlin:20261022T190000"),
    ));
    assert_eq!(ruled.len(), 16);
    assert!(keyed(&ruled, "20261022T170000Z").is_some());
}

#[test]
fn an_override_keeps_the_key_of_the_instance_that_it_moves() {
    for id in [
        "RECURRENCE-ID;TZID=Europe/Berlin:20261020T190000",
        "RECURRENCE-ID:20261020T170000Z",
        "RECURRENCE-ID;VALUE=DATE:20261020",
    ] {
        let moved =
            format!("{id}\nSEQUENCE:7\nDTSTART;TZID=Europe/Berlin:20261021T200000\nSUMMARY:Moved");
        let events = events(&(event("a", &moved) + &event("a", WEEKLY)));
        assert_eq!(events.len(), 15, "{id}");
        let event = keyed(&events, "20261020T170000Z").unwrap();
        assert_eq!(
            (event.title.as_str(), event.begins),
            ("Moved", at("2026-10-21T18:00:00Z"))
        );
    }
}

#[test]
fn an_override_touches_only_the_series_of_its_own_uid() {
    let cancelled = "RECURRENCE-ID:20261020T170000Z\nDTSTART:20261020T170000Z\nSTATUS:CANCELLED";
    let body = event("a", WEEKLY) + &event("b", WEEKLY) + &event("b", cancelled);
    let events = events(&body);
    assert_eq!(events.len(), 30);
    assert_eq!(
        keyed(&events, "20261020T170000Z").unwrap().status,
        Status::Confirmed
    );
    let off: Vec<_> = events
        .iter()
        .filter(|event| event.status == Status::Cancelled)
        .collect();
    assert_eq!(off.len(), 1);
    assert_eq!(off[0].uuid.as_deref(), Some("b/20261020T170000Z"));
}

#[test]
fn an_instance_that_was_moved_beyond_the_window_is_not_lost() {
    let moved = "RECURRENCE-ID:20261020T170000Z\nDTSTART:20270820T170000Z";
    let events = events(&(event("a", WEEKLY) + &event("a", moved)));
    assert_eq!(events.len(), 15);
    assert_eq!(
        keyed(&events, "20261020T170000Z").unwrap().begins,
        at("2027-08-20T17:00:00Z")
    );
}

#[test]
fn this_and_future_moves_and_renames_all_that_follow() {
    let range = "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261020T190000\n\
        DTSTART;TZID=Europe/Berlin:20261021T203000\nDURATION:PT1H\nSUMMARY:Wednesday";
    let single = "RECURRENCE-ID;TZID=Europe/Berlin:20261103T190000\n\
        DTSTART;TZID=Europe/Berlin:20261103T100000\nSUMMARY:Morning";
    let events = events(&[event("a", WEEKLY), event("a", range), event("a", single)].concat());
    assert_eq!(events.len(), 15);
    assert_eq!(
        keyed(&events, "20261013T170000Z").unwrap().begins,
        at("2026-10-13T17:00:00Z")
    );
    for (id, begins, title) in [
        ("20261020T170000Z", "2026-10-21T18:30:00Z", "Wednesday"),
        ("20261027T180000Z", "2026-10-28T19:30:00Z", "Wednesday"),
        ("20261103T180000Z", "2026-11-03T09:00:00Z", "Morning"),
        ("20261110T180000Z", "2026-11-11T19:30:00Z", "Wednesday"),
    ] {
        let event = keyed(&events, id).unwrap();
        assert_eq!(
            (event.begins, event.title.as_str()),
            (at(begins), title),
            "{id}"
        );
    }
}

#[test]
fn overrides_without_their_series_stand_alone() {
    let events = events(&event(
        "a",
        "RECURRENCE-ID:20261020T170000Z\nDTSTART:20261020T180000Z",
    ));
    assert_eq!(events.len(), 1);
    assert!(keyed(&events, "20261020T170000Z").is_some());
}

#[test]
fn a_private_series_hides_its_overrides_and_a_private_override_only_itself() {
    let other = "RECURRENCE-ID:20261020T170000Z\nDTSTART:20261020T180000Z";
    let hidden = event("a", &format!("{WEEKLY}\nCLASS:PRIVATE")) + &event("a", other);
    assert!(events(&hidden).is_empty());
    let partly = event("a", WEEKLY) + &event("a", &format!("{other}\nCLASS:PRIVATE"));
    assert_eq!(events(&partly).len(), 14);
}

#[test]
fn a_cancelled_series_is_cancelled_in_every_instance() {
    let events = events(&event("a", &format!("{WEEKLY}\nSTATUS:CANCELLED")));
    assert!(events.iter().all(|event| event.status == Status::Cancelled));
    assert_eq!(events.len(), 15);
}
