//! `kronos relay`: a relay of the message stream, as a service.

use super::{CliError, Global};
use crate::config::{self, Monitor};
use crate::exit::Exit;
use crate::monitor::metrics::{self, Text};
use crate::relay::{Counts, Listening, Relay, serve};
use crate::stream::Trusted;
use sd_notify::NotifyState;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// The metrics are written so often, and at the end.
const MEASURE: Duration = Duration::from_secs(15);

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// The configuration is wrong, or an endpoint cannot be opened.
pub fn relay(global: &Global) -> Result<Exit, CliError> {
    let path = config::find(global.config.clone())?;
    let (settings, signer) = config::Relay::load(&path)?;
    let trusted = Trusted::open(&settings.trusted, Instant::now())?;
    let file = Monitor::of(&path)
        .and_then(|monitor| monitor.metrics_file)
        .map(|file| beside(&file));
    let relay = Rc::new(Relay::new(signer, trusted));
    super::service(async {
        let listening = Listening::open(&settings.submit, &settings.publish)
            .await
            .map_err(CliError::Failed)?;
        let [submit, publish] = listening.addresses();
        tracing::info!(
            submit = submit.join(" "),
            publish = publish.join(" "),
            trusted = relay.trusted(),
            "relaying"
        );
        let stop = stop()?;
        tell(&[NotifyState::Ready]);
        tokio::task::spawn_local(watch());
        if let Some(file) = file.clone() {
            let relay = relay.clone();
            tokio::task::spawn_local(async move {
                let mut interval = tokio::time::interval(MEASURE);
                loop {
                    interval.tick().await;
                    measure(&file, &relay.counts);
                }
            });
        }
        serve(relay.clone(), listening, stop).await;
        if let Some(file) = &file {
            measure(file, &relay.counts);
        }
        tracing::info!(published = relay.counts.published.get(), "stopped");
        Ok(Exit::Done)
    })
}

/// Ends when the process is told to; the service manager learns of it.
pub(super) fn stop() -> Result<impl Future<Output = ()>, CliError> {
    let failed =
        |error: std::io::Error| CliError::Failed(format!("signals cannot be received: {error}"));
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop");
        tell(&[NotifyState::Stopping]);
    })
}

/// Tells systemd, where it wants to know (`Type=notify`).
pub(super) fn tell(state: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}

/// Shows systemd's watchdog that this thread still turns (`WatchdogSec=`), twice as often as it asks for.
pub(super) async fn watch() {
    let Some(patience) = sd_notify::watchdog_enabled() else {
        return;
    };
    let mut interval = tokio::time::interval(patience / 2);
    loop {
        interval.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

/// `kronos.prom` belongs to the runs, which replace it; the relay's stands beside it: `kronos-relay.prom`.
fn beside(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let name = match file.extension() {
        Some(extension) => format!("{stem}-relay.{}", extension.to_string_lossy()),
        None => format!("{stem}-relay"),
    };
    file.with_file_name(name)
}

fn measure(file: &Path, counts: &Counts) {
    if let Err(error) = metrics::write(file, &text(counts).to_string()) {
        tracing::warn!(
            "{} was not written: {error}; let the user running kronos write in its folder",
            file.display()
        );
    }
}

fn text(counts: &Counts) -> Text {
    let mut text = Text::default();
    let name = "relay_messages_total";
    text.counter(name, "Messages that were submitted, by what came of them.");
    for (outcome, count) in [
        ("published", &counts.published),
        ("malformed", &counts.malformed),
        ("untrusted", &counts.untrusted),
        ("forged", &counts.forged),
        ("oversized", &counts.oversized),
    ] {
        text.sample(name, &[("outcome", outcome)], count.get() as f64);
    }
    for (name, help, count) in [
        (
            "relay_missed_total",
            "Messages that a sink missed since it was too slow.",
            &counts.missed,
        ),
        (
            "relay_foreign_total",
            "Connections that spoke no ZeroMQ of a kind that suits.",
            &counts.foreign,
        ),
        (
            "relay_refused_total",
            "Connections that were refused since there were too many.",
            &counts.refused,
        ),
    ] {
        text.counter(name, help);
        text.sample(name, &[], count.get() as f64);
    }
    let name = "relay_connections";
    text.family(name, "Connections that stand.");
    for (kind, count) in [("source", &counts.sources), ("sink", &counts.sinks)] {
        text.sample(name, &[("kind", kind)], count.get() as f64);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relays_metrics_stand_beside_those_of_the_runs() {
        let beside = |path| beside(Path::new(path));
        assert_eq!(beside("/x/kronos.prom"), Path::new("/x/kronos-relay.prom"));
        assert_eq!(beside("kronos"), Path::new("kronos-relay"));
    }

    #[test]
    fn every_count_is_told() {
        let counts = Counts::default();
        counts.forged.set(3);
        counts.sinks.set(2);
        let text = text(&counts).to_string();
        assert!(text.contains("# TYPE kronos_relay_messages_total counter\n"));
        assert!(text.contains("\nkronos_relay_messages_total{outcome=\"forged\"} 3\n"));
        assert!(text.contains("\nkronos_relay_connections{kind=\"sink\"} 2\n"));
    }
}
