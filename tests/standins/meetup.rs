//! The Meetup stand-in.

use crate::support::client::{call, call_json};
use crate::support::exchange::Reply;
use crate::support::meetup::{
    CLIENT_KEY, GROUP, GROUP_ID, KEY_ID, MEMBER, Meetup, SIGNING_KEY, Status, TOKEN,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};

const EVENT: &str =
    "event { id status dateTime duration description } errors { code field message }";

fn group() -> Meetup {
    let meetup = Meetup::start();
    meetup.clock.stop_at(now());
    meetup
}

fn now() -> DateTime<Utc> {
    "2026-09-10T08:15:05.7Z".parse().unwrap()
}

fn ask_as(meetup: &Meetup, token: Option<&str>, query: &str, variables: &Value) -> Reply {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer
        .iter()
        .map(|value| ("authorization", value.as_str()))
        .collect();
    let body = json!({"query": query, "variables": variables});
    call_json("POST", &meetup.api_url(), &headers, &body).unwrap()
}

fn ask(meetup: &Meetup, query: &str, variables: &Value) -> Value {
    let reply = ask_as(meetup, Some(TOKEN), query, variables);
    assert_eq!(reply.status, 200);
    reply.to_json()
}

/// One mutation's payload.
fn mutate(meetup: &Meetup, name: &str, input: &Value) -> Value {
    let kind = match name {
        "createEvent" => "CreateEventInput",
        "editEvent" => "EditEventInput",
        "publishEventDraft" => "PublishEventDraftInput",
        _ => "AnnounceEventInput",
    };
    let query =
        format!("mutation M($input: {kind}!) {{ done: {name}(input: $input) {{ {EVENT} }} }}");
    ask(meetup, &query, &json!({"input": input}))["data"]["done"].clone()
}

fn form(start: &str) -> Value {
    json!({"groupUrlname": GROUP, "title": "Rust night", "description": "<p>Bring a crab.</p>", "startDateTime": start})
}

fn list(meetup: &Meetup, filter: &Value, first: u32, after: &Value) -> Value {
    let query = "query L($filter: GroupEventFilter, $first: Int, $after: String) { groupByUrlname(urlname: \"rust-example\") {
      events(filter: $filter, first: $first, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } edges { node { title status createdTime } } } } }";
    let variables = json!({"filter": filter, "first": first, "after": after});
    let answer = ask(meetup, query, &variables);
    match answer.get("data") {
        Some(data) => data["groupByUrlname"]["events"].clone(),
        None => answer,
    }
}

fn titles(list: &Value) -> Vec<&str> {
    let edges = list["edges"].as_array().unwrap().iter();
    edges
        .map(|edge| edge["node"]["title"].as_str().unwrap())
        .collect()
}

#[test]
fn a_start_is_local_time_of_the_group_and_never_carries_an_offset() {
    let meetup = group();
    let event = mutate(&meetup, "createEvent", &form("2026-10-08T19:00"))["event"].clone();
    assert_eq!(event["dateTime"], "2026-10-08T19:00:00+02:00");
    assert_eq!(
        (&event["duration"], &event["status"]),
        (&json!("PT3H"), &json!("ACTIVE"))
    );
    assert!(
        meetup.items()[0].self_rsvp,
        "the default signs the member up"
    );
    let gap = mutate(&meetup, "createEvent", &form("2027-03-28T02:30"));
    assert_eq!(gap["event"]["dateTime"], "2027-03-28T03:30:00+02:00");
    let offset = json!({"eventId": event["id"], "startDateTime": "2026-10-15T17:00:00Z"});
    let refused = mutate(&meetup, "editEvent", &offset);
    assert_eq!(refused["event"], Value::Null);
    assert_eq!(refused["errors"][0]["message"], "Invalid event edit params");
}

#[test]
fn a_description_reads_back_as_escaped_markdown_and_is_kept_as_it_was_sent() {
    let meetup = group();
    let mut input = form("2026-10-08T19:00");
    input["description"] =
        json!("<p>One &amp; <b>two</b></p><p><a href=\"https://e.org/a-b\">sign-up</a></p>");
    let event = mutate(&meetup, "createEvent", &input)["event"].clone();
    assert_eq!(
        event["description"],
        "One & **two**\n\n[sign\\-up](https://e.org/a-b)"
    );
    assert_eq!(meetup.live_with("https://e.org/a-b").len(), 1);
}

