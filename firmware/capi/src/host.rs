//! The platform of a host: threads, tokio, rustls.

#[cfg(feature = "credential-providers")]
mod ask;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use kvs_device::{Identity, Port, Target};
use kvs_port_host::tls::{BundleConnector, Roots};
use kvs_port_host::{Connector, Stream, Tcp, TcpConnector, close_reason, platform};
use kvs_signaling::event::CloseReason;
use kvs_signaling::{Instant, UnixTime};
use tokio_rustls::client::TlsStream;

use crate::client::Client;

/// Stack of the thread that runs the pump: addresses, of which a release build touches some 64 KB. A
/// thread sanitizer takes half a megabyte of every stack for itself.
const PUMP_STACK: usize = 2 * 1024 * 1024;
/// Readiness taken from the kernel at once: a client has two sockets and a waker, and tokio's room for 1,024 is 12 KB.
const EVENTS: usize = 16;
/// Stack of the thread that calls the application: what it does there is its own, so a usual one.
const CALLER_STACK: usize = 2 * 1024 * 1024;

#[cfg(feature = "credential-providers")]
pub(crate) use ask::{Shown, ask, shown};
pub(crate) use kvs_port_host::platform::{fill, unix_ms};

/// The CAs in a PEM file.
pub(crate) type Trusted = Roots;

/// Reads the CAs of a PEM bundle; `None` when there is none in it.
pub(crate) fn trusted(pem: &[u8]) -> Option<Trusted> {
    kvs_port_host::tls::roots(pem)
}

/// A host has no CAs of its own that the SDK would use.
pub(crate) fn built_in() -> Option<Trusted> {
    None
}

/// Where the SDK keeps its cache.
pub(crate) fn cache_path() -> String {
    "./.SignalingCache_v0".to_owned()
}

/// What is kept there.
pub(crate) fn read_cache(path: &str) -> Option<Vec<u8>> {
    std::fs::read(path).ok()
}

/// Replaces a file at once: a power cut leaves the old content or the new one.
pub(crate) fn replace_cache(path: &str, content: &[u8]) -> std::io::Result<()> {
    platform::replace(path.as_ref(), content)
}

/// A line on stderr.
pub(crate) fn log(line: &str) {
    use std::io::Write as _;
    // Nobody is left to tell when this fails.
    let _ = writeln!(std::io::stderr(), "kvs-signaling: {line}");
}

/// A host has no event loop beside the callbacks.
pub(crate) fn post_state(_custom_data: u64, _state: u32) {}

/// As [`post_state`].
pub(crate) fn post_message(_custom_data: u64, _message: &crate::abi::structs::Message) {}

/// As [`post_state`].
pub(crate) fn posts_messages() -> bool {
    false
}

/// A point on the clock that deadlines are on.
#[expect(clippy::disallowed_methods, reason = "waiting callers are not on tokio's clock")]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// Starts the thread that runs the pump.
pub(crate) fn pump_thread(client: Arc<Client>) -> std::io::Result<std::thread::JoinHandle<()>> {
    let named = std::thread::Builder::new().name("kvs-signaling".into()).stack_size(PUMP_STACK);
    named.spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().max_io_events_per_tick(EVENTS).build();
        let Ok(runtime) = runtime else { return client.pump_cannot_start() };
        runtime.block_on(serve(&client));
        // A name that is being resolved is nobody's any more: not waited for.
        runtime.shutdown_background();
    })
}

/// Starts the thread that calls the application.
pub(crate) fn caller_thread(client: Arc<Client>) -> std::io::Result<std::thread::JoinHandle<()>> {
    let named = std::thread::Builder::new().name("kvs-callbacks".into()).stack_size(CALLER_STACK);
    named.spawn(move || client.call_application())
}

fn serve(client: &Client) -> impl Future<Output = ()> {
    let port = HostPort {
        client,
        connector: BundleConnector { inner: TcpConnector, roots: client.trusted() },
        begun: tokio::time::Instant::now(),
    };
    async move { crate::client::serve(client, &port).await }
}

/// The client's board.
struct HostPort<'c> {
    client: &'c Client,
    connector: BundleConnector<TcpConnector>,
    begun: tokio::time::Instant,
}

impl Port for HostPort<'_> {
    type Connection<'p>
        = Stream<TlsStream<Tcp>>
    where
        Self: 'p;

    fn identity(&self) -> Identity<'_> {
        Identity {
            image: "unknown",
            board: "capi",
            reset: "software",
            mac: "none",
            build_date: UnixTime(crate::client::BUILD_UNIX_MS),
        }
    }

    fn now(&self) -> Instant {
        Instant(u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn wall(&self) -> UnixTime {
        UnixTime(self.client.unix_ms())
    }

    async fn sleep_until(&self, at: Instant) {
        match self.begun.checked_add(Duration::from_millis(at.0)) {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    fn fill(&self, bytes: &mut [u8]) {
        fill(bytes);
    }

    async fn connect(&self, target: &Target<'_>) -> Result<Self::Connection<'_>, CloseReason> {
        match self.connector.connect(target).await {
            Ok(stream) => Ok(Stream::new(stream)),
            Err(error) => {
                self.client.log(&format!("connect {}:{}: {error}", target.host, target.port));
                Err(close_reason(&error))
            }
        }
    }

    fn store(&self, cache: &[u8]) {
        self.client.store(cache);
    }

    fn load(&self, room: &mut [u8]) -> usize {
        self.client.load(room)
    }

    async fn read_line(&self, _: &mut [u8]) -> Option<usize> {
        std::future::pending().await
    }

    fn write_line(&self, line: &str) {
        self.client.log(line);
    }
}
