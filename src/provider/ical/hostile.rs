//! What holds whatever a calendar holds, and whatever the place where it lies answers.

use super::calendar::read;
use super::series::Window;
use super::source::{Fetched, judge};
use super::{AHEAD, BEFORE};
use crate::hostile::{answer, failure, now, sentence, shows};
use std::collections::HashSet;
use url::Url;

const BASE: &str = "https://space.example/calendar.ics";
/// So many of a calendar's events are looked at at every consumer.
const LOOKED_AT: usize = 5;

/// A calendar's bytes; the same as an answer.
pub(crate) fn holds(bytes: &[u8]) {
    for past in [false, true] {
        let window = Window {
            since: now() - BEFORE,
            until: now() + AHEAD,
            past,
        };
        let contents = match read(bytes, BASE, window) {
            Ok(contents) => contents,
            Err(problem) => return sentence(&problem),
        };
        contents
            .problems
            .iter()
            .for_each(|problem| sentence(problem));
        let mut keys = HashSet::new();
        for (n, event) in contents.events.iter().enumerate() {
            assert!(keys.insert(event.key.clone()), "{} twice", event.key);
            let rest = event.key.as_str().strip_prefix(BASE).unwrap_or_default();
            assert!(
                rest.starts_with('#') && rest.bytes().all(|byte| byte.is_ascii_graphic()),
                "{rest:?}"
            );
            assert!(past || event.effective_end() >= window.since, "{event:?}");
            if n < LOOKED_AT {
                shows(event);
            }
        }
    }
    if let Ok(url) = Url::parse(BASE) {
        match judge(&url, answer(bytes), false) {
            Ok(Fetched::New(_, stamp)) => drop(stamp.probe(1)),
            Ok(Fetched::Same) => panic!("nobody asked whether it is the same"),
            Err(found) => failure(&found),
        }
    }
}
