//! What this run learned of the group and its events by the way, so that nothing is asked twice.

use super::list::Group;
use super::node::Node;
use crate::event::EventKey;
use chrono::{DateTime, Utc};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// What is known of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The id under which it is asked for now; [`Node::remote_id`] is the one that stays.
    pub id: String,
    /// Where people see it.
    pub url: Option<String>,
    /// Whether it is not published.
    pub is_draft: bool,
    /// When Meetup has it begin.
    pub begins: Option<DateTime<Utc>>,
    /// Its cover picture.
    pub photo: Option<i32>,
}

/// All that this run learned.
#[derive(Debug, Default)]
pub struct Memory {
    group: RefCell<Option<Group>>,
    seen: RefCell<HashMap<String, Seen>>,
    no_photos: RefCell<Option<String>>,
    /// Events whose picture could not be brought in this run, and may be another time.
    left_out: RefCell<HashSet<EventKey>>,
}

impl Memory {
    /// Keeps whether an event goes without its picture, which may come another time.
    pub fn keep_left_out(&self, key: &EventKey, is_left_out: bool) {
        match is_left_out {
            true => self.left_out.borrow_mut().insert(key.clone()),
            false => self.left_out.borrow_mut().remove(key),
        };
    }

    /// Whether an event goes without its picture, which may come another time.
    pub fn is_left_out(&self, key: &EventKey) -> bool {
        self.left_out.borrow().contains(key)
    }

    /// The group.
    pub fn group(&self) -> Option<Group> {
        self.group.borrow().clone()
    }

    /// Keeps the group.
    pub fn keep_group(&self, group: Group) {
        *self.group.borrow_mut() = Some(group);
    }

    /// The event with this stable id.
    pub fn event(&self, remote_id: &str) -> Option<Seen> {
        self.seen.borrow().get(remote_id).cloned()
    }

    /// Keeps an event as a reading gave it.
    pub fn keep(&self, node: &Node) -> Seen {
        let seen = Seen {
            id: node.id.clone(),
            url: node.event_url.clone(),
            is_draft: node.is_draft(),
            begins: node.begins(),
            photo: node.photo(),
        };
        self.seen
            .borrow_mut()
            .insert(node.remote_id().into(), seen.clone());
        seen
    }

    /// Keeps an event as the answer to a change gave it, which tells nothing of its photo: that is the one that was sent.
    pub fn keep_changed(&self, remote_id: &str, node: &Node, photo: Option<i32>) -> Seen {
        let seen = Seen {
            photo,
            ..self.keep(node)
        };
        self.seen
            .borrow_mut()
            .insert(remote_id.into(), seen.clone());
        seen
    }

    /// Why no picture is brought any more in this run, if so.
    pub fn no_photos(&self) -> Option<String> {
        self.no_photos.borrow().clone()
    }

    /// Keeps why no picture is brought any more: a refusal is not asked for once for every event.
    pub fn keep_no_photos(&self, reason: String) {
        *self.no_photos.borrow_mut() = Some(reason);
    }

    /// Forgets an event that is gone.
    pub fn forget(&self, remote_id: &str) {
        self.seen.borrow_mut().remove(remote_id);
    }
}
