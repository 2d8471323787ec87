//! What a homeserver's answers mean. Pure: an answer goes in, what it came to comes out.

use crate::http::{Answer, Failure, Fault, Meaning, seconds_ahead};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

/// How long a reading waits for its turn at most; what takes longer is for a later run.
pub(super) const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(30);

/// Why something was not done, or perhaps not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// It was not done and may be tried again, not before `retry_at` (`None`: the next run).
    Later {
        /// Not before.
        retry_at: Option<DateTime<Utc>>,
        /// Why.
        reason: String,
    },
    /// It was not done, and will not as it is.
    Refused(String),
    /// It was not done: the token is not valid, or the user may not do this in the room.
    Unauthorised(String),
    /// It was not done: there is no such event or room.
    Missing(String),
    /// It may have been done.
    Ambiguous(String),
}

/// A homeserver's error ("Standard error response").
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Complaint {
    errcode: String,
    error: String,
    retry_after_ms: Option<f64>,
}

impl Complaint {
    fn of(answer: &Answer) -> Self {
        answer.json().unwrap_or_default()
    }

    /// One line for people.
    fn line(&self, status: u16) -> String {
        match (self.error.trim(), self.errcode.as_str()) {
            ("", "") => format!("status {status}"),
            ("", code) => shown(code),
            (error, "") => shown(error),
            (error, code) => format!("{} ({})", shown(error), shown(code)),
        }
    }
}

/// A text of the homeserver's on one short line.
pub(super) fn shown(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    clean.trim().to_string()
}

/// What the homeserver says is wrong, on one line.
pub(super) fn said(answer: &Answer) -> String {
    Complaint::of(answer).line(answer.status)
}

/// Whether the homeserver says that there is no such thing; a proxy's 404 does not.
pub(super) fn is_missing(answer: &Answer) -> bool {
    Complaint::of(answer).errcode == "M_NOT_FOUND"
}

/// Until when the homeserver wants to be left alone, if it says so: the later one of `Retry-After` and of `retry_after_ms`,
/// which older servers send alone; a minute if it names no time.
pub(super) fn limited(answer: &Answer) -> Option<DateTime<Utc>> {
    let complaint = Complaint::of(answer);
    if answer.status != 429 && complaint.errcode != "M_LIMIT_EXCEEDED" {
        return None;
    }
    let told = complaint
        .retry_after_ms
        .filter(|millis| millis.is_finite() && *millis >= 0.0)
        .map(|millis| answer.received + seconds_ahead(millis / 1000.0));
    let until = told.max(answer.retry_at());
    Some(until.unwrap_or(answer.received + TimeDelta::minutes(1)))
}

/// What is to be done about a refusal of our credentials or rights.
fn unauthorised(complaint: &Complaint, status: u16) -> String {
    let said = complaint.line(status);
    match complaint.errcode.as_str() {
        "M_UNKNOWN_TOKEN" | "M_MISSING_TOKEN" => format!(
            "the homeserver does not accept the access token: {said}; make a new one, or give user and password instead"
        ),
        "M_USER_DEACTIVATED" => format!("the user was deactivated: {said}"),
        _ => format!("the homeserver does not allow it: {said}"),
    }
}

/// What it means that a reading was not answered with success.
pub(super) fn failure(answer: &Answer) -> Failure {
    let complaint = Complaint::of(answer);
    let said = complaint.line(answer.status);
    if let Some(until) = limited(answer) {
        return Failure::Limited {
            until,
            reason: format!("the homeserver limits our requests: {said}"),
        };
    }
    match answer.status {
        401 | 403 => Failure::Unauthorised(unauthorised(&complaint, answer.status)),
        404 if complaint.errcode == "M_NOT_FOUND" => Failure::Wrong(said),
        404 => Failure::Wrong(format!(
            "no homeserver answers there: {said}; homeserver has to be the address of the client-server API, which https://SERVER/.well-known/matrix/client names"
        )),
        400 => Failure::Wrong(format!("the homeserver refused it: {said}")),
        _ => Failure::Broken(format!("the homeserver answered {said}")),
    }
}

