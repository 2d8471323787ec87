//! What an operation does to the calendar in memory.

use super::file::{Block, Calendar};
use super::line::Line;
use super::render::{KEY, of_payload, status};
use crate::consumer::{Action, Operation};
use crate::event::Status;
use chrono::{DateTime, Utc};
use std::collections::{HashMap, HashSet};

/// The properties that are no part of a rendering.
const OWN: [&str; 4] = ["UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"];

/// A calendar and where each event stands in it.
pub struct Editor<'a> {
    calendar: &'a mut Calendar,
    by_key: HashMap<String, Vec<usize>>,
    by_uid: HashMap<String, usize>,
    uids: HashSet<String>,
}

impl<'a> Editor<'a> {
    /// Looks through `calendar` once.
    pub fn new(calendar: &'a mut Calendar) -> Self {
        let (mut by_key, mut by_uid) = (HashMap::<_, Vec<_>>::new(), HashMap::new());
        let mut uids = HashSet::new();
        for (index, block) in calendar.blocks.iter().enumerate() {
            let uid = block.value("UID").map(Line::unescaped).unwrap_or_default();
            if let Some(key) = key(block) {
                by_key.entry(key).or_default().push(index);
                by_uid.entry(uid.clone()).or_insert(index);
            }
            uids.insert(uid);
        }
        Self {
            calendar,
            by_key,
            by_uid,
            uids,
        }
    }

    /// Carries out one operation. Other people's events are never found, so never changed.
    ///
    /// # Errors
    /// Why it makes no sense.
    pub fn apply(&mut self, operation: &Operation<'_>) -> Result<(), String> {
        let key = operation.key.as_str();
        let lines = operation
            .rendering
            .and_then(|rendering| of_payload(&rendering.payload));
        match operation.action {
            Action::Create | Action::Update => {
                let lines = lines.ok_or_else(|| format!("{key}: there is nothing to write"))?;
                self.put(operation, lines);
            }
            Action::Cancel => {
                let found = self.find(operation);
                let standing = found.map(|index| rendered(&self.calendar.blocks[index]));
                if let Some(standing) = standing {
                    self.put(operation, cancelled(lines.unwrap_or(standing)));
                }
            }
            Action::Delete => {
                let found = self.find(operation);
                let all = self.by_key.remove(key).unwrap_or_default();
                for index in found.into_iter().chain(all) {
                    self.calendar.blocks[index].remove();
                }
            }
            Action::Publish | Action::Adopt => {}
        }
        Ok(())
    }

    /// Where the operation's event stands: by its id, which outlives a change of the key, else by its key.
    fn find(&self, operation: &Operation<'_>) -> Option<usize> {
        let by_id = operation.remote_id.and_then(|id| self.by_uid.get(id));
        let by_key = self.by_key.get(operation.key.as_str());
        by_id.or(by_key.and_then(|all| all.first())).copied()
    }

    fn put(&mut self, operation: &Operation<'_>, lines: Vec<Line>) {
        let key = operation.key.as_str();
        let Some(index) = self.find(operation) else {
            let uid = self.unused(key);
            self.uids.insert(uid.clone());
            self.by_uid.insert(uid.clone(), self.calendar.blocks.len());
            self.by_key
                .insert(key.into(), vec![self.calendar.blocks.len()]);
            self.calendar.add(written(&uid, 0, operation.now, lines));
            return;
        };
        for twin in self
            .by_key
            .insert(key.into(), vec![index])
            .unwrap_or_default()
        {
            if twin != index {
                self.calendar.blocks[twin].remove();
            }
        }
        let block = &mut self.calendar.blocks[index];
        if rendered(block) != lines {
            let uid = block.value("UID").map(Line::unescaped).unwrap_or_default();
            let sequence = block
                .value("SEQUENCE")
                .and_then(|line| line.value.trim().parse::<u32>().ok())
                .map_or(0, |sequence| sequence.saturating_add(1));
            block.rewrite(written(&uid, sequence, operation.now, lines));
        }
    }

    /// The key is the UID, unless another event still has that one from before its own key changed.
    fn unused(&self, key: &str) -> String {
        let mut uid = key.to_owned();
        while self.uids.contains(&uid) {
            uid.push('+');
        }
        uid
    }
}

/// The key of an event that is ours.
pub fn key(block: &Block) -> Option<String> {
    block
        .value(KEY)
        .map(Line::unescaped)
        .filter(|key| !key.is_empty())
}

fn rendered(block: &Block) -> Vec<Line> {
    let lines = block.lines.iter();
    lines
        .filter(|line| !OWN.iter().any(|name| line.is(name)))
        .cloned()
        .collect()
}

fn cancelled(mut lines: Vec<Line>) -> Vec<Line> {
    let value = Line::raw("STATUS", status(Status::Cancelled));
    match lines.iter_mut().find(|line| line.is("STATUS")) {
        Some(line) => *line = value,
        None => lines.push(value),
    }
    lines
}

fn written(uid: &str, sequence: u32, now: DateTime<Utc>, lines: Vec<Line>) -> Vec<Line> {
    let now = now.format("%Y%m%dT%H%M%SZ").to_string();
    let mut all = vec![
        Line::text("UID", uid),
        Line::raw("DTSTAMP", now.as_str()),
        Line::raw("LAST-MODIFIED", now),
        Line::raw("SEQUENCE", sequence.to_string()),
    ];
    all.extend(lines);
    all
}
