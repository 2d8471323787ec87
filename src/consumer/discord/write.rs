//! Creating and changing events: one exchange, and one more where the first proved that nothing happened and what was
//! refused is not the event itself.

use super::api::{self, Asked, Trouble};
use super::apply::{self, Body, IMAGE};
use super::rate::Route;
use super::{Discord, render};
use crate::consumer::{Action, Field, Operation, Outcome, Rendering};
use crate::http::Method;
use crate::picture;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The largest picture, in bytes: what other bots send; Discord documents no limit.
const LARGEST_PICTURE: usize = 8_000_000;

impl Discord {
    /// Makes a new event.
    pub(super) async fn create(&self, operation: &Operation<'_>, rendering: &Rendering) -> Outcome {
        let mut body = Body {
            keys: apply::create(rendering),
            note: None,
        };
        self.add_picture(operation, rendering, &mut body).await;
        self.write(operation, Route::Create, body).await
    }

    /// Gives an event what changed.
    pub(super) async fn update(&self, operation: &Operation<'_>, rendering: &Rendering) -> Outcome {
        let mut body = apply::update(operation, rendering);
        if operation.changed.contains(&Field::Picture) {
            self.add_picture(operation, rendering, &mut body).await;
        }
        self.write(operation, Route::Change, body).await
    }

    /// Calls an event off.
    pub(super) async fn cancel(&self, operation: &Operation<'_>) -> Outcome {
        let body = Body {
            keys: apply::cancel(operation),
            note: None,
        };
        self.write(operation, Route::Change, body).await
    }

    /// Takes an event away.
    pub(super) async fn delete(&self, operation: &Operation<'_>) -> Outcome {
        let request = self
            .session
            .request(Method::DELETE, self.url(operation.remote_id))
            .header("x-audit-log-reason", &apply::reason(operation));
        match self.session.send(Route::Delete, request).await {
            Ok(answer) => api::outcome(Asked::Delete, &answer, &self.config.guild, None),
            Err(fault) => api::no_answer(fault),
        }
    }

    /// Adds the picture to a body, or says in its note why not: a missing picture never stops an event.
    async fn add_picture(&self, operation: &Operation<'_>, rendering: &Rendering, body: &mut Body) {
        let Some(url) = rendering.payload[render::PICTURE].as_str() else {
            if operation.action == Action::Update {
                body.keys.insert(IMAGE.into(), Value::Null);
            }
            return;
        };
        if self.refused_pictures.borrow().contains(url) {
            return body.add_note("Discord refused the picture before in this run");
        }
        match picture::fetch(&self.session.http, operation.key, url, LARGEST_PICTURE).await {
            Ok(picture) => {
                self.left_out.borrow_mut().remove(operation.key);
                let data = STANDARD.encode(&picture.bytes);
                let uri = format!("data:{};base64,{data}", picture.format.mime());
                body.keys.insert(IMAGE.into(), uri.into());
            }
            Err(missing) => {
                if missing.may_come {
                    self.left_out.borrow_mut().insert(operation.key.clone());
                }
                body.add_note(&missing.to_string());
            }
        }
    }

    async fn write(&self, operation: &Operation<'_>, route: Route, mut body: Body) -> Outcome {
        let (asked, method, id) = match route {
            Route::Create => (Asked::Create, Method::POST, None),
            _ => (Asked::Change, Method::PATCH, operation.remote_id),
        };
        let (url, guild) = (self.url(id), &self.config.guild);
        let mut again = true;
        loop {
            if body.keys.is_empty() {
                return api::applied(id.map(Into::into), guild, body.note);
            }
            let request = self
                .session
                .request(method.clone(), url.clone())
                .json(&Value::Object(body.keys.clone()))
                .header("x-audit-log-reason", &apply::reason(operation));
            let answer = match self.session.send(route, request).await {
                Ok(answer) => answer,
                Err(fault) => return api::no_answer(fault),
            };
            let second = refusal(&answer)
                .filter(|_| std::mem::take(&mut again))
                .and_then(|trouble| apply::second(asked, &body, &trouble));
            let Some(second) = second else {
                return api::outcome(asked, &answer, guild, body.note);
            };
            if body.keys.contains_key(IMAGE)
                && !second.keys.contains_key(IMAGE)
                && let Some(url) = operation
                    .rendering
                    .and_then(|rendering| rendering.payload[render::PICTURE].as_str())
            {
                self.refused_pictures.borrow_mut().insert(url.into());
            }
            if let Some(retry_at) = self.session.ready_at(route) {
                return Outcome::Later {
                    retry_at: Some(retry_at),
                    reason: second
                        .note
                        .unwrap_or_else(|| "to be sent in another way".into()),
                };
            }
            body = second;
        }
    }
}

/// A refusal that proves that nothing happened. 413 is said before the request is looked at, by whoever stands in front.
fn refusal(answer: &crate::http::Answer) -> Option<Trouble> {
    match answer.status {
        400 => Trouble::of(answer),
        413 => Some(Trouble::of(answer).unwrap_or_default()),
        _ => None,
    }
}
