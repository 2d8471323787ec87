//! Whole readings: every page, each event once, complete only if it adds up.

use super::{element, page, uuid, with};
use crate::http::Failure;
use crate::provider::mobilizon::pages::{Handing, Page};
use crate::provider::mobilizon::whole::whole;
use serde_json::json;
use std::cell::{Cell, RefCell};

const TOUCHED: &str = "2026-11-20T00:00:00Z";

/// Page `number` of the events `all`, in order, `limit` on a page.
fn slice(all: &[u64], number: u64, limit: u64, total: u64) -> Page {
    let start = ((number - 1) * limit) as usize;
    let some = all.iter().skip(start).take(limit as usize);
    page(total, some.map(|n| element(*n, TOUCHED)))
}

async fn read(
    fetch: impl AsyncFn(u64, u64) -> Result<Page, Failure>,
) -> (Result<bool, Failure>, Vec<String>) {
    let mut uuids = Vec::new();
    let mut sink = |event: crate::event::Event| uuids.push(event.uuid.unwrap());
    let result = whole(fetch, 0, &mut Handing::new("a", &mut sink)).await;
    (result, uuids)
}

fn expected(all: impl Iterator<Item = u64>) -> Vec<String> {
    all.map(uuid).collect()
}

#[tokio::test]
async fn every_page_is_read_and_each_event_handed_out_once_in_order() {
    let all: Vec<u64> = (0..250).collect();
    let asked = RefCell::new(Vec::new());
    let (complete, uuids) = read(async |number, limit| {
        asked.borrow_mut().push((number, limit));
        Ok(slice(&all, number, limit, 250))
    })
    .await;
    assert_eq!(complete, Ok(true));
    assert_eq!(uuids, expected(0..250));
    assert_eq!(*asked.borrow(), [(1, 100), (2, 100), (3, 100)]);
}

#[tokio::test]
async fn an_empty_group_is_complete_after_one_page() {
    let (complete, uuids) = read(async |_, _| Ok(page(0, []))).await;
    assert_eq!((complete, uuids.len()), (Ok(true), 0));
}

#[tokio::test]
async fn pages_after_the_first_are_under_way_together_but_never_more_than_ten() {
    let all: Vec<u64> = (0..2000).collect();
    let (running, most) = (Cell::new(0), Cell::new(0));
    let (complete, uuids) = read(async |number, limit| {
        running.set(running.get() + 1);
        most.set(most.get().max(running.get()));
        // The later a page, the sooner it comes.
        for _ in number..22 {
            tokio::task::yield_now().await;
        }
        running.set(running.get() - 1);
        Ok(slice(&all, number, limit, 2000))
    })
    .await;
    assert_eq!((complete, most.get()), (Ok(true), 10));
    assert_eq!(uuids, expected(0..2000));
}

#[tokio::test]
async fn what_does_not_add_up_is_read_once_more_and_nothing_handed_out_twice() {
    let attempts = Cell::new(0);
    let (complete, uuids) = read(async |_, limit| {
        attempts.set(attempts.get() + 1);
        let seen: &[u64] = if attempts.get() == 1 {
            &[1, 2, 2]
        } else {
            &[1, 2, 3]
        };
        Ok(slice(seen, 1, limit, 3))
    })
    .await;
    assert_eq!((complete, attempts.get()), (Ok(true), 2));
    assert_eq!(uuids, expected(1..4));
}

#[tokio::test]
async fn a_second_difference_leaves_the_reading_incomplete() {
    let attempts = Cell::new(0);
    let (complete, uuids) = read(async |_, limit| {
        attempts.set(attempts.get() + 1);
        Ok(slice(&[1, 2], 1, limit, 3))
    })
    .await;
    assert_eq!((complete, attempts.get()), (Ok(false), 2));
    assert_eq!(uuids, expected(1..3));
}

