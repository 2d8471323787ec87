//! What the report says of each operation; a later word on the same event replaces an earlier one.

use super::Prepared;
use crate::delivery::State;
use crate::event::Action;
use crate::plan::{Step, Verdict};
use crate::report::{OperationOutcome, OperationReport};

impl Prepared<'_> {
    /// Notes what came of a step.
    pub fn note(&mut self, step: &Step, outcome: OperationOutcome, reason: Option<String>) {
        let mut operation = OperationReport::new(step, outcome, reason);
        operation.fresh = !matches!(step.verdict, Verdict::Stuck(_, false));
        self.place(step, operation);
    }

    /// Notes that a step waits for the next run, though nothing but this run's limits was in its way.
    pub fn put_off(&mut self, step: &Step, reason: String) {
        let mut operation = OperationReport::new(step, OperationOutcome::Waiting, Some(reason));
        operation.put_off = true;
        self.place(step, operation);
    }

    /// Notes a step that only tells something, unless something was done about its event in this run.
    pub fn tell(&mut self, step: &Step, outcome: OperationOutcome, reason: Option<String>) {
        let known = self
            .noted
            .get(&place(step))
            .map(|index| self.report.operations[*index].outcome);
        if matches!(
            known,
            None | Some(OperationOutcome::Unknown | OperationOutcome::Waiting)
        ) {
            self.note(step, outcome, reason);
        }
    }

    fn place(&mut self, step: &Step, mut operation: OperationReport) {
        let known = self
            .noted
            .get(&place(step))
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
                self.noted.insert(place(step), self.report.operations.len());
                self.report.operations.push(operation);
            }
        }
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
                .get(&(delivery.key.clone(), None))
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
        let listed = |id: &Option<String>| {
            self.draft
                .steps
                .iter()
                .any(|step| step.duplicate && step.remote_id() == id.as_deref())
        };
        let gone: Vec<usize> = self
            .noted
            .iter()
            .filter(|((_, id), _)| id.is_some() && !listed(id))
            .map(|(_, index)| *index)
            .collect();
        for index in gone {
            let operation = &mut self.report.operations[index];
            if operation.outcome == OperationOutcome::Unknown {
                (operation.outcome, operation.reason) = (OperationOutcome::Done, None);
            }
        }
    }
}

fn place(step: &Step) -> (crate::event::EventKey, Option<String>) {
    let second = step
        .remote_id()
        .filter(|_| step.duplicate)
        .map(String::from);
    (step.key().clone(), second)
}
