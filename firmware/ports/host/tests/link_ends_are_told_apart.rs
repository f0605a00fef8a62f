//! The device's back-off and its operator go by why a link ended, so that must be exact.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use kvs_port_host::{Connector as _, Target, Tcp, TcpConnector, close_reason};
use kvs_signaling::event::{CertificateTime, CloseReason};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

fn target(host: &str, address: Option<SocketAddr>) -> Target<'_> {
    Target { host, port: 9, address, time: CertificateTime::Unknown, ca: &[], certificate: None }
}

async fn connected() -> (Tcp, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let ours = TcpConnector.connect(&target("service.test", Some(address))).await.expect("up");
    let (theirs, _) = listener.accept().await.expect("accepted");
    (ours, theirs)
}

#[tokio::test]
async fn a_fin_is_an_orderly_end() {
    let (mut ours, theirs) = connected().await;
    drop(theirs);
    assert_eq!(ours.read(&mut [0; 8]).await.expect("no error"), 0);
}

#[tokio::test]
async fn a_reset_is_a_reset_for_reader_and_writer() {
    let (mut ours, theirs) = connected().await;
    // Unread bytes at the close make the kernel send RST instead of FIN.
    ours.write_all(b"unread").await.expect("written");
    theirs.readable().await.expect("arrived");
    drop(theirs);
    let error = ours.read(&mut [0; 8]).await.expect_err("reset");
    assert_eq!(close_reason(&error), CloseReason::Reset);
    let error = loop {
        match ours.write(b"more").await {
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => break error,
        }
    };
    assert_eq!(close_reason(&error), CloseReason::Reset);
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error = TcpConnector.connect(&target("service.test", Some(address))).await;
    assert_eq!(close_reason(&error.expect_err("refused")), CloseReason::Refused);
}

#[tokio::test]
async fn a_name_without_an_address_is_dns() {
    // RFC 6761: never resolves.
    let error = TcpConnector.connect(&target("service.invalid", None)).await;
    let error = error.expect_err("no such name");
    assert_eq!(close_reason(&error), CloseReason::Dns);
    assert!(error.to_string().contains("service.invalid"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_address_times_out_after_ten_seconds() {
    // RFC 5737: nobody answers there, if there is a route at all.
    let silent: SocketAddr = "192.0.2.1:9".parse().expect("an address");
    let begun = tokio::time::Instant::now();
    let error = TcpConnector.connect(&target("service.test", Some(silent))).await;
    let why = close_reason(&error.expect_err("nobody answers"));
    if why == CloseReason::Timeout {
        assert_eq!(begun.elapsed(), Duration::from_secs(10));
    } else {
        assert_eq!(why, CloseReason::Unreachable, "this machine has no route there");
    }
}

#[test]
fn every_kind_of_error_has_its_word() {
    for (kind, why) in [
        (io::ErrorKind::ConnectionReset, CloseReason::Reset),
        (io::ErrorKind::ConnectionAborted, CloseReason::Reset),
        (io::ErrorKind::BrokenPipe, CloseReason::Reset),
        (io::ErrorKind::ConnectionRefused, CloseReason::Refused),
        (io::ErrorKind::TimedOut, CloseReason::Timeout),
        (io::ErrorKind::HostUnreachable, CloseReason::Unreachable),
        (io::ErrorKind::NetworkUnreachable, CloseReason::Unreachable),
        (io::ErrorKind::UnexpectedEof, CloseReason::Fin),
        (io::ErrorKind::PermissionDenied, CloseReason::Other),
    ] {
        assert_eq!(close_reason(&kind.into()), why, "{kind:?}");
    }
    let alert = rustls::Error::AlertReceived(rustls::AlertDescription::HandshakeFailure);
    let error = io::Error::new(io::ErrorKind::InvalidData, alert);
    assert_eq!(close_reason(&error), CloseReason::Tls);
}