#[test]
fn an_edit_leaves_what_it_does_not_name_unless_it_replaces() {
    let meetup = group();
    let mut input = form("2026-10-08T19:00");
    input["duration"] = json!("PT1H30M");
    input["venueId"] = json!("27000123");
    let id = mutate(&meetup, "createEvent", &input)["event"]["id"].clone();
    mutate(
        &meetup,
        "editEvent",
        &json!({"eventId": id, "title": "New"}),
    );
    let item = &meetup.items()[0];
    assert_eq!(
        (item.title.as_str(), item.duration, item.venue.is_some()),
        ("New", TimeDelta::minutes(90), true)
    );
    meetup.edits_replace(true);
    mutate(
        &meetup,
        "editEvent",
        &json!({"eventId": id, "title": "Newer"}),
    );
    assert!(meetup.items()[0].venue.is_none());
}

#[test]
fn a_payload_tells_what_was_wrong_and_nothing_is_made() {
    let meetup = group();
    for (field, value) in [
        ("title", json!("x".repeat(81))),
        ("title", json!("")),
        ("description", json!("x".repeat(50_001))),
        ("venueId", json!("1")),
        ("featuredPhotoId", json!(530_000_001)),
        ("question", json!("x".repeat(251))),
    ] {
        let mut input = form("2026-10-08T19:00");
        input[field] = value;
        let payload = mutate(&meetup, "createEvent", &input);
        assert_eq!(payload["errors"][0]["field"], field);
    }
    assert!(meetup.items().is_empty());
}

#[test]
fn cancelled_events_are_listed_when_asked_for_and_deleted_ones_never() {
    let meetup = group();
    let query = "mutation D($input: DeleteEventInput!) { deleteEvent(input: $input) { success errors { code } } }";
    let delete = |id: &str, remove: Value| {
        let input = json!({"eventId": id, "removeFromCalendar": remove});
        ask(&meetup, query, &json!({"input": input}))["data"]["deleteEvent"]["success"].clone()
    };
    let ids = ["cancelled", "deleted", "draft", "over"]
        .map(|title| meetup.by_hand(title, "", now() + TimeDelta::days(1)));
    meetup.change_by_hand(&ids[2], |item| item.status = Status::Draft);
    meetup.change_by_hand(&ids[3], |item| item.start = now() - TimeDelta::days(1));
    assert_eq!(delete(&ids[0], json!(false)), true);
    assert_eq!(delete(&ids[1], Value::Null), true);
    assert_eq!(delete(&ids[1], Value::Null), false);
    let all = json!(["ACTIVE", "DRAFT", "CANCELLED", "PAST"]);
    for (status, wanted) in [
        (json!(["ACTIVE"]), vec![]),
        (json!(["CANCELLED"]), vec!["cancelled"]),
        (all, vec!["over", "cancelled", "draft"]),
    ] {
        let found = list(&meetup, &json!({"status": status}), 10, &Value::Null);
        assert_eq!(titles(&found), wanted);
    }
    let published = mutate(&meetup, "publishEventDraft", &json!({"eventId": ids[2]}));
    assert_eq!(published["event"]["status"], "ACTIVE");
    assert!(mutate(&meetup, "publishEventDraft", &json!({"eventId": ids[2]}))["errors"].is_array());
    mutate(&meetup, "announceEvent", &json!({"eventId": ids[2]}));
    assert_eq!(meetup.announced(), [ids[2].clone()]);
}

#[test]
fn a_list_comes_in_pages_and_needs_a_status_and_dates_with_an_offset() {
    let meetup = group();
    for number in 0..5 {
        meetup.by_hand(&number.to_string(), "", now() + TimeDelta::days(number + 1));
    }
    let active = json!({"status": ["ACTIVE"]});
    let page = list(&meetup, &active, 3, &Value::Null);
    assert_eq!(
        (page["totalCount"].as_u64(), titles(&page)),
        (Some(5), vec!["0", "1", "2"])
    );
    assert_eq!(
        page["edges"][0]["node"]["createdTime"],
        "2026-09-10T04:15:05-04:00"
    );
    let rest = list(&meetup, &active, 3, &page["pageInfo"]["endCursor"]);
    assert_eq!(
        (titles(&rest), rest["pageInfo"]["hasNextPage"].as_bool()),
        (vec!["3", "4"], Some(false))
    );
    let ahead = now() + TimeDelta::days(4);
    let late = json!({"status": ["ACTIVE"], "afterDateTime": ahead});
    assert_eq!(titles(&list(&meetup, &late, 9, &Value::Null)), ["3", "4"]);
    meetup.stuck_cursor(true);
    let stuck = list(&meetup, &active, 5, &page["pageInfo"]["endCursor"]);
    assert_eq!(stuck["pageInfo"]["hasNextPage"], true);
    for filter in [
        json!({}),
        json!({"status": ["ACTIVE"], "afterDateTime": "2026-10-09T12:00:00"}),
        json!({"status": ["UPCOMING"]}),
    ] {
        let refused = list(&meetup, &filter, 3, &Value::Null);
        assert_eq!(
            refused["errors"][0]["extensions"]["classification"], "ValidationError",
            "{refused}"
        );
    }
}

