//! The run: recover, read, commit, list, plan, deliver, report.
//!
//! Everything that varies is handed in: the clock, the store, the providers and the consumers.

use crate::clock::Clock;
use crate::consumer::NamedConsumer;
use crate::event::Fingerprint;
use crate::http::Failure;
use crate::plan::plan_hash;
use crate::provider::NamedProvider;
use crate::report::{ConsumerReport, Report, RunOutcome, VERSION};
use crate::store::{HighWater, Past, Store};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::{join_all, try_join_all};
use std::cell::RefCell;
use std::collections::HashSet;
use std::rc::Rc;

mod approve;
mod confirm;
mod deliver;
mod find;
mod looked;
mod orphans;
mod prepare;
mod read;
mod readings;
mod rendered;
mod state;
mod stop;
mod wishes;

pub use crate::store::{BackupError, StoreError};
pub use find::find_at_providers;
pub use state::State;
pub use stop::Stop;

/// How long finished events and the history of attempts are kept.
const KEPT: TimeDelta = TimeDelta::days(60);

/// How a run is to be made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// An ambiguous request counts as not applied only in a listing begun this much later.
    pub settle: TimeDelta,
    /// The longest run.
    pub budget: TimeDelta,
    /// The share of a group that may be cancelled or deleted without approval.
    pub delete_limit: f64,
    /// At least this often every event is read.
    pub full_every: TimeDelta,
    /// The longest time that one request may take.
    pub request_timeout: TimeDelta,
    /// Read every event now.
    pub full: bool,
    /// Send nothing that changes anything.
    pub dry_run: bool,
    /// The plan whose withheld operations are released.
    pub approve: Option<String>,
}

/// Told how far the run is, for a progress bar.
pub trait Progress {
    /// So many operations are to be carried out.
    fn expect(&self, operations: usize);
    /// One of them ended.
    fn advance(&self);
}

/// Everything that a run works with.
pub struct World<'a> {
    /// The providers.
    pub providers: &'a [NamedProvider],
    /// The consumers.
    pub consumers: &'a [NamedConsumer],
    /// What is remembered.
    pub store: &'a RefCell<Store>,
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Told from outside to end early.
    pub stop: &'a Stop,
    /// Shows how far it is.
    pub progress: &'a dyn Progress,
}

/// What all parts of one run share.
struct Run<'a> {
    world: &'a World<'a>,
    settings: &'a Settings,
    deadline: DateTime<Utc>,
    epoch: u64,
    floor: Option<DateTime<Utc>>,
    may_delete: bool,
    /// A consumer is still recognising what stands there: only whole readings can tell which of its items are wanted no more.
    adopting: bool,
    configured: HashSet<(String, String)>,
    rendered: rendered::Rendered,
}

impl Run<'_> {
    /// Does work that changes nothing, unless the run is told to stop or its time is used up: then it is dropped.
    async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let rest = self.deadline - self.now();
        let timed = async {
            tokio::select! {
                biased;
                value = work => Some(value),
                () = self.world.clock.sleep(rest) => None,
            }
        };
        self.world.stop.unless(timed).await.flatten()
    }

    /// Why [`within`](Self::within) gave nothing.
    fn out_of_time(&self) -> Failure {
        let reason = if self.world.stop.is_set() {
            "the run was told to stop"
        } else {
            "the run's time is used up"
        };
        Failure::Broken(reason.into())
    }

    /// Whether what was done as a whole at `at` is to be done so again. A clock that went back does once too often, not too
    /// seldom.
    fn is_due(&self, at: Option<DateTime<Utc>>) -> bool {
        let now = self.now();
        self.settings.full || at.is_none_or(|at| now - at >= self.settings.full_every || at > now)
    }

    fn now(&self) -> DateTime<Utc> {
        self.world.clock.now()
    }

    fn store(&self) -> std::cell::RefMut<'_, Store> {
        self.world.store.borrow_mut()
    }

    /// How a group is named to people: `provider/group`.
    fn label(&self, identity: &str, group: &str) -> String {
        let name = self
            .world
            .providers
            .iter()
            .find(|named| named.provider.identity() == identity)
            .map_or(identity, |named| &named.name);
        if group.is_empty() {
            String::new()
        } else {
            format!("{name}/{group}")
        }
    }
}

