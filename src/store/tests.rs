//! What is kept of events and deliveries, and what is forgotten.

use super::*;
use crate::delivery::{Absence, Applied, Delivery, Desired, Wish};
use crate::event::{Action, EventKey, Fingerprint};
use crate::testing::event;
use chrono::TimeDelta;
use std::collections::HashSet;

const PROVIDER: &str = "mobilizon:space.example";
const OLD: &str = "https://space.example/events/1";
const NEW: &str = "https://space.example/events/one";

fn day(number: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(number)
}

/// A database in its first run.
fn store() -> Store {
    let mut store = Store::in_memory().unwrap();
    store.begin_run(Past::None, None, day(0)).unwrap();
    store
}

/// Reads an event, but not the group to its end.
fn read(store: &mut Store, key: &str, uuid: Option<&str>) {
    let mut event = event();
    event.key = EventKey::new(key);
    event.uuid = uuid.map(str::to_owned);
    let membership = Membership {
        provider: PROVIDER.into(),
        group: "hackerspace".into(),
        missing_count: 0,
        missing_since: None,
        gone: None,
    };
    let commit = GroupCommit {
        provider: PROVIDER,
        group: "hackerspace",
        memberships: &[(event.key.clone(), membership)],
        changed: &[ReadEvent::new(event)],
        seen: &HashSet::new(),
        memory: None,
        now: day(0),
    };
    store.commit_group(&commit, &mut |_| Vec::new()).unwrap();
}

/// A delivery of an event of day 1, with the item that stands there of it.
fn delivery(key: &str, item: Option<&str>) -> Delivery {
    let hash = Fingerprint::of(&key);
    let wish = Wish {
        desired: Desired::Present,
        absence: None,
        hash,
        opens: None,
        begins: day(1),
        ends: day(1),
    };
    let applied = |item: &str| Applied {
        hash,
        fields: Default::default(),
        remote_id: Some(item.into()),
        remote_url: None,
        begins: Some(day(1)),
    };
    let mut delivery = Delivery::new(EventKey::new(key), wish, day(0));
    if let Some(item) = item.map(applied) {
        delivery.applied(Action::Create, item, false, day(0));
    }
    delivery
}

fn known(store: &Store, key: &str) -> Option<Delivery> {
    store.delivery("guild", &EventKey::new(key)).unwrap()
}

#[test]
fn after_a_restore_every_event_counts_as_unread_until_it_is_read() {
    let mut store = store();
    read(&mut store, OLD, None);
    read(&mut store, NEW, None);
    store.begin_run(Past::Continued, None, day(1)).unwrap();
    assert!(store.unread().unwrap().is_empty());
    let left = EventKey::new("https://space.example/events/left");
    let it_left = Membership {
        provider: PROVIDER.into(),
        group: "library".into(),
        missing_count: 0,
        missing_since: None,
        gone: Some(Absence::Filtered),
    };
    read(&mut store, left.as_str(), None);
    let commit = GroupCommit {
        provider: PROVIDER,
        group: "library",
        memberships: &[(left.clone(), it_left)],
        changed: &[],
        seen: &HashSet::new(),
        memory: None,
        now: day(1),
    };
    store.commit_group(&commit, &mut |_| Vec::new()).unwrap();
    store.begin_run(Past::RolledBack, None, day(1)).unwrap();
    let [old, new] = [OLD, NEW].map(EventKey::new);
    let all = [old.clone(), new, left.clone()];
    assert_eq!(store.unread().unwrap(), all.into());
    read(&mut store, NEW, None);
    assert_eq!(store.unread().unwrap(), [old, left].into());
}

#[test]
fn under_a_new_url_the_item_that_carries_it_is_kept_and_else_the_one_that_is_known() {
    let kept = |new, old| {
        let mut store = store();
        read(&mut store, OLD, Some("1"));
        read(&mut store, NEW, None);
        let both = [delivery(NEW, new), delivery(OLD, old)];
        store.save_deliveries("guild", &both).unwrap();
        read(&mut store, NEW, Some("1"));
        assert!(known(&store, OLD).is_none());
        known(&store, NEW).unwrap().remote_id
    };
    assert_eq!(kept(Some("found"), Some("known")).unwrap(), "found");
    assert_eq!(kept(Some("found"), None).unwrap(), "found");
    assert_eq!(kept(None, Some("known")).unwrap(), "known");
    assert_eq!(kept(None, None), None);
}

