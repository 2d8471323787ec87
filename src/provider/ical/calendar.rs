//! A calendar's bytes, made into events.

use super::content;
use super::moment::InstanceId;
use super::recurrence::Budget;
use super::series::{Instance, Window, expand, updated};
use super::structure;
use super::zone::Zones;
use crate::event::{Event, EventKey};
use crate::text;
use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType};
use calcard::{Entry, Parser};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::HashMap;

/// A UID is written into the key so that no program can take part of it for punctuation, mark-up or a mention.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-');

/// So much of a UID is told.
const SHOWN: usize = 100;
/// The longest message about a calendar.
const LONGEST_PROBLEM: usize = 500;

/// What a calendar holds.
#[derive(Debug)]
pub struct Contents {
    /// The public events within the window, each key once.
    pub events: Vec<Event>,
    /// How many UIDs there are, unfiltered.
    pub uids: u64,
    /// What could not be used, a sentence each. Empty: the reading is complete.
    pub problems: Vec<String>,
}

/// Reads the calendar that is known as `base`.
///
/// # Errors
/// Why it is none, with the line.
pub fn read(bytes: &[u8], base: &str, window: Window) -> Result<Contents, String> {
    let checked = structure::check(bytes).map_err(|problem| told(&problem))?;
    let mut contents = Contents {
        events: Vec::new(),
        uids: 0,
        problems: checked
            .odd
            .iter()
            .map(|line| format!("line {line}: not a content line"))
            .collect(),
    };
    let mut events: HashMap<EventKey, Event> = HashMap::new();
    let mut order = Vec::new();
    let mut budget = Budget::default();
    let mut parser = Parser::new(checked.text);
    loop {
        let calendar = match parser.entry() {
            Entry::ICalendar(calendar) => calendar,
            Entry::Eof => break,
            other => return Err(told(&format!("it cannot be read ({other:?})"))),
        };
        let zones = Zones::new(&calendar.components, window.until);
        for (uid, parts) in by_uid(&calendar, &mut contents.problems) {
            contents.uids += 1;
            let mut problems = Vec::new();
            let instances = expand(&parts, &zones, window, &mut budget, &mut problems);
            let about = |problem| format!("the event {:?}: {problem}", brief(uid));
            contents.problems.extend(problems.into_iter().map(about));
            let private = parts
                .iter()
                .any(|part| !part.is_recurrence_override() && !content::is_public(part));
            for instance in instances {
                if private || !content::is_public(instance.part) {
                    continue;
                }
                let event = event(base, uid, &instance, &zones);
                if event.key.as_str().len() > EventKey::LONGEST {
                    contents.problems.push(format!(
                        "the event {:?} has a UID that is too long to be shared",
                        brief(uid)
                    ));
                    break;
                }
                if events.insert(event.key.clone(), event.clone()).is_none() {
                    order.push(event.key);
                }
            }
        }
    }
    contents
        .problems
        .iter_mut()
        .for_each(|problem| *problem = told(problem));
    contents.events = order.iter().filter_map(|key| events.remove(key)).collect();
    Ok(contents)
}

/// As much of a text as is told in a message.
fn brief(text: &str) -> String {
    text::cut(text, SHOWN)
}

/// A message in which a calendar's own words stand.
fn told(problem: &str) -> String {
    text::cut(&text::shown(problem), LONGEST_PROBLEM)
}

/// The VEVENTs of `calendar` by UID, in the order in which the UIDs appear.
fn by_uid<'a>(
    calendar: &'a ICalendar,
    problems: &mut Vec<String>,
) -> Vec<(&'a str, Vec<&'a ICalendarComponent>)> {
    let mut groups: Vec<(&str, Vec<&ICalendarComponent>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    let children = calendar.components.first().map(|root| &root.component_ids);
    for part in children
        .into_iter()
        .flatten()
        .filter_map(|id| calendar.component_by_id(*id))
        .filter(|part| part.component_type == ICalendarComponentType::VEvent)
    {
        match part.uid().map(str::trim).filter(|uid| !uid.is_empty()) {
            Some(uid) => {
                let index = *known.entry(uid).or_insert(groups.len());
                if index == groups.len() {
                    groups.push((uid, Vec::new()));
                }
                groups[index].1.push(part);
            }
            None => problems.push(format!(
                "the event {:?} has no UID",
                brief(
                    &content::text(part, &calcard::icalendar::ICalendarProperty::Summary)
                        .unwrap_or_default()
                )
            )),
        }
    }
    groups
}

fn event(base: &str, uid: &str, instance: &Instance<'_>, zones: &Zones) -> Event {
    let part = instance.part;
    let (place, online) = content::place(part);
    Event {
        key: key(base, uid, instance.id),
        uuid: Some(match instance.id {
            Some(id) => format!("{uid}/{id}"),
            None => uid.into(),
        }),
        title: content::text(part, &calcard::icalendar::ICalendarProperty::Summary)
            .unwrap_or_default(),
        description: content::description(part),
        begins: instance.begins.to_utc(),
        ends: instance.length.end(&instance.begins),
        timezone: instance.begins.timezone(zones),
        all_day: instance.begins.is_day(),
        online_only: online.is_some() && place.is_none(),
        place,
        online,
        picture: content::picture(part),
        status: content::status(part),
        capacity: None,
        participation: content::link(part),
        tags: content::tags(part),
        updated: updated(part, zones),
    }
}

/// `CALENDAR#UID` or `CALENDAR#UID/RECURRENCE-ID`.
fn key(base: &str, uid: &str, id: Option<InstanceId>) -> EventKey {
    let uid = utf8_percent_encode(uid, KEPT);
    EventKey::new(match id {
        Some(id) => format!("{base}#{uid}/{id}"),
        None => format!("{base}#{uid}"),
    })
}
