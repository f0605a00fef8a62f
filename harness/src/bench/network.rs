//! This machine's address as a board sees it.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, UdpSocket};

/// Names the address where nothing else does.
pub const HOST_ADDRESS: &str = "KVS_HOST_ADDRESS";
/// Any address beyond the local networks: no packet is sent there.
const BEYOND: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 9);

/// The address that boards on the same network reach this machine at: as the environment says, or
/// the one from which packets leave it.
///
/// # Errors
/// In words that say what to do.
pub fn host_address() -> Result<Ipv4Addr, String> {
    if let Some(given) = std::env::var_os(HOST_ADDRESS) {
        let given = given.to_string_lossy();
        return given.parse().map_err(|_| format!("{HOST_ADDRESS} is `{given}`: no IPv4 address"));
    }
    let routed = || -> io::Result<std::net::SocketAddr> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        // For UDP this only looks up the route.
        socket.connect(BEYOND)?;
        socket.local_addr()
    };
    match routed().map(|address| address.ip()) {
        Ok(std::net::IpAddr::V4(address)) if !address.is_unspecified() => Ok(address),
        Ok(_) | Err(_) => Err(format!(
            "this machine has no route out, so its address on the board's network is not known; \
             name it in {HOST_ADDRESS}"
        )),
    }
}

/// Whether the service can listen on `host`.
///
/// # Errors
/// In words that say what to do.
pub fn is_of_this_machine(host: Ipv4Addr, board: &str) -> Result<(), String> {
    let Err(error) = TcpListener::bind((host, 0)) else { return Ok(()) };
    if error.kind() != io::ErrorKind::AddrNotAvailable {
        return Err(format!("board {board}: cannot listen on {host} (network.host): {error}"));
    }
    let own = match host_address() {
        Ok(address) => format!("; the one it reaches other machines from is {address}"),
        Err(_) => String::new(),
    };
    Err(format!(
        "board {board}: {host} (network.host) is no address of this machine{own}. It is where the \
         board looks for the service, so it must be this machine's, on the board's network"
    ))
}

/// Why a board that was started may never have come as far as the service's port.
#[must_use]
pub fn never_came(board: &str, host: Ipv4Addr, port: u16) -> String {
    format!(
        "board {board} never reached this machine at {host}:{port}: is it on the same network \
         (subnet, guest Wi-Fi that keeps its clients apart), and does a firewall here let TCP in?"
    )
}
