//! One consumer up to its plan: whether to ask it at all, its listing, what has to be looked at singly, and the draft.

use super::Run;
use super::orphans;
use super::readings::Readings;
use crate::consumer::{Consumer, Item, Listing, NamedConsumer};
use crate::event::EventKey;
use crate::http::Failure;
use crate::plan::{Approval, Draft, Situation, Step, Subject, Verdict, plan, remembered};
use crate::report::{ConsumerReport, OperationOutcome};
use crate::rule::{Rule, holds};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap, HashSet};

mod note;
mod subject;

/// How often items are looked at singly before the plan is made with what is known.
const LOOKS: usize = 2;

/// A consumer on its way through the run.
pub(super) struct Prepared<'a> {
    pub run: &'a Run<'a>,
    pub named: &'a NamedConsumer,
    pub target: String,
    pub report: ConsumerReport,
    pub subjects: Vec<Subject>,
    pub draft: Draft,
    /// When its last complete listing began.
    pub listed_at: Option<DateTime<Utc>>,
    /// Something of ours stands there of which nothing could be learned in this run.
    pub left_orphans: bool,
    /// Items of ours of unknown events for which the source was asked.
    asked: HashSet<String>,
    /// The hash of the whole run's plan.
    pub plan_hash: String,
    /// What passes the guards: an operator released it, or it was counted already.
    pub released: HashSet<Approval>,
    /// How much stood in each group when the run planned first.
    pub stood: HashMap<String, usize>,
    /// How much of each group passed the guards since.
    pub taken: HashMap<String, usize>,
    by_key: HashMap<EventKey, usize>,
    /// Events that no reading has shown since the database was restored.
    unread: HashSet<EventKey>,
    /// Where each event stands in the report; a second item of it has a place of its own.
    noted: HashMap<(EventKey, Option<String>), usize>,
}

impl<'a> Prepared<'a> {
    pub fn new(run: &'a Run<'a>, named: &'a NamedConsumer) -> Self {
        let report = ConsumerReport {
            name: named.name.clone(),
            kind: named.kind.into(),
            listed: false,
            requests: 0,
            error: None,
            unauthorised: false,
            operations: Vec::new(),
        };
        Self {
            run,
            named,
            target: named.consumer.target(),
            report,
            subjects: Vec::new(),
            draft: Draft::default(),
            listed_at: None,
            left_orphans: false,
            asked: HashSet::new(),
            plan_hash: String::new(),
            released: HashSet::new(),
            stood: HashMap::new(),
            taken: HashMap::new(),
            by_key: HashMap::new(),
            unread: HashSet::new(),
            noted: HashMap::new(),
        }
    }