#[test]
fn a_caller_who_is_not_signed_in_reads_public_data_and_changes_nothing() {
    let meetup = group();
    let query =
        "mutation M($input: CreateEventInput!) { createEvent(input: $input) { event { id } } }";
    let input = json!({"input": form("2026-10-08T19:00")});
    let anonymous = ask_as(&meetup, None, query, &input).to_json();
    assert_eq!(anonymous["data"], Value::Null);
    assert_eq!(
        anonymous["errors"][0]["extensions"]["classification"],
        "UNAUTHORIZED"
    );
    assert_eq!(ask_as(&meetup, Some("old"), query, &input).status, 401);
    meetup.sign_out(true);
    assert_eq!(
        ask(&meetup, "{ self { id } }", &json!({})),
        json!({"data": {"self": null}})
    );
    meetup.limit_rate(1, now());
    let limited = ask(&meetup, query, &input);
    assert_eq!(limited["errors"][0]["extensions"]["code"], "RATE_LIMITED");
    assert_eq!(
        limited["errors"][0]["extensions"]["resetAt"],
        "2026-09-10T08:15:05.700Z"
    );
    assert!(meetup.items().is_empty());
}

/// An assertion with these claims, signed with the test key; gives the answer of the token endpoint.
fn grant(meetup: &Meetup, claims: &Value, forge: bool) -> Reply {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"kid": KEY_ID, "typ": "JWT", "alg": "RS256"});
    let signed = format!("{}.{}", part(&header), part(claims));
    let lines = SIGNING_KEY.lines().filter(|line| !line.starts_with('-'));
    let key = STANDARD.decode(lines.collect::<String>()).unwrap();
    let key = RsaKeyPair::from_pkcs8(&key).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    signature[0] ^= u8::from(forge);
    let assertion = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&signature));
    let form = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", &assertion),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    call("POST", &meetup.token_url(), &headers, body.as_bytes()).unwrap()
}

#[test]
fn an_assertion_is_verified_down_to_its_signature() {
    let meetup = group();
    let claims = json!({"sub": MEMBER, "iss": CLIENT_KEY, "aud": "api.meetup.com", "exp": now().timestamp() + 120});
    let granted = grant(&meetup, &claims, false).to_json();
    assert_eq!(granted["expires_in"], 3600);
    let token = granted["access_token"].as_str().unwrap();
    assert_eq!(
        ask_as(&meetup, Some(token), "{ self { id } }", &json!({})).to_json()["data"]["self"]["id"],
        MEMBER
    );
    let wrong = |key: &str, value: Value| {
        let mut claims = claims.clone();
        claims[key] = value;
        let refused = grant(&meetup, &claims, false);
        assert_eq!(
            (refused.status, refused.to_json()),
            (400, json!({"error": "invalid_grant"})),
            "{key}"
        );
    };
    wrong("sub", json!("1"));
    wrong("iss", json!("another"));
    wrong("aud", json!("meetup.com"));
    wrong("exp", json!(now().timestamp()));
    assert_eq!(
        grant(&meetup, &claims, true).status,
        400,
        "a forged signature"
    );
    meetup.clock.advance(TimeDelta::hours(1));
    assert_eq!(
        ask_as(&meetup, Some(token), "{ self { id } }", &json!({})).status,
        401
    );
    assert_eq!(meetup.tokens_given(), 1);
}

#[test]
fn a_photo_is_uploaded_without_a_token_before_an_event_can_have_it() {
    let meetup = group();
    let query = "mutation P($input: GroupEventPhotoCreateInput!) {
      createGroupEventPhoto(input: $input) { uploadUrl photo { id } error { code } } }";
    let input = json!({"groupId": GROUP_ID, "contentType": "PNG", "photoType": "EVENT_PHOTO", "setAsMain": false});
    let answer = ask(&meetup, query, &json!({"input": input}));
    let place = &answer["data"]["createGroupEventPhoto"];
    let (url, id) = (
        place["uploadUrl"].as_str().unwrap(),
        place["photo"]["id"].as_str().unwrap(),
    );
    let id: u64 = id.parse().unwrap();
    let kind = ("content-type", "image/png");
    assert_eq!(
        call("PUT", url, &[kind, ("authorization", "Bearer x")], b"png")
            .unwrap()
            .status,
        400
    );
    assert_eq!(
        call("PUT", url, &[("content-type", "image/gif")], b"png")
            .unwrap()
            .status,
        403
    );
    assert_eq!(call("PUT", url, &[kind], b"png").unwrap().status, 200);
    let mut input = form("2026-10-08T19:00");
    input["featuredPhotoId"] = json!(id);
    mutate(&meetup, "createEvent", &input);
    assert_eq!(meetup.items()[0].photo, Some(id));
    assert_eq!(meetup.photos()[&id].bytes.as_deref(), Some(&b"png"[..]));
}
