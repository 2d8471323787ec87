//! Creations, updates, cancellations, deletions.

use super::*;

#[tokio::test]
async fn a_creation_is_one_request_in_the_contracts_terms() {
    let script = Script::play(vec![says(200, remote(ID))]);
    let discord = discord(&script);
    let outcome = applied(&discord, Action::Create, &event(), &[]).await;
    assert_eq!(
        outcome,
        Outcome::Applied {
            remote_id: Some(ID.into()),
            remote_url: Some(format!("https://discord.com/events/{GUILD}/{ID}")),
            note: None,
        }
    );
    let heard = script.heard();
    assert_eq!(
        heard[0].line,
        format!("POST /guilds/{GUILD}/scheduled-events HTTP/1.1")
    );
    assert_eq!(heard[0].header("authorization"), Some("Bot the-token"));
    assert_eq!(heard[0].header("content-type"), Some("application/json"));
    assert!(
        heard[0]
            .header("user-agent")
            .unwrap()
            .starts_with("DiscordBot (https://")
    );
    assert!(
        heard[0]
            .header("x-audit-log-reason")
            .unwrap()
            .starts_with("kronos%20run%2012%20https%3A")
    );
    assert_creates(&heard[0]);
    assert_eq!(discord.requests(), 1);
}

#[tokio::test]
async fn a_picture_is_sent_as_a_data_uri() {
    let script = Script::play(vec![picture(), says(200, remote(ID))]);
    let outcome = applied(&discord(&script), Action::Create, &full(&script), &[]).await;
    assert!(
        matches!(outcome, Outcome::Applied { note: None, .. }),
        "{outcome:?}"
    );
    let heard = script.heard();
    assert_eq!(heard[0].header("authorization"), None);
    assert_eq!(
        heard[1].json()["image"],
        "data:image/gif;base64,R0lGODlhAQABAAAAADs="
    );
    assert_creates(&heard[1]);
}

#[tokio::test]
async fn an_event_is_created_without_a_picture_that_cannot_be_had() {
    let script = Script::play(vec![says(404, json!({})), says(200, remote(ID))]);
    let outcome = applied(&discord(&script), Action::Create, &full(&script), &[]).await;
    assert!(note(&outcome).contains("404"), "{outcome:?}");
    assert!(script.heard()[1].json().get("image").is_none());
}

fn bad_picture() -> Line {
    let errors = json!({"image": {"_errors": [{"code": "X", "message": "not so large"}]}});
    says(
        400,
        json!({"code": 50035, "message": "Invalid Form Body", "errors": errors}),
    )
}

#[tokio::test]
async fn an_event_is_created_without_a_picture_that_discord_refuses() {
    let script = Script::play(vec![picture(), bad_picture(), says(200, remote(ID))]);
    let discord = discord(&script);
    let outcome = applied(&discord, Action::Create, &full(&script), &[]).await;
    assert!(note(&outcome).contains("not so large"), "{outcome:?}");
    let heard = script.heard();
    assert_eq!(heard.len(), 3);
    assert!(heard[2].json().get("image").is_none());
    assert_creates(&heard[2]);
}

#[tokio::test]
async fn a_creation_is_sent_twice_at_most() {
    let script = Script::play(vec![
        picture(),
        bad_picture(),
        bad_picture(),
        says(200, remote(ID)),
    ]);
    let outcome = applied(&discord(&script), Action::Create, &full(&script), &[]).await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    assert_eq!(script.heard().len(), 3);
}

#[tokio::test]
async fn a_second_request_waits_its_turn_and_remembers_what_was_refused() {
    let limited = bad_picture()
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset-after", "30");
    let script = Script::play(vec![picture(), limited, says(200, remote(ID))]);
    let (event, discord) = (full(&script), discord(&script));
    let first = applied(&discord, Action::Create, &event, &[]).await;
    let turn = Some(now() + TimeDelta::seconds(30));
    assert!(
        matches!(&first, Outcome::Later { retry_at, .. } if *retry_at == turn),
        "{first:?}"
    );
    assert_eq!(discord.ready_at(Action::Create), turn);
    let second = applied(&discord, Action::Create, &event, &[]).await;
    assert!(note(&second).contains("refused the picture"), "{second:?}");
    assert_eq!(script.heard().len(), 3);
}

