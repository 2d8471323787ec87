//! Listings and looks.

use super::*;

#[tokio::test]
async fn a_listing_knows_its_own_and_counts_the_room_that_others_leave() {
    let mut theirs = remote("1533051666432000001");
    theirs["creator_id"] = "1180200000000000777".into();
    theirs["entity_type"] = 2.into();
    theirs["entity_metadata"] = Value::Null;
    theirs["scheduled_end_time"] = Value::Null;
    let mut over = remote("3");
    over["status"] = 3.into();
    let list = || says(200, json!([remote(ID), theirs, over]));
    let script = Script::play(vec![me(), list(), list()]);
    let discord = discord(&script);
    let listing = discord.list().await.unwrap();
    assert_eq!(listing.begun, now());
    assert_eq!(listing.room, Some(98));
    let makers: Vec<Maker> = listing.items.iter().map(|item| item.maker).collect();
    assert_eq!(makers, [Maker::Us, Maker::Other]);
    discord.list().await.unwrap();
    let heard = script.heard();
    assert_eq!(heard.len(), 3, "the bot is asked for once");
    assert_eq!(heard[0].line, "GET /users/@me HTTP/1.1");
    assert_eq!(
        heard[1].line,
        format!("GET /guilds/{GUILD}/scheduled-events HTTP/1.1")
    );
    assert_eq!(heard[1].header("authorization"), Some("Bot the-token"));
}

#[tokio::test]
async fn a_list_that_cannot_be_read_whole_is_a_failure() {
    for body in [
        json!([remote(ID), {"id": "4"}]),
        json!({"items": []}),
        json!(null),
    ] {
        let script = Script::play(vec![me(), says(200, body)]);
        let failure = discord(&script).list().await.unwrap_err();
        assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
    }
}

#[tokio::test]
async fn a_refused_token_ends_the_reading_at_once() {
    let script = Script::play(vec![
        says(401, json!({"message": "401: Unauthorized", "code": 0})),
        me(),
    ]);
    let failure = discord(&script).list().await.unwrap_err();
    assert!(matches!(failure, Failure::Unauthorised(_)), "{failure:?}");
    assert_eq!(script.heard().len(), 1);
}

#[tokio::test]
async fn a_look_finds_what_is_live_and_nothing_else() {
    let mut over = remote(ID);
    over["status"] = 4.into();
    let missing = says(
        404,
        json!({"message": "Unknown Guild Scheduled Event", "code": 10070}),
    );
    let script = Script::play(vec![
        me(),
        says(200, remote(ID)),
        says(200, over),
        missing,
        says(502, json!({})),
    ]);
    let discord = discord(&script);
    assert_eq!(discord.look(ID).await.unwrap().unwrap().remote_id, ID);
    assert_eq!(discord.look(ID).await, Ok(None));
    assert_eq!(discord.look(ID).await, Ok(None));
    assert!(matches!(discord.look(ID).await, Err(Failure::Broken(_))));
}

fn limited(seconds: &str) -> Line {
    says(
        429,
        json!({"message": "You are being rate limited.", "retry_after": 0.5, "global": false}),
    )
    .with("retry-after", seconds)
}

#[tokio::test]
async fn a_reading_waits_for_its_turn_once() {
    let script = Script::play(vec![me(), limited("7"), says(200, json!([]))]);
    let clock = FakeClock::new();
    assert!(discord_at(&script, clock.clone()).list().await.is_ok());
    assert_eq!(*clock.slept.borrow(), [TimeDelta::seconds(7)]);

    let script = Script::play(vec![me(), limited("7"), limited("9"), says(200, json!([]))]);
    let failure = discord(&script).list().await.unwrap_err();
    let until = now() + TimeDelta::seconds(16);
    assert!(
        matches!(failure, Failure::Limited { until: at, .. } if at == until),
        "{failure:?}"
    );
    assert_eq!(script.heard().len(), 3);
}

#[tokio::test]
async fn a_reading_does_not_wait_for_long() {
    let script = Script::play(vec![me(), limited("61"), says(200, json!([]))]);
    let clock = FakeClock::new();
    let failure = discord_at(&script, clock.clone()).list().await.unwrap_err();
    assert!(matches!(failure, Failure::Limited { .. }), "{failure:?}");
    assert!(clock.slept.borrow().is_empty());
}

#[tokio::test]
async fn a_reading_that_empties_its_bucket_makes_the_next_one_wait() {
    let last = says(200, json!([]))
        .with("x-ratelimit-remaining", "0")
        .with("x-ratelimit-reset-after", "2.5");
    let script = Script::play(vec![me(), last, says(200, json!([]))]);
    let clock = FakeClock::new();
    let discord = discord_at(&script, clock.clone());
    discord.list().await.unwrap();
    assert!(clock.slept.borrow().is_empty());
    let listing = discord.list().await.unwrap();
    assert_eq!(listing.begun, now(), "a listing begins before it waits");
    assert_eq!(*clock.slept.borrow(), [TimeDelta::milliseconds(2_500)]);
}
