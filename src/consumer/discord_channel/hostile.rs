//! What holds of what Discord gives back of a message, and whatever it answers.

use super::config::Config;
use super::message::Message;
use super::{answer, render};
use crate::consumer::{Action, Maker, Outcome, Rendering};
use crate::event::{Event, Field};
use crate::hostile::{self, now};
use crate::http::Meaning;
use crate::testing::section;
use serde_json::json;

/// The bot.
const BOT: &str = "7";

/// Any answer: messages, one message, an error, a limit.
pub(crate) fn holds(bytes: &[u8]) {
    let answer = hostile::answer(bytes);
    let Ok(config) = Config::read(&section("x", "channel_id = '1122'\ntoken = 'x'", now())) else {
        return;
    };
    for action in [Action::Create, Action::Update, Action::Delete] {
        let found = answer::outcome(action, &answer, &config);
        hostile::outcome(&found, &answer);
        if action != Action::Delete && matches!(found, Outcome::Applied { .. }) {
            assert!(answer.is_success(), "{found:?}");
        }
    }
    if !answer.is_success() && !matches!(answer.meaning(), Meaning::Limited(_)) {
        hostile::failure(&answer::failure(&answer, &config));
    }
    let many = answer.json::<Vec<Message>>().unwrap_or_default();
    for message in many.into_iter().chain(answer.json::<Message>().ok()) {
        let _ = message.number();
        let _ = message.item(BOT, None, None);
    }
}

/// Given back as it was sent, an event is known as ours, by its marker, and differs in nothing.
pub(crate) fn comes_back(event: &Event, shown: &Rendering) {
    let mut given = shown.payload.clone();
    given["id"] = json!("1420000000000000000");
    given["author"] = json!({ "id": BOT });
    let message: Option<Message> = serde_json::from_value(given).ok();
    let item = message.and_then(|message| message.item(BOT, None, None));
    let is_reminder = render::event_of(event.key.as_str(), None).is_none();
    match item {
        None => assert!(is_reminder, "{} is not recognised", event.key),
        Some(item) => {
            assert_eq!(item.maker, Maker::Us);
            assert_eq!(item.marker.as_ref(), Some(&event.key));
            for (field, text) in &shown.fields {
                let seen = item.fields.get(field);
                assert!(*field == Field::Picture || seen == Some(text), "{field:?}");
            }
        }
    }
}