#[test]
fn what_is_long_over_is_forgotten_unless_what_stands_there_of_it_lies_ahead() {
    let mut store = store();
    let over = delivery(OLD, Some("1"));
    let mut ahead = delivery(NEW, Some("2"));
    ahead.item_begins = Some(day(99));
    store.save_deliveries("guild", &[over, ahead]).unwrap();
    store.end_run(day(50), "{}", 0, day(40)).unwrap();
    assert!(known(&store, OLD).is_none());
    assert!(known(&store, NEW).is_some());
}

#[test]
fn a_consumer_that_a_restored_database_does_not_know_may_hold_what_is_forgotten_until_a_run_has_ended()
 {
    let mut store = store();
    let add = |store: &mut Store, target: &str| {
        let new = [(target.to_string(), "1".to_string())];
        store.set_renderings(&new, &[]).unwrap();
        store.consumer(target).unwrap().unwrap().lost
    };
    assert!(!add(&mut store, "guild"));
    store.end_run(day(0), "{}", 0, day(0)).unwrap();
    store.begin_run(Past::RolledBack, None, day(1)).unwrap();
    assert!(add(&mut store, "channel"));
    store.begin_run(Past::Continued, None, day(2)).unwrap();
    assert!(add(&mut store, "hook"), "the run before was killed");
    store.end_run(day(2), "{}", 0, day(0)).unwrap();
    store.begin_run(Past::Continued, None, day(3)).unwrap();
    assert!(!add(&mut store, "file"));
    store.begin_run(Past::RolledBack, None, day(4)).unwrap();
    store.end_run(day(4), "{}", 0, day(0)).unwrap();
    store.begin_run(Past::Continued, None, day(5)).unwrap();
    assert!(!add(&mut store, "room"), "the run that found it has ended");
}

#[test]
fn what_was_sent_by_a_clock_that_was_ahead_was_sent_before_a_restore_all_the_same() {
    let mut store = store();
    let sent = |store: &mut Store, at| {
        let mut known = delivery(OLD, Some("1"));
        known.last_mutation = Some(at);
        store.save_deliveries("guild", &[known]).unwrap();
    };
    let last = |store: &Store| known(store, OLD).unwrap().last_mutation.unwrap();
    for (at, is_kept) in [(day(1), true), (day(2), false), (day(3), false)] {
        sent(&mut store, at);
        store.begin_run(Past::Continued, None, day(2)).unwrap();
        assert_eq!(last(&store), at, "waits are extended");
        store.begin_run(Past::RolledBack, None, day(2)).unwrap();
        assert_eq!(last(&store) == at, is_kept);
        assert!(last(&store) < store.settle_floor().unwrap().unwrap());
    }
}

#[test]
fn after_a_restore_nobody_knows_since_when_an_event_cannot_be_seen() {
    let mut store = store();
    read(&mut store, OLD, None);
    let key = EventKey::new(OLD);
    let seen = |store: &Store| store.event(&key).unwrap().unwrap().memberships.remove(0);
    let missing = Some(day(0));
    for (missing_since, gone, is_kept) in [
        (missing, Some(Absence::Hidden), false),
        (missing, None, false),
        (missing, Some(Absence::Deleted), true),
        (missing, Some(Absence::Filtered), true),
        (None, None, true),
    ] {
        let before = Membership {
            missing_count: missing_since.map_or(0, |_| 2),
            missing_since,
            gone,
            ..seen(&store)
        };
        let commit = GroupCommit {
            provider: PROVIDER,
            group: "hackerspace",
            memberships: &[(key.clone(), before.clone())],
            changed: &[],
            seen: &HashSet::new(),
            memory: None,
            now: day(1),
        };
        store.commit_group(&commit, &mut |_| Vec::new()).unwrap();
        store.begin_run(Past::Continued, None, day(2)).unwrap();
        assert_eq!(seen(&store), before);
        store.begin_run(Past::RolledBack, None, day(3)).unwrap();
        let after = Membership {
            missing_count: 0,
            missing_since: Some(day(3)),
            gone: None,
            ..before.clone()
        };
        assert_eq!(seen(&store), if is_kept { before } else { after });
    }
}
