//! What an answer of Meetup's GraphQL means: HTTP status, then JSON, then top-level errors, then data. Pure.

use crate::consumer::Outcome;
use crate::http::{Answer, Failure, Meaning};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

/// An answer, judged without knowing what was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Data without any error; a mutation's payload may still hold errors of its own.
    Data(Map<String, Value>),
    /// Too many requests: nothing was done, until then.
    Limited {
        /// Not before.
        until: DateTime<Utc>,
        /// What Meetup said.
        reason: String,
    },
    /// The token is refused: nothing was done, and another token may help.
    Unauthorised(String),
    /// This member may not: nothing was done.
    Forbidden(String),
    /// The request is wrong: nothing was done.
    Refused(String),
    /// A 400 as Meetup gives now and then for requests that succeed when they are repeated: nothing was done.
    Spurious(String),
    /// Nobody answers at this address any more: nothing was done.
    Retired(String),
    /// Nothing is found at this address, but it is no answer of GraphQL that says so.
    Missing(String),
    /// Anything else: it may have been done.
    Ambiguous(String),
}

/// A GraphQL answer. `data` tells "absent" (never executed) from `null` (executed and failed).
#[derive(Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "present")]
    data: Option<Value>,
    #[serde(default)]
    errors: Option<Vec<TopError>>,
}

/// A top-level error.
#[derive(Deserialize)]
struct TopError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    code: Option<Value>,
    classification: Option<Value>,
    reset_at: Option<Value>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl TopError {
    /// Its code and classification in one spelling, without `_`.
    fn kinds(&self) -> Vec<String> {
        let extensions = self.extensions.iter();
        extensions
            .flat_map(|extensions| [&extensions.code, &extensions.classification])
            .filter_map(|kind| kind.as_ref()?.as_str())
            .map(|kind| kind.to_uppercase().replace('_', ""))
            .collect()
    }

    fn is(&self, kinds: &[&str]) -> bool {
        self.kinds()
            .iter()
            .any(|kind| kinds.contains(&kind.as_str()))
    }
}

/// Judges an answer.
pub fn judge(answer: &Answer) -> Reply {
    let body = answer.json::<Body>();
    let errors = body
        .as_ref()
        .ok()
        .and_then(|body| body.errors.as_deref())
        .unwrap_or_default();
    let status = answer.status;
    let said = match messages(errors) {
        text if text.is_empty() => format!("Meetup answered {status}"),
        text => format!("Meetup answered {status}: {text}"),
    };
    // Retired addresses answer 503, which would otherwise pass for an outage.
    if status >= 500 && said.contains("deprecated") {
        return Reply::Retired(said);
    }
    match answer.meaning() {
        Meaning::Success => match body {
            Ok(body) => executed(answer, body),
            Err(problem) => Reply::Ambiguous(format!("Meetup's answer is {problem}")),
        },
        Meaning::Limited(until) => Reply::Limited {
            until,
            reason: said,
        },
        Meaning::Unauthorised if status == 403 => Reply::Forbidden(said),
        Meaning::Unauthorised => Reply::Unauthorised(said),
        Meaning::Refused => match refused(answer, errors) {
            Some(reply) => reply,
            None if status == 400 && errors.iter().all(|error| error.kinds().is_empty()) => {
                Reply::Spurious(said)
            }
            None if matches!(status, 404 | 405 | 410) => Reply::Retired(said),
            None => Reply::Refused(said),
        },
        Meaning::Ambiguous if matches!(status, 404 | 405 | 410) => Reply::Missing(said),
        Meaning::Ambiguous => Reply::Ambiguous(said),
    }
}

fn executed(answer: &Answer, body: Body) -> Reply {
    let errors = body.errors.unwrap_or_default();
    let nothing = match &body.data {
        None | Some(Value::Null) => true,
        Some(Value::Object(data)) => data.values().all(Value::is_null),
        Some(_) => false,
    };
    if !errors.is_empty() {
        let said = format!("Meetup: {}", messages(&errors));
        return match refused(answer, &errors) {
            _ if !nothing => Reply::Ambiguous(format!("{said} (beside data)")),
            Some(reply) => reply,
            // Without `data` a request was never executed (GraphQL specification, 7.1), unless the error says otherwise.
            None if body.data.is_none() && !errors.iter().any(is_internal) => Reply::Refused(said),
            None => Reply::Ambiguous(said),
        };
    }
    match body.data {
        // Public data is shown to anybody, but drafts are not: such a reading would miss our own.
        Some(Value::Object(data)) if data.get("self").is_some_and(Value::is_null) => {
            Reply::Unauthorised("Meetup answered as to a stranger (self is null)".into())
        }
        Some(Value::Object(data)) => Reply::Data(data),
        _ => Reply::Ambiguous("Meetup's answer holds neither data nor errors".into()),
    }
}

