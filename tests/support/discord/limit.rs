//! Rate limits: a fixed window for each bucket.

use crate::support::exchange::Reply;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::collections::BTreeMap;

/// So many requests a period in each bucket.
pub struct Limit {
    requests: u32,
    period: TimeDelta,
    windows: BTreeMap<&'static str, (DateTime<Utc>, u32)>,
    /// How many requests were one too many.
    pub exceeded: usize,
}

/// What is left in a bucket after a request.
pub struct Left {
    bucket: &'static str,
    limit: u32,
    remaining: u32,
    reset: DateTime<Utc>,
    after: TimeDelta,
    over: bool,
}

impl Limit {
    /// Fresh windows.
    pub fn new(requests: u32, period: TimeDelta) -> Self {
        Self {
            requests,
            period,
            windows: BTreeMap::new(),
            exceeded: 0,
        }
    }

    /// Counts one request in `bucket`.
    pub fn count(&mut self, bucket: &'static str, now: DateTime<Utc>) -> Left {
        let window = self.windows.entry(bucket).or_insert((now, 0));
        if now >= window.0 + self.period {
            *window = (now, 0);
        }
        let over = window.1 >= self.requests;
        if over {
            self.exceeded += 1;
        } else {
            window.1 += 1;
        }
        let reset = window.0 + self.period;
        Left {
            bucket,
            limit: self.requests,
            remaining: self.requests - window.1,
            reset,
            after: reset - now,
            over,
        }
    }
}

impl Left {
    /// The refusal, if the request was one too many.
    pub fn refusal(&self) -> Option<Reply> {
        let seconds = self.after.num_milliseconds() as f64 / 1000.0;
        let body = json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false});
        self.over.then(|| {
            Reply::json(429, &body)
                .header("retry-after", seconds.ceil())
                .header("x-ratelimit-scope", "user")
        })
    }

    /// Writes the exact state of the bucket on an answer.
    pub fn stamp(&self, reply: Reply) -> Reply {
        let seconds = |millis: i64| format!("{}.{:03}", millis / 1000, millis % 1000);
        reply
            .header("x-ratelimit-limit", self.limit)
            .header("x-ratelimit-remaining", self.remaining)
            .header("x-ratelimit-reset", seconds(self.reset.timestamp_millis()))
            .header(
                "x-ratelimit-reset-after",
                seconds(self.after.num_milliseconds()),
            )
            .header("x-ratelimit-bucket", self.bucket)
    }
}