    pub fn name(&self) -> &'a str {
        &self.named.name
    }

    pub fn consumer(&self) -> &'a dyn Consumer {
        &*self.named.consumer
    }

    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.draft.steps.iter()
    }

    pub fn to_send(&self) -> impl Iterator<Item = &Step> {
        self.steps().filter(|step| step.verdict == Verdict::Send)
    }

    /// Lists and plans, if there is anything to list for. A failing service stands in the report.
    pub async fn prepare(&mut self, readings: &Readings) -> Result<(), StoreError> {
        let now = self.run.now();
        let full_at = self
            .run
            .store()
            .consumer(&self.target)?
            .and_then(|memory| memory.full_at);
        let full = self.run.is_due(full_at);
        if !full && !self.run.store().has_work(&self.target, now)? {
            return self.report_what_stands(readings);
        }
        if full_at.is_some() && self.is_as_left().await? {
            (self.report.listed, self.listed_at) = (true, Some(now));
            return self.report_what_stands(readings);
        }
        let patience = self
            .run
            .store()
            .patience(&self.target)?
            .filter(|at| *at > now);
        if let Some(until) = patience {
            if until + self.run.settings.request_timeout > self.run.deadline {
                self.fail(&Failure::Limited {
                    until,
                    reason: "the service is not asked yet".into(),
                });
                return Ok(());
            }
            self.run
                .world
                .stop
                .unless(self.run.world.clock.sleep(until - now))
                .await;
        }
        if let Err(failure) = self.plan(readings, full).await? {
            self.fail(&failure);
        }
        Ok(())
    }

    /// Whether a listing would show what it showed last, when everything was at rest.
    async fn is_as_left(&self) -> Result<bool, StoreError> {
        match self.consumer().stands().await {
            Some(stands) => self.run.store().is_as_left(&self.target, &stands),
            None => Ok(false),
        }
    }

    /// Whether what the last listing showed and this run made of it leaves nothing to look at: nothing waits, failed, or is
    /// nobody's.
    pub fn is_all_done(&self) -> bool {
        let mut operations = self.report.operations.iter();
        operations.all(|operation| operation.outcome == OperationOutcome::Done)
            && self.draft.orphans.is_empty()
            && self.draft.lookups.is_empty()
    }

    /// Lists, and plans with what the listing shows; with `orphans`, what it shows of unknown events is looked up, too.
    pub async fn plan(
        &mut self,
        readings: &Readings,
        orphans: bool,
    ) -> Result<Result<(), Failure>, StoreError> {
        let listing = if self.consumer().capability().is_listed() {
            let listing = self.run.within(self.consumer().list()).await;
            let listing = match listing.unwrap_or_else(|| Err(self.run.out_of_time())) {
                Ok(listing) => listing,
                Err(_) if !holds(Rule::FailedListing) => Listing {
                    begun: self.run.now(),
                    items: Vec::new(),
                    room: None,
                },
                Err(failure) => {
                    self.be_patient(&failure)?;
                    return Ok(Err(failure));
                }
            };
            self.report.listed = true;
            self.load(readings)?;
            listing
        } else {
            self.load(readings)?;
            remembered(&self.subjects, self.run.now())
        };
        self.listed_at = Some(listing.begun);
        if let Err(failure) = self.draft_with_looks(&listing).await? {
            return Ok(Err(failure));
        }
        if orphans {
            let ids = self.draft.orphans.iter().map(|item| item.remote_id.clone());
            self.asked.extend(ids);
        }
        if orphans && !self.draft.orphans.is_empty() && orphans::take_up(self, readings).await? {
            self.load(readings)?;
            if let Err(failure) = self.draft_with_looks(&listing).await? {
                return Ok(Err(failure));
            }
        }
        // What only a later listing of this run shows of unknown events is asked for by the next.
        let is_asked = |item: &Item| self.asked.contains(&item.remote_id);
        self.left_orphans |= !self.draft.orphans.iter().all(is_asked);
        self.run
            .store()
            .save_deliveries(&self.target, &self.draft.settled)?;
        Ok(Ok(()))
    }

    /// Remembers for later runs, too, how long the service asked to wait.
    fn be_patient(&self, failure: &Failure) -> Result<(), StoreError> {
        match failure {
            Failure::Limited { until, .. } => self.run.store().be_patient(&self.target, *until),
            _ => Ok(()),
        }
    }

    async fn draft_with_looks(
        &mut self,
        listing: &Listing,
    ) -> Result<Result<(), Failure>, StoreError> {
        let memory = self.run.store().consumer(&self.target)?;
        let adopting = memory.as_ref().is_none_or(|memory| memory.adopting);
        let capability = self.consumer().capability();
        let mut looked: BTreeMap<String, Result<Option<Item>, String>> = BTreeMap::new();
        for _ in 0..=LOOKS {
            let situation = Situation {
                now: self.run.now(),
                settle: self.run.settings.settle,
                floor: self.run.floor,
                capability,
                listing,
                looked: &looked,
                adopting,
                lost: memory.as_ref().is_some_and(|memory| memory.lost),
                may_delete: self.run.may_delete,
            };
            self.draft = plan(&self.subjects, &situation);
            if adopting && situation.floor.is_some() && capability.is_listed() {
                // After a loss the listing waits: what was sent just before it may not show yet.
                let settled = situation.floor.map(|at| at + situation.settle);
                let settled = settled.filter(|at| listing.begun < *at);
                self.draft.settle_at = self.draft.settle_at.max(settled);
            }
            let lookups: Vec<String> = self
                .draft
                .lookups
                .iter()
                .filter(|id| !looked.contains_key(*id))
                .cloned()
                .collect();
            if lookups.is_empty() {
                break;
            }
            for id in lookups {
                let found = self
                    .run
                    .within(self.consumer().look(&id))
                    .await
                    .unwrap_or_else(|| Err(self.run.out_of_time()));
                match found {
                    Err(failure @ (Failure::Unauthorised(_) | Failure::Limited { .. })) => {
                        self.be_patient(&failure)?;
                        return Ok(Err(failure));
                    }
                    found => {
                        self.left_orphans |= adopting && found.is_err();
                        looked.insert(id, found.map_err(|failure| failure.to_string()));
                    }
                }
            }
        }
        Ok(Ok(()))
    }

    /// Whether everything of ours in the listing begun at `listed_at` was recognised, as far as it ever can be: what belongs to
    /// a group that was not read yet, or does not show yet, would be taken for a person's own later.
    pub fn has_recognised_all(&self, listed_at: DateTime<Utc>) -> Result<bool, StoreError> {
        let store = self.run.store();
        let is_adopting = store
            .consumer(&self.target)?
            .is_none_or(|memory| memory.adopting);
        if !is_adopting {
            return Ok(true);
        }
        for (provider, group) in &self.run.configured {
            if store.group(provider, group)?.whole_at.is_none() {
                return Ok(false);
            }
        }
        let floor = self
            .run
            .floor
            .filter(|_| self.consumer().capability().is_listed());
        let settled = floor.map(|at| at + self.run.settings.settle);
        Ok(!self.left_orphans && settled.is_none_or(|at| listed_at >= at))
    }

    fn load(&mut self, readings: &Readings) -> Result<(), StoreError> {
        self.subjects.clear();
        if self.run.floor.is_some() {
            self.unread = self.run.store().unread()?;
        }
        let subjects = self.run.store().deliveries(
            &self.target,
            self.run.now(),
            |key| !self.run.rendered.has(&self.target, key),
            |row| self.subject(row, readings),
        )?;
        self.subjects = subjects;
        self.by_key = self
            .subjects
            .iter()
            .enumerate()
            .map(|(index, subject)| (subject.delivery.key.clone(), index))
            .collect();
        Ok(())
    }

    /// The delivery that a step is about.
    pub fn subject_of(&self, step: &Step) -> Option<&Subject> {
        self.by_key
            .get(step.key())
            .map(|index| &self.subjects[*index])
    }

    /// Notes that the service could not be used.
    pub fn fail(&mut self, failure: &Failure) {
        tracing::warn!(consumer = self.name(), error = %failure, "the consumer could not be served");
        self.report.unauthorised |= matches!(failure, Failure::Unauthorised(_));
        self.report.error = Some(failure.to_string());
        // Without a listing nothing may be done.
        self.draft = Draft::default();
    }
}