/// Makes one run; the caller holds the lock.
///
/// # Errors
/// Only when the store breaks: whatever goes wrong with a service or an event stands in the report.
pub async fn run(
    world: &World<'_>,
    settings: &Settings,
    mark: Option<&HighWater>,
) -> Result<Report, StoreError> {
    let started = world.clock.now();
    let past = world.store.borrow().past(mark);
    match past {
        Past::Lost => tracing::warn!(
            "the database was lost: this run adopts what stands at the consumers and deletes nothing"
        ),
        Past::RolledBack => tracing::warn!(
            "the database is older than the last run: this run checks everything and deletes nothing"
        ),
        Past::None | Past::Continued => {}
    }
    let run = begin(world, settings, past, mark, started)?;
    let reading = read::read(&run).await?;
    let prepared: Vec<_> = world
        .consumers
        .iter()
        .filter(|named| named.active)
        .map(|named| prepare::Prepared::new(&run, named))
        .collect();
    let mut prepared = try_join_all(
        prepared
            .into_iter()
            .map(async |mut consumer| consumer.prepare(&reading).await.map(|()| consumer)),
    )
    .await?;
    let plan = plan_hash(
        prepared
            .iter()
            .flat_map(|consumer| consumer.steps().map(|step| (consumer.name(), step))),
    );
    let unknown_approval = approve::guard(&run, &reading, &plan, &mut prepared)?;
    world.progress.expect(
        prepared
            .iter()
            .map(|consumer| consumer.to_send().count())
            .sum(),
    );
    let consumers = join_all(
        prepared
            .into_iter()
            .map(|consumer| deliver::deliver(consumer, &reading)),
    )
    .await;
    let consumers = consumers
        .into_iter()
        .collect::<Result<Vec<ConsumerReport>, _>>()?;
    let mut report = Report {
        version: VERSION,
        run: run.epoch,
        dry_run: settings.dry_run,
        started,
        finished: world.clock.now(),
        outcome: RunOutcome::Done,
        plan,
        providers: reading.reports,
        consumers,
        interrupted: world.stop.is_set(),
        unknown_approval,
    };
    let exit = report.conclude(false);

    let mut store = world.store.borrow_mut();

    store.end_run(
        report.finished,
        &report.closing(),
        exit.code(),
        started - KEPT,
    )?;
    store.checkpoint()?;
    Ok(report)
}

fn begin<'a>(
    world: &'a World<'a>,
    settings: &'a Settings,
    past: Past,
    mark: Option<&HighWater>,
    now: DateTime<Utc>,
) -> Result<Run<'a>, StoreError> {
    let mut store = world.store.borrow_mut();
    let epoch = store.begin_run(past, mark, now)?;
    let recovered = store.recover(now)?;
    if recovered > 0 {
        tracing::warn!(
            requests = recovered,
            "an earlier run was interrupted; what it had sent is looked up"
        );
    }

    let (floor, may_delete) = (store.settle_floor()?, store.may_delete()?);
    drop(store);
    let configured: HashSet<(String, String)> = world
        .providers
        .iter()
        .flat_map(|named| {
            named
                .provider
                .groups()
                .into_iter()
                .map(|group| (named.provider.identity(), group))
        })
        .collect();
    let mut run = Run {
        world,
        settings,
        deadline: now + settings.budget,
        epoch,

        floor,
        may_delete,
        adopting: false,
        configured,
        rendered: rendered::Rendered::default(),
    };
    wishes::follow_configuration(&run)?;
    for named in world.consumers.iter().filter(|named| named.active) {
        let memory = world.store.borrow().consumer(&named.consumer.target())?;
        run.adopting |= memory.is_some_and(|memory| memory.adopting);
    }
    Ok(run)
}

/// The hash of all that decides, besides the event itself, what a consumer is to show.
fn rendering_key(named: &NamedConsumer, configured: &HashSet<(String, String)>) -> String {
    let mut groups: Vec<_> = configured.iter().collect();
    groups.sort();
    let audience = (
        &named.audience.providers,
        &named.audience.groups,
        &named.audience.tags,
    );
    Fingerprint::of(&(
        named.consumer.rendering_version(),
        audience,
        groups,
        env!("CARGO_PKG_VERSION"),
    ))
    .to_string()
}
