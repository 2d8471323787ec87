//! Who is told of a run: the log, a health check that is pinged, and a file of metrics.

pub mod log;
pub mod metrics;
pub mod ping;

pub use log::{Logging, Readers, complain, log_report, readers, start_logging};
pub use metrics::Totals;
pub use ping::Ping;
