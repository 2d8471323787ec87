//! The source as kronos reads it.

use super::clock::Pause;
use super::source::{Entry, GROUPS, LATE, Source, Visibility};
use super::world::{Shared, World};
use async_trait::async_trait;
use chrono::TimeDelta;
use kronos::event::{Event, EventKey};
use kronos::http::Failure;
use kronos::provider::{Finding, Missing, Probe, Provider, Reading, Want};
use std::cell::Cell;

/// How the source is identified.
pub const IDENTITY: &str = "sim:https://source.example";

/// Reads the groups of the source.
pub struct SimProvider {
    pub world: Shared,
    pub requests: Cell<u64>,
}

impl SimProvider {
    /// One exchange: it takes time, and the process may die before or after it.
    async fn exchange(&self) {
        self.requests.set(self.requests.get() + 1);
        self.world.borrow_mut().step();
        {
            let mut world = self.world.borrow_mut();
            if let Some(at) = world.patience.filter(|at| *at > world.kronos_now()) {
                let early = (at - world.kronos_now()).num_seconds();
                world.broken(
                    "I17",
                    format!("the source is asked {early} s before its Retry-After"),
                );
            }
        }
        Pause::new(&self.world).await;
        let mut world = self.world.borrow_mut();
        world.dawdle();
        world.step();
    }
}

/// The source asks to be left alone for a while.
fn limited(world: &mut World) -> Option<Failure> {
    if !world.fails(|faults| faults.impatient) {
        return None;
    }
    let wait = TimeDelta::seconds(*world.rng.pick(&[1, 30, 600, 7200]));
    let until = world.kronos_now() + wait;
    world.trace(|| {
        format!(
            "    the source takes no question for {} s",
            wait.num_seconds()
        )
    });
    world.patience = Some(until);
    let reason = "too many requests".into();
    Some(Failure::Limited { until, reason })
}

fn broken() -> Failure {
    Failure::Broken("the source does not answer".into())
}

fn number(group: &str) -> usize {
    GROUPS.iter().position(|name| *name == group).unwrap_or(0)
}

/// Hands out what is wanted of a group, in the manner of the changes since the last probe where that is enough.
fn entries<'s>(source: &'s Source, group: usize, want: &Want<'_>) -> (bool, Vec<&'s Entry>) {
    let whole = || (true, source.whole(group, want.now).collect());
    let (Some(stored), Some(probe), false) = (want.stored, want.probe, want.whole) else {
        return whole();
    };
    let Some(since) = stored.newest_at else {
        return whole();
    };
    let present = source.probe(group);
    if probe.total < stored.total || present.total != probe.total {
        return whole();
    }
    let changed: Vec<&Entry> = source
        .whole(group, want.now)
        .filter(|entry| entry.updated >= since)
        .collect();
    let new = changed
        .iter()
        .filter(|entry| !want.known.contains(&entry.uuid()))
        .count() as u64;
    if stored.total + new == probe.total {
        (false, changed)
    } else {
        whole()
    }
}

#[async_trait(?Send)]
impl Provider for SimProvider {
    fn identity(&self) -> String {
        IDENTITY.into()
    }

    fn groups(&self) -> Vec<String> {
        let configured = self.world.borrow().configured.groups;
        let names = GROUPS.iter().zip(configured).filter(|(_, is_in)| *is_in);
        names.map(|(name, _)| name.to_string()).collect()
    }

    async fn probe(&self, groups: &[String]) -> Vec<Result<Option<Probe>, Failure>> {
        self.exchange().await;
        let mut world = self.world.borrow_mut();
        if let Some(failure) = limited(&mut world) {
            return groups.iter().map(|_| Err(failure.clone())).collect();
        }
        groups
            .iter()
            .map(|group| {
                if world.fails(|faults| faults.unreadable) {
                    return Err(broken());
                }
                if world.fails(|faults| faults.unreadable / 2) {
                    return Ok(None);
                }
                let group = number(group);
                if world.fails(|faults| faults.stale_probe) {
                    let ago = TimeDelta::milliseconds(world.rng.between(0, 90_000));
                    return Ok(world.source.probe_at(group, world.now - ago));
                }
                Ok(Some(world.source.probe(group)))
            })
            .collect()
    }

