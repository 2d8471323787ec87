//! `kronos sync`.

use super::choose::choose;
use super::measure::measure;
use super::print::{json_line, print};
use super::progress::Bar;
use super::{CliError, Format, Global, SyncArgs};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, Monitor};
use crate::exit::Exit;
use crate::monitor::{self, Ping, Readers};
use crate::report::Report;
use crate::sync::{Settings, State, Stop, World};
use chrono::TimeDelta;
use std::path::Path;
use std::rc::Rc;
use tokio::signal::unix::{SignalKind, signal};

/// Makes one run, or shows beforehand what it will do.
///
/// # Errors
/// What keeps the run from starting, or a database that breaks in its middle.
pub fn run(global: &Global, args: &SyncArgs) -> Result<Exit, CliError> {
    let clock: Rc<dyn Clock> = Rc::new(SystemClock);
    let path = config::find(global.config.clone())?;
    // Also a run that cannot begin for the rest of the configuration is told of.
    let ping = Monitor::of(&path)
        .filter(|_| !args.dry_run)
        .and_then(|monitor| monitor.ping_url)
        .map(|url| Ping::new(clock.clone(), url));
    super::complete(async {
        let result = told(global, &path, args, &clock, ping.as_ref()).await;
        let exit = result
            .as_ref()
            .map_or_else(CliError::exit, |(_, exit)| *exit);
        // Nothing is amiss if another run is under way, and a mistyped option was no run.
        if let Some(ping) = ping.filter(|_| !matches!(exit, Exit::Busy | Exit::Usage)) {
            let text = match &result {
                Ok((report, _)) => report.to_string(),
                Err(error) => error.to_string(),
            };
            ping.end(exit, &text).await;
        }
        result.map(|(_, exit)| exit)
    })?
}

/// Makes the run and tells of it: in the log, in the metrics, and on standard output.
async fn told(
    global: &Global,
    path: &Path,
    args: &SyncArgs,
    clock: &Rc<dyn Clock>,
    ping: Option<&Ping>,
) -> Result<(Report, Exit), CliError> {
    let mut config = Config::load(path, clock)?;
    choose(&mut config, args)?;
    for (kind, none) in [
        ("provider", config.providers.is_empty()),
        ("consumer", config.consumers.is_empty()),
    ] {
        if none {
            tracing::warn!(
                "{}: there is no {kind}; add a section [{kind}s.NAME]",
                path.display()
            );
        }
    }
    let state = if args.dry_run {
        State::for_reading(&config.store)?
    } else {
        State::for_run(&config.store)?
    };
    if let Some(ping) = ping {
        ping.start().await;
    }
    let (report, exit) = sync(&config, &state, args, clock).await?;
    if let Some(file) = config
        .monitor
        .metrics_file
        .as_deref()
        .filter(|_| !args.dry_run)
    {
        measure(file, &config, &state, &report, exit);
    }
    tell(global, args, &report, exit)?;
    Ok((report, exit))
}

/// The report on standard output, and its closing line in the log. Who reads both is told the closing line once.
fn tell(global: &Global, args: &SyncArgs, report: &Report, exit: Exit) -> Result<(), CliError> {
    let is_text = args.format == Format::Text && global.log_format == Format::Text;
    let readers = match is_text {
        true => monitor::readers(),
        false => Readers::Apart,
    };
    let text = match (args.format, readers) {
        (Format::Json, _) => json_line(report)?,
        (Format::Text, Readers::Journal) => report.details().to_string(),
        (Format::Text, _) => report.to_string(),
    };
    if readers == Readers::Apart {
        monitor::log_report(report, exit);
    }
    // What was done is done: the exit code tells of the run, not of its report.
    if let Err(problem) = print(&text) {
        tracing::warn!("the report could not be printed: {problem}");
    }
    if readers == Readers::Journal {
        monitor::log_report(report, exit);
    }
    Ok(())
}

async fn sync(
    config: &Config,
    state: &State,
    args: &SyncArgs,
    clock: &Rc<dyn Clock>,
) -> Result<(Report, Exit), CliError> {
    let stop = Stop::default();
    let bar = Bar::default();
    let world = World {
        providers: &config.providers,
        consumers: &config.consumers,
        store: &state.store,
        clock: clock.clone(),
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
            // A signal comes first: nothing new is begun once it is there.
            biased;
            _ = terminate.recv() => stop.set(),
            _ = interrupt.recv() => stop.set(),
            result = &mut work => break result,
        }
    };
    bar.finish();
    let mut report = result?;
    let exit = report.conclude(args.exit_code);
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
