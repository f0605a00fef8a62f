//! The mock in the foreground: what the binary does, also for a CLI that offers it as a command.

mod options;
mod summary;
mod thing;

use std::env;
use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub use options::{Listen, Options};
use summary::Summary;
use thing::ThingFiles;
use tracing::Level;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::Config;
use crate::iot::RoleAlias;
use crate::mock::{CreateError, ListenError, Mock, Tls};
use crate::tls::{Authority, TlsError};

/// Why the mock could not start, or could not go on.
#[derive(Debug, thiserror::Error)]
pub enum StandaloneError {
    /// A listener could not be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// No certificate authority.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A channel's name or TTL is wrong.
    #[error(transparent)]
    Channel(#[from] CreateError),
    /// A file could not be read or written.
    #[error("cannot {what} {path}: {source}")]
    File {
        /// `read`, `write`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The terminal is gone.
    #[error("cannot print the summary: {0}")]
    Print(io::Error),
    /// Ctrl-C cannot be caught.
    #[error("cannot wait for Ctrl-C: {0}")]
    Signal(io::Error),
}

/// Logs to standard error; `RUST_LOG` (`debug`, `warn,mock_kvs=trace`) chooses what, `info` is the
/// default.
pub fn log_to_stderr() {
    let wanted = env::var("RUST_LOG").unwrap_or_default();
    let (targets, mistake) = match wanted.parse::<Targets>() {
        Ok(targets) if !wanted.is_empty() => (targets, None),
        Ok(_) => (Targets::new().with_default(Level::INFO), None),
        Err(error) => (Targets::new().with_default(Level::INFO), Some(error)),
    };
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
    if let Some(error) = mistake {
        tracing::warn!("RUST_LOG={wanted} is not understood ({error}); logging at info");
    }
}

/// Serves until Ctrl-C; prints addresses, keys and examples to `out` once everything listens.
///
/// # Errors
/// When something cannot be opened, made or written; every message says which and why.
pub async fn run(options: Options, out: &mut (dyn Write + Send)) -> Result<(), StandaloneError> {
    let (mock, summary) = start(&options).await?;
    write!(out, "{summary}").and_then(|()| out.flush()).map_err(StandaloneError::Print)?;
    if let Some(path) = &options.ready_file {
        write_whole(path, summary.json().as_bytes())?;
    }
    tokio::signal::ctrl_c().await.map_err(StandaloneError::Signal)?;
    tracing::info!("stopping");
    mock.shutdown().await;
    if let Some(path) = &options.ready_file {
        // Whoever waits for the file must not find that of a mock that is gone.
        let _ = fs::remove_file(path);
    }
    Ok(())
}

async fn start(options: &Options) -> Result<(Mock, Summary), StandaloneError> {
    let authority = authority(&options.ca_dir)?;
    let mock = Mock::new(Config {
        region: options.region.clone(),
        seed: options.seed,
        payload_limit: options.payload_limit,
        names: options.name.clone(),
        authority: Some(authority),
        ..Config::default()
    })?;
    let mut listeners = Vec::new();
    let tls = if options.plain { Tls::Off } else { Tls::On };
    for Listen { actor, address } in &options.listen {
        listeners.push((actor.clone(), mock.listen_tcp(actor, *address, tls).await?));
    }
    let admin: Option<SocketAddr> = match options.admin {
        Some(address) if !options.no_admin => Some(mock.listen_admin(address).await?),
        Some(_) | None => None,
    };
    let mut channels = Vec::new();
    for name in &options.channel {
        channels.push(mock.create_channel(name, None)?);
    }
    for alias in &options.role_alias {
        mock.set_role_alias(alias, RoleAlias::default());
    }
    let things = options.thing.iter().map(|thing| ThingFiles::ready(&mock, &options.ca_dir, thing));
    let things = things.collect::<Result<_, _>>()?;
    let keys = mock.issue_credentials(options.credentials_valid_for.map(|span| span.0));
    let summary = Summary {
        region: options.region.clone(),
        is_plain: options.plain,
        listeners,
        admin,
        // Absolute, so that it can be pasted into a shell in another folder.
        ca_file: std::path::absolute(ca_file(&options.ca_dir))
            .unwrap_or_else(|_| ca_file(&options.ca_dir)),
        channels,
        things,
        role_aliases: options.role_alias.clone(),
        keys,
    };
    Ok((mock, summary))
}

fn ca_file(dir: &Path) -> PathBuf {
    dir.join("ca.pem")
}

/// The authority of a directory, made there on the first start, so that clients keep trusting it.
fn authority(dir: &Path) -> Result<Authority, StandaloneError> {
    let (cert, key) = (ca_file(dir), dir.join("ca-key.pem"));
    if cert.exists() && key.exists() {
        return Ok(Authority::from_pem(&read(&cert)?, &read(&key)?)?);
    }
    let authority = Authority::new()?;
    fs::create_dir_all(dir).map_err(|source| file_error("write", dir, source))?;
    write_private(&key, authority.key_pem().as_bytes())?;
    write_whole(&cert, authority.pem().as_bytes())?;
    Ok(authority)
}

fn read(path: &Path) -> Result<String, StandaloneError> {
    fs::read_to_string(path).map_err(|source| file_error("read", path, source))
}

/// All or nothing: a reader never sees half a file.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StandaloneError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    fs::write(&beside, bytes)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(|source| file_error("write", path, source))
}

fn write_private(path: &Path, bytes: &[u8]) -> Result<(), StandaloneError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|source| file_error("write", path, source))
}

fn file_error(what: &'static str, path: &Path, source: io::Error) -> StandaloneError {
    StandaloneError::File { what, path: path.to_owned(), source }
}
