//! The report for people: `+ ~ x −` for each consumer, field by field, and one closing line.

use super::{ConsumerReport, OperationOutcome, OperationReport, Report};
use crate::event::{Action, Field};
use crate::text::{moment, shown as safe};
use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use std::fmt;

/// Longer texts are shown by their beginning.
const SHOWN: usize = 72;
/// So many characters of a text are looked at first.
const NEAR: usize = 2 * SHOWN;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}{}", self.details(), self.closing())
    }
}

/// All of a report but its closing line.
struct Details<'a>(&'a Report);

impl fmt::Display for Details<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for provider in &self.0.providers {
            for group in &provider.groups {
                if let Some(error) = &group.error {
                    writeln!(
                        f,
                        "! {} / {}: {}",
                        provider.name,
                        safe(&group.group),
                        safe(error)
                    )?;
                }
            }
        }
        for consumer in self
            .0
            .consumers
            .iter()
            .filter(|consumer| consumer.error.is_some() || !consumer.operations.is_empty())
        {
            write_consumer(f, consumer)?;
        }
        if self.0.count(OperationOutcome::Withheld) > 0 {
            writeln!(
                f,
                "\nIf that is what you want, release it with: kronos sync --approve {}",
                self.0.plan
            )?;
        }
        if self.0.unknown_approval {
            writeln!(
                f,
                "! --approve named a plan that fits nothing: nothing was released; take the hash of the latest report"
            )?;
        }
        Ok(())
    }
}

impl Report {
    /// What was done and why, without the closing line; empty if there is nothing to tell.
    pub fn details(&self) -> impl fmt::Display {
        Details(self)
    }

    /// One line that says it all.
    pub fn closing(&self) -> String {
        use OperationOutcome::{Done, Failed, Planned, Unknown, Waiting, Withheld};
        let groups: Vec<_> = self
            .providers
            .iter()
            .flat_map(|provider| &provider.groups)
            .collect();
        let events: usize = groups.iter().map(|group| group.events).sum();
        let outcomes = [
            (Done, "done"),
            (Planned, "planned"),
            (Withheld, "withheld"),
            (Unknown, "not yet known"),
            (Failed, "failed"),
            (Waiting, "waiting"),
        ];
        let parts: Vec<String> = outcomes
            .iter()
            .map(|(outcome, word)| (self.count(*outcome), word))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let unread = groups.iter().filter(|group| group.error.is_some()).count();
        let consumers = self.consumers.iter();
        let unserved = consumers
            .filter(|consumer| consumer.error.is_some())
            .count();
        let changes = match (parts.is_empty(), unread + unserved) {
            (true, 0) => "nothing to do".into(),
            (true, _) => "nothing done".into(),
            (false, _) => parts.join(", "),
        };
        let all = [
            (unread, groups.len(), "group", "read"),
            (unserved, self.consumers.len(), "consumer", "served"),
        ];
        let missed: String = all
            .iter()
            .filter(|(count, ..)| *count > 0)
            .map(|(count, of, noun, verb)| {
                format!(
                    ", {count} of {of} {} could not be {verb}",
                    plural(*of, noun)
                )
            })
            .collect();
        let interrupted = if self.interrupted {
            "; stopped early, the next run goes on"
        } else {
            ""
        };
        let kind = if self.dry_run { "Dry run" } else { "Run" };
        format!(
            "{kind} {}: {events} {} in {} {}: {changes}{missed}{interrupted}.",
            self.run,
            plural(events, "event"),
            groups.len(),
            plural(groups.len(), "group")
        )
    }
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        word.into()
    } else {
        format!("{word}s")
    }
}

fn write_consumer(f: &mut fmt::Formatter<'_>, consumer: &ConsumerReport) -> fmt::Result {
    writeln!(f, "{} ({})", consumer.name, consumer.kind)?;
    if let Some(error) = &consumer.error {
        writeln!(f, "  ! {}", safe(error))?;
    }
    consumer
        .operations
        .iter()
        .try_for_each(|operation| write_operation(f, operation))
}

fn write_operation(f: &mut fmt::Formatter<'_>, operation: &OperationReport) -> fmt::Result {
    use OperationOutcome::{Done, Planned};
    let sign = match operation.action {
        Action::Create => '+',
        Action::Update | Action::Publish => '~',
        Action::Cancel => 'x',
        Action::Delete => '−',
        Action::Adopt => '=',
    };
    write!(f, "  {sign} {}", crate::text::line(&operation.title))?;
    match (operation.outcome, &operation.reason) {
        (Done | Planned, None) => writeln!(f)?,
        (Done | Planned, Some(reason)) => writeln!(f, " ({})", safe(reason))?,
        (outcome, reason) => writeln!(
            f,
            " [{}] {}",
            word(outcome),
            safe(reason.as_deref().unwrap_or_default())
        )?,
    }
    if !matches!(operation.outcome, Done | Planned) {
        return writeln!(f, "      {}", safe(operation.event.as_str()));
    }
    for change in operation
        .changes
        .iter()
        .filter(|_| matches!(operation.action, Action::Create | Action::Update))
    {
        let text = |side: &Option<String>| {
            side.as_ref()
                .map(|text| shown(change.field, text, operation.zone))
        };
        let name = change.field.word();
        match (operation.action, text(&change.old), text(&change.new)) {
            (Action::Create, _, Some(new)) => writeln!(f, "      {name:<12} {new}")?,
            (_, Some(old), Some(new)) => writeln!(f, "      {name:<12} {old} → {new}")?,
            (_, None, Some(new)) => writeln!(f, "      {name:<12} → {new}")?,
            (_, Some(old), None) => writeln!(f, "      {name:<12} {old} → nothing")?,
            (_, None, None) => writeln!(f, "      {name:<12} changed")?,
        }
    }
    Ok(())
}

fn word(outcome: OperationOutcome) -> &'static str {
    match outcome {
        OperationOutcome::Planned => "planned",
        OperationOutcome::Done => "done",
        OperationOutcome::Failed => "failed",
        OperationOutcome::Unknown => "not yet known",
        OperationOutcome::Withheld => "withheld",
        OperationOutcome::Waiting => "waiting",
    }
}

fn shown(field: Field, text: &str, zone: Option<Tz>) -> String {
    if let (Field::Begins | Field::Ends, Some(at)) = (field, time(text)) {
        return moment(at, zone);
    }
    // Cleaning a long text costs the more, and hardly more than its beginning is shown.
    let near = text
        .char_indices()
        .nth(NEAR)
        .map_or(text, |(at, _)| &text[..at]);
    let mut line = crate::text::line(near);
    if near.len() < text.len() && crate::text::length(&line) <= SHOWN {
        line = crate::text::line(text);
    }
    if line.is_empty() {
        "nothing".into()
    } else {
        crate::text::cut(&line, SHOWN)
    }
}

/// A time as the services write it: RFC 3339, or the basic form of calendar files.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let calendar = || {
        NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ")
            .ok()
            .map(|at| at.and_utc())
    };
    DateTime::parse_from_rfc3339(text)
        .ok()
        .map(|at| at.to_utc())
        .or_else(calendar)
}
