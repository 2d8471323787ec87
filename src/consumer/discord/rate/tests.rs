use super::*;
use crate::consumer::discord::testing::{answer, at, example, now};

const SECOND: TimeDelta = TimeDelta::seconds(1);

fn counted(remaining: u64, after: &str, bucket: &str, received: DateTime<Utc>) -> Answer {
    let remaining = remaining.to_string();
    let headers = [
        ("x-ratelimit-limit", "5"),
        ("x-ratelimit-remaining", remaining.as_str()),
        ("x-ratelimit-reset-after", after),
        ("x-ratelimit-bucket", bucket),
    ];
    let mut answer = answer(200, &headers, "{}");
    answer.received = received;
    answer
}

/// Sends `writes` requests as soon as each is allowed, to a service that takes `limit` per `period`, and gives the time it took.
fn time_of(writes: u64, limit: u64, period: TimeDelta) -> TimeDelta {
    let (mut rates, mut clock) = (Rates::default(), now());
    let (mut window, mut used) = (now(), 0);
    for _ in 0..writes {
        clock = rates.ready_at(Route::Create, clock).unwrap_or(clock);
        if used == 0 || clock >= window + period {
            (window, used) = (clock, 0);
        }
        used += 1;
        assert!(used <= limit, "the service would have refused");
        rates.note_sent(Route::Create, clock);
        let left = (window + period - clock).num_milliseconds() as f64 / 1000.0;
        rates.note_answer(
            Route::Create,
            &counted(limit - used, &format!("{left:.3}"), "b", clock),
        );
    }
    clock - now()
}

#[test]
fn writes_take_as_long_as_their_bucket_demands_and_no_longer() {
    for (writes, limit, seconds) in [
        (1_u64, 5_u64, 60),
        (5, 5, 60),
        (6, 5, 60),
        (23, 5, 60),
        (7, 1, 2),
        (100, 5, 60),
    ] {
        let period = TimeDelta::seconds(seconds);
        let windows = i32::try_from(writes.div_ceil(limit) - 1).unwrap();
        assert_eq!(
            time_of(writes, limit, period),
            period * windows,
            "{writes} at {limit}"
        );
    }
}

#[test]
fn nothing_waits_before_the_first_answer() {
    assert_eq!(Rates::default().ready_at(Route::Create, now()), None);
}

#[test]
fn an_empty_bucket_waits_for_its_reset_and_other_buckets_do_not() {
    let mut rates = Rates::default();
    rates.note_answer(Route::Create, &counted(0, "64.570", "writes", now()));
    rates.note_answer(Route::Delete, &counted(4, "60.000", "deletions", now()));
    let reset = now() + TimeDelta::milliseconds(64_570);
    assert_eq!(rates.ready_at(Route::Create, now()), Some(reset));
    assert_eq!(
        rates.ready_at(Route::Create, reset - TimeDelta::milliseconds(1)),
        Some(reset)
    );
    assert_eq!(rates.ready_at(Route::Create, reset), None);
    assert_eq!(rates.ready_at(Route::Delete, now()), None);
}

#[test]
fn routes_of_one_bucket_share_its_count_but_only_within_the_guild() {
    let mut rates = Rates::default();
    rates.note_answer(Route::Me, &counted(3, "60", "same", now()));
    rates.note_answer(Route::Change, &counted(2, "60", "same", now()));
    rates.note_answer(Route::Create, &counted(0, "60", "same", now()));
    assert!(rates.ready_at(Route::Change, now()).is_some());
    assert_eq!(rates.ready_at(Route::Me, now()), None);
}

#[test]
fn a_request_whose_answer_is_lost_counts_all_the_same() {
    let mut rates = Rates::default();
    rates.note_answer(Route::Create, &counted(1, "60", "b", now()));
    rates.note_sent(Route::Create, now());
    assert_eq!(
        rates.ready_at(Route::Create, now()),
        Some(now() + SECOND * 60)
    );
}

#[test]
fn a_window_that_is_over_is_forgotten() {
    let mut rates = Rates::default();
    rates.note_answer(Route::Create, &counted(0, "60", "b", now()));
    let later = now() + SECOND * 61;
    rates.note_sent(Route::Create, later);
    assert_eq!(rates.ready_at(Route::Create, later), None);
}

