//! All components of one UID, made into the instances that take place: the rule, what is added to it, taken from it and
//! put in another's place.

use super::moment::{InstanceId, Length, When};
use super::recurrence::{Budget, Span, walk};
use super::zone::Zones;
use calcard::icalendar::{
    ICalendarComponent, ICalendarParameterName, ICalendarPeriod, ICalendarProperty, ICalendarValue,
};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// The most instances of one series that are handed out.
pub const MOST_INSTANCES: usize = 1_000;
/// How far before its window a series is walked at most, for instances that last long or were moved.
const MARGIN: TimeDelta = TimeDelta::days(366);

/// Which times are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// What ended earlier is left out.
    pub since: DateTime<Utc>,
    /// Instances of a series that begin later are left out.
    pub until: DateTime<Utc>,
    /// Keep what ended earlier where that costs nothing, to know what was moved into the past.
    pub past: bool,
}

/// One thing that takes place.
#[derive(Debug)]
pub struct Instance<'a> {
    /// Which instance of its series it is; `None`: it does not recur.
    pub id: Option<InstanceId>,
    /// What describes it.
    pub part: &'a ICalendarComponent,
    /// When it begins.
    pub begins: When,
    /// How long it lasts.
    pub length: Length,
}

/// A component with its times read.
struct Part<'a> {
    component: &'a ICalendarComponent,
    begins: When,
    length: Length,
}

impl Window {
    fn holds(&self, instance: &Instance<'_>) -> bool {
        let begins = instance.begins.to_utc();
        self.past || instance.length.end(&instance.begins).unwrap_or(begins) >= self.since
    }

    /// An instance is wanted by the time of its rule or by its own, so that none is lost by being moved.
    fn wants(&self, id: InstanceId, instance: &Instance<'_>) -> bool {
        let by_rule = match id {
            InstanceId::At(at) => at < self.until,
            InstanceId::Day(day) => day <= self.until.date_naive(),
        };
        self.holds(instance) && (by_rule || instance.begins.to_utc() < self.until)
    }
}

/// The instances within `window` of the components `parts`, which share a UID. What cannot be used is told in `problems`
/// and left out.
pub fn expand<'a>(
    parts: &[&'a ICalendarComponent],
    zones: &Zones,
    window: Window,
    budget: &mut Budget,
    problems: &mut Vec<String>,
) -> Vec<Instance<'a>> {
    let (changes, masters): (Vec<_>, Vec<_>) = parts
        .iter()
        .copied()
        .partition(|part| part.has_property(&ICalendarProperty::RecurrenceId));
    let master = match newest(masters, zones).map(|part| Part::read(part, zones)) {
        Some(Err(problem)) => {
            problems.push(problem);
            None
        }
        master => master.and_then(Result::ok),
    };
    let mut overrides: BTreeMap<InstanceId, Vec<Part<'a>>> = BTreeMap::new();
    for component in changes {
        let read = Part::read(component, zones)
            .and_then(|part| Ok((part.replaces(master.as_ref(), zones)?, part)));
        match read {
            Ok((id, part)) => overrides.entry(id).or_default().push(part),
            Err(problem) => problems.push(problem),
        }
    }
    let mut overrides: BTreeMap<InstanceId, Part<'a>> = overrides
        .into_iter()
        .filter_map(|(id, parts)| {
            let best = newest(parts.iter().map(|part| part.component).collect(), zones)?;
            let part = parts
                .into_iter()
                .find(|part| std::ptr::eq(part.component, best))?;
            Some((id, part))
        })
        .collect();

    let mut found = Vec::new();
    if let Some(master) = &master {
        if master.recurs() {
            match regular(master, &overrides, zones, window, budget) {
                Ok(regular) => found = regular,
                Err(problem) => problems.push(problem),
            }
        } else {
            found.extend(Some(master.instance(None)).filter(|one| window.holds(one)));
        }
    }
    while let Some((id, part)) = overrides.pop_first() {
        found.extend(Some(part.instance(Some(id))).filter(|one| window.wants(id, one)));
    }
    found
}

/// The instances that no override replaces.
fn regular<'a>(
    master: &Part<'a>,
    overrides: &BTreeMap<InstanceId, Part<'a>>,
    zones: &Zones,
    window: Window,
    budget: &mut Budget,
) -> Result<Vec<Instance<'a>>, String> {
    let onwards: BTreeMap<InstanceId, &Part<'a>> = overrides
        .iter()
        .filter(|(_, part)| part.is_range())
        .map(|(id, part)| (*id, part))
        .collect();
    let margin = onwards
        .iter()
        .map(|(id, part)| part.moved(*id, master).abs().max(part.length.longest()))
        .fold(master.length.longest(), TimeDelta::max)
        .clamp(TimeDelta::days(2), MARGIN);
    let span = Span {
        from: (window.since - margin).naive_utc(),
        to: (window.until + margin).naive_utc(),
    };
    let times = master.times(zones, span, budget)?;
    let mut found = Vec::new();
    for (id, local) in times {
        if overrides.contains_key(&id) {
            continue;
        }
        let instance = match onwards.range(..=id).next_back() {
            // Everything from that instance on was moved as far as the instance itself (RFC 5545, 3.2.13).
            Some((from, part)) => Instance {
                begins: part.begins.with_local(local + part.moved(*from, master)),
                ..part.instance(Some(id))
            },
            None => Instance {
                begins: master.begins.with_local(local),
                ..master.instance(Some(id))
            },
        };
        if !(Window {
            past: false,
            ..window
        })
        .wants(id, &instance)
        {
            continue;
        }
        if found.len() == MOST_INSTANCES || budget.instances == 0 {
            return Err(format!(
                "it repeats too often: {} instances in all were too many",
                found.len()
            ));
        }
        budget.instances -= 1;
        found.push(instance);
    }
    Ok(found)
}

