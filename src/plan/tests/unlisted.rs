//! What is decided where nothing can be listed, and before an event may be shown.

use super::*;
use crate::delivery::Intent;

impl Stage {
    /// A consumer that cannot be listed.
    fn unlisted(mut self, capability: Capability) -> Self {
        self.capability = capability;
        self
    }

    /// A request was sent a minute ago, and nobody knows what became of it.
    fn unheard(mut self, action: Action) -> Self {
        let delivery = &mut self.subject.delivery;
        delivery.send(at(-1));
        delivery.ambiguous("no answer".into(), at(-1));
        self.subject.intent = Some(Intent {
            action,
            generation: delivery.desired_gen,
            epoch: 1,
            payload_hash: delivery.desired_hash,
            remote_id: delivery.remote_id.clone(),
            idempotency_key: "ab".into(),
            begun: at(-1),
            deadline: at(1),
        });
        self
    }

    /// The delivery after the plan, if it changed.
    fn settled(&self) -> Delivery {
        self.draft().settled.pop().unwrap()
    }
}

#[test]
fn where_nothing_can_be_listed_memory_tells_what_stands() {
    for capability in [Capability::Key, Capability::Blind] {
        let deeds = |stage: Stage| stage.unlisted(capability).deeds();
        assert_eq!(deeds(Stage::new()), ["create"]);
        assert_eq!(deeds(Stage::standing()), Vec::<String>::new());
        assert_eq!(
            deeds(Stage::standing().desire(Desired::Absent, Some(Absence::Deleted))),
            ["delete"]
        );
        assert_eq!(
            deeds(Stage::standing().desire(Desired::Cancelled, None)),
            ["cancel"]
        );
        let edited = Stage::standing().with(|stage| {
            stage.subject.rendering = Some(rendering("Rust night, moved"));
            stage.subject.delivery.desired_hash = rendering("Rust night, moved").hash();
            stage.subject.delivery.drifted(at(-1));
        });
        assert_eq!(deeds(edited), ["update"]);
    }
}

#[test]
fn a_creation_that_may_have_been_applied_is_sent_again_only_with_a_key() {
    let unheard = || Stage::new().unheard(Action::Create);
    assert_eq!(unheard().unlisted(Capability::Key).deeds(), ["create"]);
    let step = unheard().unlisted(Capability::Key).draft().steps.remove(0);
    assert_eq!(step.delivery.state, State::Unknown, "its intent is needed");
    let blind = unheard().unlisted(Capability::Blind);
    assert_eq!(blind.deeds(), ["(create stuck)"]);
    let mut left = blind.settled();
    assert_eq!(left.state, State::Conflict);
    let told = left.reason.as_deref().unwrap();
    assert!(told.starts_with("no answer: it may stand there"), "{told}");
    assert!(left.release(at(0)), "an operator can release it");
    let released = blind.with(|stage| stage.subject.delivery = left);
    assert_eq!(released.deeds(), ["create"]);
    let forgotten = released.with(|stage| stage.subject.intent = None);
    assert_eq!(forgotten.deeds(), ["create"]);
}

#[test]
fn a_creation_that_may_have_been_applied_is_sent_again_though_the_event_was_called_off() {
    let stage = Stage::new().unheard(Action::Create);
    let called_off = stage.desire(Desired::Cancelled, None);
    assert_eq!(called_off.unlisted(Capability::Key).deeds(), ["create"]);
}

#[test]
fn a_creation_that_was_sent_again_three_times_is_sent_again_after_a_day() {
    let stage = |minute| {
        let mut stage = Stage::new()
            .unheard(Action::Create)
            .unlisted(Capability::Key);
        stage.subject.delivery.attempts = 3;
        stage.subject.delivery.last_mutation = Some(at(minute));
        stage
    };
    assert_eq!(stage(-60).deeds(), ["(create unknown)"]);
    assert_eq!(stage(-60 * 24).deeds(), ["create"]);
}

