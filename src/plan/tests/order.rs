//! In which order a plan is carried out, and who gets what room there is.

use super::*;

fn step(action: Action, minute: i64) -> Step {
    let mut step = Stage::new().draft().steps.remove(0);
    step.action = action;
    step.delivery.begins = at(minute);
    step.item = None;
    step
}

fn draft(room: usize, steps: Vec<Step>) -> Draft {
    Draft {
        steps,
        room: Some(room),
        ..Draft::default()
    }
}

/// How many creations are sent once room was counted.
fn created(mut draft: Draft) -> usize {
    fit_room(&mut draft);
    let sent = |step: &&Step| step.action == Action::Create && step.verdict == Verdict::Send;
    draft.steps.iter().filter(sent).count()
}

#[test]
fn what_is_taken_away_in_the_same_run_makes_room_and_what_is_withheld_makes_none() {
    let creations = || {
        vec![
            step(Action::Create, 1),
            step(Action::Create, 2),
            step(Action::Create, 3),
        ]
    };
    let with = |room, mut first: Vec<Step>| {
        first.extend(creations());
        created(draft(room, first))
    };
    assert_eq!(with(1, vec![]), 1);
    assert_eq!(with(1, vec![step(Action::Delete, 1)]), 2);
    assert_eq!(
        with(0, vec![step(Action::Delete, 1), step(Action::Cancel, 1)]),
        2
    );
    assert_eq!(with(1, vec![step(Action::Update, 1)]), 1);
    let mut withheld = step(Action::Delete, 1);
    withheld.verdict = Verdict::Withheld("too many".into());
    assert_eq!(with(1, vec![withheld]), 1);
    let mut unlimited = draft(0, creations());
    unlimited.room = None;
    assert_eq!(created(unlimited), 3);
}

#[test]
fn a_creation_that_waits_takes_no_room_and_the_first_ones_get_it() {
    let mut waiting = step(Action::Create, 1);
    waiting.verdict = Verdict::Waiting("settling".into());
    let mut draft = draft(
        1,
        vec![waiting, step(Action::Create, 2), step(Action::Create, 3)],
    );
    fit_room(&mut draft);
    assert_eq!(draft.steps[0].verdict, Verdict::Waiting("settling".into()));
    assert_eq!(draft.steps[1].verdict, Verdict::Send);
    assert!(matches!(draft.steps[2].verdict, Verdict::Waiting(_)));
}

/// Several events at once: (key, when it begins, attempts, what stands there of it).
fn planned(stages: &[(&str, Stage)]) -> Vec<(String, Action, bool)> {
    let mut items = Vec::new();
    let subjects: Vec<Subject> = stages
        .iter()
        .map(|(name, stage)| {
            let key = EventKey::new(format!("{KEY}/{name}"));
            for item in &stage.items {
                items.push(Item {
                    remote_id: format!("{name}{}", item.remote_id),
                    marker: Some(key.clone()),
                    links: vec![key.to_string()],
                    ..item.clone()
                });
            }
            let mut subject = stage.subject.clone();
            subject.delivery.remote_id = subject.delivery.remote_id.map(|id| format!("{name}{id}"));
            subject.delivery.key = key;
            subject
        })
        .collect();
    let listing = Listing {
        begun: at(0),
        items,
        room: None,
    };
    let situation = Situation {
        now: at(0),
        settle: TimeDelta::minutes(2),
        floor: None,
        capability: Capability::Listed,
        listing: &listing,
        looked: &BTreeMap::new(),
        adopting: false,
        lost: false,
        may_delete: true,
    };
    let told = |step: &Step| {
        let name = step.key().as_str().rsplit('/').next().unwrap_or_default();
        (name.to_string(), step.action, step.duplicate)
    };
    plan(&subjects, &situation).steps.iter().map(told).collect()
}

#[test]
fn room_is_made_before_it_is_needed_and_the_soonest_comes_first() {
    let soon = |minute| Stage::new().with(|stage| stage.subject.delivery.begins = at(minute));
    let twice = Stage::standing().with(|stage| {
        let mut second = item("2", "Rust night");
        second.created = Some(at(-50));
        stage.items.push(second);
    });
    let differs = Stage::standing()
        .with(|stage| stage.items[0].fields = [(Field::Title, "Old".into())].into());
    let adopted = Stage::new().with(|stage| stage.items = vec![item("1", "Rust night")]);
    let failed = soon(100).with(|stage| stage.subject.delivery.attempts = 2);
    let once = soon(400).with(|stage| stage.subject.delivery.attempts = 1);
    let stages = [
        ("failed-twice", failed),
        ("failed-once", once),
        ("later", soon(300)),
        ("sooner", soon(200)),
        ("differs", differs),
        ("found", adopted),
        (
            "cancelled",
            Stage::standing().desire(Desired::Cancelled, None),
        ),
        (
            "deleted",
            Stage::standing().desire(Desired::Absent, Some(Absence::Deleted)),
        ),
        ("twice", twice),
    ];
    let names: Vec<String> = planned(&stages)
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(
        names,
        [
            "twice",
            "deleted",
            "cancelled",
            "found",
            "differs",
            "sooner",
            "later",
            "failed-once",
            "failed-twice"
        ]
    );
}
