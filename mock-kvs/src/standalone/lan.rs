//! `--lan`: for devices in the network that insist on AWS's names and on port 443.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::Path;

use super::StandaloneError;
use super::file::File;
use super::options::Options;
use crate::mock::{ListenError, Mock};
use crate::names::{Names, Others};
use crate::partition::Partition;

/// Where AWS serves, and where stock clients look whatever they are told.
const HTTPS: u16 = 443;
const DNS: u16 = 53;
/// Of no network (RFC 5737): the default route leads there. Nothing is sent.
const ELSEWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

/// What is to be served.
pub(super) struct Lan {
    address: Ipv4Addr,
    dns_port: u16,
    others: Others,
}

/// What is served.
pub(super) struct Served {
    /// Where the name service listens.
    pub names: SocketAddr,
    forwards: Option<SocketAddr>,
}

impl Lan {
    /// The command line wins over the file.
    pub fn of(options: &Options, file: &File) -> Result<Option<Self>, StandaloneError> {
        let refuse = |why: String| Err(StandaloneError::Setting(why));
        let address = match (options.lan, file.lan) {
            (Some(Some(address)), _) | (None, Some(address)) => address,
            (Some(None), in_file) => match in_file.map_or_else(own_address, Ok) {
                Ok(address) => address,
                Err(why) => return refuse(why),
            },
            (None, None) if options.dns_port.is_some() || options.dns_forward.is_some() => {
                return refuse("--dns-port and --dns-forward go with --lan".to_owned());
            }
            (None, None) => return Ok(None),
        };
        if address.is_unspecified() || address.is_broadcast() || address.is_multicast() {
            return refuse(format!(
                "--lan {address}: devices are told this address; give the one by which they reach \
                 this machine, such as 192.168.1.10"
            ));
        }
        let forward = options.dns_forward.or(file.dns_forward);
        Ok(Some(Self {
            address,
            dns_port: options.dns_port.or(file.dns_port).unwrap_or(DNS),
            others: forward.map_or(Others::Refuse, Others::Forward),
        }))
    }

    /// Where the service is, unless `--listen` says otherwise.
    pub fn service(&self) -> SocketAddr {
        SocketAddr::from((self.address, HTTPS))
    }

    /// Starts the name service.
    pub async fn listen(&self, mock: &Mock) -> Result<Served, StandaloneError> {
        let at = SocketAddr::from((self.address, self.dns_port));
        let names = Names { answer: self.address, others: self.others };
        let bound = mock.listen_names("device", at, names).await;
        let names = bound.map_err(|error| explain(Some(self), error))?;
        let forwards = match self.others {
            Others::Forward(other) => Some(other),
            Others::Refuse | Others::NoSuchName => None,
        };
        Ok(Served { names, forwards })
    }
}

/// The address by which this machine reaches the rest of the world.
fn own_address() -> Result<Ipv4Addr, String> {
    let found = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect(ELSEWHERE)?;
        socket.local_addr()
    });
    match found.map(|address| address.ip()) {
        Ok(IpAddr::V4(address)) if !address.is_loopback() && !address.is_unspecified() => {
            Ok(address)
        }
        Ok(_) | Err(_) => Err("--lan: this machine has no default route to tell its address by; \
                               give it: --lan 192.168.1.10"
            .to_owned()),
    }
}

/// Why a port cannot be had that devices insist on, and what helps.
pub(super) fn explain(lan: Option<&Lan>, error: ListenError) -> StandaloneError {
    let Some(lan) = lan else { return error.into() };
    let ListenError::Bind { address, source } = error else { return error.into() };
    #[allow(clippy::wildcard_enum_match_arm)] // the standard library's enum, not ours
    let remedy = match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 need root. Once, on Linux: `sudo setcap cap_net_bind_service=+ep \
             PROGRAM` for this program alone, or `sudo sysctl \
             net.ipv4.ip_unprivileged_port_start=53` for all until the next boot"
                .to_owned()
        }
        io::ErrorKind::AddrInUse => {
            let port = address.port();
            format!(
                "devices look at port {port} and no other: stop what has it (`ss -tulnp 'sport = \
                 :{port}'` names it; for 53 often dnsmasq, libvirt or systemd-resolved)"
            )
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{} is no address of this machine: `ip -4 address` lists them", lan.address)
        }
        _ => "nothing is known of that".to_owned(),
    };
    StandaloneError::Lan { address, source, remedy }
}

/// What to change in a stock firmware.
pub(super) struct Advice<'a> {
    pub lan: &'a Served,
    pub region: &'a str,
    pub ca_file: &'a Path,
    pub channel: &'a str,
    /// Where the service is.
    pub at: SocketAddr,
}

impl fmt::Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lan, region, channel, at, .. } = self;
        let (host, ca) = (lan.names.ip(), self.ca_file.display());
        let partition = Partition::of(region);
        let control = format!("kinesisvideo.{region}.{}", partition.suffix);
        let provider = partition.credentials_provider(region);
        writeln!(f, "A stock firmware in this network comes here with these changes:\n")?;
        writeln!(f, "  Name service: it asks {host}, which says that {control},")?;
        writeln!(f, "  *.{control} and *.{provider}")?;
        writeln!(
            f,
            "  are {host}. By DHCP (option 6), or in the firmware once it has an address:"
        )?;
        writeln!(f, "      esp_netif_dns_info_t dns = {{ .ip.type = ESP_IPADDR_TYPE_V4 }};")?;
        writeln!(f, "      dns.ip.u_addr.ip4.addr = esp_ip4addr_aton(\"{host}\");")?;
        writeln!(f, "      esp_netif_set_dns_info(netif, ESP_NETIF_DNS_MAIN, &dns);")?;
        writeln!(
            f,
            "  On Linux: `nameserver {host}` in /etc/resolv.conf. (/etc/hosts has no `*`.)"
        )?;
        match lan.forwards {
            Some(other) => writeln!(f, "  Other names are asked of {other}.")?,
            None => {
                writeln!(f, "  Other names are refused, those of time servers too: a device that")?;
                writeln!(f, "  needs SNTP wants --dns-forward ROUTER:53 here.")?;
            }
        }
        writeln!(f, "\n  Authority: it trusts {ca}")?;
        writeln!(f, "      KVS C SDK, Linux       export AWS_KVS_CACERT_PATH={ca}")?;
        writeln!(
            f,
            "      KVS C SDK, ESP-IDF     the file as certs/cacert.pem of the SPIFFS image"
        )?;
        writeln!(f, "      esp-webrtc-solution,   CONFIG_MBEDTLS_CUSTOM_CERTIFICATE_BUNDLE=y")?;
        writeln!(f, "      all on ESP-IDF's       CONFIG_MBEDTLS_CUSTOM_CERTIFICATE_BUNDLE_PATH=")?;
        writeln!(f, "      certificate bundle         \"{ca}\"")?;
        writeln!(
            f,
            "\n  Keys: those below, region {region}, channel {channel}. esp-webrtc-solution"
        )?;
        writeln!(
            f,
            "  (CONFIG_KVS_AWS_ACCESS_KEY_ID, …_SECRET_ACCESS_KEY, …_SESSION_TOKEN) always"
        )?;
        writeln!(f, "  sends a session token: start with --credentials-valid-for 12h.")?;
        if at.port() == HTTPS {
            writeln!(f, "\n  Endpoint: none to change, it is https://{control} as ever.")
        } else {
            writeln!(f, "\n  Endpoint: https://{control}:{}; a client that", at.port())?;
            writeln!(f, "  takes no port needs --listen {host}:{HTTPS}.")
        }
    }
}