#[test]
fn what_may_have_been_created_is_taken_away_by_its_address_once_it_can_no_longer_land() {
    let unheard = |minute| {
        let stage = Stage::new().unheard(Action::Create);
        stage.unlisted(Capability::Key).with(|stage| {
            stage.subject.delivery.last_mutation = Some(at(minute));
            stage.subject.delivery.item_begins = Some(at(600));
        })
    };
    let deleted = |minute| unheard(minute).desire(Desired::Absent, Some(Absence::Deleted));
    assert_eq!(deleted(-1).deeds(), ["(create unknown)"]);
    assert_eq!(deleted(-1).draft().settle_at, Some(at(1)));
    assert_eq!(deleted(-2).deeds(), ["delete"]);
    assert_eq!(deleted(-2).draft().steps[0].remote_id(), Some(KEY));
    let moved = |item_begins| {
        unheard(-2).with(|stage| {
            stage.subject.delivery.begins = at(-200);
            stage.subject.delivery.ends = at(-100);
            stage.subject.delivery.item_begins = item_begins;
        })
    };
    assert_eq!(moved(Some(at(600))).deeds(), ["delete"], "to the past");
    assert_eq!(moved(Some(at(-200))).deeds(), [""; 0], "it is over");
    let begun = |payload| {
        unheard(-2).with(|stage| {
            stage.subject.delivery.begins = at(-1);
            stage.subject.intent.as_mut().unwrap().payload_hash = payload;
        })
    };
    let same = rendering("Rust night").hash();
    assert_eq!(begun(same).deeds(), ["adopt"]);
    assert_eq!(begun(Fingerprint::of(&"older")).deeds(), ["update"]);
}

#[test]
fn that_a_creation_was_lost_is_stored_though_the_source_was_not_read_since_a_restore() {
    let stale = |capability| {
        let stage = Stage::new().unheard(Action::Create).unlisted(capability);
        stage.with(|stage| {
            stage.subject.delivery.last_mutation = Some(at(-9));
            stage.subject.stale = Some("not read".into());
        })
    };
    assert_eq!(stale(Capability::Listed).deeds(), ["(create waits)"]);
    assert_eq!(stale(Capability::Listed).settled().state, State::Pending);
    assert_eq!(stale(Capability::Key).deeds(), ["create"]);
}

#[test]
fn where_nothing_can_be_listed_what_a_restored_database_knows_is_sent_once_more() {
    for capability in [Capability::Key, Capability::Blind] {
        let restored = |minute| {
            let stage = Stage::standing().unlisted(capability);
            stage.with(|stage| stage.floor = Some(at(minute)))
        };
        assert_eq!(restored(-59).deeds(), ["update"]);
        let step = restored(-59).draft().steps.remove(0);
        assert_eq!(step.delivery.desired_gen, 2, "as a change of its own");
        assert_eq!(restored(-60).deeds(), [""; 0], "it was sent since");
        let begins = |minute| {
            let stage = restored(-59).with(|stage| {
                stage.subject.delivery.item_begins = Some(at(minute));
            });
            stage.draft().steps.remove(0).delivery.item_begins
        };
        assert_eq!(begins(1), Some(at(1)));
        assert_eq!(begins(0), None, "it may have been moved since");
    }
}

#[test]
fn an_unknown_change_of_a_known_item_is_sent_again_even_if_it_was_taken_back() {
    for capability in [Capability::Key, Capability::Blind] {
        let unheard = |action| Stage::standing().unheard(action).unlisted(capability);
        assert_eq!(unheard(Action::Update).deeds(), ["update"]);
        let deleted = Stage::standing()
            .desire(Desired::Absent, Some(Absence::Deleted))
            .unheard(Action::Delete)
            .unlisted(capability);
        assert_eq!(deleted.deeds(), ["delete"]);
    }
}