/// What errors mean that certainly kept a request from being executed; `None` if they are not of that kind.
fn refused(answer: &Answer, errors: &[TopError]) -> Option<Reply> {
    let said = || format!("Meetup: {}", messages(errors));
    if let Some(error) = errors.iter().find(|error| error.is(&["RATELIMITED"])) {
        return Some(Reply::Limited {
            until: reset(answer, error),
            reason: said(),
        });
    }
    let all = |kinds: &[&str]| !errors.is_empty() && errors.iter().all(|error| error.is(kinds));
    if all(&["UNAUTHORIZED", "UNAUTHENTICATED", "AUTHFAIL"]) {
        return Some(Reply::Unauthorised(said()));
    }
    if all(&["FORBIDDEN"]) {
        return Some(Reply::Forbidden(said()));
    }
    all(&[
        "VALIDATIONERROR",
        "INVALIDSYNTAX",
        "OPERATIONNOTSUPPORTED",
        "BADREQUEST",
        "BADUSERINPUT",
        "NOTFOUND",
    ])
    .then(|| Reply::Refused(said()))
}

/// Whether an error happened while something was being done.
fn is_internal(error: &TopError) -> bool {
    error.is(&[
        "INTERNALERROR",
        "INTERNALSERVERERROR",
        "DATAFETCHINGEXCEPTION",
        "EXECUTIONABORTED",
        "NULLVALUEINNONNULLABLEFIELD",
    ])
}

/// When a limit ends: `resetAt`, at most a day ahead; without one, in a minute, since the limit counts by the minute.
fn reset(answer: &Answer, error: &TopError) -> DateTime<Utc> {
    let now = answer.received;
    error
        .extensions
        .as_ref()
        .and_then(|extensions| {
            DateTime::parse_from_rfc3339(extensions.reset_at.as_ref()?.as_str()?).ok()
        })
        .map_or(now + TimeDelta::minutes(1), |at| at.with_timezone(&Utc))
        .min(now + TimeDelta::days(1))
}

/// What Meetup says, as it is told: on one line, of bounded length.
pub fn said(text: &str) -> String {
    crate::text::cut(&crate::text::line(text), 500)
}

fn messages(errors: &[TopError]) -> String {
    let texts: Vec<&str> = errors.iter().map(|error| error.message.trim()).collect();
    said(&texts.join("; "))
}

/// What to do when the credentials are refused.
const CREDENTIALS: &str = "check that the token or signing key is valid, that its member organises the group, \
                           and that the Pro subscription has not lapsed";
/// What to do when nobody answers at the address.
const ADDRESS: &str = "check api_url, by default https://api.meetup.com/gql-ext";

impl Reply {
    /// What it means for a reading.
    pub fn reading(self) -> Result<Map<String, Value>, Failure> {
        Err(match self {
            Self::Data(data) => return Ok(data),
            Self::Limited { until, reason } => Failure::Limited { until, reason },
            Self::Unauthorised(reason) | Self::Forbidden(reason) => {
                Failure::Unauthorised(format!("{reason}; {CREDENTIALS}"))
            }
            Self::Refused(reason) => Failure::Wrong(reason),
            Self::Retired(reason) | Self::Missing(reason) => {
                Failure::Wrong(format!("{reason}; {ADDRESS}"))
            }
            Self::Spurious(reason) | Self::Ambiguous(reason) => Failure::Broken(reason),
        })
    }

    /// What it means for a change.
    pub fn change(self) -> Result<Map<String, Value>, Outcome> {
        Err(match self {
            Self::Data(data) => return Ok(data),
            Self::Limited { until, reason } => Outcome::Later {
                retry_at: Some(until),
                reason,
            },
            Self::Unauthorised(reason) | Self::Forbidden(reason) => {
                Outcome::Unauthorised(format!("{reason}; {CREDENTIALS}"))
            }
            Self::Refused(reason) => Outcome::Refused(reason),
            Self::Retired(reason) => Outcome::Refused(format!("{reason}; {ADDRESS}")),
            Self::Spurious(reason) => Outcome::Later {
                retry_at: None,
                reason,
            },
            Self::Missing(reason) | Self::Ambiguous(reason) => Outcome::Ambiguous(reason),
        })
    }
}
