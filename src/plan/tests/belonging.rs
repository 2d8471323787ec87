//! Which items are ours, and which of them belong to no event that is known.

use super::*;
use crate::delivery::{Intent, Provenance};

/// The ids of the items that are ours but of no known event, for a consumer that lists `items`.
fn orphans(stage: &Stage, items: Vec<Item>) -> Vec<String> {
    let draft = Stage {
        items,
        subject: stage.subject.clone(),
        looked: BTreeMap::new(),
        ..*stage
    }
    .draft();
    draft
        .orphans
        .into_iter()
        .map(|item| item.remote_id)
        .collect()
}

fn stranger(id: &str, maker: Maker) -> Item {
    Item {
        maker,
        marker: Some(EventKey::new("https://space.example/events/unknown")),
        ..item(id, "Chess")
    }
}

#[test]
fn an_item_of_ours_that_no_known_event_claims_is_an_orphan() {
    let stage = Stage::standing();
    let known = || item("1", "Rust night");
    assert_eq!(
        orphans(
            &stage,
            vec![known(), stranger("3", Maker::Us), stranger("2", Maker::Us)]
        ),
        ["2", "3"]
    );
    assert_eq!(
        orphans(&stage, vec![known(), stranger("2", Maker::Other)]),
        [""; 0]
    );
    let moved = Item {
        marker: stranger("1", Maker::Us).marker,
        ..known()
    };
    assert_eq!(
        orphans(&stage, vec![moved]),
        [""; 0],
        "it is known by its id"
    );
    let twin = Item {
        remote_id: "2".into(),
        ..known()
    };
    assert_eq!(
        orphans(&stage, vec![known(), twin]),
        [""; 0],
        "its marker is known"
    );
    let unmarked = Item {
        marker: None,
        ..stranger("2", Maker::Us)
    };
    assert_eq!(orphans(&stage, vec![known(), unmarked]), [""; 0]);
}

#[test]
fn where_no_maker_is_named_an_orphan_is_ours_only_while_adopting_and_unshared() {
    let adopting = Stage::standing().with(|stage| stage.adopting = true);
    let one = || stranger("2", Maker::Unnamed);
    assert_eq!(orphans(&Stage::standing(), vec![one()]), [""; 0]);
    assert_eq!(orphans(&adopting, vec![one()]), ["2"]);
    assert_eq!(
        orphans(&adopting, vec![one(), stranger("3", Maker::Unnamed)]),
        [""; 0]
    );
}

/// A creation was begun at second 30.5 of minute −3, and last heard of in minute 0. Says whether an item without a maker that was
/// created `seconds` after minute 0 counts as its.
fn is_of_the_creation(action: Action, seconds: i64) -> bool {
    let begun = at(-3) + TimeDelta::milliseconds(30_500);
    let stage = Stage::new().with(|stage| {
        stage.subject.delivery.state = State::Unknown;
        stage.subject.delivery.last_mutation = Some(at(-3));
        stage.subject.intent = Some(Intent {
            action,
            generation: 1,
            epoch: 1,
            payload_hash: Fingerprint::of(&"older"),
            remote_id: None,
            idempotency_key: "ab".into(),
            begun,
            deadline: at(0),
        });
        let mut item = item("1", "Rust night");
        item.maker = Maker::Unnamed;
        item.created = Some(at(0) + TimeDelta::seconds(seconds));
        stage.items = vec![item];
    });
    stage.deeds() == ["adopt"]
}

#[test]
fn an_item_that_was_created_while_our_creation_was_under_way_is_ours() {
    let created = |seconds| is_of_the_creation(Action::Create, seconds);
    assert!(created(-150), "in the whole second in which it began");
    assert!(created(-210), "by a clock that lags a minute");
    assert!(!created(-211));
    assert!(
        created(120),
        "five minutes after the last that was heard of it"
    );
    assert!(!created(121));
    assert!(!is_of_the_creation(Action::Update, -150));
}

#[test]
fn the_deadline_ends_the_window_of_a_creation_of_which_nothing_was_heard() {
    let mut item = item("1", "Rust night");
    item.maker = Maker::Unnamed;
    let intent = Intent {
        action: Action::Create,
        generation: 1,
        epoch: 1,
        payload_hash: Fingerprint::of(&"one"),
        remote_id: None,
        idempotency_key: "ab".into(),
        begun: at(-9),
        deadline: at(-8),
    };
    let delivery = Stage::new().subject.delivery;
    for (created, ours) in [(-3, true), (-2, false)] {
        item.created = Some(at(created));
        let listing = Listing {
            begun: at(0),
            items: vec![item.clone()],
            room: None,
        };
        let found =
            matching::Index::new(&listing, &[], false).find(&delivery, Some(&intent), false);
        assert_eq!(!found.own.is_empty(), ours, "{created}");
    }
}

