//! Calls and upgrades by hand, so that a probe can send what no SDK would.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

pub use crate::peer::Keys;
use crate::peer::Presign;

/// Longer than any call of a service that answers.
const LIMIT: Duration = Duration::from_secs(20);

/// Where the service is.
#[derive(Clone, Debug)]
pub enum Reach {
    /// Every host name is this address.
    At(SocketAddr),
    /// The name service knows; port 443.
    ByName,
}

/// A client of one service.
pub struct Client {
    /// AWS region.
    pub region: String,
    /// Keys that may do everything here.
    pub keys: Keys,
    /// Where the service is.
    pub reach: Reach,
    /// What is trusted.
    pub tls: Arc<rustls::ClientConfig>,
    /// The time between two calls: a real service has quotas.
    pub pace: Duration,
    /// What a socket has not said within this time is said not to come.
    pub quiet: Duration,
    /// Unix milliseconds, now.
    pub wall_ms: Box<dyn Fn() -> u64 + Send + Sync>,
}

/// How a call is signed.
#[derive(Clone, Copy)]
pub(super) enum Signed<'a> {
    Well,
    Not,
    /// Off by seconds.
    At(i64),
    /// With other keys.
    By(&'a Keys),
}

/// An answer to a call.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    /// A refused upgrade.
    pub fn of(response: &http::Response<Option<Vec<u8>>>) -> Self {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let body = response.body().as_deref().unwrap_or_default();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(header).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// A text of the body, which is JSON.
    pub fn text(&self, pointer: &str) -> Option<String> {
        let body: serde_json::Value = serde_json::from_str(&self.body).ok()?;
        body.pointer(pointer)?.as_str().map(str::to_owned)
    }
}

impl Client {
    /// The control plane's host.
    pub(super) fn host(&self) -> String {
        let is_china = self.region.starts_with("cn-");
        let suffix = if is_china { "amazonaws.com.cn" } else { "amazonaws.com" };
        format!("kinesisvideo.{}.{suffix}", self.region)
    }

    /// POSTs a body, on a connection of its own.
    pub(super) async fn post(
        &self,
        host: &str,
        path: &str,
        body: &str,
        signed: Signed<'_>,
    ) -> io::Result<Answer> {
        tokio::time::sleep(self.pace).await;
        let mut text = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n\
             connection: close\r\ncontent-length: {}\r\n",
            body.len()
        );
        for (name, value) in self.signature(host, path, body, signed)? {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(body);
        let exchange = async {
            let mut stream = self.connect(host).await?;
            stream.write_all(text.as_bytes()).await?;
            let mut bytes = Vec::new();
            match stream.read_to_end(&mut bytes).await {
                // Without close_notify: the length tells whether it is all.
                Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
                Ok(_) | Err(_) => answer(&bytes),
            }
        };
        tokio::time::timeout(LIMIT, exchange).await.map_err(|_| io::ErrorKind::TimedOut)?
    }

    /// The URI of an upgrade.
    pub(super) fn presign(
        &self,
        host: &str,
        arn: &str,
        client_id: Option<&str>,
    ) -> io::Result<http::Uri> {
        let presign = Presign {
            authority: host,
            region: &self.region,
            channel_arn: arn,
            client_id,
            access_key_id: &self.keys.access_key_id,
            secret_key: &self.keys.secret_key,
            session_token: &self.keys.session_token,
            at_unix_ms: (self.wall_ms)(),
        };
        presign.uri().map_err(io::Error::other)
    }

    /// A TLS connection to one of the service's hosts.
    pub(super) async fn connect(&self, host: &str) -> io::Result<TlsStream<TcpStream>> {
        let stream = match self.reach {
            Reach::At(address) => TcpStream::connect(address).await?,
            Reach::ByName => TcpStream::connect((host, 443)).await?,
        };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await
    }

    fn signature(
        &self,
        host: &str,
        path: &str,
        body: &str,
        signed: Signed<'_>,
    ) -> io::Result<Vec<(String, String)>> {
        let (keys, off_s) = match signed {
            Signed::Not => return Ok(Vec::new()),
            Signed::Well => (&self.keys, 0),
            Signed::At(off_s) => (&self.keys, off_s),
            Signed::By(keys) => (keys, 0),
        };
        let at_ms = (self.wall_ms)().saturating_add_signed(off_s * 1000);
        let token = (!keys.session_token.is_empty()).then(|| keys.session_token.clone());
        let (id, secret) = (keys.access_key_id.clone(), keys.secret_key.clone());
        let identity = Credentials::new(id, secret, token, None, "scenario").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("kinesisvideo")
            .time(SystemTime::UNIX_EPOCH + Duration::from_millis(at_ms))
            .settings(SigningSettings::default())
            .build()
            .map_err(io::Error::other)?
            .into();
        let url = format!("https://{host}{path}");
        let headers = [("host", host), ("content-type", "application/json")].into_iter();
        let body = SignableBody::Bytes(body.as_bytes());
        let request = SignableRequest::new("POST", url, headers, body).map_err(io::Error::other)?;
        let (instructions, _) = sign(request, &params).map_err(io::Error::other)?.into_parts();
        let pairs = instructions.headers();
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

fn answer(bytes: &[u8]) -> io::Result<Answer> {
    let broken = || io::Error::new(io::ErrorKind::InvalidData, "the answer is not whole");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(broken)?;
    let (head, body) = bytes.split_at(end + 4);
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or_else(broken)?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer {
        status: status.parse().map_err(|_| broken())?,
        headers,
        body: String::from_utf8_lossy(body).into_owned(),
    };
    if answer.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        answer.body = unchunk(&answer.body).ok_or_else(broken)?;
    }
    Ok(answer)
}

fn unchunk(mut rest: &str) -> Option<String> {
    let mut whole = String::new();
    loop {
        let (size, tail) = rest.split_once("\r\n")?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        if size == 0 {
            return Some(whole);
        }
        whole.push_str(tail.get(..size)?);
        rest = tail.get(size + 2..)?;
    }
}
