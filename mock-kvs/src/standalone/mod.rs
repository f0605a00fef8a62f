//! The mock in the foreground: what the binary does, also for a CLI that offers it as a command.

mod file;
mod files;
mod kept;
mod keys;
mod lan;
mod logs;
mod options;
mod proxy;
mod settings;
mod state;
mod stop;
mod summary;
mod thing;

use std::io::{self, Write};
use std::path::PathBuf;

use files::{authority, ca_file, file_error, read, write_private, write_whole};
pub use kept::{kept_authority, kept_key};
pub use logs::log_to_stderr;
pub use options::{Listen, LogFormat, Options};
pub use proxy::{ProxyOptions, run_proxy};
use settings::Settings;
use state::StateFile;
use summary::Summary;
use thing::ThingFiles;

use crate::admin::AdminListener;
use crate::mock::{ChannelHandle, CreateError, ListenError, Mock, Tls};
use crate::service::CreateChannel;
use crate::service::error::ServiceError;
use crate::tls::{TlsError, leaf_names};

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
    /// The configuration file says what cannot be meant.
    #[error("cannot use {path}: {why}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Where, what, and the nearest key.
        why: String,
    },
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
    /// A port that devices insist on cannot be had.
    #[error("--lan: cannot listen on {address}: {source}; {remedy}")]
    Lan {
        /// The address.
        address: std::net::SocketAddr,
        /// The system's reason.
        source: io::Error,
        /// What would help.
        remedy: String,
    },
    /// The authority kept on disk is for other names.
    #[error(
        "the certificate authority {path} was made for other names, and cannot sign for what this \
         start needs (region {region}, the listeners' addresses, --name): give another --ca-dir, or \
         delete it and ca-key.pem to have a new one made, which clients must then trust"
    )]
    Authority {
        /// Its certificate.
        path: PathBuf,
        /// The region of this start.
        region: String,
    },
    /// The authority's key can be read by others.
    #[error(
        "{path} has mode {mode:04o}: others than its owner can read the certificate authority's \
         key. If nobody has, `chmod 600` it; otherwise delete it and ca.pem to have a new one made"
    )]
    OpenKey {
        /// The key's file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The proxy cannot listen.
    #[error("{0}")]
    Proxy(String),
    /// The state file cannot be used.
    #[error("cannot use the state in {path}: {why}")]
    State {
        /// The file, which is left as it was.
        path: PathBuf,
        /// Why.
        why: String,
    },
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
    /// Signals cannot be caught.
    #[error("cannot wait for Ctrl-C: {0}")]
    Signal(io::Error),
    /// The parent cannot be watched.
    #[error("cannot watch process {pid}: {source}")]
    Parent {
        /// `--parent-pid`.
        pid: i32,
        /// The system's reason.
        source: io::Error,
    },
}

/// Serves until Ctrl-C, SIGTERM or the parent's end; prints addresses, keys and examples to `out`
/// once everything listens.
///
/// # Errors
/// When something cannot be opened, made or written; every message says which and why.
pub async fn run(options: Options, out: &mut (dyn Write + Send)) -> Result<(), StandaloneError> {
    let settings = Settings::of(options)?;
    // From here on a signal ends it in order.
    let stopped = stop::Stop::new(settings.parent_pid)?;
    let (mock, state, summary) = start(&settings).await?;
    write!(out, "{summary}").and_then(|()| out.flush()).map_err(StandaloneError::Print)?;
    if let Some(path) = &settings.ready_file {
        // It holds keys, and perhaps the admin API's token.
        write_private(path, summary.json(mock.ca_pem()).as_bytes())?;
    }
    let why = tokio::select! {
        biased;
        why = stopped.wait() => why?,
        () = keep(state.as_ref(), &mock) => "the state is no longer kept",
    };
    tracing::info!(why, "stopping");
    stop::say_goodbye(&mock).await;
    mock.shutdown().await;
    if let Some(path) = &settings.ready_file {
        // Whoever waits for the file must not find that of a mock that is gone.
        let _ = std::fs::remove_file(path);
    }
    state.map_or(Ok(()), |state| state.save(&mock))
}

