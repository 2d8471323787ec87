//! What holds whatever Discord answers, and of what it gives back.

use super::api::{Asked, Trouble, failure, outcome, says_gone};
use super::list::Remote;
use super::rate::{Limit, Rates, Route};
use crate::consumer::{Maker, Outcome, Rendering};
use crate::event::{Event, Field};
use crate::hostile::{self, answer, bounded, now, sentence};
use crate::http::Meaning;
use serde_json::json;

// The bot, and its guild.
const BOT: &str = "7";
const GUILD: &str = "1122";

/// Any answer: a list, an event, an error, a limit.
pub(crate) fn holds(bytes: &[u8]) {
    let answer = answer(bytes);
    for asked in [Asked::Create, Asked::Change, Asked::Delete] {
        let found = outcome(asked, &answer, GUILD, None);
        hostile::outcome(&found, &answer);
        if asked != Asked::Delete && matches!(found, Outcome::Applied { .. }) {
            assert!(answer.is_success(), "{found:?}");
        }
    }
    if let Some(trouble) = Trouble::of(&answer) {
        sentence(&trouble.line());
    }
    if !answer.is_success() && !matches!(answer.meaning(), Meaning::Limited(_)) {
        hostile::failure(&failure(&answer, GUILD));
    }
    if says_gone(&answer) {
        assert!(matches!(answer.status, 404 | 410));
    }
    let mut rates = Rates::default();
    rates.note_sent(Route::List, now());
    rates.note_answer(Route::List, &answer);
    rates.note_sent(Route::List, now());
    rates
        .ready_at(Route::List, now())
        .iter()
        .for_each(|at| bounded(*at));
    let limit = Limit::of(&answer);
    bounded(limit.until);
    sentence(&limit.reason);
    let many = answer.json::<Vec<Remote>>().unwrap_or_default();
    for remote in many.into_iter().chain(answer.json::<Remote>().ok()) {
        if let Some(item) = remote.item(GUILD, BOT) {
            assert!(
                item.marker
                    .is_none_or(|marker| item.links.iter().any(|link| link == marker.as_str()))
            );
        }
    }
}

/// Given back as it was sent, an event is known as ours, by its marker, and differs in nothing.
pub(crate) fn comes_back(event: &Event, shown: &Rendering) {
    let mut given = shown.payload.clone();
    given["id"] = json!("1420000000000000000");
    given["creator_id"] = json!(BOT);
    given["status"] = json!(1);
    let remote: Remote = serde_json::from_value(given).unwrap_or_else(|error| panic!("{error}"));
    let item = remote
        .item(GUILD, BOT)
        .unwrap_or_else(|| panic!("it is live"));
    assert_eq!(item.marker.as_ref(), Some(&event.key));
    assert_eq!(item.maker, Maker::Us);
    for (field, text) in item.fields {
        if field != Field::Status {
            assert_eq!(shown.fields.get(&field), Some(&text), "{field:?}");
        }
    }
}
