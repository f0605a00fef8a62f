//! The handshake.

use std::io;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::support::{self, Bench, HOST, connector};
use super::{BODY, PATH, under};

/// Shakes hands as any client does.
async fn shake(bench: &Bench) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(bench.device).await?;
    let name = ServerName::try_from(HOST).expect("a name");
    connector(&bench.mock, &[b"h2", b"http/1.1"]).connect(name, stream).await
}

/// Why the client hangs up; and that the next one does not.
async fn refused(spec: &str) -> String {
    let bench = under(spec).await;
    let error = shake(&bench).await.expect_err("a bad handshake");
    assert_eq!(bench.call(PATH, BODY).await.status, 200, "once");
    error.to_string()
}

#[tokio::test]
async fn a_certificate_that_is_over_or_has_not_begun() {
    let expired = refused(r#"{"fault": "tls-expired", "times": 1}"#).await;
    assert!(expired.contains("xpired"), "{expired}");
    let early = refused(r#"{"fault": "tls-not-yet-valid", "times": 1}"#).await;
    assert!(early.contains("not valid yet"), "{early}");
}

#[tokio::test]
async fn a_certificate_of_somebody_else() {
    let wrong = refused(r#"{"fault": "tls-wrong-name", "times": 1}"#).await;
    assert!(wrong.contains("not valid for name"), "{wrong}");
}

#[tokio::test]
async fn a_certificate_from_nobody() {
    let unknown = refused(r#"{"fault": "tls-unknown-ca", "times": 1}"#).await;
    assert!(unknown.contains("UnknownIssuer") || unknown.contains("BadSignature"), "{unknown}");
}

#[tokio::test]
async fn a_chain_of_many_bytes() {
    let bench = under(r#"{"fault": "tls-large-chain", "bytes": "20KiB"}"#).await;
    let stream = shake(&bench).await.expect("trusted all the same");
    let chain = stream.get_ref().1.peer_certificates().expect("a chain");
    let bytes: usize = chain.iter().map(|certificate| certificate.len()).sum();
    assert!(bytes > 20 * 1024, "{bytes}");
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
}

#[tokio::test]
async fn no_version_will_do() {
    let alert = refused(r#"{"fault": "tls-version", "times": 1}"#).await;
    assert!(alert.contains("ProtocolVersion"), "{alert}");
}

#[tokio::test]
async fn who_takes_h2_and_speaks_http_1_1_gets_an_html_400() {
    let bench = under(r#"{"fault": "tls-h2"}"#).await;
    let mut stream = shake(&bench).await.expect("shaken");
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let request = support::signed_post(&bench.keys, bench.wall(), HOST, PATH, BODY);
    stream.write_all(request.as_bytes()).await.expect("sent");
    let answer = support::read_answer(&mut stream).await.expect("an answer");
    assert_eq!((answer.status, answer.header("content-type")), (400, Some("text/html")));

    let tcp = TcpStream::connect(bench.device).await.expect("connected");
    let name = ServerName::try_from(HOST).expect("a name");
    let mut stream =
        connector(&bench.mock, &[b"http/1.1"]).connect(name, tcp).await.expect("shaken");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let answer = support::read_answer(&mut stream).await.expect("an answer");
    assert_eq!(answer.status, 200, "who pins http/1.1 is served");
}

#[tokio::test]
async fn the_handshake_stops_in_the_middle() {
    let bench = under(r#"{"fault": "tls-stall", "times": 1, "as": "stuck"}"#).await;
    let shaking = shake(&bench);
    assert!(tokio::time::timeout(Duration::from_millis(200), shaking).await.is_err());
    bench.expect("the stall", |record| Bench::fired(record, "stuck")).await;
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
}

#[tokio::test]
async fn the_handshake_takes_its_time() {
    let bench = under(r#"{"fault": "tls-slow", "delay": "150ms", "nth": 1}"#).await;
    let before = bench.mock.now_us();
    let mut stream = shake(&bench).await.expect("shaken");
    assert!(bench.mock.now_us() - before >= 150_000);
    stream.shutdown().await.expect("closed");
    let _ = stream.read(&mut [0; 16]).await;
    assert_eq!(bench.call(PATH, BODY).await.status, 200);
}
