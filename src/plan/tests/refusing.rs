//! What a service refused is refused for its day, whatever is found meanwhile.

use super::*;

#[test]
fn what_was_refused_stays_so_for_its_day_although_a_person_s_own_item_stood_in_its_way() {
    for (maker, count) in [(Maker::Other, 1), (Maker::Unnamed, 2)] {
        let refused = Stage::new().with(|stage| {
            stage.subject.delivery.refused("not so".into(), at(-60));
            let theirs = ["7", "8"].map(|id| Item {
                maker,
                ..item(id, "Rust night")
            });
            stage.items = theirs[..count].to_vec();
        });
        let after = |stage: Stage, change: fn(&mut Stage)| {
            let delivery = stage.draft().settled.pop().unwrap();
            let next = stage.with(|stage| stage.subject.delivery = delivery);
            next.with(change)
        };
        let gone = after(refused, |stage| stage.items.clear());
        assert_eq!(gone.deeds(), ["(create stuck)"], "{maker:?}");
        let quarantined = after(gone, |_| ());
        let delivery = &quarantined.subject.delivery;
        assert_eq!(delivery.state, State::Quarantined);
        assert_eq!(delivery.not_before, Some(at(23 * 60)));
        assert_eq!(delivery.remote_id, None);
        assert_eq!(quarantined.deeds(), ["(create stuck)"], "{maker:?}");
        let next_day = quarantined.with(|stage| stage.subject.delivery.not_before = Some(at(0)));
        assert_eq!(next_day.deeds(), ["create"], "{maker:?}");
    }
}

#[test]
fn what_was_refused_stays_so_for_its_day_although_it_was_found_as_desired_meanwhile() {
    let refused = Stage::standing().with(|stage| {
        stage.subject.delivery.refused("not so".into(), at(-60));
    });
    let found = refused.draft().settled.remove(0);
    assert_eq!(found.state, State::Idle);
    assert_eq!(found.not_before, Some(at(23 * 60)));
    let next = |until| {
        refused_again(&found).with(|stage| stage.subject.delivery.not_before = Some(at(until)))
    };
    assert_eq!(next(1).deeds(), ["(update stuck)"]);
    let again = next(1).draft().settled.remove(0);
    assert_eq!(again.state, State::Quarantined);
    assert_eq!(refused_again(&again).deeds(), ["(update stuck)"]);
    assert_eq!(next(0).deeds(), ["update"]);
}

/// What was found as desired differs again.
fn refused_again(found: &Delivery) -> Stage {
    Stage::standing().with(|stage| {
        stage.subject.delivery = found.clone();
        stage.items = vec![item("1", "a person's words")];
    })
}

#[test]
fn what_was_refused_is_tried_at_once_in_another_form_although_a_person_s_own_item_stood_in_its_way()
{
    let linked = Stage::new().with(|stage| {
        stage.subject.delivery.refused("not so".into(), at(-60));
        stage.subject.delivery.link("7", None, at(-50));
    });
    assert_eq!(linked.deeds(), ["(create stuck)"]);
    assert_eq!(linked.desire(Desired::Present, None).deeds(), ["create"]);
}