#[tokio::test]
async fn a_total_that_changes_between_pages_is_noticed_even_if_the_distinct_events_fit_the_first() {
    // Event 5 is deleted after the first page, so that 100 slips onto it unseen; 250 is added before the third.
    let attempts = Cell::new(0);
    let first: Vec<u64> = (0..250).collect();
    let second: Vec<u64> = (0..250).filter(|n| *n != 5).collect();
    let third: Vec<u64> = (0..251).filter(|n| *n != 5).collect();
    let (complete, uuids) = read(async |number, limit| {
        attempts.set(attempts.get() + 1);
        match attempts.get() {
            1 => Ok(slice(&first, number, limit, 250)),
            2 => Ok(slice(&second, number, limit, 249)),
            _ => Ok(slice(&third, number, limit, 250)),
        }
    })
    .await;
    assert_eq!((complete, attempts.get()), (Ok(true), 6));
    assert!(uuids.contains(&uuid(100)));
}

#[tokio::test]
async fn events_of_one_second_on_the_border_of_two_pages_are_found_with_other_pages() {
    // The server orders events of the same second as it likes: 99 and 100 trade places on the second page.
    let first: Vec<u64> = (0..150).collect();
    let mut second = first.clone();
    second.swap(99, 100);
    let (complete, uuids) = read(async |number, limit| {
        let order = if number == 1 { &first } else { &second };
        Ok(slice(order, number, limit, 150))
    })
    .await;
    assert_eq!((complete, uuids.len()), (Ok(true), 150));
}

#[tokio::test]
async fn a_broken_event_is_not_lost_silently_and_costs_the_others_nothing() {
    let attempts = Cell::new(0);
    let (complete, uuids) = read(async |_, _| {
        attempts.set(attempts.get() + 1);
        let broken = with(element(2, TOUCHED), json!({"status": "POSTPONED"}));
        Ok(page(3, [element(1, TOUCHED), broken, element(3, TOUCHED)]))
    })
    .await;
    assert_eq!((complete, attempts.get()), (Ok(false), 1));
    assert_eq!(uuids, [uuid(1), uuid(3)]);
}

#[tokio::test]
async fn drafts_count_towards_the_total_and_are_not_handed_out() {
    let (complete, uuids) = read(async |_, _| {
        let draft = with(element(2, TOUCHED), json!({"draft": true}));
        Ok(page(2, [element(1, TOUCHED), draft]))
    })
    .await;
    assert_eq!((complete, uuids), (Ok(true), vec![uuid(1)]));
}

#[tokio::test]
async fn a_page_that_fails_fails_the_reading() {
    let all: Vec<u64> = (0..250).collect();
    let (complete, _) = read(async |number, limit| match number {
        3 => Err(Failure::Broken("it may pass".into())),
        _ => Ok(slice(&all, number, limit, 250)),
    })
    .await;
    assert_eq!(complete, Err(Failure::Broken("it may pass".into())));
}

#[tokio::test]
async fn a_total_beyond_belief_is_not_paged_through() {
    let (complete, _) = read(async |_, _| Ok(page(u64::MAX, []))).await;
    assert!(matches!(complete, Err(Failure::Broken(_))));
}

#[tokio::test]
async fn pages_that_are_likely_are_asked_for_before_the_first_has_told() {
    let all: Vec<u64> = (0..450).collect();
    let asked = Cell::new(0);
    let fetch = async |number, limit| {
        asked.set(asked.get() + 1);
        while number == 1 && asked.get() < 10 {
            tokio::task::yield_now().await;
        }
        Ok(slice(&all, number, limit, 450))
    };
    let mut uuids = Vec::new();
    let mut sink = |event: crate::event::Event| uuids.push(event.uuid.unwrap());
    let complete = whole(fetch, 5000, &mut Handing::new("a", &mut sink)).await;
    assert_eq!(
        (complete, asked.get()),
        (Ok(true), 10),
        "no more are asked for than go at once"
    );
    assert_eq!(uuids, expected(0..450));
}
