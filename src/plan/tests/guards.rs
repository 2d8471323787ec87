//! How the guards count, and what they withhold.

use super::*;
use std::collections::{HashMap, HashSet};

const GROUP: &str = "space/hackerspace";

/// Events that stand there, and the deletion of some of them.
struct Group {
    subjects: Vec<Subject>,
    steps: Vec<Step>,
    empty: HashSet<String>,
    stood: HashMap<String, usize>,
    taken: HashMap<String, usize>,
}

impl Group {
    /// `going` of `live` events are to be deleted.
    fn of(live: usize, going: usize) -> Self {
        let deleted = Stage::standing().desire(Desired::Absent, Some(Absence::Deleted));
        let mut group = Self {
            subjects: Vec::new(),
            steps: Vec::new(),
            empty: HashSet::new(),
            stood: HashMap::new(),
            taken: HashMap::new(),
        };
        for number in 0..live {
            let stage = if number < going {
                &deleted
            } else {
                &Stage::standing()
            };
            let key = EventKey::new(format!("{KEY}{number}"));
            let mut subject = stage.subject.clone();
            subject.delivery.key = key.clone();
            group.subjects.push(subject);
            if let Some(mut step) = stage.draft().steps.into_iter().next() {
                step.delivery.key = key;
                group.steps.push(step);
            }
        }
        group
    }

    fn each(mut self, change: impl Fn(&mut Subject)) -> Self {
        self.subjects.iter_mut().for_each(change);
        self
    }

    fn each_step(mut self, change: impl Fn(&mut Step)) -> Self {
        self.steps.iter_mut().for_each(change);
        self
    }

    /// The reasons for which steps are withheld.
    fn withheld(&self) -> Vec<String> {
        let mut steps = self.steps.clone();
        let limits = Guard {
            now: at(0),
            delete_limit: 0.3,
            empty: &self.empty,
            approved: &HashSet::new(),
            stood: &self.stood,
            taken: &self.taken,
        };
        guard(&mut steps, &self.subjects, &limits);
        let reason = |step: Step| match step.verdict {
            Verdict::Withheld(reason) => Some(reason),
            _ => None,
        };
        steps.into_iter().filter_map(reason).collect()
    }
}

#[test]
fn a_group_may_lose_its_share_and_no_more() {
    assert_eq!(Group::of(20, 6).withheld(), [""; 0]);
    let withheld = Group::of(20, 7).withheld();
    assert_eq!(withheld.len(), 7, "all of them, not the seventh");
    assert_eq!(
        withheld[0],
        format!("7 of 20 would go from the group {GROUP}")
    );
    assert_eq!(Group::of(4, 3).withheld(), [""; 0], "three always pass");
}

#[test]
fn what_does_not_stand_there_live_and_ahead_makes_the_share_no_larger() {
    let only_those_that_go = |group: Group| group.withheld().first().cloned();
    let told = Some(format!("4 of 4 would go from the group {GROUP}"));
    let resting = |subject: &mut Subject, change: &dyn Fn(&mut Delivery)| {
        if subject.delivery.desired == Desired::Present {
            change(&mut subject.delivery);
        }
    };
    let with = |change: &dyn Fn(&mut Delivery)| {
        only_those_that_go(Group::of(20, 4).each(|subject| resting(subject, change)))
    };
    assert_eq!(with(&|_| {}), None);
    assert_eq!(
        with(&|delivery| delivery.forget_item()),
        told,
        "nothing of ours stands there"
    );
    let over = |delivery: &mut Delivery| {
        delivery.ends = at(0);
        delivery.item_begins = Some(at(0));
    };
    assert_eq!(with(&over), told, "it is over");
    let under_way = |delivery: &mut Delivery| delivery.item_begins = Some(at(-1));
    assert_eq!(with(&under_way), None, "it is not over yet");
    let moved = |delivery: &mut Delivery| {
        delivery.ends = at(0);
        delivery.item_begins = Some(at(600));
    };
    assert_eq!(with(&moved), None, "it still shows as if it lay ahead");
    let cancelled = |delivery: &mut Delivery| delivery.desired = Desired::Cancelled;
    assert_eq!(with(&cancelled), told, "it was cancelled there");
    let to_be_cancelled = |delivery: &mut Delivery| {
        cancelled(delivery);
        delivery.desired_gen += 1;
    };
    assert_eq!(with(&to_be_cancelled), None, "it is still to be cancelled");
}

#[test]
fn what_was_recognised_only_now_stands() {
    let recognised = Group::of(20, 7).each(|subject| {
        if subject.delivery.desired == Desired::Absent {
            subject.delivery.forget_item();
        }
    });
    assert!(recognised.withheld()[0].starts_with("7 of 20 "));
    let unseen = recognised.each_step(|step| step.item = None);
    assert!(
        unseen.withheld()[0].starts_with("7 of 13 "),
        "nothing stands there to be taken away"
    );
}

