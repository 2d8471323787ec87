//! What is decided for one event, sentence by sentence, on a stage on which everything else stands still.

use super::*;
use crate::consumer::{ItemState, Maker};
use crate::delivery::{Absence, Applied, Desired, State, Wish, field_hashes};

mod absent;
mod belonging;
mod decisions;
mod differences;
mod guards;
mod limits;
mod order;
mod present;
mod refusing;
mod wishes;

mod unlisted;

const KEY: &str = "https://space.example/events/1";
const OTHER: &str = "https://space.example/events/other";

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::minutes(minute)
}

/// The stage: one event, what is known of its delivery, and what the consumer lists. It is minute 0; SETTLE is two minutes.
struct Stage {
    subject: Subject,
    items: Vec<Item>,
    looked: BTreeMap<String, Result<Option<Item>, String>>,
    adopting: bool,
    may_delete: bool,
    floor: Option<DateTime<Utc>>,
    room: Option<usize>,
    capability: Capability,
    lost: bool,
}

fn rendering(title: &str) -> Rendering {
    Rendering {
        payload: serde_json::json!({ "title": title }),
        fields: BTreeMap::from([(Field::Title, title.to_string())]),
        opens: None,
        begins: at(600),
        ends: at(660),
        draft: false,
        problem: None,
    }
}

fn item(id: &str, title: &str) -> Item {
    Item {
        remote_id: id.into(),
        remote_url: None,
        maker: Maker::Us,
        marker: Some(EventKey::new(KEY)),
        links: vec![KEY.into()],
        state: ItemState::Scheduled,
        title: title.into(),
        begins: Some(at(600)),
        created: Some(at(-100)),
        fields: BTreeMap::from([(Field::Title, title.to_string())]),
    }
}

impl Stage {
    fn new() -> Self {
        let rendering = rendering("Rust night");
        let wish = Wish {
            desired: Desired::Present,
            absence: None,
            hash: rendering.hash(),
            opens: rendering.opens,
            begins: rendering.begins,
            ends: rendering.ends,
        };
        let subject = Subject {
            delivery: Delivery::new(EventKey::new(KEY), wish, at(-100)),
            intent: None,
            title: None,
            zone: None,
            rendering: Some(rendering),
            hash: None,
            groups: vec!["space/hackerspace".into()],
            unproved: None,
            stale: None,
            missing: None,
        };
        Self {
            subject,
            items: Vec::new(),
            looked: BTreeMap::new(),
            adopting: false,
            may_delete: true,
            floor: None,
            room: None,
            capability: Capability::Listed,
            lost: false,
        }
    }

    /// Item 1 is ours by record, and as desired.
    fn standing() -> Self {
        let mut stage = Self::new();
        let rendering = rendering("Rust night");
        let applied = Applied {
            hash: rendering.hash(),
            fields: field_hashes(&rendering.fields),
            remote_id: Some("1".into()),
            remote_url: None,
            begins: Some(rendering.begins),
        };
        stage
            .subject
            .delivery
            .applied(Action::Create, applied, false, at(-60));
        stage.items = vec![item("1", "Rust night")];
        stage
    }

    fn desire(mut self, desired: Desired, absence: Option<Absence>) -> Self {
        let hash = Fingerprint::of(&format!("{desired:?}"));
        let wish = Wish {
            desired,
            absence,
            hash,
            opens: None,
            begins: at(600),
            ends: at(660),
        };
        self.subject.delivery.wish(wish, at(-1));
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn draft(&self) -> Draft {
        let subjects = std::slice::from_ref(&self.subject);
        let listing = match self.capability.is_listed() {
            true => Listing {
                begun: at(0),
                items: self.items.clone(),
                room: self.room,
            },
            false => remembered(subjects, at(0)),
        };
        let situation = Situation {
            now: at(0),
            settle: TimeDelta::minutes(2),
            floor: self.floor,
            capability: self.capability,
            listing: &listing,
            looked: &self.looked,
            adopting: self.adopting,
            lost: self.lost,
            may_delete: self.may_delete,
        };
        plan(subjects, &situation)
    }

    /// What is done: an action for each step that is sent, "(…)" around those that are not.
    fn deeds(&self) -> Vec<String> {
        let word = |action: Action| format!("{action:?}").to_lowercase();
        let told = |step: &Step| match &step.verdict {
            Verdict::Send => word(step.action),
            Verdict::Waiting(_) => format!("({} waits)", word(step.action)),
            Verdict::Unknown(_) => format!("({} unknown)", word(step.action)),
            Verdict::Withheld(_) => format!("({} withheld)", word(step.action)),
            Verdict::Stuck(..) => format!("({} stuck)", word(step.action)),
        };
        self.draft().steps.iter().map(told).collect()
    }
}