#[test]
fn another_content_waits_until_an_unknown_change_can_no_longer_land() {
    let edited = |minute| {
        let stage = Stage::standing().unheard(Action::Update);
        stage.unlisted(Capability::Key).with(|stage| {
            stage.subject.rendering = Some(rendering("Rust night, moved"));
            stage.subject.delivery.desired_gen += 1;
            stage.subject.delivery.last_mutation = Some(at(minute));
        })
    };
    assert_eq!(edited(-1).deeds(), ["(update unknown)"]);
    assert_eq!(edited(-1).draft().settle_at, Some(at(1)));
    assert_eq!(edited(-2).deeds(), ["update"]);
}

#[test]
fn what_was_sent_before_lands_first_whatever_the_same_request_was_answered_since() {
    let edited = |capability, minute, heard: bool| {
        Stage::standing().unlisted(capability).with(|stage| {
            stage.subject.rendering = Some(rendering("Rust night, moved"));
            stage.subject.delivery.drifted(at(0));
            stage.subject.delivery.last_mutation = Some(at(minute));
            if !heard {
                stage.subject.delivery.doubt_content();
            }
        })
    };
    for (capability, heard) in [(Capability::Key, false), (Capability::Blind, true)] {
        let early = edited(capability, -1, heard);
        assert_eq!(early.deeds(), ["(update waits)"]);
        assert_eq!(early.draft().settle_at, Some(at(1)));
        assert_eq!(edited(capability, -2, heard).deeds(), ["update"]);
    }
    assert_eq!(edited(Capability::Key, -1, true).deeds(), ["update"]);
    let sent_again = edited(Capability::Blind, -1, true).with(|stage| {
        let unheard = Stage::standing().unheard(Action::Update);
        stage.subject.intent = unheard.subject.intent;
    });
    assert_eq!(sent_again.deeds(), ["(update waits)"], "and not applied");
}

#[test]
fn an_unknown_change_of_what_is_cancelled_is_sent_again_as_the_same() {
    let stage = Stage::standing().desire(Desired::Cancelled, None);
    let stage = stage.unheard(Action::Update).unlisted(Capability::Key);
    let stage = stage.with(|stage| {
        let cancelled = [(Field::Status, crate::consumer::CANCELLED.to_string())].into();
        stage.subject.delivery.applied_fields = field_hashes(&cancelled);
    });
    assert_eq!(stage.deeds(), ["update"]);
    let saved = stage.draft().steps.remove(0).delivery;
    let again = stage.with(|stage| {
        stage.subject.delivery.applied_hash = saved.applied_hash;
        stage.subject.delivery.applied_fields = saved.applied_fields;
    });
    assert_eq!(again.deeds(), ["update"]);
}

#[test]
fn after_a_loss_what_may_stand_where_nobody_can_look_is_left_to_the_operator() {
    let lost = |capability| {
        let stage = Stage::new().unlisted(capability);
        stage.with(|stage| (stage.lost, stage.floor) = (true, Some(at(-2))))
    };
    assert_eq!(lost(Capability::Blind).deeds(), ["(create stuck)"]);
    assert_eq!(lost(Capability::Key).deeds(), ["create"]);
}

#[test]
fn after_a_loss_nothing_is_sent_while_what_was_sent_before_may_still_land() {
    for capability in [Capability::Key, Capability::Blind] {
        let edited = Stage::standing().unlisted(capability).with(|stage| {
            stage.subject.rendering = Some(rendering("Rust night, moved"));
            stage.subject.delivery.desired_hash = rendering("Rust night, moved").hash();
            stage.subject.delivery.drifted(at(-1));
            stage.floor = Some(at(-1));
        });
        assert_eq!(edited.deeds(), ["(update waits)"]);
        assert_eq!(edited.draft().settle_at, Some(at(1)));
    }
}

