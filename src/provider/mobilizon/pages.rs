//! Pages of a list, and handing out what stands on them.

use crate::event::Event;
use chrono::{DateTime, Utc};
use std::collections::HashMap;

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
    seen: HashMap<String, Seen>,
    attempt: u8,
    distinct: u64,
    sink: &'a mut dyn FnMut(Event),
}

/// What was seen of a uuid.
#[derive(Default)]
struct Seen {
    /// The last attempt in which it was.
    attempt: u8,
    was_handed: bool,
}

impl<'a> Handing<'a> {
    /// Hands the events of `group` to `sink`.
    pub(super) fn new(group: &'a str, sink: &'a mut dyn FnMut(Event)) -> Self {
        Self {
            group,
            seen: HashMap::new(),
            attempt: 1,
            distinct: 0,
            sink,
        }
    }

    /// The group.
    pub(super) fn group(&self) -> &'a str {
        self.group
    }

    /// Begins another attempt at the same list: what was handed out stays so, and counting begins anew.
    pub(super) fn begin(&mut self) {
        self.attempt += 1;
        self.distinct = 0;
    }

    /// How many different events were seen in this attempt; each without a uuid counts as one of its own.
    pub(super) fn distinct(&self) -> u64 {
        self.distinct
    }

    /// Hands `content` out if it is shared. False, and a warning that names the event, if it is broken.
    ///
    /// What was handed out in a first attempt is not handed out again even if it changed meanwhile: that change is newer than
    /// the probe before this reading, so that the next run sees it.
    pub(super) fn take(&mut self, uuid: Option<String>, content: Content) -> bool {
        let is_named = uuid.is_some();
        let name = match (uuid, &content) {
            (Some(uuid), _) => Some(uuid),
            (None, Content::Public(event)) => Some(event.key.to_string()),
            (None, _) => None,
        };
        if let Content::Broken(reason) = &content {
            let event = name.as_deref().unwrap_or("without a uuid");
            tracing::warn!(
                group = self.group,
                event,
                "this event cannot be read ({reason}); nothing of its group is taken for deleted until it can"
            );
        }
        let is_sound = !matches!(content, Content::Broken(_));
        let Some(name) = name else {
            self.distinct += 1;
            return is_sound;
        };
        let seen = self.seen.entry(name).or_default();
        if seen.attempt != self.attempt || !is_named {
            self.distinct += 1;
        }
        seen.attempt = self.attempt;
        if let Content::Public(event) = content
            && !std::mem::replace(&mut seen.was_handed, true)
        {
            (self.sink)(*event);
        }
        is_sound
    }
}