#[test]
fn the_reset_is_counted_from_the_answer_whatever_the_clocks_say() {
    let mut rates = Rates::default();
    let headers = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1470173023.123"),
        ("x-ratelimit-reset-after", "2.5"),
    ];
    rates.note_answer(Route::List, &answer(200, &headers, "[]"));
    assert_eq!(
        rates.ready_at(Route::List, now()),
        Some(now() + TimeDelta::milliseconds(2_500))
    );
}

#[test]
fn the_absolute_reset_serves_where_the_other_is_missing() {
    let mut rates = Rates::default();
    let reset = at("2026-09-10T08:16:00.500Z");
    let seconds = format!("{}.500", reset.timestamp());
    let headers = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", seconds.as_str()),
    ];
    rates.note_answer(Route::List, &answer(200, &headers, "[]"));
    assert_eq!(rates.ready_at(Route::List, now()), Some(reset));
}

#[test]
fn headers_that_make_no_sense_teach_nothing() {
    let mut rates = Rates::default();
    for (remaining, after) in [("x", "1"), ("0", "NaN"), ("-1", "5"), ("0", "-5"), ("", "")] {
        let headers = [
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset-after", after),
        ];
        rates.note_answer(Route::List, &answer(200, &headers, "[]"));
    }
    assert_eq!(rates.ready_at(Route::List, now()), None);
}

#[test]
fn fifty_requests_fill_a_second() {
    let mut rates = Rates::default();
    for _ in 0..49 {
        rates.note_sent(Route::Look, now());
    }
    assert_eq!(rates.ready_at(Route::Create, now()), None);
    rates.note_sent(Route::Me, now());
    assert_eq!(rates.ready_at(Route::Create, now()), Some(now() + SECOND));
    assert_eq!(rates.ready_at(Route::Create, now() + SECOND), None);
}

/// The four forms of a 429, in the order of the example file.
#[test]
fn each_429_of_the_examples_closes_what_it_speaks_of_for_as_long_as_it_says() {
    let Some(cases) = example("14") else { return };
    let expected = [
        // (route, seconds, whether other routes are closed as well)
        ("route_user", Route::Create, 65, false),
        ("shared_resource", Route::Change, 1337, false),
        ("global", Route::Me, 1, true),
        ("cloudflare_ban", Route::Me, 3540, true),
    ];
    assert_eq!(cases.len(), expected.len());
    for (case, (name, route, seconds, everything)) in cases.iter().zip(expected) {
        assert_eq!(case.name, name);
        let mut rates = Rates::default();
        rates.note_answer(route, &case.answer);
        let until = Some(now() + SECOND * seconds);
        assert_eq!(rates.ready_at(route, now()), until, "{name}");
        let other = rates.ready_at(Route::Delete, now());
        assert_eq!(other, until.filter(|_| everything), "{name}");
    }
}

#[test]
fn of_two_waits_the_longer_counts() {
    let longer_body = answer(
        429,
        &[("retry-after", "1")],
        r#"{"retry_after": 7.25, "global": false}"#,
    );
    assert_eq!(
        Limit::of(&longer_body).until,
        now() + TimeDelta::milliseconds(7_250)
    );
    let longer_header = answer(
        429,
        &[("retry-after", "9")],
        r#"{"retry_after": 7.25, "global": false}"#,
    );
    assert_eq!(Limit::of(&longer_header).until, now() + SECOND * 9);
}

#[test]
fn a_429_that_names_no_time_waits_all_the_same() {
    assert_eq!(Limit::of(&answer(429, &[], "{}")).until, now() + UNNAMED);
    assert_eq!(Limit::of(&answer(429, &[], "<html>")).until, now() + BAN);
    let absurd = answer(429, &[], r#"{"retry_after": -3}"#);
    assert_eq!(Limit::of(&absurd).until, now() + UNNAMED);
}

#[test]
fn a_ban_is_called_a_ban() {
    let limit = Limit::of(&answer(429, &[("retry-after", "3540")], "<!doctype html>"));
    assert!(
        limit.everything && limit.reason.contains("banned"),
        "{}",
        limit.reason
    );
}
