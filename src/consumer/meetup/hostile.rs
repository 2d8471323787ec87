//! What holds whatever Meetup answers, of what it gives back, and whatever stands in a file that should hold a key.

use super::list::{found, group_of, take};
use super::node::{Node, marker};
use super::{payload, photo, reply, times, token};
use crate::consumer::Outcome;
use crate::event::Event;
use crate::hostile::{self, answer, now, sentence};
use crate::http::Answer;
use crate::secret::Secret;
use serde_json::{Map, Value};

const GROUP: &str = "rust";

/// Any answer: a group with its events, an event, a payload, errors, a token.
pub(crate) fn holds(bytes: &[u8]) {
    let answer = answer(bytes);
    match reply::judge(&answer).reading() {
        Err(failure) => hostile::failure(&failure),
        Ok(data) => reading(&data),
    }
    match reply::judge(&answer).change() {
        Err(outcome) => hostile::outcome(&outcome, &answer),
        Ok(data) => {
            assert!(answer.is_success());
            change(&data, &answer);
        }
    }
    match token::granted(&answer) {
        Ok((_, life)) => assert!((0..=86_400).contains(&life.num_seconds())),
        Err(failure) => hostile::failure(&failure),
    }
    let text = String::from_utf8_lossy(&answer.body);
    assert!(
        text.is_ascii() || times::length(&text).is_none(),
        "{text:?}"
    );
    times::instant(&text);
    marker(&text);
}

fn reading(data: &Map<String, Value>) {
    let nodes = match found(data.clone(), GROUP) {
        Err(failure) => {
            hostile::failure(&failure);
            Vec::new()
        }
        Ok(answer) => {
            group_of(&answer, GROUP)
                .err()
                .iter()
                .for_each(hostile::failure);
            answer.events.map(|page| page.edges).unwrap_or_default()
        }
    };
    let one = take::<Node>(data.clone(), "event");
    one.as_ref().err().into_iter().for_each(hostile::failure);
    let nodes = nodes.into_iter().map(|edge| edge.node);
    for node in nodes.chain(one.ok().flatten()) {
        node.is_live(now());
        node.photo();
        assert!(
            node.item(now())
                .marker
                .is_none_or(|marker| !marker.as_str().is_empty())
        );
    }
}

fn change(data: &Map<String, Value>, answer: &Answer) {
    for mutation in ["createEvent", "editEvent", "publishEvent"] {
        let event = payload::event(data.clone(), mutation);
        event
            .err()
            .iter()
            .for_each(|found: &Outcome| hostile::outcome(found, answer));
    }
    let deleted = payload::success(data.clone());
    deleted
        .err()
        .iter()
        .for_each(|found| hostile::outcome(found, answer));
    photo::slot(data.clone())
        .err()
        .iter()
        .for_each(|problem| sentence(problem));
}

/// A description comes back as Markdown, with a backslash before what Markdown could read; its marker is still known.
pub(crate) fn comes_back(event: &Event, description: &str) {
    let url = event.key.as_str();
    let escaped = crate::text::escape_html(url);
    assert!(description.ends_with(&format!("<p><a href=\"{escaped}\">{escaped}</a></p>")));
    for last in [format!("[{url}]({url})"), url.to_string()] {
        assert_eq!(
            marker(&format!("Text\n\n{last}")).as_ref(),
            Some(&event.key),
            "{last}"
        );
    }
}

/// A file that should hold a private key: what it gives signs, or the complaint tells nothing of what it holds.
pub(crate) fn key_holds(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let secret = Secret::new(text.clone());
    assert!(!format!("{secret:?}").contains(&text) || text.len() < 10);
    let key = token::SigningKey::new("id".into(), "client".into(), "member".into(), &secret);
    match key.and_then(|key| key.assertion(now())) {
        Ok(assertion) => assert_eq!(assertion.expose().split('.').count(), 3),
        Err(problem) => {
            sentence(&problem);
            let words = text.split(|c: char| !c.is_ascii_alphanumeric());
            for word in words.filter(|word| word.len() >= 16) {
                assert!(!problem.contains(word), "{problem}");
            }
        }
    }
}
