//! The usual scene: one group at Mobilizon, shared to a Discord guild.

use crate::support::discord::Discord;
use crate::support::kronos::{Kronos, Run};
use crate::support::mobilizon::{Entry, Mobilizon};
use chrono::{DateTime, Duration, DurationRound, Utc};
use std::cell::Cell;

/// One group, one guild, one command.
pub struct Scene {
    pub mobilizon: Mobilizon,
    pub discord: Discord,
    pub kronos: Kronos,
    pub ago: Cell<i64>,
}

/// A whole hour, so many days from now.
pub fn in_days(days: i64) -> DateTime<Utc> {
    let hour = Utc::now().duration_trunc(Duration::hours(1)).unwrap();
    hour + Duration::days(days) + Duration::hours(1)
}

impl Scene {
    /// Nothing has happened yet.
    pub fn new() -> Self {
        let (mobilizon, discord) = (Mobilizon::start(), Discord::start());
        mobilizon.group("hackerspace");
        let kronos = Kronos::new()
            .mobilizon("space", &mobilizon, &["hackerspace"])
            .discord("guild", &discord);
        Self {
            mobilizon,
            discord,
            kronos,
            ago: Cell::new(50),
        }
    }

    /// An event of the group, some days ahead. Its last change lies long enough back for a quiet run to trust it.
    pub fn event(&self, title: &str, days: i64) -> String {
        self.event_with(title, days, |entry| entry)
    }

    /// The same, with more said of it.
    pub fn event_with(&self, title: &str, days: i64, more: impl FnOnce(Entry) -> Entry) -> String {
        self.at_rest(|| {
            self.mobilizon.event("hackerspace", |entry| {
                let begins = in_days(days);
                more(
                    entry
                        .title(title)
                        .begins(begins)
                        .ends(begins + Duration::hours(3)),
                )
            })
        })
    }

    /// Does something at Mobilizon that counts as done some minutes ago.
    pub fn at_rest<T>(&self, change: impl FnOnce() -> T) -> T {
        // Last-modified has whole seconds, and what is younger than two is read again to be sure. Each change is younger
        // than the one before.
        let ago = Duration::minutes(self.ago.get());
        self.ago.set(self.ago.get() - 1);
        self.mobilizon.clock.follow(move || Utc::now() - ago);
        let value = change();
        self.mobilizon.clock.follow(Utc::now);
        value
    }

    /// A run that must end with 0, and what it did at the guild.
    pub fn deeds(&self) -> Vec<String> {
        self.kronos.run().ends_with(0).deeds("guild")
    }

    /// A run, and how many requests it sent to Mobilizon and to Discord.
    pub fn run_counting(&self) -> (Run, usize, usize) {
        let before = (self.mobilizon.server.count(), self.discord.server.count());
        let run = self.kronos.run();
        (
            run,
            self.mobilizon.server.count() - before.0,
            self.discord.server.count() - before.1,
        )
    }
}
