//! What holds whatever an instance answers.

use super::api;
use super::reply::Reply;
use super::wire::GroupData;
use super::{Mobilizon, normal, probe};
use crate::event::{Event, EventKey};
use crate::hostile::{answer, failure, now, sentence, shows};
use crate::http::Answer;
use crate::provider::Finding;
use crate::provider::mobilizon::pages::{Content, Page};
use serde_json::Value;
use std::collections::HashMap;

const GROUP: &str = "hackerspace";

fn instance() -> Mobilizon {
    let keys = "url = 'https://space.example'\ngroups = ['hackerspace']";
    let section = crate::testing::section("space", keys, now());
    Mobilizon::new(&section).unwrap_or_else(|error| panic!("{error}"))
}

/// Any answer: a page of events, a probe, a fresh look, an error.
pub(crate) fn holds(bytes: &[u8]) {
    let (instance, answer) = (instance(), answer(bytes));
    if let Some(found) = api::failure(instance.api.base(), &answer) {
        return failure(&found);
    }
    match answer.json::<Reply<GroupData<Value>>>() {
        Ok(reply) => page(&instance, reply, &answer.body),
        Err(problem) => sentence(&problem),
    }
    look(&instance, &answer);
}

fn page(instance: &Mobilizon, reply: Reply<GroupData<Value>>, body: &[u8]) {
    match instance.listed(GROUP, reply) {
        Err(found) => failure(&found),
        Ok(page) => {
            // What is read at once is what is read element by element.
            if let Some(at_once) = normal::decode(body) {
                let told = |page: &Page| -> Vec<_> {
                    let rows = page.rows.iter();
                    rows.map(|row| format!("{row:?}")).collect()
                };
                assert_eq!((at_once.total, told(&at_once)), (page.total, told(&page)));
            }
            for row in page.rows {
                match row.content {
                    Content::Public(event) => normal(&event),
                    Content::Broken(reason) => sentence(&reason),
                    Content::NotPublic => {}
                }
            }
        }
    }
}

/// What holds of every event that is shared.
fn normal(event: &Event) {
    assert_eq!(
        key(Some(event.key.as_str())).as_deref(),
        Some(event.key.as_str())
    );
    assert_eq!(event.title.trim(), event.title);
    assert!(event.tags.is_sorted() && event.capacity != Some(0));
    let stored = serde_json::to_string(event).unwrap_or_default();
    let read: Event =
        serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{error}: {stored}"));
    assert_eq!(read.fingerprint(), event.fingerprint());
    shows(event);
}

fn look(instance: &Mobilizon, answer: &Answer) {
    type Many = Reply<HashMap<String, Value>>;
    if let Ok(reply) = answer.json::<Many>() {
        match instance.judge(&reply, "e0") {
            Some(Finding::Unknown(reason)) => sentence(&reason),
            Some(Finding::Deleted) => panic!("only the event's own page says that it was deleted"),
            _ => {}
        }
        for answered in probe::read(&instance.api, &[GROUP.into()], reply) {
            answered.err().iter().for_each(failure);
        }
    }
}

/// What the provider takes for a web address.
pub(crate) fn web(text: Option<&str>) -> Option<String> {
    normal::web(text)
}

/// What the provider takes for an event's key.
pub(crate) fn key(text: Option<&str>) -> Option<String> {
    normal::key(text).ok()
}

/// An event is taken for the instance's own only where its key lies below the instance's URL.
pub(crate) fn knows_its_own(key: &EventKey) {
    if let Some(uuid) = instance().uuid_in(key) {
        assert_eq!(uuid.len(), 36);
        assert!(
            key.as_str()
                .to_ascii_lowercase()
                .starts_with("https://space.example"),
            "{key}"
        );
    }
}
