//! What strangers write, where operators read it: the report, the status, the metrics.

use super::*;
use crate::event::{Action, EventKey, Field};
use crate::exit::Exit;
use crate::monitor::Totals;
use crate::monitor::metrics::metrics;
use crate::plan::Change;
use crate::report::{
    self, ConsumerReport, GroupReport, OperationOutcome, OperationReport, ProviderReport, Report,
    RunOutcome,
};
use crate::status::{
    self, ConsumerStatus, DeliveryStatus, EventStatus, Place, RunStatus, Status, Tried,
};

fn operation(text: &str, outcome: OperationOutcome) -> OperationReport {
    let change = |field| Change {
        field,
        old: Some(text.into()),
        new: Some(text.into()),
    };
    OperationReport {
        event: EventKey::new(text),
        title: text.into(),
        action: Action::Update,
        fields: [Field::Title].into(),
        outcome,
        remote_id: Some(text.into()),
        remote_url: Some(text.into()),
        reason: Some(text.into()),
        changes: [Field::Title, Field::Begins, Field::Link]
            .map(change)
            .into(),
        fresh: true,
        put_off: false,
        zone: None,
    }
}

fn report(text: &str) -> Report {
    Report {
        version: report::VERSION,
        run: 1,
        dry_run: false,
        started: now(),
        finished: now(),
        outcome: RunOutcome::Partial,
        plan: String::new(),
        providers: vec![ProviderReport {
            name: "space".into(),
            groups: vec![GroupReport {
                group: text.into(),
                error: Some(text.into()),
                ..GroupReport::default()
            }],
        }],
        consumers: vec![ConsumerReport {
            name: "guild".into(),
            kind: "discord".into(),
            listed: true,
            requests: 1,
            error: Some(text.into()),
            unauthorised: false,
            operations: [OperationOutcome::Done, OperationOutcome::Failed]
                .map(|outcome| operation(text, outcome))
                .into(),
        }],
        interrupted: false,
        unknown_approval: false,
    }
}

fn delivery(text: &str) -> DeliveryStatus {
    DeliveryStatus {
        event: EventKey::new(text),
        title: text.into(),
        begins: now(),
        place: Place::Waits,
        since: now(),
        not_before: Some(now()),
        attempts: 1,
        reason: Some(text.into()),
        remote_id: Some(text.into()),
        remote_url: Some(text.into()),
        release: None,
        zone: None,
    }
}

fn status(text: &str, events: bool) -> Status {
    let event = EventStatus {
        event: EventKey::new(text),
        title: Some(text.into()),
        begins: Some(now()),
        groups: vec![text.into()],
        deliveries: vec![("guild".into(), delivery(text))],
        history: vec![Tried {
            at: now(),
            run: 1,
            consumer: "guild".into(),
            action: Action::Create,
            outcome: "refused".into(),
            reason: Some(text.into()),
        }],
        zone: None,
    };
    Status {
        version: status::VERSION,
        at: now(),
        runs: vec![RunStatus {
            run: 1,
            started: now(),
            finished: None,
            exit: None,
            summary: None,
        }],
        consumers: vec![ConsumerStatus {
            name: None,
            target: text.into(),
            deliveries: vec![delivery(text)],
        }],
        events: events.then(|| vec![event]),
        verbose: true,
    }
}

/// As many lines as for a text that is nothing special, and nothing in them that steers the terminal.
fn steers_nothing(text: &str, print: impl Fn(&str) -> String) {
    let printed = print(text);
    assert!(!deceives(&printed), "{printed:?}");
    let plain = print("x").lines().count();
    assert!(printed.lines().count() <= plain, "{printed:?}");
}

#[test]
fn a_name_in_the_report_or_the_status_cannot_clear_the_screen_or_forge_a_line() {
    for text in [
        "\u{1b}[2J\u{1b}]0;x\u{7}",
        "a\n! space / x: forged",
        "\u{202e}txt.exe",
        "\u{9b}31m",
    ] {
        steers_nothing(text, |text| report(text).to_string());
        steers_nothing(text, |text| status(text, false).to_string());
        steers_nothing(text, |text| status(text, true).to_string());
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_that_strangers_write_steers_a_terminal(text in nasty()) {
        steers_nothing(&text, |text| report(text).to_string());
        steers_nothing(&text, |text| status(text, false).to_string());
        steers_nothing(&text, |text| status(text, true).to_string());
    }

    #[test]
    fn no_label_of_the_metrics_begins_a_line_or_steers_a_terminal(text in nasty()) {
        let totals = Totals { deliveries: vec![(text.clone(), "stands", 1)], ..Totals::default() };
        steers_nothing(&text, |text| metrics(&report(text), Exit::Partial, &totals));
    }
}
