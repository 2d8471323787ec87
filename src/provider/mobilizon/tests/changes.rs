//! Readings of what changed: as few pages as can be, and only if they explain the total.

use super::{at, element, page, uuid, with};
use crate::provider::Probe;
use crate::provider::mobilizon::changes::{Since, changes};
use crate::provider::mobilizon::pages::{Handing, Page};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::HashSet;

const OLD: &str = "2026-11-20T10:00:00Z";
const OLDER: &str = "2026-11-20T09:59:59Z";
const NEW: &str = "2026-11-21T10:00:00Z";

/// A list, latest change first, what was known of it, and the totals then and now.
struct Group {
    elements: Vec<Value>,
    known: Vec<u64>,
    stored: u64,
    total: u64,
}

/// What came of a reading: its answer, the events handed out, the pages asked for.
type Outcome = (Option<bool>, Vec<String>, Vec<(u64, u64)>);

impl Group {
    fn new(elements: impl IntoIterator<Item = (u64, &'static str)>) -> Self {
        let elements: Vec<Value> = elements
            .into_iter()
            .map(|(n, updated)| element(n, updated))
            .collect();
        let total = elements.len() as u64;
        Self {
            known: (0..total).collect(),
            elements,
            stored: total,
            total,
        }
    }

    async fn read(self) -> Outcome {
        self.read_from(async |group, number, limit| {
            let start = ((number - 1) * limit) as usize;
            let some = group.elements.iter().skip(start).take(limit as usize);
            page(group.total, some.cloned())
        })
        .await
    }

    async fn read_from(&self, fetch: impl AsyncFn(&Self, u64, u64) -> Page) -> Outcome {
        let probe = |total, newest: &str| Probe {
            total,
            newest: Some(newest.to_string()),
            newest_at: None,
        };
        let stored = probe(self.stored, &format!("{} {OLD}", uuid(0)));
        let known: HashSet<String> = self.known.iter().map(|n| uuid(*n)).collect();
        let since = Since {
            stored: &stored,
            newest_at: at(OLD),
            probe: &probe(self.total, "later"),
            known: &known,
            after: at("2026-11-07T12:00:00Z"),
        };
        let (mut uuids, asked) = (Vec::new(), RefCell::new(Vec::new()));
        let mut sink = |event: crate::event::Event| uuids.push(event.uuid.unwrap());
        let fetch = async |number, limit| {
            asked.borrow_mut().push((number, limit));
            Ok(Some(fetch(self, number, limit).await))
        };
        let answer = changes(fetch, &since, &mut Handing::new("a", &mut sink)).await;
        (answer.unwrap(), uuids, asked.into_inner())
    }
}

#[tokio::test]
async fn an_edit_costs_one_small_page_and_hands_out_what_changed() {
    let list = [(3, NEW), (0, OLD)]
        .into_iter()
        .chain((4..60).map(|n| (n, OLDER)));
    let mut group = Group::new(list);
    group.known = (0..60).collect();
    let (complete, uuids, asked) = group.read().await;
    assert_eq!(complete, Some(true));
    assert_eq!(
        uuids,
        [uuid(3), uuid(0)],
        "one of the same second may have changed after the probe"
    );
    assert_eq!(asked, [(1, 20)]);
}

#[tokio::test]
async fn pages_grow_without_a_gap_until_the_stored_change_is_passed() {
    let list = (0..170)
        .map(|n| (n, NEW))
        .chain((170..400).map(|n| (n, OLDER)));
    let (complete, uuids, asked) = Group::new(list).read().await;
    assert_eq!(complete, Some(true));
    assert_eq!(uuids, (0..170).map(uuid).collect::<Vec<_>>());
    assert_eq!(asked, [(1, 20), (2, 20), (2, 40), (2, 80), (3, 80)]);
}

#[tokio::test]
async fn an_addition_explains_a_greater_total() {
    let mut group = Group::new([(2, NEW), (0, OLD), (1, OLDER)]);
    (group.known, group.stored) = (vec![0, 1], 2);
    let (complete, uuids, _) = group.read().await;
    assert_eq!((complete, uuids), (Some(true), vec![uuid(2), uuid(0)]));
}

#[tokio::test]
async fn a_smaller_total_needs_a_whole_reading_and_no_page_of_changes() {
    let mut group = Group::new([(0, NEW)]);
    group.stored = 2;
    assert_eq!(group.read().await, (None, vec![], vec![]));
}

#[tokio::test]
async fn an_addition_does_not_hide_a_deletion() {
    let mut group = Group::new([(2, NEW), (0, OLD)]);
    group.known = vec![0, 1];
    assert_eq!(group.read().await.0, None);
}

#[tokio::test]
async fn a_return_does_not_pass_for_an_addition() {
    let mut group = Group::new([(1, NEW), (0, OLD)]);
    (group.known, group.stored) = (vec![0, 1], 1);
    assert_eq!(
        group.read().await.0,
        None,
        "known, hidden meanwhile and back: the total does not add up"
    );
}

#[tokio::test]
async fn the_stored_newest_change_is_not_new_even_if_it_is_long_past_and_unknown() {
    let mut group = Group::new([(1, NEW), (0, OLD), (2, OLDER)]);
    group.known = vec![1, 2];
    group.elements[1] = with(element(0, OLD), json!({"beginsOn": "2025-01-01T10:00:00Z"}));
    let (complete, uuids, _) = group.read().await;
    assert_eq!((complete, uuids), (Some(true), vec![uuid(1)]));
}

#[tokio::test]
async fn an_event_that_was_moved_into_the_past_is_handed_out_if_it_is_known() {
    let mut group = Group::new([(1, NEW), (0, OLDER)]);
    group.elements[0] = with(element(1, NEW), json!({"beginsOn": "2025-01-01T10:00:00Z"}));
    let (complete, uuids, _) = group.read().await;
    assert_eq!((complete, uuids), (Some(true), vec![uuid(1)]));
}

#[tokio::test]
async fn a_total_that_differs_from_the_probe_needs_a_whole_reading() {
    let group = Group::new([(0, NEW), (1, OLDER)]);
    let fetch = async |_: &Group, _, _| page(3, [element(0, NEW), element(1, OLDER)]);
    assert_eq!(group.read_from(fetch).await.0, None);
}

#[tokio::test]
async fn too_many_changes_need_a_whole_reading() {
    let (complete, uuids, asked) = Group::new((0..900).map(|n| (n, NEW))).read().await;
    assert_eq!((complete, uuids.len(), asked.len()), (None, 400, 7));
}

#[tokio::test]
async fn a_broken_change_leaves_the_reading_incomplete() {
    let mut group = Group::new([(1, NEW), (0, OLDER)]);
    group.elements[0] = with(element(1, NEW), json!({"title": null}));
    assert_eq!(group.read().await.0, Some(false));
}
