use super::*;
use crate::consumer::discord::testing::{GUILD, answer, example, now};
use chrono::TimeDelta;

fn asked(method: &str) -> Asked {
    match method {
        "POST" => Asked::Create,
        "PATCH" => Asked::Change,
        "DELETE" => Asked::Delete,
        other => panic!("{other} changes nothing"),
    }
}

/// What the example `number`, case `name`, came to.
fn outcome_of(number: &str, name: &str) -> Option<Outcome> {
    let case = example(number)?
        .into_iter()
        .find(|case| case.name == name)
        .unwrap();
    Some(outcome(asked(&case.method), &case.answer, GUILD, None))
}

fn only(number: &str) -> Option<Outcome> {
    let mut cases = example(number)?;
    assert_eq!(cases.len(), 1);
    let case = cases.remove(0);
    Some(outcome(asked(&case.method), &case.answer, GUILD, None))
}

fn done(id: &str) -> Outcome {
    Outcome::Applied {
        remote_id: Some(id.into()),
        remote_url: Some(format!("https://discord.com/events/{GUILD}/{id}")),
        note: None,
    }
}

fn changed(status: u16, body: &str) -> Outcome {
    outcome(Asked::Change, &answer(status, &[], body), "7", None)
}

#[test]
fn a_created_event_gives_its_id_and_page() {
    let Some(outcome) = only("01") else { return };
    assert_eq!(outcome, done("1547520765329408003"));
}

#[test]
fn form_errors_are_told_field_by_field() {
    let Some(outcome) = only("02") else { return };
    let Outcome::Refused(reason) = outcome else {
        panic!("{outcome:?}")
    };
    for part in [
        "name: Must be 100 or fewer in length. (BASE_TYPE_MAX_LENGTH)",
        "scheduled_start_time: Cannot schedule event in the past. (GUILD_SCHEDULED_EVENT_SCHEDULE_PAST)",
    ] {
        assert!(reason.contains(part), "{reason}");
    }
}

#[test]
fn a_full_guild_is_no_refusal() {
    let Some(outcome) = only("03") else { return };
    assert!(
        matches!(&outcome, Outcome::NoRoom(reason) if reason.contains("100")),
        "{outcome:?}"
    );
}

#[test]
fn a_changed_and_a_cancelled_event_are_done() {
    let (Some(rescheduled), Some(cancelled)) = (only("05"), only("06")) else {
        return;
    };
    assert_eq!(rescheduled, done("1547520765329408003"));
    assert_eq!(cancelled, done("1547520765329408003"));
}

#[test]
fn a_start_for_an_event_under_way_is_refused_by_name() {
    let Some(outcome) = only("07") else { return };
    let said = "GUILD_SCHEDULED_EVENT_SCHEDULE_INVALID_START_BY_STATUS";
    assert!(
        matches!(&outcome, Outcome::Refused(reason) if reason.contains(said)),
        "{outcome:?}"
    );
}

#[test]
fn a_finished_event_is_gone() {
    let Some(outcome) = only("08") else { return };
    assert!(matches!(outcome, Outcome::Gone(_)), "{outcome:?}");
}

#[test]
fn a_missing_event_is_deleted_and_cannot_be_changed() {
    let Some(cases) = example("09") else { return };
    for case in cases {
        assert!(case.method == "DELETE" || says_gone(&case.answer));
        let deleted = outcome(Asked::Delete, &case.answer, GUILD, None);
        assert!(matches!(deleted, Outcome::Applied { .. }), "{deleted:?}");
        let changed = outcome(Asked::Change, &case.answer, GUILD, None);
        assert!(matches!(changed, Outcome::Gone(_)), "{changed:?}");
    }
}

#[test]
fn a_deletion_answers_nothing_and_is_done() {
    let Some(outcome) = only("10") else { return };
    assert!(
        matches!(
            outcome,
            Outcome::Applied {
                remote_id: None,
                ..
            }
        ),
        "{outcome:?}"
    );
}

