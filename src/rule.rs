//! The rules of the delivery protocol by name, so that a test can show what each of them prevents.
//!
//! In the product every rule holds, and [`holds`] is a constant. A build with debug assertions can leave one rule out for as long
//! as [`without`] runs, on its own thread: the simulation then has to find what that rule keeps from happening.

/// A rule of the delivery protocol. Each says what is done while it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// A request is sent only once its intent is durable.
    DurableIntent,
    /// A request is sent only by the run whose epoch the database holds.
    OwnEpoch,
    /// A request is sent only before its deadline.
    Deadline,
    /// Nothing is created or deleted once its event has begun, also if that was while the run waited.
    NotBegun,
    /// While a request may be under way, no other is sent for the same event.
    OneRequest,
    /// What a dead run left is unknown until a listing has settled.
    UnknownAfterCrash,
    /// A creation needs a listing, begun SETTLE after the last request, that shows nothing.
    SettledCreation,
    /// That a recorded item is not listed tells nothing before a listing has settled.
    SettledAbsence,
    /// A recorded item that is not listed is looked at by its id before it is made anew.
    FreshLook,
    /// A listing that fails is no listing.
    FailedListing,
    /// What stands there and differs from what was applied is repaired.
    DriftRepair,
    /// A database that is older than its high-water file was restored or lost.
    HighWater,
    /// A high-water file of another database tells that this one took its place.
    Lineage,
    /// After a loss, every event may have a request under way that nobody knows of.
    SettleAfterLoss,
    /// The run that finds a loss deletes nothing.
    NoDeletionAfterLoss,
    /// After a loss, what carries an unshared marker is ours.
    AdoptionAfterLoss,
    /// Nothing is done with what a restored database knows until its group was read.
    ReadAfterLoss,
    /// What somebody else made is never ours.
    OwnOnly,
    /// Where no maker is named, a marker alone makes nothing ours.
    ProvedOwn,
    /// An item is ours by the last line of its text, not by any link in it.
    Marker,
    /// Where no maker is named, what was made while our creation was under way is ours.
    CreationWindow,
    /// Of two items of ours the recorded one, else the oldest, is kept.
    KeepRecorded,
    /// Only a complete snapshot shows that something is missing.
    CompleteSnapshot,
    /// What is missing is looked at singly before anything is concluded.
    FreshProbe,
    /// A hidden event is gone after two complete snapshots an hour apart.
    TwoSnapshots,
    /// Nothing new is made of an event that is missing.
    WaitWhileMissing,
    /// More cancellations and deletions than the limit are withheld.
    DeletionLimit,
    /// What an empty snapshot would take away is withheld.
    EmptySnapshot,
    /// What a change of the configuration would take away is withheld.
    Configuration,
    /// An approval releases only what was withheld under its hash, and that unchanged.
    ExactApproval,
    /// What is over is not touched.
    PastUntouched,
    /// Another wish is another generation.
    Generation,
    /// What was refused is not sent again within a day.
    Quarantine,
    /// A run sends nothing more after twenty refusals.
    RefusalLimit,
    /// After a 401 a consumer is sent nothing more in this run.
    ClosedConsumer,
    /// Nothing is sent before the moment until which a service asked to wait.
    RetryAfter,
    /// Creations for which there is no room are not sent.
    Room,
    /// A dry run sends nothing.
    DryRun,
}

impl Rule {
    /// All of them.
    pub const ALL: &[Self] = &[
        Self::DurableIntent,
        Self::OwnEpoch,
        Self::Deadline,
        Self::NotBegun,
        Self::OneRequest,
        Self::UnknownAfterCrash,
        Self::SettledCreation,
        Self::SettledAbsence,
        Self::FreshLook,
        Self::FailedListing,
        Self::DriftRepair,
        Self::HighWater,
        Self::Lineage,
        Self::SettleAfterLoss,
        Self::NoDeletionAfterLoss,
        Self::AdoptionAfterLoss,
        Self::ReadAfterLoss,
        Self::OwnOnly,
        Self::ProvedOwn,
        Self::Marker,
        Self::CreationWindow,
        Self::KeepRecorded,
        Self::CompleteSnapshot,
        Self::FreshProbe,
        Self::TwoSnapshots,
        Self::WaitWhileMissing,
        Self::DeletionLimit,
        Self::EmptySnapshot,
        Self::Configuration,
        Self::ExactApproval,
        Self::PastUntouched,
        Self::Generation,
        Self::Quarantine,
        Self::RefusalLimit,
        Self::ClosedConsumer,
        Self::RetryAfter,
        Self::Room,
        Self::DryRun,
    ];
}

/// Whether a rule holds: always, in the product.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub(crate) const fn holds(_: Rule) -> bool {
    true
}

/// Whether a rule holds on this thread.
#[cfg(debug_assertions)]
pub(crate) fn holds(rule: Rule) -> bool {
    switch::left_out() != Some(rule)
}

#[cfg(debug_assertions)]
pub use switch::without;

#[cfg(debug_assertions)]
mod switch {
    use super::Rule;
    use std::cell::Cell;

    thread_local! {
        static LEFT_OUT: Cell<Option<Rule>> = const { Cell::new(None) };
    }

    /// The rule that does not hold on this thread.
    pub(super) fn left_out() -> Option<Rule> {
        LEFT_OUT.get()
    }

    /// Puts back what held before, also if the work panics.
    struct Restore(Option<Rule>);

    impl Drop for Restore {
        fn drop(&mut self) {
            LEFT_OUT.set(self.0);
        }
    }

    /// Does `work` as if `rule` did not exist. Only in builds with debug assertions.
    pub fn without<T>(rule: Rule, work: impl FnOnce() -> T) -> T {
        let _restore = Restore(LEFT_OUT.replace(Some(rule)));
        work()
    }
}
