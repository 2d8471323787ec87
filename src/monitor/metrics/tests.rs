//! What the collector reads.

use super::*;
use crate::report::{ConsumerReport, GroupReport, ProviderReport, RunOutcome, VERSION};
use chrono::TimeDelta;

fn report() -> Report {
    let started = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let group = GroupReport {
        group: "a \"b\"\\\nc".into(),
        events: 14,
        requests: 2,
        ..GroupReport::default()
    };
    let unread = GroupReport {
        group: "d".into(),
        requests: 1,
        error: Some("gone".into()),
        ..GroupReport::default()
    };
    Report {
        version: VERSION,
        run: 12,
        dry_run: false,
        started,
        finished: started + TimeDelta::milliseconds(2500),
        outcome: RunOutcome::Partial,
        plan: String::new(),
        providers: vec![ProviderReport {
            name: "space".into(),
            groups: vec![group, unread],
        }],
        consumers: vec![ConsumerReport {
            name: "guild".into(),
            kind: "discord".into(),
            listed: true,
            requests: 5,
            error: None,
            unauthorised: false,
            operations: Vec::new(),
        }],
        interrupted: false,
        unknown_approval: false,
    }
}

fn written(totals: &Totals) -> String {
    metrics(&report(), Exit::Partial, totals)
}

#[test]
fn the_run_its_groups_and_its_services_are_told() {
    let text = written(&Totals {
        last_success: DateTime::from_timestamp(1_799_999_000, 0),
        deliveries: vec![("guild".into(), "stands", 3)],
        refusals: vec![
            ("provider", "space".into(), 0),
            ("consumer", "guild".into(), 2),
        ],
        database_bytes: 4096,
    });
    for line in [
        "kronos_last_run_timestamp_seconds 1800000002.5",
        "kronos_last_success_timestamp_seconds 1799999000",
        "kronos_run_duration_seconds 2.5",
        "kronos_run_exit_code 3",
        "kronos_database_size_bytes 4096",
        r#"kronos_events{provider="space",group="a \"b\"\\\nc"} 14"#,
        r#"kronos_group_read{provider="space",group="d"} 0"#,
        r#"kronos_operations{consumer="guild",outcome="failed"} 0"#,
        r#"kronos_deliveries{consumer="guild",state="stands"} 3"#,
        r#"kronos_requests{provider="space"} 3"#,
        r#"kronos_requests{consumer="guild"} 5"#,
        r#"kronos_refusals{provider="space"} 0"#,
        r#"kronos_refusals{consumer="guild"} 2"#,
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
}

#[test]
fn every_family_has_its_help_and_type_before_its_samples_and_ends_in_a_line_feed() {
    let text = written(&Totals::default());
    let mut family = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            family = rest.split(' ').next().unwrap().into();
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{family} gauge"));
        } else {
            assert_eq!(line.split(['{', ' ']).next(), Some(family.as_str()));
        }
    }
    assert!(text.ends_with('\n'));
}

#[test]
fn without_any_success_there_is_no_time_of_one() {
    assert!(!written(&Totals::default()).contains("last_success"));
}

#[test]
fn the_file_is_replaced_whole_and_everybody_may_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kronos.prom");
    std::fs::write(&path, "old").unwrap();
    write(&path, "new\n").unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
