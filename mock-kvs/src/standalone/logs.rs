//! Logs on standard error.

use std::env;
use std::io::{self, IsTerminal as _};

use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::LogFormat;

/// Logs to standard error; `RUST_LOG` (`debug`, `warn,mock_kvs=trace`) chooses what, `info` is the
/// default. The journal's records come at `mock_kvs::journal=debug`.
pub fn log_to_stderr(format: LogFormat) {
    let wanted = env::var("RUST_LOG").unwrap_or_default();
    let (targets, mistake) = match wanted.parse::<Targets>() {
        Ok(targets) if !wanted.is_empty() => (targets, None),
        Ok(_) => (Targets::new().with_default(Level::INFO), None),
        Err(error) => (Targets::new().with_default(Level::INFO), Some(error)),
    };
    let is_plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && !is_plain);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
    if let Some(error) = mistake {
        tracing::warn!("RUST_LOG={wanted} is not understood ({error}); logging at info");
    }
}
