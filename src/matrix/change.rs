//! What changes something in a room: joining, sending, redacting. Each is one exchange that may be sent again as it is.

use super::{Room, Session, Trouble, answer};
use crate::http::{Answer, Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};

/// The answer to whatever makes an event.
#[derive(Deserialize)]
struct Made {
    event_id: String,
}

impl Session {
    /// Joins a room that is public or to which we are invited, and gives its id. To join again changes nothing.
    ///
    /// # Errors
    /// `Unauthorised` if we may not.
    pub async fn join(&self, room: &Room) -> Result<String, Trouble> {
        #[derive(Deserialize)]
        struct Joined {
            room_id: String,
        }
        let answer = self
            .change(Method::POST, &["v3", "join", room.as_str()], &json!({}))
            .await?;
        parsed::<Joined>(&answer).map(|joined| joined.room_id)
    }

    /// Sends a message of type `m.room.message` into the room `room_id`, and gives its id. With the same `transaction` from
    /// the same device the homeserver makes no second message but names the first.
    ///
    /// # Errors
    /// As [`Trouble`] says; `Refused` if the message is larger than [`LARGEST_EVENT`](super::LARGEST_EVENT).
    pub async fn send(
        &self,
        room_id: &str,
        transaction: &str,
        content: &Value,
    ) -> Result<String, Trouble> {
        let path = [
            "v3",
            "rooms",
            room_id,
            "send",
            "m.room.message",
            transaction,
        ];
        let answer = self.change(Method::PUT, &path, content).await?;
        parsed::<Made>(&answer).map(|made| made.event_id)
    }

    /// Takes the content of an event away; what remains says that something was there. To redact again changes nothing that
    /// anybody sees.
    ///
    /// # Errors
    /// As [`Trouble`] says; `Missing` if there is no such event.
    pub async fn redact(
        &self,
        room_id: &str,
        event_id: &str,
        transaction: &str,
    ) -> Result<(), Trouble> {
        let path = ["v3", "rooms", room_id, "redact", event_id, transaction];
        let answer = self.change(Method::PUT, &path, &json!({})).await?;
        parsed::<Made>(&answer).map(|_| ())
    }

    async fn change(&self, method: Method, path: &[&str], body: &Value) -> Result<Answer, Trouble> {
        let request = Request::new(method, self.url(path))
            .authorization("Bearer", self.token().await?)
            .json(body);
        let answer = self.http.send(request).await?;
        if let Some(until) = answer::limited(&answer) {
            self.patience.set(Some(until));
        }
        match answer.is_success() {
            true => Ok(answer),
            false => Err(answer::trouble(&answer)),
        }
    }
}

fn parsed<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    answer
        .json()
        .map_err(|problem| Trouble::Ambiguous(format!("the homeserver's answer is {problem}")))
}