#[test]
fn a_limit_is_for_later() {
    let (Some(route), Some(shared)) = (
        outcome_of("14", "route_user"),
        outcome_of("14", "shared_resource"),
    ) else {
        return;
    };
    for (outcome, seconds) in [(route, 65), (shared, 1337)] {
        let until = now() + TimeDelta::seconds(seconds);
        assert!(
            matches!(&outcome, Outcome::Later { retry_at: Some(at), .. } if *at == until),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_ban_is_for_much_later_and_says_so() {
    let Some(cases) = example("14") else { return };
    let ban = cases
        .iter()
        .find(|case| case.name == "cloudflare_ban")
        .unwrap();
    let outcome = outcome(Asked::Create, &ban.answer, GUILD, None);
    let Outcome::Later { retry_at, reason } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(retry_at, Some(now() + TimeDelta::seconds(3540)));
    assert!(reason.contains("banned"), "{reason}");
}

#[test]
fn a_missing_permission_names_it_and_the_guild() {
    let Some(outcome) = outcome_of("15", "missing_permission") else {
        return;
    };
    let Outcome::Unauthorised(reason) = outcome else {
        panic!("{outcome:?}")
    };
    assert!(
        reason.contains("Create Events") && reason.contains(GUILD),
        "{reason}"
    );
}

#[test]
fn an_html_page_may_hide_anything() {
    let Some(outcome) = outcome_of("15", "bad_gateway") else {
        return;
    };
    assert!(matches!(outcome, Outcome::Ambiguous(_)), "{outcome:?}");
}

#[test]
fn readings_tell_credentials_from_faults() {
    let Some(cases) = example("15") else { return };
    for case in cases {
        let failure = failure(&case.answer, GUILD);
        let (fits, said) = match case.name.as_str() {
            "unauthorized" => (
                matches!(failure, Failure::Unauthorised(_)),
                "Developer Portal",
            ),
            "missing_permission" => (matches!(failure, Failure::Unauthorised(_)), "Create Events"),
            "missing_access" => (
                matches!(failure, Failure::Unauthorised(_)),
                "invite the bot",
            ),
            "bad_gateway" => (matches!(failure, Failure::Broken(_)), "502"),
            other => panic!("{other}"),
        };
        assert!(fits && failure.to_string().contains(said), "{failure:?}");
    }
}

#[test]
fn an_unknown_guild_is_a_mistake_in_the_configuration() {
    let unknown = answer(404, &[], r#"{"message": "Unknown Guild", "code": 10004}"#);
    for asked in [Asked::Create, Asked::Change, Asked::Delete] {
        let outcome = outcome(asked, &unknown, "7", None);
        assert!(
            matches!(&outcome, Outcome::Unauthorised(reason) if reason.contains("guild_id")),
            "{outcome:?}"
        );
    }
    assert!(
        matches!(failure(&unknown, "7"), Failure::Wrong(reason) if reason.contains("guild_id"))
    );
}

#[test]
fn a_success_without_the_event_may_be_one_or_not() {
    for body in [
        "",
        "{}",
        "<html>",
        "[]",
        r#"{"id": 7}"#,
        r#"{"id": ""}"#,
        r#"{"id": "x"}"#,
        r#"{"id": "15475"#,
    ] {
        assert!(
            matches!(changed(200, body), Outcome::Ambiguous(_)),
            "{body}"
        );
    }
}

#[test]
fn a_deletion_that_answers_with_a_page_may_be_one_or_not() {
    for (status, body) in [
        (200, "<html>"),
        (404, "<html>"),
        (500, "{}"),
        (302, ""),
        (408, "{}"),
    ] {
        let outcome = outcome(Asked::Delete, &answer(status, &[], body), "7", None);
        assert!(
            matches!(outcome, Outcome::Ambiguous(_)),
            "{status} {outcome:?}"
        );
    }
}

#[test]
fn a_deletion_of_what_is_not_there_is_done() {
    for (status, body) in [
        (404, ""),
        (410, ""),
        (404, r#"{"message": "404: Not Found", "code": 0}"#),
    ] {
        let outcome = outcome(Asked::Delete, &answer(status, &[], body), "7", None);
        assert!(
            matches!(outcome, Outcome::Applied { .. }),
            "{status} {outcome:?}"
        );
    }
}

#[test]
fn other_refusals_are_final_if_they_can_be_read() {
    let outcome = changed(400, r#"{"message": "Cannot execute\u202e", "code": 50024}"#);
    assert!(
        matches!(&outcome, Outcome::Refused(reason) if reason.contains("50024")),
        "{outcome:?}"
    );
    assert!(matches!(changed(400, "<html>"), Outcome::Ambiguous(_)));
    assert!(matches!(changed(404, "[]"), Outcome::Refused(reason) if reason.contains("no reason")));
}

#[test]
fn a_token_that_is_refused_says_where_to_get_another() {
    let outcome = changed(401, r#"{"message": "401: Unauthorized", "code": 0}"#);
    assert!(
        matches!(&outcome, Outcome::Unauthorised(reason) if reason.contains("Developer Portal")),
        "{outcome:?}"
    );
}

#[test]
fn a_403_that_is_not_discords_says_so() {
    let outcome = changed(403, "<html>");
    assert!(
        matches!(&outcome, Outcome::Unauthorised(reason) if reason.contains("Cloudflare")),
        "{outcome:?}"
    );
}

#[test]
fn complaints_are_found_at_any_depth_and_in_any_number() {
    let nested = r#"{"code": 50035, "message": "Invalid Form Body", "errors": {"_errors": [{"message": "all", "code": "A"}],
        "entity_metadata": {"location": {"_errors": [{"message": "too long", "code": "B"}, {"message": "odd", "code": 3}]}}}}"#;
    let trouble = Trouble::of(&answer(400, &[], nested)).unwrap();
    assert_eq!(
        trouble.line(),
        "all (A); entity_metadata.location: too long (B); entity_metadata.location: odd (3)"
    );
    let many: Vec<String> = (0..1_000)
        .map(|n| format!(r#""f{n}": {{"_errors": [{{"message": "m", "code": "c"}}]}}"#))
        .collect();
    let body = format!(r#"{{"code": 50035, "errors": {{{}}}}}"#, many.join(","));
    let trouble = Trouble::of(&answer(400, &[], body)).unwrap();
    assert_eq!(trouble.line().matches("(c)").count(), MOST_COMPLAINTS);
}

#[test]
fn no_answer_is_later_if_nothing_left_and_unknown_if_something_did() {
    assert!(matches!(
        no_answer(Fault::NotSent("x".into())),
        Outcome::Later { retry_at: None, .. }
    ));
    assert!(matches!(
        no_answer(Fault::Ambiguous("x".into())),
        Outcome::Ambiguous(_)
    ));
}