#[test]
fn what_may_not_be_shown_yet_waits_until_it_may_and_says_so_once() {
    let opening = |minute| {
        Stage::new().with(|stage| {
            let opens = Some(at(minute));
            stage.subject.rendering.as_mut().unwrap().opens = opens;
        })
    };
    assert_eq!(opening(0).deeds(), ["create"]);
    let ahead = opening(1);
    assert_eq!(ahead.deeds(), ["(create waits)"]);
    let waiting = ahead.settled();
    assert_eq!(waiting.opens(), Some(at(1)));
    let told = opening(1).with(|stage| stage.subject.delivery = waiting.clone());
    assert_eq!(told.deeds(), Vec::<String>::new());
    let postponed = Stage::standing().with(|stage| {
        stage.subject.rendering.as_mut().unwrap().opens = Some(at(1));
    });
    assert_eq!(postponed.deeds(), Vec::<String>::new(), "what stands stays");
}

#[test]
fn another_opening_time_is_a_change_of_what_waits_for_it() {
    let mut delivery = Stage::new().subject.delivery;
    delivery.wait_for_opening(at(5), "not yet".into(), at(0));
    let wish = |opens| Wish {
        desired: Desired::Present,
        absence: None,
        hash: delivery.desired_hash,
        opens,
        begins: at(600),
        ends: at(660),
    };
    let mut same = delivery.clone();
    assert!(!same.wish(wish(Some(at(5))), at(1)));
    for opens in [None, Some(at(3))] {
        let mut moved = delivery.clone();
        assert!(moved.wish(wish(opens), at(1)));
        assert_eq!(moved.state, State::Pending);
    }
}

#[test]
fn names_that_a_consumer_gives_more_than_once_are_not_taken_for_one_item() {
    let ended = || {
        Stage::standing()
            .with(|stage| {
                let delivery = &mut stage.subject.delivery;
                (delivery.begins, delivery.ends) = (at(-120), at(-60));
                delivery.item_begins = Some(at(-120));
            })
            .subject
    };
    let mut subjects = [
        Stage::standing().subject,
        ended(),
        Stage::standing().subject,
    ];
    for (number, subject) in subjects.iter_mut().enumerate() {
        subject.delivery.key = EventKey::new(format!("{KEY}{number}"));
    }
    let situation = Situation {
        now: at(0),
        settle: TimeDelta::minutes(2),
        floor: None,
        capability: Capability::Key,
        listing: &remembered(&subjects, at(0)),
        looked: &BTreeMap::new(),
        adopting: false,
        lost: false,
        may_delete: true,
    };
    assert!(plan(&subjects, &situation).steps.is_empty());
}

#[test]
fn what_has_begun_by_a_restored_database_can_go_if_the_event_lies_ahead() {
    for is_content_known in [true, false] {
        let mut stage = Stage::standing()
            .desire(Desired::Absent, Some(Absence::Deleted))
            .unlisted(Capability::Key)
            .with(|stage| {
                let delivery = &mut stage.subject.delivery;
                delivery.item_begins = Some(at(-5));
                delivery.applied_hash = delivery.applied_hash.filter(|_| is_content_known);
            });
        assert_eq!(stage.deeds(), ["(delete waits)"]);
        stage.floor = Some(at(-3));
        let known = stage.draft().steps.remove(0).delivery;
        stage.subject.delivery = known;
        assert_eq!(stage.deeds(), ["delete"]);
        stage.subject.delivery.ends = at(-1);
        assert_eq!(stage.deeds(), [""; 0], "but not if it is over");
    }
}

#[test]
fn what_lies_ahead_by_a_restored_database_can_go_though_the_event_is_over() {
    let mut stage = Stage::standing()
        .desire(Desired::Absent, Some(Absence::Deleted))
        .unlisted(Capability::Key)
        .with(|stage| {
            let delivery = &mut stage.subject.delivery;
            (delivery.item_begins, delivery.ends) = (Some(at(5)), at(-1));
            stage.floor = Some(at(-3));
        });
    let known = stage.draft().steps.remove(0).delivery;
    stage.subject.delivery = known;
    assert_eq!(stage.deeds(), ["delete"]);
}