    async fn read(
        &self,
        group: &str,
        want: &Want<'_>,
        sink: &mut dyn FnMut(Event),
    ) -> Result<Reading, Failure> {
        self.exchange().await;
        let mut world = self.world.borrow_mut();
        if let Some(failure) = limited(&mut world) {
            return Err(failure);
        }
        if world.fails(|faults| faults.unreadable) {
            return Err(broken());
        }
        let (missing_pages, emptied) = (
            world.fails(|faults| faults.incomplete),
            world.fails(|faults| faults.emptied),
        );
        let seed = world.rng.next();
        let late = world.fails(|faults| faults.late);
        let moment =
            world.now - TimeDelta::milliseconds(world.rng.between(0, LATE.num_milliseconds()));
        let past = late.then(|| world.source.as_of(moment));
        let source = past.as_ref().unwrap_or(&world.source);
        let (whole, entries) = entries(source, number(group), want);
        let is_shown =
            |index: usize| !emptied && (!missing_pages || (seed >> (index % 60)) & 1 == 0);
        let shown = entries.iter().enumerate();
        let shown = shown.filter(|(index, _)| is_shown(*index));
        let shown: Vec<(usize, Event)> = shown
            .map(|(_, entry)| (entry.index, entry.event()))
            .collect();
        let count = entries.len();
        let whole = whole || emptied;
        for (index, event) in &shown {
            world.left_group.remove(index);
            match event.tags.is_empty() {
                true => world.shown_untagged.insert(*index),
                false => world.shown_untagged.remove(index),
            };
            world.source.entries[*index]
                .groups_shown
                .insert(number(group));
        }
        let since = Source::since(want.now);
        if emptied && world.forgotten || late {
            world.misread.insert(number(group));
        }
        if late {
            world.run.empty.retain(|empty| *empty != number(group));
        }
        if whole && !missing_pages {
            world.run.read.push(number(group));
        }
        world.trace(|| {
            format!(
                "    reads {group}: {} events{}{}{}{}",
                count,
                if whole { ", whole" } else { "" },
                if missing_pages { ", INCOMPLETE" } else { "" },
                if emptied { ", EMPTIED" } else { "" },
                if late { ", LATE" } else { "" },
            )
        });
        drop(world);
        for (_, event) in shown {
            sink(event);
        }
        Ok(Reading {
            whole,
            complete: !missing_pages,
            since,
        })
    }

    async fn confirm(&self, missing: &[Missing]) -> Vec<Finding> {
        if missing.is_empty() {
            return Vec::new();
        }
        self.exchange().await;
        let mut world = self.world.borrow_mut();
        missing
            .iter()
            .map(|question| {
                if question.group.is_none() {
                    let key = question.key.to_string();
                    world.run.looked_up.insert(key);
                }
                if world.fails(|faults| faults.unconfirmed) {
                    return Finding::Unknown("no answer".into());
                }
                let entries = &world.source.entries;
                let found = entries.iter().find(|entry| match &question.uuid {
                    Some(uuid) => entry.uuid() == *uuid,
                    None => entry.url() == question.key.as_str(),
                });
                let finding = match found {
                    None => Finding::Hidden,
                    Some(entry) => match entry.visibility {
                        Visibility::Deleted => Finding::Deleted,
                        Visibility::Hidden => Finding::Hidden,
                        Visibility::Public => Finding::Visible {
                            begins: entry.begins,
                            ends: entry.ends,
                            group: world.configured.groups[entry.group]
                                .then(|| GROUPS[entry.group].into()),
                        },
                    },
                };
                let hidden = found.filter(|_| finding == Finding::Hidden);
                let hidden = hidden.map(|entry| entry.index);
                let is_elsewhere = matches!(finding, Finding::Visible { group: None, .. });
                let elsewhere = found.filter(|_| is_elsewhere).map(|entry| entry.index);
                world.trace(|| format!("    confirms {}: {finding:?}", question.key));
                if let Finding::Visible { group, .. } = &finding
                    && question.group.is_some()
                    && *group != question.group
                {
                    let left = found.map(|entry| entry.index);
                    world.left_group.extend(left);
                }
                world.run.hidden.extend(hidden);
                world.elsewhere.extend(elsewhere);
                finding
            })
            .collect()
    }

    fn owns(&self, key: &EventKey) -> bool {
        key.as_str().starts_with("https://source.example/")
    }

    fn requests(&self) -> u64 {
        self.requests.get()
    }
}
