//! Operations as requests: a message, an edit of it, its redaction.

use super::{Matrix, list};
use crate::consumer::{Action, Operation, Outcome, Rendering};
use crate::event::Fingerprint;
use crate::matrix::Trouble;
use serde_json::{Value, json};

impl Matrix {
    pub(super) async fn carry_out(&self, operation: &Operation<'_>) -> Outcome {
        match self.request(operation).await {
            Ok(outcome) => outcome,
            Err(trouble) => outcome(trouble),
        }
    }

    async fn request(&self, operation: &Operation<'_>) -> Result<Outcome, Trouble> {
        let refused = |problem: &str| Ok(Outcome::Refused(problem.into()));
        match (operation.action, operation.remote_id, operation.rendering) {
            (Action::Create, _, Some(rendering)) => self.announce(operation, rendering).await,
            (Action::Update | Action::Cancel, Some(id), Some(rendering)) => {
                self.edit(operation, id, rendering).await
            }
            (Action::Delete, Some(id), _) => {
                self.join().await?;
                let room = self.room().await?;
                let redacted = self.session.redact(room, id, operation.idempotency_key);
                match redacted.await {
                    Ok(()) | Err(Trouble::Missing(_)) => self.applied(room, None).await,
                    Err(trouble) => Err(trouble),
                }
            }
            (Action::Publish | Action::Adopt, ..) => refused("Matrix has no drafts"),
            (_, None, _) => refused("which message it is about is not known"),
            (_, _, None) => refused("there is nothing to show of the event"),
        }
    }

    async fn announce(
        &self,
        operation: &Operation<'_>,
        rendering: &Rendering,
    ) -> Result<Outcome, Trouble> {
        if self.join().await? {
            // Before, nothing of the room could be read.
            let page = self.session.own_messages(self.room().await?, None).await?;
            let user = self.session.user().await?;
            if page.end.is_some() || !list::messages(page.events, user).is_empty() {
                return Err(Trouble::Later {
                    retry_at: None,
                    reason: "kronos was in the room before: the next run sees what stands there"
                        .into(),
                });
            }
        }
        let (room, transaction) = (self.room().await?, operation.idempotency_key);
        let sent = self.session.send(room, transaction, &rendering.payload);
        let id = sent.await?;
        self.applied(room, Some(id)).await
    }

    async fn edit(
        &self,
        operation: &Operation<'_>,
        id: &str,
        rendering: &Rendering,
    ) -> Result<Outcome, Trouble> {
        self.join().await?;
        let room = self.room().await?;
        // What replaces another edit is another request, even if it was sent before: somebody may have edited in between.
        let last = self.edits.borrow().get(id).cloned().unwrap_or_default();
        let last = Fingerprint::of(&last).short();
        let transaction = format!("{}.{last}", operation.idempotency_key);
        let content = edit(id, &rendering.payload);
        match self.session.send(room, &transaction, &content).await {
            Ok(_) => self.applied(room, Some(id.into())).await,
            Err(Trouble::Missing(reason)) => Ok(Outcome::Gone(reason)),
            Err(trouble) => Err(trouble),
        }
    }

    /// Joins the room, unless we are in it. Says whether that was needed.
    async fn join(&self) -> Result<bool, Trouble> {
        if self.joined.get() {
            return Ok(false);
        }
        self.session
            .join(&self.config.room)
            .await
            .map_err(|trouble| match trouble {
                Trouble::Unauthorised(reason) => Trouble::Unauthorised(format!(
                    "{reason}; invite the user to {}, or make the room public",
                    self.config.room.as_str()
                )),
                other => other,
            })?;
        self.joined.set(true);
        Ok(true)
    }

    async fn applied(&self, room: &str, id: Option<String>) -> Result<Outcome, Trouble> {
        let user = self.session.user().await?;
        Ok(Outcome::Applied {
            remote_url: id.as_deref().map(|id| list::link(room, id, user)),
            remote_id: id,
            note: None,
        })
    }
}

/// The message that makes the message `id` show `content`. Who cannot show edits shows its body, marked as one.
pub(super) fn edit(id: &str, content: &Value) -> Value {
    json!({
        "msgtype": content["msgtype"],
        "body": format!("* {}", content["body"].as_str().unwrap_or_default()),
        "m.mentions": {},
        "m.new_content": content,
        "m.relates_to": {"rel_type": "m.replace", "event_id": id},
    })
}

fn outcome(trouble: Trouble) -> Outcome {
    match trouble {
        Trouble::Later { retry_at, reason } => Outcome::Later { retry_at, reason },
        Trouble::Refused(reason) | Trouble::Missing(reason) => Outcome::Refused(reason),
        Trouble::Unauthorised(reason) => Outcome::Unauthorised(reason),
        Trouble::Ambiguous(reason) => Outcome::Ambiguous(reason),
    }
}