impl<'a> Part<'a> {
    fn read(component: &'a ICalendarComponent, zones: &Zones) -> Result<Self, String> {
        let begins = match When::property(component, &ICalendarProperty::Dtstart, zones)? {
            Some(begins) => begins,
            None => When::property(component, &ICalendarProperty::RecurrenceId, zones)?
                .ok_or("it has no DTSTART")?,
        };
        let length = Length::read(component, &begins, zones)?;
        Ok(Self {
            component,
            begins,
            length,
        })
    }

    fn instance(&self, id: Option<InstanceId>) -> Instance<'a> {
        Instance {
            id,
            part: self.component,
            begins: self.begins.clone(),
            length: self.length,
        }
    }

    fn recurs(&self) -> bool {
        self.component.has_property(&ICalendarProperty::Rrule)
            || self.component.has_property(&ICalendarProperty::Rdate)
    }

    fn is_range(&self) -> bool {
        self.component
            .property(&ICalendarProperty::RecurrenceId)
            .is_some_and(|entry| entry.has_parameter(&ICalendarParameterName::Range))
    }

    /// Which instance it takes the place of.
    fn replaces(&self, master: Option<&Self>, zones: &Zones) -> Result<InstanceId, String> {
        let named = When::property(self.component, &ICalendarProperty::RecurrenceId, zones)?
            .ok_or("its RECURRENCE-ID is no time")?;
        Ok(named.instance(master.map_or(&named, |master| &master.begins)))
    }

    /// How far it was moved from the time of the instance that it replaces.
    fn moved(&self, id: InstanceId, master: &Self) -> TimeDelta {
        let by_rule = match (id, master.begins.clock()) {
            (InstanceId::At(at), Some(zone)) => zone.to_local(at),
            (InstanceId::At(at), None) => at.naive_utc(),
            (InstanceId::Day(day), _) => day.and_time(chrono::NaiveTime::MIN),
        };
        self.begins.local() - by_rule
    }

    /// Every instance by the rules and RDATEs, without EXDATEs, with its local time.
    fn times(
        &self,
        zones: &Zones,
        span: Span,
        budget: &mut Budget,
    ) -> Result<BTreeMap<InstanceId, NaiveDateTime>, String> {
        let (start, clock) = (self.begins.local(), self.begins.clock());
        let mut times = BTreeSet::from([start]);
        let mut out = BTreeSet::new();
        for (name, set) in [
            (ICalendarProperty::Rrule, &mut times),
            (ICalendarProperty::Exrule, &mut out),
        ] {
            for entry in self.component.properties(&name) {
                match entry.values.first() {
                    Some(ICalendarValue::RecurrenceRule(rule)) => {
                        set.extend(walk(rule, start, clock.as_ref(), span, budget)?);
                    }
                    _ => return Err(format!("its {} cannot be read", name.as_str())),
                }
            }
        }
        let mut times: BTreeMap<InstanceId, NaiveDateTime> = times
            .difference(&out)
            .map(|local| {
                (
                    self.begins.with_local(*local).instance(&self.begins),
                    *local,
                )
            })
            .collect();
        for when in self.listed(&ICalendarProperty::Rdate, zones)? {
            let id = when.instance(&self.begins);
            let local = match (id, &clock) {
                (InstanceId::At(at), Some(zone)) => zone.to_local(at),
                _ => when.local(),
            };
            times.insert(id, local);
        }
        for when in self.listed(&ICalendarProperty::Exdate, zones)? {
            times.remove(&when.instance(&self.begins));
        }
        Ok(times)
    }

    fn listed(&self, name: &ICalendarProperty, zones: &Zones) -> Result<Vec<When>, String> {
        self.component
            .properties(name)
            .flat_map(|entry| entry.values.iter().map(move |value| (entry, value)))
            .map(|(entry, value)| match value {
                ICalendarValue::Period(
                    ICalendarPeriod::Range { start, .. } | ICalendarPeriod::Duration { start, .. },
                ) => When::of(start, entry, zones),
                value => When::read(entry, value, zones),
            })
            .collect()
    }
}

/// Of components that claim the same place the one that was changed last: by SEQUENCE, then by time, then by order.
fn newest<'a>(parts: Vec<&'a ICalendarComponent>, zones: &Zones) -> Option<&'a ICalendarComponent> {
    parts
        .into_iter()
        .enumerate()
        .max_by_key(|(index, part)| (sequence(part), updated(part, zones), *index))
        .map(|(_, part)| part)
}

fn sequence(part: &ICalendarComponent) -> i64 {
    part.property(&ICalendarProperty::Sequence)
        .and_then(|entry| entry.values.first()?.as_integer())
        .unwrap_or(0)
}

/// When a component was last changed: LAST-MODIFIED, else DTSTAMP.
pub fn updated(part: &ICalendarComponent, zones: &Zones) -> Option<DateTime<Utc>> {
    [ICalendarProperty::LastModified, ICalendarProperty::Dtstamp]
        .iter()
        .find_map(|name| When::property(part, name, zones).ok().flatten())
        .map(|when| when.to_utc())
}
