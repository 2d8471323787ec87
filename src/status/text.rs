//! The status for people: a line for each consumer, one for everything that is not at rest, and the last runs.

use super::{ConsumerStatus, DeliveryStatus, EventStatus, Place, RunStatus, Status};
use crate::text::{line, moment, shown};
use std::fmt;

/// So many runs are printed.
const RUNS: usize = 5;

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(events) = &self.events {
            return events.iter().try_for_each(|event| write_event(f, event));
        }
        if self.consumers.is_empty() {
            writeln!(f, "No consumer is configured.")?;
        }
        for consumer in &self.consumers {
            write_consumer(f, consumer, self.verbose)?;
        }
        if self.runs.is_empty() {
            return writeln!(f, "No run has been made yet.");
        }
        writeln!(f, "Last runs")?;
        self.runs
            .iter()
            .take(RUNS)
            .try_for_each(|run| write_run(f, run))
    }
}

fn write_consumer(
    f: &mut fmt::Formatter<'_>,
    consumer: &ConsumerStatus,
    verbose: bool,
) -> fmt::Result {
    let name = consumer.name.as_deref().unwrap_or("(no longer configured)");
    let counts: Vec<String> = Place::ALL
        .iter()
        .map(|place| {
            let of_it = consumer.deliveries.iter();
            (
                of_it.filter(|delivery| delivery.place == *place).count(),
                place,
            )
        })
        .filter(|(count, _)| *count > 0)
        .map(|(count, place)| match (count, place) {
            (1, _) => format!("1 {}", place.word()),
            (_, Place::Stands) => format!("{count} stand"),
            (_, Place::Waits) => format!("{count} wait"),
            _ => format!("{count} {}", place.word()),
        })
        .collect();
    let counts = match counts.is_empty() {
        true => "nothing".into(),
        false => counts.join(", "),
    };
    writeln!(f, "{name} ({}): {counts}", shown(&consumer.target))?;
    for delivery in &consumer.deliveries {
        let at_rest = delivery.place == Place::Stands && delivery.reason.is_none();
        if verbose || !at_rest {
            write_delivery(f, &line(&delivery.title), delivery)?;
        }
    }
    Ok(())
}

/// One event at one consumer, under `heading`: its title where the consumer is told already, or the other way round.
fn write_delivery(
    f: &mut fmt::Formatter<'_>,
    heading: &str,
    delivery: &DeliveryStatus,
) -> fmt::Result {
    let begins = moment(delivery.begins, delivery.zone);
    writeln!(f, "  {:<12} {heading} ({begins})", delivery.place.word())?;
    let mut say = |text: &str| writeln!(f, "  {:<12} {}", "", shown(text));
    if let Some(reason) = &delivery.reason {
        say(reason)?;
    }
    if delivery.place != Place::Stands {
        say(&format!("since {}", moment(delivery.since, None)))?;
    }
    if let Some(at) = delivery.not_before {
        say(&format!("not before {}", moment(at, None)))?;
    }
    say(delivery.event.as_str())?;
    if let Some(url) = &delivery.remote_url {
        say(&format!("there: {url}"))?;
    }
    match &delivery.release {
        Some(command) => say(&format!("release it with: {command}")),
        None => Ok(()),
    }
}

fn write_event(f: &mut fmt::Formatter<'_>, event: &EventStatus) -> fmt::Result {
    let title = event.title.as_deref().map(line);
    writeln!(f, "{}", title.as_deref().unwrap_or("(no longer known)"))?;
    writeln!(f, "  {}", shown(event.event.as_str()))?;
    if let Some(begins) = event.begins {
        writeln!(f, "  begins {}", moment(begins, event.zone))?;
    }
    for group in &event.groups {
        writeln!(f, "  in {}", shown(group))?;
    }
    if event.deliveries.is_empty() {
        writeln!(f, "  It stands at none of the consumers.")?;
    }
    for (consumer, delivery) in &event.deliveries {
        write_delivery(f, consumer, delivery)?;
    }
    for tried in &event.history {
        let reason = tried
            .reason
            .as_deref()
            .map(|reason| format!(": {}", shown(reason)));
        writeln!(
            f,
            "  {}  run {}: {} at {}, {}{}",
            moment(tried.at, None),
            tried.run,
            tried.action.word(),
            tried.consumer,
            shown(&tried.outcome),
            reason.unwrap_or_default()
        )?;
    }
    Ok(())
}

fn write_run(f: &mut fmt::Formatter<'_>, run: &RunStatus) -> fmt::Result {
    let started = moment(run.started, None);
    match (&run.summary, run.exit) {
        (Some(summary), Some(exit)) => writeln!(f, "  {started}  exit {exit}  {summary}"),
        _ => writeln!(f, "  {started}  run {} was interrupted", run.run),
    }
}
