//! The report's JSON: programs rely on its shape, so it is held against a schema.

use crate::support::discord::Discord;
use crate::support::kronos::Kronos;
use crate::support::mobilizon::Mobilizon;
use chrono::{Duration, Utc};
use serde_json::{Value, json};

/// Version 1.
fn schema() -> Value {
    let text = json!({"type": "string"});
    let maybe = json!({"type": ["string", "null"]});
    let count = json!({"type": "integer", "minimum": 0});
    let moment = json!({"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$"});
    let closed = |properties: Value| {
        let names: Vec<String> = properties.as_object().unwrap().keys().cloned().collect();
        json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
    };
    let list = |items: Value| json!({"type": "array", "items": items});
    let field = json!({"enum": ["title", "description", "begins", "ends", "timezone", "location", "online", "picture", "status", "capacity", "link", "publication"]});
    let operation = closed(json!({
        "event": text, "title": text, "action": {"enum": ["create", "update", "cancel", "delete", "adopt"]}, "fields": list(field),
        "outcome": {"enum": ["planned", "done", "failed", "unknown", "withheld", "waiting"]},
        "remote_id": maybe, "remote_url": maybe, "reason": maybe
    }));
    let group = closed(json!({
        "group": text, "complete": {"type": "boolean"}, "quiet": {"type": "boolean"}, "events": count, "changed": count, "gone": count,
        "requests": count, "error": maybe
    }));
    closed(json!({
        "version": {"const": 1}, "run": count, "dry_run": {"type": "boolean"}, "started": moment, "finished": moment,
        "outcome": {"enum": ["done", "partial", "failed"]}, "plan": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        "providers": list(closed(json!({"name": text, "groups": list(group)}))),
        "consumers": list(closed(json!({"name": text, "type": text, "listed": {"type": "boolean"}, "requests": count, "error": maybe, "operations": list(operation)})))
    }))
}

fn holds(report: &Value) {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(report)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:?}\n{report:#}");
}

#[test]
fn its_shape_holds_for_runs_dry_runs_and_failures() {
    let (mobilizon, discord) = (Mobilizon::start(), Discord::start());
    mobilizon.group("hackerspace");
    let event = mobilizon.event("hackerspace", |entry| {
        entry
            .title("Rust night")
            .begins(Utc::now() + Duration::days(3))
    });
    let kronos = Kronos::new()
        .mobilizon("space", &mobilizon, &["hackerspace"])
        .discord("guild", &discord)
        .ical("calendar");
    holds(&kronos.dry_run().report);
    let run = kronos.run().ends_with(0);
    holds(&run.report);
    let operation = &run.operations("guild")[0];
    assert_eq!(
        (&operation["action"], &operation["outcome"]),
        (&json!("create"), &json!("done"))
    );
    assert!(
        operation["remote_id"].is_string() && operation["remote_url"].is_string(),
        "{operation}"
    );
    mobilizon.delete(&event);
    holds(&kronos.run().report);
    discord.server.go_away();
    mobilizon.event("hackerspace", |entry| {
        entry.title("Radio").begins(Utc::now() + Duration::days(4))
    });
    holds(&kronos.run().report);
    mobilizon.fail_group("hackerspace", true);
    holds(&kronos.run().report);
}
