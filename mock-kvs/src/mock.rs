//! The handle of a running mock.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::change::{Change, ChangeError};
use crate::config::Config;
use crate::credentials::IssuedCredentials;
use crate::digest::Fingerprint;
use crate::fault::{FaultSpec, SpecError};
use crate::http::{Routes, routes, serve_memory, serve_tcp};
use crate::iot::{DeviceCertificate, RoleAlias, certificate_id_of_pem};
use crate::journal::{Event, Journal, Text};
pub use crate::link::MemoryStream;
use crate::link::{Listener, Tag};
use crate::platform::Sleeper;
use crate::service::CreateChannel;
use crate::service::error::ServiceError;
use crate::shared::{Shared, Traffic};
use crate::tls::{Authority, ServerConfigs, TlsError};

/// One mock service. Clones share it; it ends with [`Mock::shutdown`].
#[derive(Clone)]
pub struct Mock {
    pub(crate) shared: Arc<Shared>,
    routes: Routes,
}

/// Whether a TCP listener speaks TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// TLS 1.2 and 1.3 with a leaf of [`Mock::ca_pem`]'s authority.
    On,
    /// Plain HTTP and WebSocket.
    Off,
}

/// Names an armed rule: its number, counted from 1 over the mock's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        Ok(Self { shared: Shared::new(config, authority), routes: routes() })
    }

    /// Listens for one actor's connections; each listener serves every API (decision 10). Port 0
    /// takes a free one.
    ///
    /// # Errors
    /// When the address cannot be bound, or no certificate can be made.
    pub async fn listen_tcp(
        &self,
        actor: &str,
        address: SocketAddr,
        tls: Tls,
    ) -> Result<SocketAddr, ListenError> {
        let shared = &self.shared;
        shared.keep();
        let tls = match tls {
            Tls::On => {
                let Config { region, names, .. } = &shared.config;
                Some(shared.authority.server_config(region, address.ip(), names)?)
            }
            Tls::Off => None,
        };
        let links = shared.with(|state, _| shared.links(state, actor, Sleeper::precise));
        let listener = Listener::bind(address, links)
            .map_err(|source| ListenError::Bind { address, source })?;
        let bound = listener.local_addr();
        let actor = Text::from(actor);
        shared.with(|state, _| state.proxies.add_listener(&actor, bound));
        shared.spawn(accept_all(shared.clone(), self.routes.clone(), actor, listener, tls));
        Ok(bound)
    }

    /// Connects to one actor's listener in memory, in plain text; latency and the like stand on it
    /// as on a socket.
    ///
    /// # Errors
    /// `ConnectionRefused` while a fault says so.
    pub async fn connect_memory(&self, actor: &str) -> io::Result<MemoryStream> {
        self.connect_memory_as(actor, Vec::new()).await
    }

    /// Connects in memory as a client that would show this certificate chain, DER and its own first,
    /// in a TLS handshake; that it has the key is taken on trust.
    ///
    /// # Errors
    /// As [`Mock::connect_memory`].
    pub async fn connect_memory_as(
        &self,
        actor: &str,
        certificate: Vec<Vec<u8>>,
    ) -> io::Result<MemoryStream> {
        let shared = &self.shared;
        shared.keep();
        let links = shared.with(|state, _| shared.links(state, actor, Sleeper::tokio));
        let (client, service) = links.connect_memory()?;
        let actor = Text::from(actor);
        let shown = certificate.into_iter().map(Into::into).collect();
        shared.spawn(serve_memory(shared.clone(), self.routes.clone(), actor, service, shown));
        Ok(client)
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
        let refused = |error: ServiceError| CreateError {
            name: name.to_owned(),
            error: error.kind.name(),
            message: error.message,
        };
        let input = CreateChannel {
            name: name.to_owned(),
            message_ttl_s: message_ttl.map(|ttl| i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX)),
            ..CreateChannel::default()
        };
        let arn =
            self.shared.with(|state, now| state.service.create(now, &input)).map_err(refused)?;
        Ok(ChannelHandle { name: name.to_owned(), arn })
    }

    /// Issues credentials: temporary ones when `valid_for` is given, else long-term keys without a
    /// session token.
    pub fn issue_credentials(&self, valid_for: Option<Duration>) -> IssuedCredentials {
        self.shared.with(|state, now| self.shared.issue(state, now, valid_for))
    }

    /// Every credential issued so far, those of the credentials provider among them: what a record
    /// must not show.
    pub fn all_credentials(&self) -> Vec<IssuedCredentials> {
        self.shared.with(|state, _| state.keys.dump().0)
    }

    /// The TURN passwords handed out last: with the credentials all that must stay secret.
    pub fn turn_passwords(&self) -> Vec<String> {
        self.shared.with(|state, _| state.service.turn_passwords().map(str::to_owned).collect())
    }

    /// Credentials made elsewhere are known from now on, or changed.
    pub fn add_credentials(&self, credentials: IssuedCredentials) {
        self.shared.with(|state, now| {
            let event = Event::CredentialsIssued {
                key: Fingerprint::of(credentials.access_key_id.as_bytes()),
                expires_unix_ms: credentials.expires_unix_ms,
            };
            self.shared.journal.append(now.us, None, None, event);
            state.keys.add(credentials);
        });
    }

    /// The credentials of an access key id.
    pub fn credentials(&self, access_key_id: &str) -> Option<IssuedCredentials> {
        self.shared.with(|state, _| state.keys.find(access_key_id).cloned())
    }

    /// Makes a role alias of the IoT credentials provider, or changes it.
    pub fn set_role_alias(&self, name: &str, alias: RoleAlias) {
        self.shared.with(|state, now| state.iot.set_alias(now, name, alias));
    }

    /// Issues a certificate to a thing, from [`Mock::ca_pem`]'s authority; with a length it ends
    /// that long from now, by the service's clock.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn issue_device_certificate(
        &self,
        thing: &str,
        valid_for: Option<Duration>,
    ) -> Result<DeviceCertificate, TlsError> {
        let device = self.shared.authority.device(thing, self.wall_ms(), valid_for)?;
        self.shared.with(|state, _| state.iot.register(&device.id, thing));
        Ok(device)
    }

    /// Attaches a certificate that was issued before, by this authority, to a thing; its id.
    ///
    /// # Errors
    /// When it is not PEM.
    pub fn register_device_certificate(
        &self,
        thing: &str,
        certificate_pem: &str,
    ) -> Result<String, TlsError> {
        let id = certificate_id_of_pem(certificate_pem)?;
        self.shared.with(|state, _| state.iot.register(&id, thing));
        Ok(id)
    }

    /// Revokes a device's certificate by its id; whether it was issued here.
    pub fn revoke_device_certificate(&self, id: &str) -> bool {
        self.shared.with(|state, _| state.iot.revoke(id))
    }

    /// Puts a rule in force, after those already there. It is in force for everything that happens
    /// once this returns.
    ///
    /// # Errors
    /// When the fault's fields do not fit.
    pub fn arm(&self, spec: FaultSpec) -> Result<RuleId, SpecError> {
        let armed = self.arm_all(vec![spec])?;
        // One each.
        Ok(armed[0])
    }

    /// Puts rules in force in their order, all at once: nothing happens between them.
    ///
    /// # Errors
    /// When the fields of any do not fit; then none is in force.
    pub fn arm_all(&self, specs: Vec<FaultSpec>) -> Result<Vec<RuleId>, SpecError> {
        specs.iter().try_for_each(FaultSpec::validate)?;
        Ok(self.shared.arm(specs).into_iter().map(|tag| RuleId(tag.0)).collect())
    }

    /// Takes a rule out of force, and undoes what it still holds back. Whether it was in force.
    pub fn heal(&self, rule: &RuleId) -> bool {
        self.shared.heal(Tag(rule.0))
    }

    /// Takes every rule out of force; how many there were.
    pub fn heal_all(&self) -> usize {
        let tags = self.rules();
        tags.iter().filter(|rule| self.heal(rule)).count()
    }

    /// The rules in force, in order.
    pub fn rules(&self) -> Vec<RuleId> {
        self.shared
            .with(|state, _| state.rules.all().iter().map(|rule| RuleId(rule.tag.0)).collect())
    }

    /// Changes the service; how many connections, keys or channels it reached.
    ///
    /// # Errors
    /// When nothing fits what was asked for.
    pub fn change(&self, change: &Change) -> Result<usize, ChangeError> {
        self.shared.change(change)
    }

    /// What the connections of `actor` have carried so far, also those that are over.
    pub fn traffic(&self, actor: &str) -> Traffic {
        let (carried, open) = self.shared.with(|state, _| {
            let carried = state.carried.get(actor).copied().unwrap_or_default();
            let open = state.conns.values().filter(|connection| &*connection.actor == actor);
            (carried, open.map(|connection| connection.link.clone()).collect::<Vec<_>>())
        });
        open.iter().fold(carried, |carried, link| carried.and(link.counts()))
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
        self.shared.shutdown().await;
    }
}

async fn accept_all(
    shared: Arc<Shared>,
    routes: Routes,
    actor: Text,
    mut listener: Listener,
    tls: Option<ServerConfigs>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let serve =
                    serve_tcp(shared.clone(), routes.clone(), actor.clone(), stream, tls.clone());
                shared.spawn(serve);
            }
            Err(error) => {
                tracing::warn!(%actor, %error, "cannot accept");
                // Out of file descriptors, mostly: others must end first.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