/// What it means that a change was not answered with success.
pub(super) fn trouble(answer: &Answer) -> Trouble {
    let complaint = Complaint::of(answer);
    let said = complaint.line(answer.status);
    if let Some(until) = limited(answer) {
        return Trouble::Later {
            retry_at: Some(until),
            reason: format!("the homeserver limits our requests: {said}"),
        };
    }
    match answer.meaning() {
        Meaning::Unauthorised => Trouble::Unauthorised(unauthorised(&complaint, answer.status)),
        Meaning::Refused if complaint.errcode == "M_NOT_FOUND" => Trouble::Missing(said),
        Meaning::Refused => Trouble::Refused(format!("the homeserver refused it: {said}")),
        _ => Trouble::Ambiguous(format!("the homeserver answered {said}")),
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotSent(reason) => Self::Later {
                retry_at: None,
                reason,
            },
            Fault::Ambiguous(reason) => Self::Ambiguous(reason),
        }
    }
}

/// A reading that had to come first failed: nothing was changed.
impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unauthorised(reason) => Self::Unauthorised(reason),
            Failure::Limited { until, reason } => Self::Later {
                retry_at: Some(until),
                reason,
            },
            Failure::Wrong(reason) => Self::Refused(reason),
            Failure::Broken(reason) => Self::Later {
                retry_at: None,
                reason,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, HeaderValue};
    use serde_json::{Value, json};

    fn answer(status: u16, body: Value) -> Answer {
        Answer {
            status,
            headers: HeaderMap::new(),
            body: serde_json::to_vec(&body).unwrap(),
            received: DateTime::UNIX_EPOCH,
        }
    }

    fn error(status: u16, code: &str) -> Answer {
        answer(status, json!({"errcode": code, "error": "Said so."}))
    }

    #[test]
    fn a_limit_is_kept_by_the_longer_one_of_its_two_times() {
        let body = json!({"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 1500});
        let mut both = answer(429, body);
        let at = |millis| Some(DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis));
        assert_eq!(limited(&both), at(1500));
        both.headers
            .insert("retry-after", HeaderValue::from_static("2"));
        assert_eq!(limited(&both), at(2000));
        assert_eq!(limited(&error(429, "M_LIMIT_EXCEEDED")), at(60_000));
        assert_eq!(limited(&error(400, "M_UNKNOWN")), None);
        let absurd = json!({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1e300});
        assert_eq!(limited(&answer(429, absurd)), at(24 * 3600 * 1000));
    }

    #[test]
    fn each_refusal_of_a_change_means_what_it_says() {
        for (status, code, meaning) in [
            (401, "M_UNKNOWN_TOKEN", "unauthorised"),
            (403, "M_FORBIDDEN", "unauthorised"),
            (404, "M_NOT_FOUND", "missing"),
            (404, "M_UNRECOGNIZED", "refused"),
            (413, "M_TOO_LARGE", "refused"),
            (400, "M_BAD_JSON", "refused"),
            (429, "M_LIMIT_EXCEEDED", "later"),
            (500, "M_UNKNOWN", "ambiguous"),
            (302, "", "ambiguous"),
        ] {
            let word = match trouble(&error(status, code)) {
                Trouble::Later { .. } => "later",
                Trouble::Refused(_) => "refused",
                Trouble::Unauthorised(_) => "unauthorised",
                Trouble::Missing(_) => "missing",
                Trouble::Ambiguous(_) => "ambiguous",
            };
            assert_eq!(word, meaning, "{status} {code}");
        }
    }

    #[test]
    fn a_page_that_is_no_homeservers_leaves_a_change_unknown() {
        let mut page = answer(404, Value::Null);
        page.body = b"<html>Not Found</html>".to_vec();
        assert!(matches!(trouble(&page), Trouble::Ambiguous(_)));
        assert!(
            matches!(failure(&page), Failure::Wrong(text) if text.contains(".well-known/matrix/client"))
        );
    }

    #[test]
    fn a_refused_token_names_its_mend() {
        let Trouble::Unauthorised(text) = trouble(&error(401, "M_UNKNOWN_TOKEN")) else {
            panic!("a refused token is a refusal");
        };
        assert!(text.contains("make a new one"), "{text}");
    }
}
