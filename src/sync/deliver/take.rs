//! What an outcome means: for the delivery, for the rest of the run, and for the report.

use super::super::prepare::Prepared;
use super::applied;
use super::exchange::{Exchanges, TRIES, Verdict, is_draft, publishes};
use crate::consumer::{Capability, Outcome};
use crate::delivery::{Delivery, Desired, Intent, State};
use crate::event::Action;
use crate::plan::{Step, Subject, left_to_operator};
use crate::report::OperationOutcome;
use crate::rule::{Rule, holds};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Where nothing can be listed, what is unknown is tried again so much later.
const PAUSE: TimeDelta = TimeDelta::seconds(5);

/// What is known of the item was told by a restored database, and nothing has confirmed it since: if it is gone, another one that was
/// forgotten may stand, and no listing would show it.
fn is_doubted(capability: Capability, consumer: &Prepared<'_>, before: &Delivery) -> bool {
    capability == Capability::Blind && consumer.run.floor.is_some() && before.applied_hash.is_none()
}

impl Exchanges {
    /// Carries an outcome into the delivery, and says what to report. `before` is the delivery as it was before it was sent.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn take(
        &mut self,
        consumer: &mut Prepared<'_>,
        step: &Step,
        intent: &Intent,
        delivery: &mut Delivery,
        before: &Delivery,
        subject: Option<&Subject>,
        outcome: &Outcome,
        now: DateTime<Utc>,
    ) -> Verdict {
        let action = intent.action;
        let capability = consumer.consumer().capability();
        let settle = if capability.is_listed() {
            consumer.run.settings.settle
        } else {
            PAUSE
        };
        // Nothing that could be seen later would tell of it.
        let is_blind_creation = capability == Capability::Blind && action == Action::Create;
        self.count(outcome);
        let came = |outcome, reason: &str| Verdict::Came(outcome, Some(reason.to_string()));
        let verdict = match outcome {
            Outcome::Applied {
                remote_id: None, ..
            } if action == Action::Create => {
                let reason = "the service accepted it without naming the new item";
                delivery.ambiguous(reason.into(), now);
                self.settle_unless(is_blind_creation, now + settle);
                came(OperationOutcome::Unknown, reason)
            }
            Outcome::Applied {
                remote_id,
                remote_url,
                note,
            } => {
                let unpublished = action != Action::Publish
                    && is_draft(step)
                    && publishes(consumer, action, subject);
                let known = remote_id.clone().or_else(|| delivery.remote_id.clone());
                let mut applied = applied(step, subject, known, remote_url.clone());
                for field in consumer.consumer().left_out(step.key()) {
                    applied.fields.remove(&field);
                }
                let is_older = action == Action::Create
                    && (delivery.desired == Desired::Absent
                        || intent.payload_hash != step.payload_hash);
                if is_older {
                    // What the first sending made may show the event as it was then.
                    (applied.hash, applied.fields) = (intent.payload_hash, BTreeMap::new());
                    applied.begins = delivery.item_begins;
                    self.settle(now);
                }
                delivery.applied(action, applied, unpublished || is_older, now);
                Verdict::Came(OperationOutcome::Done, note.clone())
            }
            Outcome::Later { retry_at, reason } => {
                delivery.later(*retry_at, reason.clone(), now);
                match retry_at {
                    Some(_) => Verdict::PutOff(reason.clone()),
                    None => came(OperationOutcome::Failed, reason),
                }
            }
            Outcome::NoRoom(reason) => {
                self.full = true;
                delivery.later(None, reason.clone(), now);
                came(OperationOutcome::Waiting, reason)
            }
            Outcome::Refused(reason) => {
                delivery.refused(reason.clone(), now);
                came(
                    OperationOutcome::Failed,
                    &format!("{reason}; when it is mended: kronos retry {}", step.key()),
                )
            }
            Outcome::Gone(reason) if is_doubted(capability, consumer, before) => {
                delivery.item_gone(now);
                let reason = left_to_operator(&format!(
                    "{reason}, and the database was lost or restored since it was made"
                ));
                delivery.conflict(reason.clone(), false, now);
                let release = format!("{reason}: kronos retry {}", step.key());
                came(OperationOutcome::Unknown, &release)
            }
            Outcome::Gone(reason) => {
                delivery.item_gone(now);
                self.settle(now + settle);
                let then = if capability.is_listed() {
                    "it is made anew once a later listing shows that it is gone"
                } else {
                    "it is made anew"
                };
                came(OperationOutcome::Waiting, &format!("{reason}; {then}"))
            }
            Outcome::Unauthorised(reason) => {
                delivery.later(None, reason.clone(), now);
                if holds(Rule::ClosedConsumer) {
                    self.closed = Some(
                        "the service does not let us: nothing more is sent to it in this run"
                            .into(),
                    );
                }
                consumer.report.error = Some(reason.clone());
                consumer.report.unauthorised = true;
                came(OperationOutcome::Failed, reason)
            }
            Outcome::Ambiguous(reason) => {
                delivery.ambiguous(reason.clone(), now);
                self.settle_unless(is_blind_creation, now + settle);
                came(OperationOutcome::Unknown, reason)
            }
        };
        if !matches!(outcome, Outcome::Applied { .. } | Outcome::Ambiguous(_)) {
            // What was not applied changed nothing.
            delivery.item_begins = delivery.item_begins.and(before.item_begins);
        }
        let was_unknown = action == Action::Create && before.state == State::Unknown;
        let verdict = match outcome {
            Outcome::Applied {
                remote_id: Some(_), ..
            } => verdict,
            // Whatever became of this request, the first one may have been applied.
            _ if was_unknown => {
                let reason = delivery.reason.clone().unwrap_or_default();
                match outcome {
                    Outcome::Refused(_) => delivery.refused_again(reason.clone(), now),
                    _ => delivery.ambiguous(reason.clone(), now),
                }
                came(OperationOutcome::Unknown, &reason)
            }
            _ if is_blind_creation && delivery.state == State::Unknown => {
                let reason = delivery.reason.clone().unwrap_or_default();
                let reason = left_to_operator(&reason);
                delivery.conflict(reason.clone(), false, now);
                let release = format!("{reason}: kronos retry {}", step.key());
                came(OperationOutcome::Unknown, &release)
            }
            _ => verdict,
        };
        if step.duplicate && !matches!(outcome, Outcome::Ambiguous(_)) {
            // The other item stays, and with it everything that is known of it.
            let last_mutation = if matches!(outcome, Outcome::Applied { .. }) {
                Some(now)
            } else {
                before.last_mutation
            };
            *delivery = Delivery {
                last_mutation,
                ..before.clone()
            };
        }
        verdict
    }

    fn count(&mut self, outcome: &Outcome) {
        let is_unheard = matches!(
            outcome,
            Outcome::Later { retry_at: None, .. } | Outcome::Ambiguous(_)
        );
        self.unheard = if is_unheard { self.unheard + 1 } else { 0 };
        if self.unheard >= TRIES {
            self.closed =
                Some("the service does not answer: the rest waits for the next run".into());
        }
        let is_refused = !matches!(outcome, Outcome::Applied { .. }) && !is_unheard;
        self.refusals += usize::from(is_refused);
    }

    fn settle_unless(&mut self, never: bool, at: DateTime<Utc>) {
        if !never {
            self.settle(at);
        }
    }

    fn settle(&mut self, at: DateTime<Utc>) {
        // The listing must begin later by more than the resolution with which the database keeps times.
        self.settle_at = self.settle_at.max(Some(at + TimeDelta::milliseconds(1)));
    }
}
