//! Links over embassy-net: name, TCP, TLS.

use core::net::{IpAddr, SocketAddr};

use embassy_net::tcp::ConnectError;
use embassy_net::{IpAddress, IpEndpoint, Stack, dns::DnsQueryType};
use embassy_time::{Duration, with_timeout};
use kvs_device::Target;
use kvs_signaling::event::CloseReason;

use crate::tcp::{Sockets, Tcp};
use crate::tls::{self, Link};

/// Time for the name and TCP, and for TLS (decision 4).
const TCP_TIMEOUT: Duration = Duration::from_secs(10);
const TLS_TIMEOUT: Duration = Duration::from_secs(20);

/// What the network stack keeps: DHCP, DNS and the TCP sockets.
pub type Resources = embassy_net::StackResources<6>;

/// The network, from a [`Port`](kvs_device::Port)'s point of view.
pub struct Network {
    stack: Stack<'static>,
    sockets: Sockets,
}

impl Network {
    /// Over an interface that may not be up yet. Once, after [`tls::start`].
    pub fn new(stack: Stack<'static>) -> Self {
        Self { stack, sockets: Sockets::new(stack) }
    }

    /// Gives links that were dropped their end on the wire, for ever: to be polled beside the device.
    pub async fn see_off(&self) -> ! {
        self.sockets.see_off().await
    }

    /// See [`kvs_device::Port::connect`].
    ///
    /// # Errors
    /// As exactly as TCP and TLS can tell.
    pub async fn connect(&self, target: &Target<'_>) -> Result<Link<'_>, CloseReason> {
        let timeout = |_| CloseReason::Timeout;
        let tcp = with_timeout(TCP_TIMEOUT, self.dial(target)).await.map_err(timeout)??;
        let handshake = tls::handshake(tcp, target);
        with_timeout(TLS_TIMEOUT, handshake).await.map_err(timeout)?
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

/// A hardware address as people write it.
pub fn mac_text(mac: [u8; 6]) -> kvs_device::Text<17> {
    let [a, b, c, d, e, f] = mac;
    kvs_device::Text::cut(format_args!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}"))
}
