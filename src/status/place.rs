//! How one event stands at one consumer, in a word, why, and what releases it.

use crate::delivery::{Absence, Delivery, State};
use crate::event::EventKey;
use crate::store::{HeldBack, Store, StoreError};
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::HashMap;

/// How an event stands at a consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// It stands there as it should.
    Stands,
    /// Something is to be done, and is by itself.
    Waits,
    /// What was tried last failed; it is tried again by itself.
    Failed,
    /// A guard holds it back until an operator approves.
    Withheld,
    /// It may stand there: only a later listing can tell.
    Unknown,
    /// The service refused it; tried again after a day, or when it is changed or released.
    Quarantined,
    /// Several items carry its link and none is provably ours.
    Conflict,
    /// A person's own item carries its link; it is left alone.
    Linked,
    /// Nothing of it stands there, and nothing is to.
    Nowhere,
}

impl Place {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 9] = [
        Self::Stands,
        Self::Waits,
        Self::Failed,
        Self::Withheld,
        Self::Unknown,
        Self::Quarantined,
        Self::Conflict,
        Self::Linked,
        Self::Nowhere,
    ];

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Waits => "waits",
            Self::Failed => "failed",
            Self::Withheld => "withheld",
            Self::Unknown => "unknown",
            Self::Quarantined => "quarantined",
            Self::Conflict => "conflict",
            Self::Linked => "linked",
            Self::Nowhere => "nowhere",
        }
    }
}

/// What is known of a consumer's deliveries beside the deliveries themselves.
pub(super) struct Known {
    held_back: HashMap<EventKey, HeldBack>,
    outcomes: HashMap<EventKey, String>,
}

impl Known {
    /// Reads it.
    pub fn of(store: &Store, target: &str) -> Result<Self, StoreError> {
        Ok(Self {
            held_back: store.held_back(target)?,
            outcomes: store.last_outcomes(target)?,
        })
    }

    /// How the delivery stands.
    pub fn place(&self, delivery: &Delivery) -> Place {
        match delivery.state {
            State::Idle if delivery.applied_hash.is_some() => Place::Stands,
            State::Idle | State::Gone => Place::Nowhere,
            State::Pending if self.is_held_back(delivery) => Place::Withheld,
            State::Pending => Place::Waits,
            State::Wait => match self.outcomes.get(&delivery.key).map(String::as_str) {
                Some("later" | "unauthorised") => Place::Failed,
                _ => Place::Waits,
            },
            State::Sending | State::Unknown => Place::Unknown,
            State::Quarantined => Place::Quarantined,
            State::Conflict => Place::Conflict,
            State::Linked => Place::Linked,
        }
    }

    /// It was withheld since it became pending: what was withheld and released before tells nothing any more.
    fn is_held_back(&self, delivery: &Delivery) -> bool {
        let held = self.held_back.get(&delivery.key);
        held.is_some_and(|held| held.at >= delivery.since)
    }

    /// The plan under whose hash it was withheld.
    pub fn plan(&self, key: &EventKey) -> Option<&str> {
        self.held_back.get(key).map(|held| held.plan.as_str())
    }

    /// Why it stands so. `missing`: since when it is not found at its source.
    pub fn reason(
        &self,
        place: Place,
        delivery: &Delivery,
        missing: Option<DateTime<Utc>>,
    ) -> Option<String> {
        let absent = delivery.absence.map(|absence| match absence {
            Absence::Deleted => "it was deleted at its source",
            Absence::Hidden => "it can no longer be seen at its source",
            Absence::Filtered => "it is no longer meant for this consumer",
            Absence::Unconfigured => "its group or provider is no longer configured",
            Absence::Past => "it was moved into the past",
        });
        match place {
            Place::Withheld => Some(match (self.held_back.get(&delivery.key), absent) {
                (Some(held), Some(absent)) => {
                    format!("a guard holds back to {} it: {absent}", held.action.word())
                }
                (Some(held), None) => format!("a guard holds back to {} it", held.action.word()),
                (None, absent) => absent.unwrap_or("a guard holds it back").into(),
            }),
            Place::Waits if delivery.reason.is_none() => Some(match absent {
                Some(absent) => format!("the next run takes it away: {absent}"),
                None => "the next run sees to it".into(),
            }),
            Place::Stands if missing.is_some() => {
                Some("it is not found at its source; when that is confirmed, it goes".into())
            }
            _ => delivery.reason.clone(),
        }
    }
}

/// The command that releases what an operator can release.
pub(super) fn release(
    place: Place,
    key: &EventKey,
    name: Option<&str>,
    plan: Option<&str>,
) -> Option<String> {
    match place {
        Place::Withheld => plan.map(|plan| format!("kronos sync --approve {plan}")),
        // A consumer that is no longer configured has no runs.
        Place::Quarantined | Place::Conflict => name.map(|name| {
            let (event, name) = (quoted(key.as_str()), quoted(name));
            format!("kronos retry {event} --consumer {name}")
        }),
        _ => None,
    }
}

/// `text` as a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.into(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_could_take_apart_is_quoted() {
        assert_eq!(
            quoted("https://a.example/events/1"),
            "https://a.example/events/1"
        );
        assert_eq!(quoted("file:///a.ics#b"), "'file:///a.ics#b'");
        assert_eq!(quoted("a'b; rm"), r"'a'\''b; rm'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn only_what_an_operator_can_release_names_a_command() {
        let key = EventKey::new("https://a.example/events/1");
        let command = |place| release(place, &key, Some("guild"), Some("sha256:ab"));
        assert_eq!(
            command(Place::Withheld).unwrap(),
            "kronos sync --approve sha256:ab"
        );
        assert_eq!(
            command(Place::Quarantined).unwrap(),
            "kronos retry https://a.example/events/1 --consumer guild"
        );
        for place in [Place::Stands, Place::Waits, Place::Unknown, Place::Linked] {
            assert_eq!(command(place), None);
        }
    }
}
