//! What a mutation's own payload says, once the exchange itself went well: errors first, then the event.

use super::node::Node;
use super::reply::said;
use crate::consumer::Outcome;
use serde::Deserialize;
use serde_json::{Map, Value};

/// One error of a payload. Its codes are undocumented: that there is one is all that counts.
#[derive(Deserialize)]
struct PayloadError {
    #[serde(default)]
    message: String,
    field: Option<String>,
}

/// The event of `mutation`'s payload.
///
/// # Errors
/// `Refused` with what Meetup says is wrong; `Ambiguous` if the payload contradicts itself or holds no event.
pub fn event(mut data: Map<String, Value>, mutation: &str) -> Result<Node, Outcome> {
    let mut payload = take(&mut data, mutation)?;
    let event = payload.remove("event").unwrap_or_default();
    check(&payload, event.is_null())?;
    if event.is_null() {
        return Err(Outcome::Ambiguous(format!(
            "Meetup's answer to {mutation} holds no event"
        )));
    }
    let node: Node = serde_json::from_value(event).map_err(|error| {
        Outcome::Ambiguous(format!(
            "Meetup's answer to {mutation} holds no whole event ({error})"
        ))
    })?;
    Ok(node)
}

/// Whether deleteEvent's payload says that it was done.
///
/// # Errors
/// As for [`event`].
pub fn success(mut data: Map<String, Value>) -> Result<(), Outcome> {
    let payload = take(&mut data, "deleteEvent")?;
    let success = payload.get("success").and_then(Value::as_bool);
    check(&payload, success != Some(true))?;
    match success {
        Some(true) => Ok(()),
        Some(false) => Err(Outcome::Refused(
            "Meetup did not delete it, and does not say why".into(),
        )),
        None => Err(Outcome::Ambiguous(
            "Meetup does not say whether it deleted it".into(),
        )),
    }
}

fn take(data: &mut Map<String, Value>, mutation: &str) -> Result<Map<String, Value>, Outcome> {
    match data.remove(mutation) {
        Some(Value::Object(payload)) => Ok(payload),
        _ => Err(Outcome::Ambiguous(format!(
            "Meetup's answer holds no {mutation}"
        ))),
    }
}

/// Looks at a payload's errors; `empty` tells whether it holds nothing besides.
fn check(payload: &Map<String, Value>, empty: bool) -> Result<(), Outcome> {
    let errors = match payload.get("errors") {
        None | Some(Value::Null) => return Ok(()),
        Some(errors) => Vec::<PayloadError>::deserialize(errors).map_err(|error| {
            Outcome::Ambiguous(format!("Meetup's errors cannot be read ({error})"))
        })?,
    };
    if errors.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = errors
        .into_iter()
        .map(
            |error| match error.field.filter(|field| !field.is_empty()) {
                Some(field) => format!("{field}: {}", error.message),
                None => error.message,
            },
        )
        .collect();
    let said = format!("Meetup: {}", said(&texts.join("; ")));
    Err(if empty {
        Outcome::Refused(said)
    } else {
        Outcome::Ambiguous(format!("{said} (beside data)"))
    })
}