/// Keeps the state, or nothing for ever.
async fn keep(state: Option<&StateFile>, mock: &Mock) {
    match state {
        Some(state) => state.keep(mock).await,
        None => std::future::pending().await,
    }
}

async fn start(settings: &Settings) -> Result<(Mock, Option<StateFile>, Summary), StandaloneError> {
    let mut config = settings.config.clone();
    let at: Vec<_> = settings.listen.iter().map(|listen| listen.address.ip()).collect();
    let own =
        at.iter().map(ToString::to_string).chain(config.names.iter().cloned()).collect::<Vec<_>>();
    let names: Vec<_> =
        at.iter().flat_map(|at| leaf_names(&config.region, *at, &config.names)).collect();
    config.authority = Some(authority(&settings.ca_dir, &config.region, &own, &names)?);
    let mock = Mock::new(config)?;
    let state = settings.state.as_deref().map(|path| StateFile::open(path, &mock)).transpose()?;
    for (alias, policy) in &settings.role_aliases {
        mock.set_role_alias(alias, policy.clone());
    }
    let dir = &settings.ca_dir;
    let things = settings.things.iter().map(|thing| ThingFiles::ready(&mock, dir, thing));
    let things = things.collect::<Result<_, _>>()?;
    let keys = settings.keys.iter().enumerate();
    let keys =
        keys.map(|(place, entry)| keys::ready(&mock, settings.config.seed, place, entry)).collect();
    let channels = settings.channels.iter().map(|entry| channel(&mock, entry));
    let channels = channels.collect::<Result<_, _>>()?;
    if let Some(state) = &state {
        state.save(&mock)?;
    }
    let mut listeners = Vec::new();
    let tls = if settings.is_plain { Tls::Off } else { Tls::On };
    for Listen { actor, address } in &settings.listen {
        let bound = mock.listen_tcp(actor, *address, tls).await;
        let bound = bound.map_err(|error| lan::explain(settings.lan.as_ref(), error))?;
        tracing::info!(actor, %bound, tls = !settings.is_plain, "listening");
        listeners.push((actor.clone(), bound));
    }
    let names = match &settings.lan {
        Some(lan) => Some(lan.listen(&mock).await?),
        None => None,
    };
    let admin: Option<AdminListener> = match settings.admin {
        Some(address) => Some(mock.listen_admin(address, settings.admin_token.clone()).await?),
        None => None,
    };
    if let Some(admin) = &admin {
        tracing::info!(bound = %admin.address, token = admin.token.is_some(), "admin API");
    }
    let ca_file = ca_file(&settings.ca_dir);
    let summary = Summary {
        region: settings.config.region.clone(),
        is_plain: settings.is_plain,
        listeners,
        admin,
        lan: names,
        // Absolute, so that it can be pasted into a shell in another folder.
        ca_file: std::path::absolute(&ca_file).unwrap_or(ca_file),
        channels,
        things,
        role_aliases: settings.role_aliases.iter().map(|(name, _)| name.clone()).collect(),
        keys,
    };
    Ok((mock, state, summary))
}

/// The channel of that name, created unless the state has it.
fn channel(mock: &Mock, entry: &file::ChannelEntry) -> Result<ChannelHandle, StandaloneError> {
    let name = entry.name.clone();
    let refused = |error: ServiceError| {
        let (error, message) = (error.kind.name(), error.message);
        CreateError { name: entry.name.clone(), error, message }
    };
    let arn = mock.shared.with(|state, now| {
        if let Some(arn) = state.service.arn_of(&name) {
            return Ok(arn.to_owned());
        }
        let ttl = entry.message_ttl.map(|ttl| i64::try_from(ttl.0.as_secs()).unwrap_or(i64::MAX));
        let input = CreateChannel {
            name: name.clone(),
            kind: entry.kind.clone(),
            message_ttl_s: ttl,
            tags: entry.tags.clone().into_iter().collect(),
        };
        let arn = state.service.create(now, &input)?;
        if let Some(stream) = &entry.stream_arn {
            state.service.set_storage(&arn, Some(stream.clone()))?;
        }
        Ok(arn)
    });
    Ok(ChannelHandle { name, arn: arn.map_err(refused)? })
}
