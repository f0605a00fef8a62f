//! Chain, name and dates are checked, at the session's time and against the provisioned CA alone.

mod support;

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use kvs_port_host::tls::TlsConnector;
use kvs_port_host::{Connector, Target, close_reason};
use kvs_signaling::UnixTime;
use kvs_signaling::event::{CertificateTime, CloseReason};
use support::{BOTH, Ca, HOST, ONLY_12, ONLY_13, Then, Versions, Years, dial, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

/// 2026-01-01T00:00:00Z.
const NOW: CertificateTime = CertificateTime::At(UnixTime(1_767_225_600_000));
const VALID: Years = (2020, 2120);

/// How a connection to a server with such a leaf ends, `None` for "it is up and carries bytes".
async fn outcome(
    name: &str,
    years: Years,
    trusted: impl FnOnce(&Ca) -> Vec<u8>,
    time: CertificateTime,
    versions: Versions,
) -> Option<CloseReason> {
    let ca = Ca::new("the CA");
    let address = serve(&ca.leaf(name, years), &[b"http/1.1"], versions, Then::Echo).await;
    let mut stream = match dial(address, &trusted(&ca), time).await {
        Ok(stream) => stream,
        Err(error) => return Some(close_reason(&error)),
    };
    stream.write_all(b"hello").await.expect("written");
    stream.flush().await.expect("flushed");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("an orderly end");
    assert_eq!(bytes, b"hello");
    None
}

#[tokio::test]
async fn a_good_certificate_is_taken_over_both_versions() {
    for versions in [BOTH, &ONLY_12, &ONLY_13] {
        assert_eq!(outcome(HOST, VALID, Ca::der, NOW, versions).await, None);
    }
}

#[tokio::test]
async fn another_ca_is_refused() {
    let other = |_: &Ca| Ca::new("the CA").der();
    for time in [NOW, CertificateTime::Unknown] {
        assert_eq!(outcome(HOST, VALID, other, time, BOTH).await, Some(CloseReason::Tls));
    }
}

#[tokio::test]
async fn without_a_ca_everything_is_refused() {
    for time in [NOW, CertificateTime::Unknown] {
        let none = outcome(HOST, VALID, |_| Vec::new(), time, BOTH).await;
        assert_eq!(none, Some(CloseReason::Tls));
        let broken = outcome(HOST, VALID, |_| vec![1, 2, 3], time, BOTH).await;
        assert_eq!(broken, Some(CloseReason::Tls));
    }
}

#[tokio::test]
async fn another_name_is_refused() {
    for time in [NOW, CertificateTime::Unknown] {
        let wrong = outcome("kinesisvideo.example.com", VALID, Ca::der, time, BOTH).await;
        assert_eq!(wrong, Some(CloseReason::Tls));
    }
}

#[tokio::test]
async fn dates_count_once_the_time_is_known() {
    for years in [(2020, 2025), (2027, 2120)] {
        let known = outcome(HOST, years, Ca::der, NOW, BOTH).await;
        assert_eq!(known, Some(CloseReason::Tls), "{years:?} in 2026");
        let unknown = outcome(HOST, years, Ca::der, CertificateTime::Unknown, BOTH).await;
        assert_eq!(unknown, None, "{years:?} at an unknown time");
    }
}

#[tokio::test]
async fn only_http_1_1_is_offered() {
    let ca = Ca::new("the CA");
    let leaf = ca.leaf(HOST, VALID);
    let address = serve(&leaf, &[b"h2"], BOTH, Then::Echo).await;
    let error = dial(address, &ca.der(), NOW).await.expect_err("no protocol in common");
    assert_eq!(close_reason(&error), CloseReason::Tls);
    let address = serve(&leaf, &[b"h2", b"http/1.1"], BOTH, Then::Echo).await;
    let stream = dial(address, &ca.der(), NOW).await.expect("one in common");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
}

#[tokio::test]
async fn an_end_without_close_notify_is_a_fin() {
    let ca = Ca::new("the CA");
    let leaf = ca.leaf(HOST, VALID);
    let address = serve(&leaf, &[b"http/1.1"], BOTH, Then::Abandon).await;
    let mut stream = dial(address, &ca.der(), NOW).await.expect("up");
    let error = stream.read(&mut [0; 16]).await.expect_err("cut short");
    assert_eq!(close_reason(&error), CloseReason::Fin);
}

/// Connects to somebody who never says a word.
struct Silent(RefCell<Vec<DuplexStream>>);

impl Connector for Silent {
    type Stream = DuplexStream;

    async fn connect(&self, _: &Target<'_>) -> io::Result<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(4_096);
        self.0.borrow_mut().push(theirs);
        Ok(ours)
    }
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_stalls_is_given_up_after_twenty_seconds() {
    let ca = Ca::new("the CA").der();
    let target =
        Target { host: HOST, port: 443, address: None, time: NOW, ca: &ca, certificate: None };
    let begun = tokio::time::Instant::now();
    let error = TlsConnector(Silent(RefCell::default())).connect(&target).await;
    assert_eq!(close_reason(&error.expect_err("silence")), CloseReason::Timeout);
    assert_eq!(begun.elapsed(), Duration::from_secs(20));
}
