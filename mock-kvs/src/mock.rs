//! The handle of a running mock.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::change::{Change, ChangeError};
use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::{IssuedCredentials, Keys};
use crate::digest::Fingerprint;
use crate::fault::{FaultSpec, SpecError};
use crate::journal::{Event, Journal, Text};
use crate::tls::{Authority, TlsError};

/// A client's end of an in-memory connection. A cut shows as `ConnectionReset`.
pub type MemoryStream = tokio::io::DuplexStream;

/// One mock service. Clones share it; it ends with [`Mock::shutdown`].
#[derive(Clone)]
pub struct Mock {
    shared: Arc<Shared>,
}

struct Shared {
    config: Config,
    clock: Clock,
    journal: Journal,
    authority: Authority,
    keys: Mutex<Keys>,
    tasks: Mutex<JoinSet<()>>,
}

/// Whether a TCP listener speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS 1.2 and 1.3 with a leaf of [`Mock::ca_pem`]'s authority.
    On,
    /// Plain HTTP and WebSocket.
    Off,
}

/// Names an armed rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub u64);

/// A channel made through [`Mock::create_channel`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelHandle {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
}

/// Why a channel could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot create channel `{name}`: {error}: {message}")]
pub struct CreateError {
    /// The name asked for.
    pub name: String,
    /// AWS's error type.
    pub error: &'static str,
    /// The text a client would see.
    pub message: String,
}

/// Why a listener could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address is taken, not ours, or not allowed.
    #[error("cannot listen on {address}: {source}{}", hint(source))]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// No certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

fn hint(error: &io::Error) -> &'static str {
    #[allow(clippy::wildcard_enum_match_arm)] // the standard library's enum, not ours
    match error.kind() {
        io::ErrorKind::AddrInUse => "; choose another port, or port 0 for any free one",
        io::ErrorKind::PermissionDenied => "; ports below 1024 need root",
        io::ErrorKind::AddrNotAvailable => "; the address is not one of this machine's",
        _ => "",
    }
}

impl Mock {
    /// A mock without listeners.
    ///
    /// # Errors
    /// When no certificate authority was given and none can be made.
    pub fn new(config: Config) -> Result<Self, TlsError> {
        let authority = match &config.authority {
            Some(authority) => authority.clone(),
            None => Authority::new()?,
        };
        let shared = Shared {
            clock: Clock::new(config.wall_start),
            journal: Journal::new(config.journal_limit),
            authority,
            keys: Mutex::new(Keys::new(config.seed)),
            tasks: Mutex::new(JoinSet::new()),
            config,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Listens for one actor's connections; each listener serves every API (decision 10).
    ///
    /// # Errors
    /// When the address cannot be bound, or no certificate can be made.
    pub async fn listen_tcp(
        &self,
        actor: &str,
        address: SocketAddr,
        tls: Tls,
    ) -> Result<SocketAddr, ListenError> {
        let _ = (actor, tls);
        let bound = TcpListener::bind(address)
            .await
            .map_err(|source| ListenError::Bind { address, source })?;
        bound.local_addr().map_err(|source| ListenError::Bind { address, source })
    }

    /// Connects to one actor's listener in memory, in plain text.
    ///
    /// # Errors
    /// `ConnectionRefused` while a fault says so.
    pub async fn connect_memory(&self, actor: &str) -> io::Result<MemoryStream> {
        let _ = actor;
        Ok(tokio::io::duplex(65_536).0)
    }

    /// The authority's certificate, DER.
    pub fn ca_der(&self) -> &[u8] {
        self.shared.authority.der()
    }

    /// The authority's certificate, PEM.
    pub fn ca_pem(&self) -> &str {
        self.shared.authority.pem()
    }

    /// Creates a channel, ACTIVE at once unless the policies say otherwise.
    ///
    /// # Errors
    /// Whatever CreateSignalingChannel would answer: a bad name or TTL, a name in use.
    pub fn create_channel(
        &self,
        name: &str,
        message_ttl: Option<Duration>,
    ) -> Result<ChannelHandle, CreateError> {
        let _ = message_ttl;
        Ok(ChannelHandle { name: name.into(), arn: String::new() })
    }

    /// Issues credentials: temporary ones when `valid_for` is given, else long-term keys without a
    /// session token.
    pub fn issue_credentials(&self, valid_for: Option<Duration>) -> IssuedCredentials {
        let now = self.shared.clock.now();
        let mut keys = self.shared.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let credentials = keys.issue(now, valid_for);
        let event = Event::CredentialsIssued {
            key: Fingerprint::of(credentials.access_key_id.as_bytes()),
            expires_unix_ms: credentials.expires_unix_ms,
        };
        self.shared.journal.append(now.us, None, None, event);
        credentials
    }

    /// Puts a rule in force, after those already there.
    ///
    /// # Errors
    /// When the fault's fields do not fit.
    pub fn arm(&self, spec: FaultSpec) -> Result<RuleId, SpecError> {
        spec.validate()?;
        let event = Event::FaultArmed { rule: Text::from(spec.name()), fault: spec.fault.word() };
        self.shared.journal.append(self.now_us(), Some(Text::from(spec.actor())), None, event);
        Ok(RuleId(self.shared.journal.len()))
    }

    /// Takes a rule out of force, and undoes what it still holds back. Whether it was in force.
    pub fn heal(&self, rule: &RuleId) -> bool {
        let _ = rule;
        false
    }

    /// Takes every rule out of force; how many there were.
    pub fn heal_all(&self) -> usize {
        0
    }

    /// Changes the service; how many connections, keys or channels it reached.
    ///
    /// # Errors
    /// When nothing fits what was asked for.
    pub fn change(&self, change: &Change) -> Result<usize, ChangeError> {
        let _ = change;
        Ok(0)
    }

    /// Everything seen, sent and injected.
    pub fn journal(&self) -> &Journal {
        &self.shared.journal
    }

    /// Microseconds since the mock was made, on tokio's clock.
    pub fn now_us(&self) -> u64 {
        self.shared.clock.now().us
    }

    /// The service's wall clock, in milliseconds since 1970.
    pub fn wall_ms(&self) -> u64 {
        self.shared.clock.now().wall_ms
    }

    /// The region it was made for.
    pub fn region(&self) -> &str {
        &self.shared.config.region
    }

    /// Ends every listener and connection of this mock, and waits until they have ended.
    pub async fn shutdown(&self) {
        let mut tasks = {
            let mut tasks = self.shared.tasks.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *tasks)
        };
        tasks.shutdown().await;
    }
}
