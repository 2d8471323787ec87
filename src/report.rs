//! What a run will do or did: one value that prints for people and serialises for programs.
//!
//! The JSON's shape is versioned; [`VERSION`] rises when a reader of the old one could be misled.

use crate::event::{Action, EventKey, Field};
use crate::exit::Exit;
use crate::plan::{Change, Step};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::BTreeSet;
use std::rc::Rc;

mod text;

/// The version of the JSON's shape.
pub const VERSION: u32 = 1;

/// The report of a run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// The run's number; in a dry run the number that the next run will have.
    pub run: u64,
    /// Nothing was sent that changes anything.
    pub dry_run: bool,
    /// When it began.
    pub started: DateTime<Utc>,
    /// When it ended.
    pub finished: DateTime<Utc>,
    /// How it ended as a whole.
    pub outcome: RunOutcome,
    /// The plan's hash, by which `--approve` names it.
    pub plan: String,
    /// What was read.
    pub providers: Vec<ProviderReport>,
    /// What was done.
    pub consumers: Vec<ConsumerReport>,
    /// It was told to stop before it was through.
    #[serde(skip)]
    pub interrupted: bool,
    /// `--approve` named a hash that fits nothing.
    #[serde(skip)]
    pub unknown_approval: bool,
}

/// How a run ended as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunOutcome {
    /// Everything that was to be done.
    Done,
    /// Some of it.
    Partial,
    /// Nothing could be done.
    Failed,
}

/// One provider.
#[derive(Debug, Serialize)]
pub struct ProviderReport {
    /// Its name in the configuration.
    pub name: String,
    /// Its groups.
    pub groups: Vec<GroupReport>,
}

/// One group.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GroupReport {
    /// Its name.
    pub group: String,
    /// It was read completely, or was known not to have changed.
    pub complete: bool,
    /// The probe showed that nothing changed.
    pub quiet: bool,
    /// How many events stand in it.
    pub events: usize,
    /// How many were new or changed.
    pub changed: usize,
    /// How many went.
    pub gone: usize,
    /// Requests sent for it; one probe for several groups counts for the first.
    pub requests: u64,
    /// Why it could not be read, or not completely.
    pub error: Option<String>,
    /// Nothing of it could be read.
    #[serde(skip)]
    pub unread: bool,
}

/// One consumer.
#[derive(Debug, Serialize)]
pub struct ConsumerReport {
    /// Its name in the configuration.
    pub name: String,
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// It was asked what stands there.
    pub listed: bool,
    /// Requests sent to it.
    pub requests: u64,
    /// Why it could not be served.
    pub error: Option<String>,
    /// The error is one of credentials.
    #[serde(skip)]
    pub unauthorised: bool,
    /// What was done, or is to be.
    pub operations: Vec<OperationReport>,
}

/// One operation.
#[derive(Debug, Clone, Serialize)]
pub struct OperationReport {
    /// The event's URL.
    pub event: EventKey,
    /// Its title.
    pub title: String,
    /// Create, update, cancel, delete or adopt.
    pub action: Action,
    /// Which fields are set or changed.
    pub fields: BTreeSet<Field>,
    /// What came of it.
    pub outcome: OperationOutcome,
    /// The item's id.
    pub remote_id: Option<String>,
    /// Where people see the item.
    pub remote_url: Option<String>,
    /// Why, where it is not simply done.
    pub reason: Option<String>,
    /// Old and new texts, for people.
    #[serde(skip)]
    pub changes: Rc<[Change]>,
    /// It counts against the run: it is new, or needs a person.
    #[serde(skip)]
    pub fresh: bool,
    /// It was put off for want of time or patience: the run was not through.
    #[serde(skip)]
    pub put_off: bool,
    /// In which zone its times are shown.
    #[serde(skip)]
    pub zone: Option<Tz>,
}

/// What came of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OperationOutcome {
    /// The next run will do it.
    Planned,
    /// It was done.
    Done,
    /// It was not done, and is not by itself.
    Failed,
    /// It may have been done.
    Unknown,
    /// A guard holds it back.
    Withheld,
    /// It waits for something that comes by itself.
    Waiting,
}

impl OperationReport {
    /// The report of a step with this outcome.
    pub fn new(step: &Step, outcome: OperationOutcome, reason: Option<String>) -> Self {
        let item = step.item.as_ref();
        Self {
            event: step.key().clone(),
            title: step.title.clone(),
            // Publishing is the second half of a creation, or a change of a field.
            action: if step.action == Action::Publish {
                Action::Update
            } else {
                step.action
            },
            fields: step.changes.iter().map(|change| change.field).collect(),
            outcome,
            remote_id: step.remote_id().map(Into::into),
            remote_url: item
                .and_then(|item| item.remote_url.clone())
                .or_else(|| step.delivery.remote_url.clone()),
            reason,
            changes: step.changes.clone(),
            fresh: true,
            put_off: false,
            zone: step.zone,
        }
    }
}

impl Report {
    /// Decides the outcome of the whole, and gives the exit code.
    pub fn conclude(&mut self, exit_code: bool) -> Exit {
        use OperationOutcome::{Done, Failed, Planned, Unknown, Withheld};
        let operations = || {
            self.consumers
                .iter()
                .flat_map(|consumer| &consumer.operations)
        };
        let groups: Vec<&GroupReport> = self
            .providers
            .iter()
            .flat_map(|provider| &provider.groups)
            .collect();
        let unreadable = groups.iter().filter(|group| group.error.is_some()).count();
        let nothing_read = !groups.is_empty() && groups.iter().all(|group| group.unread);
        let was_refused = self.consumers.iter().any(|consumer| consumer.unauthorised);
        let did_nothing = |consumer: &ConsumerReport| {
            consumer.error.is_some() && !consumer.operations.iter().any(|op| op.outcome == Done)
        };
        let broken = self
            .consumers
            .iter()
            .filter(|consumer| consumer.error.is_some())
            .count();
        let imperfect = operations().any(|op| {
            op.fresh && (op.put_off || matches!(op.outcome, Failed | Unknown | Withheld))
        });
        let exit = if nothing_read && !self.interrupted {
            Exit::Failed
        } else if was_refused && !self.interrupted && self.consumers.iter().all(did_nothing) {
            Exit::Configuration
        } else if unreadable + broken > 0 || imperfect || self.interrupted || self.unknown_approval
        {
            Exit::Partial
        } else {
            Exit::Done
        };
        self.outcome = match exit {
            Exit::Done => RunOutcome::Done,
            Exit::Partial => RunOutcome::Partial,
            _ => RunOutcome::Failed,
        };
        let pending = operations().any(|op| op.outcome == Planned);
        if self.dry_run && exit_code && pending && exit != Exit::Failed {
            Exit::Pending
        } else {
            exit
        }
    }

    /// How many operations had `outcome`.
    pub fn count(&self, outcome: OperationOutcome) -> usize {
        self.consumers
            .iter()
            .flat_map(|consumer| &consumer.operations)
            .filter(|op| op.outcome == outcome)
            .count()
    }
}
