//! [`Port`] on this machine.

use core::fmt::Write as _;
use core::net::{IpAddr, SocketAddr};

use embassy_net::tcp::ConnectError;
use embassy_net::{IpAddress, IpEndpoint, Stack, dns::DnsQueryType};
use embassy_time::{Duration, Timer, with_timeout};
use kvs_device::{Crash, Identity, Port, Target, Text};
use kvs_signaling::event::CloseReason;
use kvs_signaling::{Instant, UnixTime};

use crate::heap::{self, HEAP};
use crate::tcp::{Sockets, Tcp};
use crate::tls::{self, Link};
use crate::virtio::Entropy;
use crate::{console, fault, hw, kept};

/// 2025-01-01T00:00:00Z: no image of this source is older.
const BUILD_UNIX_MS: u64 = 1_735_689_600_000;
/// Time for the name and TCP, and for TLS (decision 4).
const TCP_TIMEOUT: Duration = Duration::from_secs(10);
const TLS_TIMEOUT: Duration = Duration::from_secs(20);

/// The board.
pub struct VirtPort {
    stack: Stack<'static>,
    sockets: Sockets,
    entropy: &'static Entropy,
    image: &'static str,
    reset: &'static str,
    mac: Text<17>,
}

impl VirtPort {
    /// The board, over a network that may not be up yet.
    pub fn new(
        stack: Stack<'static>,
        entropy: &'static Entropy,
        mac: [u8; 6],
        image: &'static str,
        reset: &'static str,
    ) -> Self {
        let mut text = Text::EMPTY;
        for (at, byte) in mac.into_iter().enumerate() {
            // Seventeen characters fit.
            let _ = write!(text, "{}{byte:02x}", if at == 0 { "" } else { ":" });
        }
        tls::start(entropy);
        Self { stack, sockets: Sockets::new(stack), entropy, image, reset, mac: text }
    }

    /// To be polled beside the device: see [`Sockets::see_off`].
    pub async fn see_off(&self) -> ! {
        self.sockets.see_off().await
    }

    async fn resolve(&self, target: &Target<'_>) -> Result<IpEndpoint, CloseReason> {
        match target.address {
            Some(SocketAddr::V4(at)) => Ok(IpEndpoint::new(IpAddress::Ipv4(*at.ip()), at.port())),
            Some(SocketAddr::V6(_)) => Err(CloseReason::Unreachable),
            None => {
                if let Ok(IpAddr::V4(ip)) = target.host.parse() {
                    return Ok(IpEndpoint::new(IpAddress::Ipv4(ip), target.port));
                }
                let found = self.stack.dns_query(target.host, DnsQueryType::A).await;
                let first = found.ok().and_then(|all| all.first().copied());
                first.map(|ip| IpEndpoint::new(ip, target.port)).ok_or(CloseReason::Dns)
            }
        }
    }

    async fn dial(&self, target: &Target<'_>) -> Result<Tcp<'_>, CloseReason> {
        self.stack.wait_config_up().await;
        let endpoint = self.resolve(target).await?;
        let mut tcp = self.sockets.take().await;
        match tcp.socket().connect(endpoint).await {
            Ok(()) => Ok(tcp),
            Err(ConnectError::ConnectionReset) => Err(CloseReason::Refused),
            Err(ConnectError::TimedOut) => Err(CloseReason::Timeout),
            Err(ConnectError::NoRoute) => Err(CloseReason::Unreachable),
            Err(ConnectError::InvalidState) => Err(CloseReason::Other),
        }
    }
}

impl Port for VirtPort {
    type Connection<'p> = Link<'p>;

    fn identity(&self) -> Identity<'_> {
        Identity {
            image: self.image,
            board: "qemu-virt",
            reset: self.reset,
            mac: self.mac.as_str(),
            build_date: UnixTime(BUILD_UNIX_MS),
        }
    }

    fn now(&self) -> Instant {
        Instant(hw::ticks() / 10_000)
    }

    fn wall(&self) -> UnixTime {
        UnixTime(hw::rtc_ms())
    }

    async fn sleep_until(&self, at: Instant) {
        Timer::at(embassy_time::Instant::from_millis(at.0)).await;
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.entropy.fill(bytes);
    }

    async fn connect(&self, target: &Target<'_>) -> Result<Link<'_>, CloseReason> {
        let timeout = |_| CloseReason::Timeout;
        let tcp = with_timeout(TCP_TIMEOUT, self.dial(target)).await.map_err(timeout)??;
        let handshake = tls::handshake(tcp, target);
        with_timeout(TLS_TIMEOUT, handshake).await.map_err(timeout)?
    }

    fn store(&self, cache: &[u8]) {
        kept::with(|kept| kept.cache.put(cache));
    }

    fn load(&self, room: &mut [u8]) -> usize {
        kept::with(|kept| kept.cache.load(room))
    }

    fn can_sleep(&self) -> bool {
        true
    }

    fn can_crash(&self) -> bool {
        true
    }

    fn crash(&self, how: Crash) {
        fault::cause(how);
    }

    async fn read_line(&self, room: &mut [u8]) -> Option<usize> {
        Some(console::read_line(room).await)
    }

    fn write_line(&self, line: &str) {
        console::put(line);
    }

    fn gauges(&self, report: &mut dyn FnMut(&str, u64)) {
        let (tls, tls_peak) = HEAP.tls();
        let (flash, fixed) = fault::image_sizes();
        for (name, value) in [
            ("flash_bytes", flash),
            // The heap is counted apart.
            ("static_bytes", fixed.saturating_sub(heap::SIZE)),
            ("kept_bytes", size_of::<kept::Kept>()),
            ("heap_size_bytes", heap::SIZE),
            ("heap_bytes", HEAP.used()),
            ("heap_peak_bytes", HEAP.peak()),
            ("tls_bytes", tls),
            ("tls_peak_bytes", tls_peak),
            ("stack_size_bytes", fault::stack_size()),
            ("stack_peak_bytes", fault::stack_peak()),
        ] {
            report(name, value as u64);
        }
    }
}