#[test]
fn a_conflict_that_arose_while_adopting_is_settled_by_the_same_rule() {
    let state = |state, provenance| {
        Stage::new().with(|stage| {
            stage.subject.delivery.state = state;
            stage.subject.delivery.provenance = provenance;
            let mut item = item("1", "Rust night");
            item.maker = Maker::Unnamed;
            stage.items = vec![item];
        })
    };
    assert_eq!(
        state(State::Conflict, Some(Provenance::Adopted)).deeds(),
        ["adopt"]
    );
    assert_eq!(state(State::Conflict, None).deeds(), ["(create waits)"]);
    assert_eq!(
        state(State::Pending, Some(Provenance::Adopted)).deeds(),
        ["(create waits)"]
    );
}

#[test]
fn what_was_known_as_a_person_s_own_stays_theirs_whatever_was_lost() {
    let linked = |id: &str, provenance| {
        let stage = Stage::new().with(|stage| {
            stage.adopting = true;
            stage.subject.delivery.remote_id = Some(id.into());
            stage.subject.delivery.provenance = provenance;
            stage.subject.delivery.state = State::Linked;
            let mut item = item("1", "Rust night");
            item.maker = Maker::Unnamed;
            stage.items = vec![item];
        });
        stage.deeds()
    };
    assert_eq!(linked("1", Some(Provenance::Linked)), ["(create waits)"]);
    assert_eq!(
        linked("2", Some(Provenance::Linked)),
        ["adopt"],
        "another item than theirs"
    );
}

#[test]
fn an_item_of_ours_that_is_found_where_a_person_s_own_was_linked_is_asked_for_again() {
    let linked = Stage::new().with(|stage| {
        stage.subject.delivery.link("7", None, at(-5));
        stage.items = vec![item("1", "Rust night")];
    });
    let state = |stage: Stage| stage.draft().settled.last().map(|known| known.state);
    let absent = linked
        .desire(Desired::Absent, Some(Absence::Unconfigured))
        .with(|stage| stage.may_delete = false);
    assert_eq!(absent.deeds(), ["(delete waits)"]);
    assert_eq!(state(absent), Some(State::Pending));
    let missing = Stage::standing().with(|stage| {
        stage.subject.delivery.state = State::Linked;
        stage.subject.missing = Some("since noon".into());
    });
    assert_eq!(missing.deeds(), ["(delete waits)"]);
    assert_eq!(state(missing), Some(State::Pending));
}

#[test]
fn what_was_recorded_is_ours_without_a_marker_and_whoever_is_named() {
    for maker in [Maker::Unnamed, Maker::Other] {
        let stage = Stage::standing().with(|stage| {
            stage.items[0].maker = maker;
            stage.items[0].marker = None;
            stage.items[0].fields = [(Field::Title, "Old".into())].into();
        });
        assert_eq!(stage.deeds(), ["update"], "{maker:?}");
    }
    let other = Stage::standing().with(|stage| stage.items[0].maker = Maker::Other);
    assert_eq!(other.deeds(), [""; 0], "it stands as desired");
    assert!(other.draft().lookups.is_empty());
}

#[test]
fn what_somebody_else_made_is_not_ours_though_it_carries_our_marker() {
    let theirs = Stage::new().with(|stage| {
        let mut item = item("2", "Rust night");
        item.maker = Maker::Other;
        stage.items = vec![item];
    });
    assert_eq!(theirs.deeds(), ["(create waits)"]);
    assert!(theirs.draft().settled[0].state == State::Linked);
}

