//! An answer, and what its status means.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

/// The longest wait that an answer can ask for; a greater one is a mistake or an attack.
const LONGEST_RETRY: TimeDelta = TimeDelta::days(1);

/// An answer that was read completely.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, decoded.
    pub body: Vec<u8>,
    /// When it was read.
    pub received: DateTime<Utc>,
}

/// What an answer to a request that changes something means, before its body is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// 2xx: it happened, if the body is valid.
    Success,
    /// 429: it did not happen; wait until then.
    Limited(DateTime<Utc>),
    /// 401, 403.
    Unauthorised,
    /// Any other 4xx with a body that can be read: it did not happen.
    Refused,
    /// 408, 1xx, 3xx, 5xx, or a 4xx with no readable body: it may have happened.
    Ambiguous,
}

impl Answer {
    /// 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The content type in lower case, `""` if there is none.
    pub fn content_type(&self) -> String {
        self.header("content-type")
            .unwrap_or_default()
            .to_ascii_lowercase()
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON; the error says where it broke, not what it held.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        let body = self
            .body
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(&self.body);
        serde_json::from_slice(body)
            .map_err(|error| format!("not the JSON that was expected ({error})"))
    }

    /// What the status means for a request that changes something.
    pub fn meaning(&self) -> Meaning {
        match self.status {
            200..=299 => Meaning::Success,
            429 => Meaning::Limited(
                self.retry_at()
                    .unwrap_or(self.received + TimeDelta::seconds(60)),
            ),
            401 | 403 => Meaning::Unauthorised,
            408 => Meaning::Ambiguous,
            400..=499 if serde_json::from_slice::<serde::de::IgnoredAny>(&self.body).is_ok() => {
                Meaning::Refused
            }
            _ => Meaning::Ambiguous,
        }
    }

    /// By how much this machine's clock was ahead of the service's.
    pub(crate) fn skew(&self) -> Option<TimeDelta> {
        let date = DateTime::parse_from_rfc2822(self.header("date")?).ok()?;
        let fresh = self.header("age").is_none();
        fresh.then(|| self.received - date.to_utc())
    }

    /// When the answer allows the next request: `Retry-After` in seconds (fractions rounded up) or as a date.
    /// Negative values and rubbish are `None`; more than a day is cut to a day.
    pub fn retry_at(&self) -> Option<DateTime<Utc>> {
        let text = self.header("retry-after")?.trim();
        let wait = match text.parse::<f64>() {
            Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => seconds_ahead(seconds),
            Ok(_) => return None,
            Err(_) => DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc) - self.received,
        };
        (wait >= TimeDelta::zero()).then(|| self.received + wait.min(LONGEST_RETRY))
    }
}

/// `seconds` as a length, at most a day, to the millisecond, rounded up.
pub fn seconds_ahead(seconds: f64) -> TimeDelta {
    let millis = (seconds * 1000.0)
        .ceil()
        .clamp(0.0, LONGEST_RETRY.num_milliseconds() as f64);
    TimeDelta::milliseconds(millis as i64)
}
