//! When Discord allows the next request. Pure: times and headers are handed in.
//!
//! Source: Discord API docs, "Rate Limits". A route (method and path template) belongs to a bucket, which the answer names;
//! a bucket counts per guild; besides, a bot has 50 requests a second in all. Nothing is guessed before the first answer.

use crate::http::{Answer, seconds_ahead};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use std::collections::{HashMap, VecDeque};

/// How many requests a bot may send in a second, whatever their routes.
const PER_SECOND: usize = 50;
/// How long the whole address is to be left alone after a ban that names no time.
const BAN: TimeDelta = TimeDelta::hours(1);
/// How long to wait after a 429 that names no time.
const UNNAMED: TimeDelta = TimeDelta::seconds(60);

/// A method and path template of Discord's; the guild, channel or web hook in it is always the configured one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::consumer) enum Route {
    /// `GET /users/@me`
    Me,
    /// `GET /guilds/{guild}`
    Guild,
    /// `GET /guilds/{guild}/members/{user}`
    Member,
    /// `GET /guilds/{guild}/scheduled-events`
    List,
    /// `GET /guilds/{guild}/scheduled-events/{event}`
    Look,
    /// `POST /guilds/{guild}/scheduled-events`
    Create,
    /// `PATCH /guilds/{guild}/scheduled-events/{event}`
    Change,
    /// `DELETE /guilds/{guild}/scheduled-events/{event}`
    Delete,
    /// `GET /channels/{channel}`
    Channel,
    /// `GET /channels/{channel}/messages`
    Messages,
    /// `GET /channels/{channel}/messages/{message}`
    Message,
    /// `POST /channels/{channel}/messages`, or that of a web hook
    Post,
    /// `PATCH /channels/{channel}/messages/{message}`, or that of a web hook
    Edit,
    /// `DELETE /channels/{channel}/messages/{message}`, or that of a web hook
    Remove,
}

/// What is known of all limits.
#[derive(Debug, Default)]
pub(in crate::consumer) struct Rates {
    /// The bucket that the last answer of a route named.
    routes: HashMap<Route, BucketId>,
    buckets: HashMap<BucketId, Bucket>,
    /// Nothing at all before this moment.
    closed_until: Option<DateTime<Utc>>,
    /// When the last requests were sent, at most [`PER_SECOND`] of them.
    sent: VecDeque<DateTime<Utc>>,
}

/// A bucket's name, and whether it counts for the guild: a route without a guild never shares one with a route that has it.
/// A route whose answers name no bucket has its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum BucketId {
    Named { name: String, in_guild: bool },
    Own(Route),
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    remaining: u64,
    resets: DateTime<Utc>,
}

impl Rates {
    /// The earliest moment for a request of `route`; `None` if it may go `now`.
    pub fn ready_at(&self, route: Route, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let bucket = self
            .bucket(route)
            .filter(|bucket| bucket.remaining == 0)
            .map(|bucket| bucket.resets);
        let second = (self.sent.len() == PER_SECOND)
            .then(|| {
                self.sent
                    .front()
                    .map(|first| *first + TimeDelta::seconds(1))
            })
            .flatten();
        [bucket, second, self.closed_until]
            .into_iter()
            .flatten()
            .max()
            .filter(|moment| *moment > now)
    }

    /// A request of `route` leaves now. It counts against its bucket even if its answer is lost.
    pub fn note_sent(&mut self, route: Route, now: DateTime<Utc>) {
        if self.sent.len() == PER_SECOND {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        let Some(id) = self.routes.get(&route) else {
            return;
        };
        match self.buckets.get_mut(id) {
            Some(bucket) if bucket.resets > now => {
                bucket.remaining = bucket.remaining.saturating_sub(1);
            }
            // Its window is over: the answer tells of the next.
            _ => drop(self.buckets.remove(id)),
        }
    }

    /// Learns from the answer to a request of `route`.
    pub fn note_answer(&mut self, route: Route, answer: &Answer) {
        let id = match answer.header("x-ratelimit-bucket") {
            Some(name) => BucketId::Named {
                name: name.into(),
                in_guild: route != Route::Me,
            },
            None => BucketId::Own(route),
        };
        if let (Some(remaining), Some(resets)) =
            (number(answer, "x-ratelimit-remaining"), resets(answer))
        {
            let remaining = remaining as u64;
            self.routes.insert(route, id.clone());
            self.buckets
                .insert(id.clone(), Bucket { remaining, resets });
        }
        if answer.status != 429 {
            return;
        }
        let limit = Limit::of(answer);
        if limit.everything {
            self.closed_until = self.closed_until.max(Some(limit.until));
        } else {
            // Whatever the headers counted: Discord says when. A limit on a shared resource leaves requests remaining.
            self.routes.insert(route, id.clone());
            let resets = self
                .buckets
                .get(&id)
                .map_or(limit.until, |bucket| bucket.resets.max(limit.until));
            self.buckets.insert(
                id,
                Bucket {
                    remaining: 0,
                    resets,
                },
            );
        }
    }

    fn bucket(&self, route: Route) -> Option<&Bucket> {
        self.buckets.get(self.routes.get(&route)?)
    }
}

/// When the bucket is full again: `Reset-After` counts from the answer and needs no common clock; `Reset` is the fallback.
fn resets(answer: &Answer) -> Option<DateTime<Utc>> {
    if let Some(seconds) = number(answer, "x-ratelimit-reset-after") {
        return Some(answer.received + seconds_ahead(seconds));
    }
    let millis = (number(answer, "x-ratelimit-reset")? * 1000.0).ceil();
    // A day at most, as everywhere: what lies further ahead is a mistake or an attack.
    DateTime::from_timestamp_millis(millis as i64)
        .map(|resets| resets.min(answer.received + TimeDelta::days(1)))
}

fn number(answer: &Answer, header: &str) -> Option<f64> {
    let number: f64 = answer.header(header)?.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// What a 429 asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::consumer) struct Limit {
    /// Not before: the later of the `Retry-After` header and the body's `retry_after`.
    pub until: DateTime<Utc>,
    /// For every route: a global limit, or a ban.
    pub everything: bool,
    /// What happened, for the report.
    pub reason: String,
}

#[derive(Deserialize)]
struct Told {
    #[serde(default)]
    message: String,
    retry_after: Option<f64>,
    #[serde(default)]
    global: bool,
}

impl Limit {
    /// Reads a 429. One whose body is not Discord's JSON comes from Cloudflare and means that the address is banned.
    pub fn of(answer: &Answer) -> Self {
        let header = answer.retry_at();
        let Ok(told) = answer.json::<Told>() else {
            return Self {
                until: header.unwrap_or(answer.received + BAN),
                everything: true,
                reason: "this address is banned from Discord for now: too many refused requests came from it (429 without Discord's JSON)"
                    .into(),
            };
        };
        let body = told
            .retry_after
            .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
            .map(|seconds| answer.received + seconds_ahead(seconds));
        let global = told.global || answer.header("x-ratelimit-global") == Some("true");
        let scope = match (global, answer.header("x-ratelimit-scope")) {
            (true, _) => "for the whole bot",
            (_, Some("shared")) => "for this server, by whoever",
            _ => "for this route",
        };
        let message = crate::text::cut(&crate::text::line(&told.message), 200);
        Self {
            until: header.max(body).unwrap_or(answer.received + UNNAMED),
            everything: global,
            reason: format!("Discord allows no more requests {scope} for now ({message})"),
        }
    }
}

#[cfg(test)]
mod tests;