#[test]
fn while_adopting_an_item_under_the_present_url_takes_the_place_of_one_under_a_former_url() {
    let beside = |former: &str| {
        Stage::standing().with(|stage| {
            stage.adopting = true;
            let mut present = item("2", "Rust night");
            present.maker = Maker::Unnamed;
            stage.items[0].marker = Some(EventKey::new(former));
            stage.items.push(present);
        })
    };
    let own = |stage: Stage| {
        let listing = Listing {
            begun: at(0),
            items: stage.items.clone(),
            room: None,
        };
        let found =
            matching::Index::new(&listing, &[], false).find(&stage.subject.delivery, None, true);
        found
            .own
            .iter()
            .map(|item| item.remote_id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        own(beside("https://space.example/events/former")),
        ["1", "2"]
    );
    let unmarked = beside("x").with(|stage| stage.items[0].marker = None);
    assert_eq!(own(unmarked), ["1"], "nothing tells that it was renamed");
}

#[test]
fn a_recorded_item_with_the_marker_of_another_event_that_is_known_is_that_event_s() {
    let gone = Stage::standing().desire(Desired::Absent, Some(Absence::Deleted));
    let is_anothers = |marker: &str, is_known: bool, is_linked: bool| {
        let mut other = Stage::new().subject;
        other.delivery.key = EventKey::new(OTHER);
        let mut subject = gone.subject.clone();
        if is_linked {
            subject.delivery.provenance = Some(Provenance::Linked);
        }
        let mut item = gone.items[0].clone();
        item.marker = Some(EventKey::new(marker));
        let listing = Listing {
            begun: at(0),
            items: vec![item],
            room: None,
        };
        let subjects = [subject, other];
        let known = if is_known {
            &subjects[..]
        } else {
            &subjects[..1]
        };
        matching::Index::new(&listing, known, false).is_anothers(&subjects[0].delivery)
    };
    assert!(is_anothers(OTHER, true, false));
    assert!(
        !is_anothers(OTHER, false, false),
        "it is this one's former URL"
    );
    assert!(!is_anothers(KEY, true, false));
    assert!(
        !is_anothers(OTHER, true, true),
        "it is a person's own anyway"
    );
}

#[test]
fn the_item_of_an_event_that_is_wanted_does_not_go_with_one_that_is_not_but_whose_marker_it_shows()
{
    let recorded = |key: &str, id: &str, desired| {
        let absence = (desired == Desired::Absent).then_some(Absence::Hidden);
        let mut subject = Stage::standing().desire(desired, absence).subject;
        subject.delivery.key = EventKey::new(key);
        subject.delivery.remote_id = Some(id.into());
        subject
    };
    let of_former_url = |id: &str| Item {
        marker: Some(EventKey::new(OTHER)),
        ..item(id, "Rust night")
    };
    let listing = Listing {
        begun: at(0),
        items: vec![of_former_url("1"), of_former_url("2")],
        room: None,
    };
    let own = |wanted, other| {
        let subjects = [recorded(KEY, "1", wanted), recorded(OTHER, "2", other)];
        let index = matching::Index::new(&listing, &subjects, false);
        let own_of = |subject: &Subject| -> Vec<String> {
            let mut known = subject.delivery.clone();
            if index.is_anothers(&known) {
                known.forget_item();
            }
            let own = index.find(&known, None, false).own;
            own.iter().map(|item| item.remote_id.clone()).collect()
        };
        subjects.each_ref().map(own_of)
    };
    let (here, gone) = (Desired::Present, Desired::Absent);
    assert_eq!(own(here, gone), [vec!["1"], vec!["2"]]);
    assert_eq!(own(Desired::Cancelled, gone), [vec!["1"], vec!["2"]]);
    assert_eq!(own(here, here), [vec![], vec!["2", "1"]]);
    assert_eq!(own(gone, gone), [vec![], vec!["2", "1"]]);
    assert_eq!(own(gone, here), [vec![], vec!["2", "1"]]);
}

#[test]
fn an_item_that_a_wanted_event_is_merely_linked_to_or_whose_name_it_shares_goes_with_its_own_event()
{
    let other_s = |id: &str| Item {
        marker: Some(EventKey::new(OTHER)),
        ..item(id, "Rust night")
    };
    let listing = Listing {
        begun: at(0),
        items: vec![other_s("1")],
        room: None,
    };
    let own = |provenance, remembered| {
        let mut wanted = Stage::standing().subject;
        wanted.delivery.provenance = Some(provenance);
        let gone = Stage::new().desire(Desired::Absent, Some(Absence::Hidden));
        let mut other = gone.subject;
        other.delivery.key = EventKey::new(OTHER);
        let subjects = [wanted, other];
        let index = matching::Index::new(&listing, &subjects, remembered);
        index.find(&subjects[1].delivery, None, false).own.len()
    };
    assert_eq!(own(Provenance::Created, false), 0, "it is kept");
    assert_eq!(own(Provenance::Linked, false), 1);
    assert_eq!(own(Provenance::Created, true), 1, "names need not differ");
}
