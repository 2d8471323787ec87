//! Pages of a list, and handing out what stands on them.

use crate::event::Event;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// How many events there are on all pages, those that are not shared included.
    pub total: u64,
    /// The events on this page.
    pub rows: Vec<Row>,
}

/// One event of a page.
#[derive(Debug)]
pub struct Row {
    /// Its uuid, if one could be read.
    pub uuid: Option<String>,
    /// When it was last touched, if that could be read.
    pub updated: Option<DateTime<Utc>>,
    /// What it is.
    pub content: Content,
}

/// What can be done with an event.
#[derive(Debug)]
pub enum Content {
    /// Share it.
    Public(Box<Event>),
    /// A draft, or not public.
    NotPublic,
    /// It makes no sense; says why.
    Broken(String),
}

/// Hands events out, each uuid once, however often it is seen.
pub(super) struct Handing<'a> {
    group: &'a str,
    handed: HashSet<String>,
    sink: &'a mut dyn FnMut(Event),
}

impl<'a> Handing<'a> {
    /// Hands the events of `group` to `sink`.
    pub(super) fn new(group: &'a str, sink: &'a mut dyn FnMut(Event)) -> Self {
        Self {
            group,
            handed: HashSet::new(),
            sink,
        }
    }

    /// The group.
    pub(super) fn group(&self) -> &'a str {
        self.group
    }

    /// Hands `content` out if it is shared. False, and a warning that names the event, if it is broken.
    ///
    /// What was handed out in a first attempt is not handed out again even if it changed meanwhile: that change is newer than
    /// the probe before this reading, so that the next run sees it.
    pub(super) fn take(&mut self, uuid: Option<&str>, content: Content) -> bool {
        match content {
            Content::Public(event) => {
                let name = uuid.unwrap_or(event.key.as_str());
                if self.handed.insert(name.to_string()) {
                    (self.sink)(*event);
                }
                true
            }
            Content::NotPublic => true,
            Content::Broken(reason) => {
                let event = uuid.unwrap_or("without a uuid");
                tracing::warn!(
                    group = self.group,
                    event,
                    "this event cannot be read ({reason}); nothing of its group is taken for deleted until it can"
                );
                false
            }
        }
    }
}