#[test]
fn only_what_takes_away_counts() {
    let duplicates = Group::of(10, 8).each_step(|step| step.duplicate = true);
    assert_eq!(duplicates.withheld(), [""; 0]);
    let updates = Group::of(10, 8).each_step(|step| step.action = Action::Update);
    assert_eq!(updates.withheld(), [""; 0]);
    let cancellations = Group::of(10, 8).each_step(|step| step.action = Action::Cancel);
    assert_eq!(cancellations.withheld().len(), 8);
    let waiting =
        Group::of(10, 8).each_step(|step| step.verdict = Verdict::Waiting("proof".into()));
    assert_eq!(waiting.withheld(), [""; 0]);
}

#[test]
fn a_group_that_is_suddenly_empty_loses_nothing_where_two_or_more_stand() {
    let emptied = |live| {
        let mut group = Group::of(live, 1);
        group.empty.insert(GROUP.into());
        group.withheld()
    };
    assert_eq!(emptied(1), [""; 0]);
    assert_eq!(emptied(2), [format!("the group {GROUP} is suddenly empty")]);
    assert_eq!(emptied(3).len(), 1);
}

#[test]
fn what_a_run_took_away_makes_no_group_smaller_for_its_later_plans() {
    let mut last = Group::of(1, 1);
    last.empty.insert(GROUP.into());
    last.stood.insert(GROUP.into(), 2);
    assert_eq!(
        last.withheld(),
        [format!("the group {GROUP} is suddenly empty")]
    );
    let mut some = Group::of(10, 4);
    some.stood.insert(GROUP.into(), 20);
    assert_eq!(some.withheld(), [""; 0]);
    some.stood.insert(GROUP.into(), 5);
    assert!(some.withheld()[0].starts_with("4 of 10 "));
}

#[test]
fn what_a_run_let_pass_counts_in_its_later_plans() {
    let mut one = Group::of(10, 1);
    assert_eq!(one.withheld(), [""; 0]);
    one.taken.insert(GROUP.into(), 2);
    assert_eq!(one.withheld(), [""; 0]);
    one.taken.insert(GROUP.into(), 3);
    assert!(one.withheld()[0].starts_with("4 of 10 "));
}

#[test]
fn what_a_lost_database_left_without_a_group_counts_with_every_group() {
    let mut mixed = Group::of(10, 4);
    for step in mixed.steps.iter_mut().take(2) {
        step.groups = vec![String::new()];
    }
    for subject in mixed.subjects.iter_mut().take(2) {
        subject.groups = vec![String::new()];
    }
    let withheld = mixed.withheld();
    assert_eq!(withheld.len(), 2, "{withheld:?}");
    assert_eq!(
        withheld[0],
        format!("4 of 10 would go from the group {GROUP}")
    );
    let nameless = Group::of(10, 4)
        .each_step(|step| step.groups = vec![String::new()])
        .each(|subject| subject.groups = vec![String::new()]);
    assert_eq!(
        nameless.withheld()[0],
        "4 of 10 would go from what is no longer known"
    );
}

#[test]
fn what_is_known_by_its_marker_alone_may_have_stood_in_the_group_that_is_suddenly_empty() {
    let nameless = |which: usize| {
        let mut group = Group::of(2, 2);
        group.empty.extend([GROUP.into(), String::new()]);
        group.subjects[which].groups = vec![String::new()];
        group.steps[which].groups = vec![String::new()];
        group
    };
    assert_eq!(nameless(0).withheld().len(), 2);
    assert_eq!(nameless(1).withheld().len(), 2);
    let mut alone = Group::of(1, 1).each(|subject| subject.groups = vec![String::new()]);
    alone.empty.extend([GROUP.into(), String::new()]);
    assert_eq!(alone.withheld(), [""; 0]);
}

#[test]
fn what_is_no_longer_configured_goes_with_approval_only() {
    let left =
        Group::of(10, 1).each_step(|step| step.delivery.absence = Some(Absence::Unconfigured));
    assert_eq!(
        left.withheld(),
        ["its group or provider is no longer configured"]
    );
}

#[test]
fn what_was_recognised_only_just_now_stands_in_a_group_that_is_suddenly_empty() {
    let unrecorded = Stage::new().with(|stage| stage.items = vec![item("2", "Old")]);
    let unknown = Stage::new().with(|stage| {
        stage.items = vec![item("2", "Rust night")];
        stage.subject.delivery.send(at(-1));
        stage.subject.delivery.ambiguous("no answer".into(), at(-1));
    });
    let own = |stage: &Stage| {
        let mut group = Group::of(1, 1);
        group.empty.insert(GROUP.into());
        group.subjects[0].delivery.key = EventKey::new(OTHER);
        group.steps[0].delivery.key = EventKey::new(OTHER);
        group.subjects.push(stage.subject.clone());
        group.steps.extend(stage.draft().steps);
        group.withheld().len()
    };
    assert_eq!(own(&unrecorded), 1);
    assert_eq!(own(&unknown), 1);
    for stage in [unrecorded, unknown] {
        let over = stage.with(|stage| {
            stage.items[0].begins = Some(at(-60));
            (stage.subject.delivery.begins, stage.subject.delivery.ends) = (at(-60), at(0));
        });
        assert_eq!(own(&over), 0);
    }
    let linked = Stage::new().with(|stage| {
        stage.items = vec![item("2", "A person's own")];
        (stage.items[0].maker, stage.items[0].marker) = (Maker::Other, None);
    });
    assert_eq!(own(&linked), 0);
}
