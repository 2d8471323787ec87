//! `kronos sync`.

use super::progress::Bar;
use super::{CliError, Format, Global, SyncArgs};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::monitor;
use crate::report::Report;
use crate::sync::{Settings, State, Stop, World};
use chrono::TimeDelta;
use std::rc::Rc;
use tokio::signal::unix::{SignalKind, signal};

/// Makes one run, or shows beforehand what it will do.
///
/// # Errors
/// What keeps the run from starting, or a database that breaks in its middle.
pub fn run(global: &Global, args: &SyncArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let mut config = Config::load(&config::find(global.config.clone())?, &clock)?;
    choose(&mut config, args)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::Failed(error.to_string()))?;
    let (report, exit) = runtime.block_on(sync(&config, args, clock))?;
    match args.format {
        Format::Text => anstream::print!("{report}"),
        Format::Json => anstream::println!(
            "{}",
            serde_json::to_string(&report).map_err(|error| CliError::Failed(error.to_string()))?
        ),
    }
    Ok(exit)
}

async fn sync(
    config: &Config,
    args: &SyncArgs,
    clock: Rc<dyn Clock>,
) -> Result<(Report, Exit), CliError> {
    let state = if args.dry_run {
        State::for_reading(&config.store)?
    } else {
        State::for_run(&config.store)?
    };
    let stop = Stop::default();
    let bar = Bar::default();
    let world = World {
        providers: &config.providers,
        consumers: &config.consumers,
        store: &state.store,
        clock,
        stop: &stop,
        progress: &bar,
    };
    let settings = settings(config, args);
    let failed =
        |error: std::io::Error| CliError::Failed(format!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let work = crate::sync::run(&world, &settings, state.mark.as_ref());
    tokio::pin!(work);
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            _ = terminate.recv() => stop.set(),
            _ = interrupt.recv() => stop.set(),
        }
    };
    bar.finish();
    let mut report = result?;
    let exit = report.conclude(args.exit_code);
    monitor::log_report(&report, exit);
    Ok((report, exit))
}

fn settings(config: &Config, args: &SyncArgs) -> Settings {
    Settings {
        settle: config.sync.settle,
        budget: config.sync.budget,
        delete_limit: config.sync.delete_limit,
        full_every: config.sync.full_every,
        request_timeout: TimeDelta::from_std(config.sync.request_timeout).unwrap_or_default(),
        full: args.full,
        dry_run: args.dry_run,
        approve: args.approve.clone(),
    }
}

/// Marks what the command line chose; without a choice, everything takes part.
fn choose(config: &mut Config, args: &SyncArgs) -> Result<(), CliError> {
    let unknown = |what: &str, name: &str, known: Vec<&str>| {
        CliError::Usage(format!(
            "no {what} is called {name:?}; there are {}",
            known.join(", ")
        ))
    };
    let providers: Vec<&str> = config
        .providers
        .iter()
        .map(|named| named.name.as_str())
        .collect();
    let consumers: Vec<&str> = config
        .consumers
        .iter()
        .map(|named| named.name.as_str())
        .collect();
    if let Some(name) = args
        .providers
        .iter()
        .find(|name| !providers.contains(&name.as_str()))
    {
        return Err(unknown("provider", name, providers));
    }
    if let Some(name) = args
        .consumers
        .iter()
        .find(|name| !consumers.contains(&name.as_str()))
    {
        return Err(unknown("consumer", name, consumers));
    }
    let chosen =
        |names: &[String], name: &str| names.is_empty() || names.iter().any(|other| other == name);
    config
        .providers
        .iter_mut()
        .for_each(|named| named.active = chosen(&args.providers, &named.name));
    config
        .consumers
        .iter_mut()
        .for_each(|named| named.active = chosen(&args.consumers, &named.name));
    Ok(())
}
