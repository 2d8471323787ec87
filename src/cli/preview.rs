//! `kronos preview`: an event as people will see it at a consumer.

use super::choose::{only, unknown};
use super::print::{json_line, print};
use super::{CliError, Format, Global, PreviewArgs};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config};
use crate::event::Event;
use crate::exit::Exit;
use crate::sync::{State, find_at_providers};
use crate::text::shown;
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::rc::Rc;

/// The version of the JSON's shape.
const VERSION: u32 = 1;

/// An event at a consumer.
#[derive(Serialize)]
struct Preview<'a> {
    version: u32,
    event: &'a str,
    title: &'a str,
    consumer: &'a str,
    r#type: &'a str,
    /// From when it is shown there, where it is not shown at once.
    opens: Option<DateTime<Utc>>,
    /// What people read, by the names of the texts.
    #[serde(serialize_with = "by_name")]
    texts: Vec<(&'static str, String)>,
    /// All that is sent.
    payload: &'a Value,
}

fn by_name<S: Serializer>(texts: &[(&str, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(texts.iter().map(|(name, text)| (name, text)))
}

/// Prints the texts of one event at one consumer, or all that is sent. The event is as the last run read it, or else as its
/// provider tells of it now. No file of the state changes.
///
/// # Errors
/// The configuration or the database cannot be used, a run is under way, the event or consumer is not known, several events fit,
/// or a template fails for this event.
pub fn preview(global: &Global, args: &PreviewArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let config = Config::load(&config::find(global.config.clone())?, &clock)?;
    let mut consumers = config.consumers.iter();
    let Some(named) = consumers.find(|named| named.name == args.consumer) else {
        let known: Vec<&str> = config.consumers.iter().map(|it| it.name.as_str()).collect();
        return Err(unknown("consumer", &args.consumer, &known));
    };
    let event = event(&config, &args.event, clock.now())?;
    let rendering = named.consumer.render(&event);
    if let Some(problem) = rendering.problem {
        return Err(CliError::Template(format!(
            "{problem}; so it is with {} ({})",
            event.title, event.key
        )));
    }
    let preview = Preview {
        version: VERSION,
        event: event.key.as_str(),
        title: &event.title,
        consumer: &named.name,
        r#type: named.kind,
        opens: rendering.opens.filter(|opens| *opens > clock.now()),
        texts: named.consumer.texts(&rendering),
        payload: &rendering.payload,
    };
    print(&match args.format {
        Format::Text => preview.text(),
        Format::Json => json_line(&preview)?,
    })?;
    Ok(Exit::Done)
}

/// The event that `wanted` names.
fn event(config: &Config, wanted: &str, now: DateTime<Utc>) -> Result<Event, CliError> {
    let state = State::for_reading(&config.store)?;
    let found = state.find(wanted)?;
    if !found.is_empty() {
        let key = only(wanted, &found)?;
        if let Some(stored) = state.store.borrow().event(&key)? {
            return Ok(stored.event);
        }
    }
    let (events, unread) = super::complete(find_at_providers(&config.providers, wanted, now))?;
    if let (true, Some(failure)) = (events.is_empty(), unread) {
        return Err(CliError::Failed(format!(
            "no event is known by {wanted:?}, and a provider could not be read: {failure}"
        )));
    }
    let found: Vec<_> = events
        .iter()
        .map(|event| (event.key.clone(), event.title.clone()))
        .collect();
    let key = only(wanted, &found)?;
    let mut events = events.into_iter();
    let event = events.find(|event| event.key == key);
    event.ok_or_else(|| CliError::Failed(format!("{key} is not known")))
}

impl Preview<'_> {
    /// Each text below its name; where people read none, all that is sent.
    fn text(&self) -> String {
        let mut out = format!(
            "{} ({}) shows {} ({})",
            self.consumer,
            self.r#type,
            shown(self.title),
            shown(self.event)
        );
        if let Some(opens) = self.opens {
            out += &format!(" from {}", opens.format("%Y-%m-%d %H:%M UTC"));
        }
        out += "\n";
        let part = |name: &str, text: &str| {
            let lines = text.lines().map(|line| match line {
                "" => "\n".into(),
                line => format!("    {}\n", shown(line)),
            });
            format!("\n{name}\n{}", lines.collect::<String>())
        };
        for (name, text) in &self.texts {
            out += &part(name, text);
        }
        if self.texts.is_empty() {
            let payload = serde_json::to_string_pretty(self.payload).unwrap_or_default();
            out += &part("payload", &payload);
        }
        out
    }
}
