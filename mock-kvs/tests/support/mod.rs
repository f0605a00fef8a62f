//! A client driven by hand: real sockets, TLS from rustls, signatures from AWS's own crate.
#![allow(dead_code)] // each test file uses a part of it

pub mod ask;
pub mod echo;
#[cfg(unix)]
pub mod program;
pub mod sim;
pub mod socket;
pub mod tools;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SigningInstructions, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use mock_kvs::{Config, Event, IssuedCredentials, Mock, Record, Tls};
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub const HOST: &str = "kinesisvideo.us-west-2.amazonaws.com";

/// A mock with one channel and one TLS listener, and long-term keys for it.
pub struct Bench {
    pub mock: Mock,
    pub device: SocketAddr,
    pub arn: String,
    pub keys: IssuedCredentials,
}

/// An answer to an HTTPS call.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    pub fn error(&self) -> &str {
        self.header("x-amzn-errortype").unwrap_or("none")
    }
}

impl Bench {
    pub async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(config: Config) -> Self {
        let mock = Mock::new(config).expect("certificates");
        let any = "127.0.0.1:0".parse().expect("an address");
        let device = mock.listen_tcp("device", any, Tls::On).await.expect("a port");
        let arn = mock.create_channel("front-door", None).expect("a channel").arn;
        let keys = mock.issue_credentials(None);
        Self { mock, device, arn, keys }
    }

    /// Another listener.
    pub async fn listen(&self, actor: &str) -> SocketAddr {
        let any = "127.0.0.1:0".parse().expect("an address");
        self.mock.listen_tcp(actor, any, Tls::On).await.expect("a port")
    }

    /// A call on a connection of its own, signed now by AWS's crate.
    pub async fn call(&self, path: &str, body: &str) -> Answer {
        self.call_with(&self.keys, self.wall(), path, body).await
    }

    pub async fn call_with(
        &self,
        keys: &IssuedCredentials,
        at: SystemTime,
        path: &str,
        body: &str,
    ) -> Answer {
        let request = signed_post(keys, at, HOST, path, body);
        self.exchange(&request).await.expect("an answer")
    }

    /// Sends bytes on a new TLS connection, and reads one answer.
    pub async fn exchange(&self, request: &str) -> std::io::Result<Answer> {
        let mut stream = tls(&self.mock, self.device).await?;
        stream.write_all(request.as_bytes()).await?;
        read_answer(&mut stream).await
    }

    /// The service's clock.
    pub fn wall(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.mock.wall_ms())
    }

    /// Waits for a record, also one already written.
    pub async fn expect(&self, what: &str, fits: impl Fn(&Record) -> bool) -> Arc<Record> {
        let (before, mut after) = self.mock.journal().follow(0);
        if let Some(found) = before.into_iter().find(|record| fits(record)) {
            return found;
        }
        let found = async {
            loop {
                let record = after.recv().await.expect("the mock is alive");
                if fits(&record) {
                    return record;
                }
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), found).await;
        waited.unwrap_or_else(|_| panic!("no {what} in the journal"))
    }

    /// How often an event stands in the journal.
    pub fn count(&self, event: &str) -> usize {
        let records = self.mock.journal().since(0);
        records.iter().filter(|record| record.event.name() == event).count()
    }

    pub fn fired(record: &Record, name: &str) -> bool {
        matches!(&record.event, Event::FaultFired { rule, .. } if &**rule == name)
    }
}

/// A fault as a scenario writes it.
pub fn fault(json: &str) -> mock_kvs::fault::FaultSpec {
    serde_json::from_str(json).expect("a fault")
}

/// What shakes hands with a mock, offering these protocols.
pub fn connector(mock: &Mock, protocols: &[&[u8]]) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(mock.ca_der().to_vec())).expect("a CA");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

pub async fn tls(mock: &Mock, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(HOST).expect("a name");
    let stream = connector(mock, &[b"h2", b"http/1.1"]).connect(name, stream).await?;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    Ok(stream)
}

/// The bytes of a POST, with the headers AWS's crate asks for.
pub fn signed_post(
    keys: &IssuedCredentials,
    at: SystemTime,
    host: &str,
    path: &str,
    body: &str,
) -> String {
    let url = format!("https://{host}{path}");
    let headers = [("host", host), ("content-type", "application/json")];
    let signable = SignableRequest::new(
        "POST",
        url,
        headers.into_iter(),
        SignableBody::Bytes(body.as_bytes()),
    )
    .expect("signable");
    let instructions = signed_for(region(host), keys, at, SigningSettings::default(), signable);
    let mut text = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n");
    text.push_str("content-type: application/json\r\nconnection: close\r\n");
    text.push_str(&format!("content-length: {}\r\n", body.len()));
    for (name, value) in instructions.headers() {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text
}

/// What AWS's crate would add to a request.
pub fn signed(
    keys: &IssuedCredentials,
    at: SystemTime,
    settings: SigningSettings,
    request: SignableRequest<'_>,
) -> SigningInstructions {
    signed_for("us-west-2", keys, at, settings, request)
}

/// The region in a host's name.
fn region(host: &str) -> &str {
    let after = ["kinesisvideo.", "kinesisvideo-fips."].into_iter().find_map(|service| {
        let (_, after) = host.split_once(service)?;
        after.split('.').next()
    });
    after.unwrap_or("us-west-2")
}

/// The same in any region.
pub fn signed_for(
    region: &str,
    keys: &IssuedCredentials,
    at: SystemTime,
    settings: SigningSettings,
    request: SignableRequest<'_>,
) -> SigningInstructions {
    let (id, secret) = (keys.access_key_id.clone(), keys.secret_key.clone());
    let identity = Credentials::new(id, secret, keys.session_token.clone(), None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("kinesisvideo")
        .time(at)
        .settings(settings)
        .build()
        .expect("parameters")
        .into();
    sign(request, &params).expect("signed").into_parts().0
}

pub async fn read_answer<S: tokio::io::AsyncRead + Unpin>(
    stream: &mut S,
) -> std::io::Result<Answer> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break text(bytes.drain(..end + 4).collect())?;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok()).ok_or_else(damaged)?;
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: String::new() };
    let length = answer.header("content-length").map(str::parse::<usize>);
    let length = length.transpose().map_err(|_| damaged())?;
    match length {
        Some(length) => {
            while bytes.len() < length {
                if stream.read_buf(&mut bytes).await? == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
        None if answer.header("transfer-encoding") == Some("chunked") => {
            while !bytes.ends_with(b"0\r\n\r\n") {
                if stream.read_buf(&mut bytes).await? == 0 {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
            }
            bytes = unchunk(&bytes).ok_or_else(damaged)?;
        }
        // No body, and the connection may stay open.
        None if answer.status == 204 => {}
        None => while stream.read_buf(&mut bytes).await? > 0 {},
    }
    answer.body = text(bytes)?;
    Ok(answer)
}

fn text(bytes: Vec<u8>) -> std::io::Result<String> {
    String::from_utf8(bytes).map_err(|_| damaged())
}

/// Faults may hit any byte of an answer.
fn damaged() -> std::io::Error {
    std::io::ErrorKind::InvalidData.into()
}

/// `None` when the chunks are damaged.
fn unchunk(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        let start = end + 2;
        whole.extend_from_slice(bytes.get(start..start.checked_add(size)?)?);
        bytes = bytes.get(start + size + 2..)?;
    }
}
