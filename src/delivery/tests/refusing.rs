//! Until when what was refused, or put off, is remembered.

use super::*;

/// What stands was refused another form at minute 0, for a day.
fn refused() -> Delivery {
    let mut delivery = standing();
    delivery.refused("not so".into(), at(0));
    delivery
}

const DAY: i64 = 24 * 60;

#[test]
fn what_is_found_as_desired_is_remembered_as_refused_only_until_it_is_tried_again() {
    for (minute, until) in [(DAY - 1, Some(at(DAY))), (DAY, None), (DAY + 1, None)] {
        let mut delivery = refused();
        delivery.found(applied("1"), at(minute));
        assert_eq!((delivery.state, delivery.not_before), (State::Idle, until));
    }
}

#[test]
fn what_was_only_put_off_is_repaired_at_once_if_it_was_found_as_desired_meanwhile() {
    let mut delivery = standing();
    delivery.later(Some(at(9)), "the service wants patience".into(), at(1));
    delivery.found(applied("1"), at(2));
    assert_eq!(delivery.not_before, None);
    delivery.recognise("1", None, at(3));
    assert_eq!(delivery.state, State::Idle);
}

#[test]
fn what_the_service_said_when_it_refused_is_kept_although_the_item_is_recognised() {
    let mut delivery = refused();
    delivery.recognise("1", None, at(5));
    assert_eq!(delivery.reason.as_deref(), Some("not so"));
    assert_eq!(delivery.not_before, Some(at(DAY)));
}

#[test]
fn what_only_others_items_stood_for_is_to_be_repaired_once_it_is_recognised() {
    for is_linked in [true, false] {
        let mut delivery = new();
        match is_linked {
            true => delivery.link("7", None, at(1)),
            false => delivery.conflict("two".into(), false, at(1)),
        }
        delivery.recognise("1", None, at(2));
        assert_eq!((delivery.state, delivery.reason), (State::Pending, None));
    }
}