#[tokio::test]
async fn a_creation_whose_answer_is_cut_is_not_sent_again() {
    let cut = says(200, remote(ID)).with("content-length", "100000");
    let script = Script::play(vec![cut, says(200, remote(ID))]);
    let outcome = applied(&discord(&script), Action::Create, &event(), &[]).await;
    assert!(matches!(outcome, Outcome::Ambiguous(_)), "{outcome:?}");
    assert_eq!(script.heard().len(), 1);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_for_later() {
    let discord = Discord::new(&section(&keys("http://127.0.0.1:1"))).unwrap();
    let outcome = applied(&discord, Action::Create, &event(), &[]).await;
    assert!(
        matches!(outcome, Outcome::Later { retry_at: None, .. }),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn an_update_sends_what_changed_in_the_contracts_terms() {
    let script = Script::play((0..4).map(|_| says(200, remote(ID))).collect());
    let (discord, event) = (discord(&script), event());
    for changed in [
        &[Field::Begins][..],
        &[Field::Title, Field::Description],
        &[Field::Location],
        &[],
    ] {
        let outcome = applied(&discord, Action::Update, &event, changed).await;
        assert!(matches!(outcome, Outcome::Applied { .. }), "{outcome:?}");
    }
    let heard = script.heard();
    assert_eq!(
        heard[0].line,
        format!("PATCH /guilds/{GUILD}/scheduled-events/{ID} HTTP/1.1")
    );
    assert!(heard[0].header("x-audit-log-reason").is_some());
    heard.iter().for_each(assert_changes);
}

#[tokio::test]
async fn a_changed_picture_is_replaced_and_a_removed_one_taken_away() {
    let script = Script::play(vec![
        picture(),
        says(200, remote(ID)),
        says(200, remote(ID)),
    ]);
    let (discord, mut event) = (discord(&script), full(&script));
    applied(&discord, Action::Update, &event, &[Field::Picture]).await;
    event.picture = None;
    applied(&discord, Action::Update, &event, &[Field::Picture]).await;
    let heard = script.heard();
    assert!(heard[1].json()["image"].is_string());
    assert_eq!(heard[2].json(), json!({"image": null}));
    heard[1..].iter().for_each(assert_changes);
}

#[tokio::test]
async fn an_update_that_has_nothing_to_send_sends_nothing() {
    let script = Script::play(vec![says(404, json!({}))]);
    let outcome = applied(
        &discord(&script),
        Action::Update,
        &full(&script),
        &[Field::Picture],
    )
    .await;
    assert!(note(&outcome).contains("picture"), "{outcome:?}");
    assert_eq!(script.heard().len(), 1);
}

#[tokio::test]
async fn a_cancellation_is_a_status_and_a_deletion_has_no_body() {
    let gone = Line {
        status: 204,
        headers: Vec::new(),
        body: Vec::new(),
    };
    let script = Script::play(vec![says(200, remote(ID)), gone]);
    let discord = discord(&script);
    for action in [Action::Cancel, Action::Delete] {
        let outcome = applied(&discord, action, &event(), &[]).await;
        assert!(
            matches!(outcome, Outcome::Applied { .. }),
            "{action:?} {outcome:?}"
        );
    }
    let heard = script.heard();
    assert_eq!(heard[0].json(), json!({"status": 4}));
    assert_changes(&heard[0]);
    assert_eq!(
        heard[1].line,
        format!("DELETE /guilds/{GUILD}/scheduled-events/{ID} HTTP/1.1")
    );
    assert!(heard[1].header("x-audit-log-reason").is_some() && heard[1].body.is_empty());
}

#[tokio::test]
async fn a_cancellation_is_sent_twice_at_most() {
    let refused = || says(400, json!({"code": 50035, "message": "Invalid Form Body"}));
    let script = Script::play(vec![refused(), refused(), says(200, remote(ID))]);
    let outcome = applied(&discord(&script), Action::Cancel, &event(), &[]).await;
    assert!(matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
    let heard = script.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(
        (heard[0].json(), heard[1].json()),
        (json!({"status": 4}), json!({"status": 3}))
    );
}

#[tokio::test]
async fn adopting_sends_nothing() {
    let script = Script::play(Vec::new());
    let outcome = applied(&discord(&script), Action::Adopt, &event(), &[]).await;
    assert!(matches!(outcome, Outcome::Applied { remote_id: Some(id), .. } if id == ID));
}

#[tokio::test]
async fn writes_tell_when_the_next_may_go() {
    let last = says(200, remote(ID))
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset-after", "60.000")
        .with("x-ratelimit-bucket", "b");
    let script = Script::play(vec![last]);
    let discord = discord(&script);
    assert_eq!(discord.ready_at(Action::Create), None);
    applied(&discord, Action::Create, &event(), &[]).await;
    assert_eq!(
        discord.ready_at(Action::Create),
        Some(now() + TimeDelta::seconds(60))
    );
    assert_eq!(discord.ready_at(Action::Delete), None);
    assert_eq!(discord.ready_at(Action::Adopt), None);
}
