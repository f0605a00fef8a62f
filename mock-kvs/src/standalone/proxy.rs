//! The fault link alone, in the foreground: a proxy before any TCP service, with the admin API.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::files::write_private;
use super::stop::Stop;
use super::{LogFormat, StandaloneError};
use crate::admin::AdminListener;
use crate::config::Config;
use crate::mock::Mock;

/// What the proxy is told.
#[derive(Clone, Debug, Args)]
pub struct ProxyOptions {
    /// Where clients connect; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: String,
    /// Where every connection is passed on to, as HOST:PORT.
    #[arg(long, value_name = "ADDRESS")]
    pub upstream: String,
    /// Where the admin API listens: rules, journal, Toxiproxy's API. Whoever reaches it controls the
    /// proxy; off loopback it wants a token. [default: 127.0.0.1:8480]
    #[arg(long, value_name = "ADDRESS")]
    pub admin: Option<SocketAddr>,
    /// The bearer token of the admin API [default: none on loopback, a random one elsewhere]
    #[arg(long, value_name = "TOKEN")]
    pub admin_token: Option<String>,
    /// A file to write, as a whole, when everything listens: `listen`, `upstream`, `admin`,
    /// `admin_token`.
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Stop when this process ends.
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(i32).range(1..))]
    pub parent_pid: Option<i32>,
    /// How logs look on standard error.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub log_format: LogFormat,
    /// Seed of jitter, corruption and toxicity.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// The listener's name: what a fault is aimed at when it names nobody.
const NAME: &str = "device";

/// Passes connections on until Ctrl-C, SIGTERM or the parent's end; prints addresses and examples
/// to `out` once everything listens.
///
/// # Errors
/// When something cannot be opened or written; every message says which and why.
pub async fn run_proxy(
    options: ProxyOptions,
    out: &mut (dyn Write + Send),
) -> Result<(), StandaloneError> {
    let stopped = Stop::new(options.parent_pid)?;
    let mock = Mock::new(Config { seed: options.seed, ..Config::default() })?;
    let proxy = mock.shared.add_proxy(NAME, &options.listen, &options.upstream).await;
    let proxy = proxy.map_err(|error| StandaloneError::Proxy(error.to_string()))?;
    let admin = options.admin.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, 8480).into());
    let admin = mock.listen_admin(admin, options.admin_token).await?;
    let text = summary(&proxy.listen, &proxy.upstream, &admin);
    write!(out, "{text}").and_then(|()| out.flush()).map_err(StandaloneError::Print)?;
    if let Some(path) = &options.ready_file {
        let ready = json!({
            "version": 1,
            "listen": proxy.listen,
            "upstream": proxy.upstream,
            "admin": admin.url(),
            "admin_token": admin.token,
        });
        write_private(path, format!("{ready:#}\n").as_bytes())?;
    }
    let why = stopped.wait().await?;
    tracing::info!(why, "stopping");
    mock.shutdown().await;
    if let Some(path) = &options.ready_file {
        // Whoever waits for the file must not find that of a proxy that is gone.
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

fn summary(listen: &str, upstream: &str, admin: &AdminListener) -> String {
    let url = admin.url();
    let token = admin.token.as_ref();
    let shown = token.map_or_else(String::new, |token| format!("  token    {token}\n"));
    let header =
        token.map_or_else(String::new, |token| format!(" -H 'authorization: Bearer {token}'"));
    format!(
        "proxy {listen} -> {upstream}\n  admin    {url}\n{shown}\n\
         Make it slow, cut it after 1,000 bytes, put it right:\n\n  \
         curl{header} -H 'content-type: application/json' {url}/rules \\\n      \
         -d '{{\"fault\": \"latency\", \"delay\": \"200ms\"}}'\n  \
         curl{header} -H 'content-type: application/json' {url}/rules \\\n      \
         -d '{{\"fault\": \"reset\", \"toward\": \"device\", \"after\": \"1000B\"}}'\n  \
         curl{header} -X DELETE {url}/rules\n\nCtrl-C stops it.\n"
    )
}
