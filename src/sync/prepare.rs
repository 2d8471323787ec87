//! One consumer up to its plan: whether to ask it at all, its listing, what has to be looked at singly, and the draft.

use super::Run;
use super::orphans;
use super::read::Readings;
use crate::consumer::NamedConsumer;
use crate::consumer::{Consumer, Item, Listing};
use crate::delivery::State;
use crate::event::{Action, EventKey};
use crate::http::Failure;
use crate::plan::{Draft, Situation, Step, Subject, Verdict, plan};
use crate::report::{ConsumerReport, OperationOutcome, OperationReport};
use crate::store::{DeliveryRow, StoreError};
use std::collections::{BTreeMap, HashMap};

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
    /// Some of what stands there may be ours and of an event that is gone: only a later run can tell.
    pub undecided: bool,
    /// The listing shows all that a lost or rolled back database may not know of.
    pub settled: bool,
    by_key: HashMap<EventKey, usize>,
    noted: HashMap<EventKey, usize>,
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
            undecided: false,
            settled: false,
            by_key: HashMap::new(),
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

    pub fn to_send(&self) -> usize {
        self.steps()
            .filter(|step| step.verdict == Verdict::Send)
            .count()
    }

    /// Lists and plans, if there is anything to list for. A failing service stands in the report.
    pub async fn prepare(&mut self, readings: &Readings) -> Result<(), StoreError> {
        let now = self.run.now();
        let is_quiet = !self.run.full && !self.is_adopting()?;
        if is_quiet && !self.run.store().has_work(&self.target, now)? {
            return self.report_what_stands(readings);
        }
        match self.plan(readings, true).await? {
            Ok(()) => Ok(()),
            Err(failure) => {
                self.fail(&failure);
                Ok(())
            }
        }
    }

    /// Lists, and plans with what the listing shows.
    pub async fn plan(
        &mut self,
        readings: &Readings,
        first: bool,
    ) -> Result<Result<(), Failure>, StoreError> {
        let listing = self.run.world.stop.unless(self.consumer().list()).await;
        let listing = match listing {
            Some(Ok(listing)) => listing,
            Some(Err(failure)) => return Ok(Err(failure)),
            None => {
                return Ok(Err(Failure::Broken(
                    "not asked: the run was told to stop".into(),
                )));
            }
        };
        self.report.listed = true;
        let settle = self.run.settings.settle;
        self.settled = self
            .run
            .floor
            .is_none_or(|floor| listing.begun >= floor + settle);
        self.load(readings)?;
        if let Err(failure) = self.draft_with_looks(&listing).await? {
            return Ok(Err(failure));
        }
        if first && !self.draft.orphans.is_empty() && (self.run.full || self.is_adopting()?) {
            let taken = orphans::take_up(self, readings).await?;
            if taken {
                self.load(readings)?;
                if let Err(failure) = self.draft_with_looks(&listing).await? {
                    return Ok(Err(failure));
                }
            }
        }
        self.run
            .store()
            .save_deliveries(&self.target, &self.draft.settled)?;
        Ok(Ok(()))
    }

    async fn draft_with_looks(
        &mut self,
        listing: &Listing,
    ) -> Result<Result<(), Failure>, StoreError> {
        let adopting = self.is_adopting()?;
        let mut looked: BTreeMap<String, Option<Item>> = BTreeMap::new();
        for _ in 0..=LOOKS {
            let situation = Situation {
                now: self.run.now(),
                settle: self.run.settings.settle,
                floor: self.run.floor,
                listing,
                looked: &looked,
                adopting,
                may_delete: self.run.may_delete,
            };
            self.draft = plan(&self.subjects, &situation);
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
                match self.consumer().look(&id).await {
                    Ok(item) => drop(looked.insert(id, item)),
                    Err(failure) => return Ok(Err(failure)),
                }
            }
        }
        Ok(Ok(()))
    }

    /// Whether the database may know less than what stands there.
    fn is_adopting(&self) -> Result<bool, StoreError> {
        let known = self.run.store().consumer(&self.target)?;
        Ok(known.is_none_or(|(_, adopting)| adopting))
    }

    fn load(&mut self, readings: &Readings) -> Result<(), StoreError> {
        let rows = self.run.store().deliveries(&self.target, self.run.now())?;
        self.subjects = rows
            .into_iter()
            .map(|row| self.subject(row, readings))
            .collect();
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

    fn subject(&self, row: DeliveryRow, readings: &Readings) -> Subject {
        let memberships = row
            .stored
            .as_ref()
            .map_or(&[][..], |stored| &stored.memberships);
        let groups = memberships
            .iter()
            .map(|membership| self.run.label(&membership.provider, &membership.group))
            .collect();
        let missing_since = memberships
            .iter()
            .filter(|membership| membership.gone.is_none())
            .map(|membership| membership.missing_since)
            .min()
            .flatten();
        let missing = missing_since.map(|since| {
            format!("the source has not shown it since {}; it goes after another complete reading, at least an hour later", since.format("%Y-%m-%d %H:%M UTC"))
        });
        Subject {
            groups,
            missing,
            unproved: self.unproved(&row, readings),
            rendering: row
                .stored
                .as_ref()
                .map(|stored| self.consumer().render(&stored.event)),
            event: row.stored.map(|stored| stored.event),
            delivery: row.delivery,
            intent: row.intent,
        }
    }

    /// Why a deletion has no proof in this run.
    fn unproved(&self, row: &DeliveryRow, readings: &Readings) -> Option<String> {
        let Some(stored) = &row.stored else {
            return Some("its event is no longer known".into());
        };
        let is_whole =
            |provider: &str, group: &str| readings.whole.contains(&(provider.into(), group.into()));
        for membership in &stored.memberships {
            let read = if membership.group.is_empty() {
                self.run
                    .configured
                    .iter()
                    .filter(|(provider, _)| *provider == membership.provider)
                    .all(|(provider, group)| is_whole(provider, group))
            } else {
                let key = (membership.provider.clone(), membership.group.clone());
                !self.run.configured.contains(&key) || readings.whole.contains(&key)
            };
            if !read {
                return Some("it goes once its group was read completely".into());
            }
        }
        let fresh = readings.fresh.borrow().contains(&row.delivery.key);
        (!fresh).then(|| "it goes once the source was asked for it again".into())
    }

    /// The consumer is not asked: what is stuck, or missing at the source, is reported all the same.
    fn report_what_stands(&mut self, readings: &Readings) -> Result<(), StoreError> {
        let rows = self.run.store().stuck(&self.target, self.run.now())?;
        for row in rows {
            let state = row.delivery.state;
            let reason = row.delivery.reason.clone();
            let subject = self.subject(row, readings);
            let (action, verdict) = match (state, subject.missing) {
                (State::Quarantined, _) => (
                    Action::Update,
                    Verdict::Stuck(reason.unwrap_or_default(), false),
                ),
                (State::Conflict, _) => (
                    Action::Create,
                    Verdict::Stuck(reason.unwrap_or_default(), true),
                ),
                (_, Some(missing)) => (Action::Delete, Verdict::Waiting(missing)),
                (_, None) => continue,
            };
            let action = if action == Action::Update && subject.delivery.remote_id.is_none() {
                Action::Create
            } else {
                action
            };
            self.draft.steps.push(Step {
                title: subject
                    .event
                    .as_ref()
                    .map(|event| event.title.clone())
                    .unwrap_or_default(),
                zone: subject.event.as_ref().and_then(|event| event.timezone),
                action,
                changes: Vec::new(),
                payload_hash: subject.delivery.desired_hash,
                item: None,
                verdict,
                duplicate: false,
                groups: subject.groups,
                delivery: subject.delivery,
            });
        }
        Ok(())
    }

    /// Notes that the service could not be used.
    pub fn fail(&mut self, failure: &Failure) {
        tracing::warn!(consumer = self.name(), error = %failure, "the consumer could not be served");
        self.report.unauthorised |= matches!(failure, Failure::Unauthorised(_));
        self.report.error = Some(failure.to_string());
        // Without a listing nothing may be done.
        self.draft = Draft::default();
    }

    /// Adds an operation to the report; a later word on the same event replaces an earlier one.
    pub fn note(&mut self, step: &Step, outcome: OperationOutcome, reason: Option<String>) {
        let mut operation = OperationReport::new(step, outcome, reason);
        operation.fresh = !matches!(step.verdict, Verdict::Stuck(_, false));
        let known = self
            .noted
            .get(&operation.event)
            .filter(|_| !step.duplicate)
            .map(|index| &mut self.report.operations[*index]);
        match known {
            Some(known) => {
                // The creation that a later listing confirms, or finds as a draft to publish, stays a creation.
                if known.action == Action::Create
                    && matches!(operation.action, Action::Adopt | Action::Update)
                {
                    operation.action = Action::Create;
                    operation.fields = known.fields.clone();
                    operation.changes = known.changes.clone();
                }
                *known = operation;
            }
            None => {
                if !step.duplicate {
                    self.noted
                        .insert(operation.event.clone(), self.report.operations.len());
                }
                self.report.operations.push(operation);
            }
        }
    }

    /// Whether the report has a word on the event already.
    pub fn is_noted(&self, key: &EventKey) -> bool {
        self.noted.contains_key(key)
    }

    /// What was unknown in an earlier round and turned out applied is done.
    pub fn note_settled(&mut self) {
        for delivery in self
            .draft
            .settled
            .iter()
            .filter(|delivery| matches!(delivery.state, State::Idle | State::Gone))
        {
            let known = self
                .noted
                .get(&delivery.key)
                .map(|index| &mut self.report.operations[*index]);
            if let Some(operation) =
                known.filter(|operation| operation.outcome == OperationOutcome::Unknown)
            {
                operation.outcome = OperationOutcome::Done;
                operation.reason = None;
                operation.remote_id = delivery.remote_id.clone();
                operation.remote_url = delivery.remote_url.clone();
            }
        }
    }
}
