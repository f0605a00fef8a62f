//! How many bytes of a TCP socket's send queue the peer has not acknowledged.
//!
//! `ioctl(SIOCOUTQ)` would say it, but no safe wrapper for it exists. The kernel's socket diagnosis
//! over netlink (sock_diag(7), what `ss` uses) gives the same number for one socket by its
//! addresses.

use std::io;
use std::net::{IpAddr, SocketAddr};

use rustix::fd::OwnedFd;
use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};
use tokio::net::TcpStream;

// linux/netlink.h and linux/sock_diag.h; the structures are spelt out where they are written and
// read.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLMSG_ERROR: u16 = 2;
const IPPROTO_TCP: u8 = 6;
const NLMSG_HEADER: usize = 16;
// Into the answer's inet_diag_msg: family, state, timer, retrans (4), id (48), expires (4), rqueue
// (4), wqueue.
const WQUEUE: usize = NLMSG_HEADER + 60;
// AF_INET and AF_INET6 of Linux.
const INET: u8 = 2;
const INET6: u8 = 10;

pub(super) fn unacknowledged(socket: &TcpStream) -> io::Result<u64> {
    let request = request(socket.local_addr()?, socket.peer_addr()?);
    let diagnosis = open()?;
    sendto(&diagnosis, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0; 512];
    // The kernel answers within the call that asks; a missing answer would be an error, not a wait.
    let (length, _) = recv(&diagnosis, &mut answer[..], RecvFlags::DONTWAIT)?;
    let answer = answer.get(..length).unwrap_or_default();
    let kind = answer.get(4..6).and_then(|kind| kind.try_into().ok()).map(u16::from_ne_bytes);
    if kind == Some(NLMSG_ERROR) {
        return Err(io::ErrorKind::NotFound.into());
    }
    let wqueue = answer.get(WQUEUE..WQUEUE + 4).and_then(|bytes| bytes.try_into().ok());
    wqueue
        .map(|bytes| u64::from(u32::from_ne_bytes(bytes)))
        .ok_or(io::ErrorKind::InvalidData.into())
}

fn open() -> io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC;
    Ok(socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, Some(SOCK_DIAG))?)
}

/// nlmsghdr and inet_diag_req_v2 for exactly this socket.
fn request(local: SocketAddr, peer: SocketAddr) -> Vec<u8> {
    let mut body = Vec::with_capacity(56);
    let family = if local.is_ipv4() { INET } else { INET6 };
    // sdiag_family, sdiag_protocol, idiag_ext, pad, idiag_states: all states.
    body.extend([family, IPPROTO_TCP, 0, 0]);
    body.extend(u32::MAX.to_ne_bytes());
    // inet_diag_sockid: ports and addresses in network order, any interface, no cookie.
    body.extend(local.port().to_be_bytes());
    body.extend(peer.port().to_be_bytes());
    body.extend(address(local.ip()));
    body.extend(address(peer.ip()));
    let scope = match local {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(local) => local.scope_id(),
    };
    body.extend(scope.to_ne_bytes());
    body.extend([0xff; 8]);
    let length = u32::try_from(NLMSG_HEADER + body.len()).unwrap_or(u32::MAX);
    let mut message = Vec::with_capacity(NLMSG_HEADER + body.len());
    message.extend(length.to_ne_bytes());
    message.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    // Sequence and port: one question, one answer, on a socket of its own.
    message.extend([0; 8]);
    message.extend(body);
    message
}

fn address(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => {
            let mut address = [0; 16];
            for (to, from) in address.iter_mut().zip(ip.octets()) {
                *to = from;
            }
            address
        }
        IpAddr::V6(ip) => ip.octets(),
    }
}

#[cfg(test)]
#[path = "send_queue_tests.rs"]
mod tests;
