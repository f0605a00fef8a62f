//! A signaling WebSocket of a test client.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt as _, StreamExt as _};
use mock_kvs::{IssuedCredentials, Mock};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Bench, HOST, signed, tls};

pub struct Socket<S = TlsStream<TcpStream>> {
    pub stream: WebSocketStream<S>,
}

/// An upgrade that was answered with something else than 101.
#[derive(Debug)]
pub struct Refused {
    pub status: u16,
    pub error: String,
    pub body: String,
}

impl Bench {
    pub async fn master(&self) -> Socket {
        self.connect(self.device, None).await.expect("a master")
    }

    pub async fn viewer(&self, id: &str) -> Socket {
        self.connect(self.device, Some(id)).await.expect("a viewer")
    }

    pub async fn connect(&self, to: SocketAddr, id: Option<&str>) -> Result<Socket, Refused> {
        let url = presigned(&self.keys, self.wall(), &self.arn, id, 299);
        connect(&self.mock, to, &url).await
    }
}

/// A presigned URL as AWS's JavaScript SDK makes one.
pub fn presigned(
    keys: &IssuedCredentials,
    at: SystemTime,
    arn: &str,
    client_id: Option<&str>,
    expires_s: u64,
) -> String {
    let encode = |text: &str| text.replace(':', "%3A").replace('/', "%2F");
    let mut url = format!("wss://m-1234.{HOST}/?X-Amz-ChannelARN={}", encode(arn));
    if let Some(id) = client_id {
        url.push_str(&format!("&X-Amz-ClientId={id}"));
    }
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(expires_s));
    let signable =
        SignableRequest::new("GET", url.clone(), [].into_iter(), SignableBody::Bytes(b""))
            .expect("signable");
    let instructions = signed(keys, at, settings, signable);
    for (name, value) in instructions.params() {
        url.push('&');
        url.push_str(name);
        url.push('=');
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                url.push(char::from(byte));
            } else {
                url.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    url
}

pub async fn connect(mock: &Mock, to: SocketAddr, url: &str) -> Result<Socket, Refused> {
    let stream = tls(mock, to).await.expect("TLS");
    upgrade(stream, url).await
}

pub async fn upgrade<S>(stream: S, url: &str) -> Result<Socket<S>, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let request = url.into_client_request().expect("a request");
    match tokio_tungstenite::client_async(request, stream).await {
        Ok((stream, _)) => Ok(Socket { stream }),
        Err(Error::Http(response)) => {
            let error = response.headers().get("x-amzn-errortype");
            let body = response.body().as_deref().unwrap_or_default();
            Err(Refused {
                status: response.status().as_u16(),
                error: error.map_or("none", |e| e.to_str().expect("text")).to_owned(),
                body: String::from_utf8(body.to_vec()).expect("text"),
            })
        }
        Err(error) => panic!("the upgrade failed: {error}"),
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Socket<S> {
    /// Sends a frame in the casing of AWS's documentation.
    pub async fn send(&mut self, action: &str, to: &str, payload: &str, corr: Option<&str>) {
        let mut frame = json!({ "action": action, "messagePayload": STANDARD.encode(payload) });
        if !to.is_empty() {
            frame["recipientClientId"] = to.into();
        }
        if let Some(corr) = corr {
            frame["correlationId"] = corr.into();
        }
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("sent");
    }

    /// The next JSON message; pings are answered on the way.
    pub async fn next(&mut self) -> Value {
        match self.next_frame().await {
            Ok(Message::Text(text)) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("a message was due, not {other:?}"),
        }
    }

    /// The next frame that is neither ping nor pong.
    pub async fn next_frame(&mut self) -> Result<Message, Error> {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), self.stream.next());
            match next.await.expect("a frame in time").unwrap_or(Err(Error::ConnectionClosed)) {
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => return other,
            }
        }
    }

    /// The close code that ends the connection.
    pub async fn close_code(&mut self) -> u16 {
        match self.next_frame().await {
            Ok(Message::Close(Some(frame))) => frame.code.into(),
            other => panic!("a close frame was due, not {other:?}"),
        }
    }

    /// The close code that ends the connection, however long that takes.
    pub async fn close_code_slowly(&mut self) -> u16 {
        loop {
            let frame = self.stream.next().await.expect("a frame").expect("no error");
            if let Message::Close(Some(frame)) = frame {
                return frame.code.into();
            }
            assert!(frame.is_ping() || frame.is_pong(), "a close was due, not {frame:?}");
        }
    }

    /// Whether everything sent before has been handled and nothing came back: a ping's pong is the
    /// next frame.
    pub async fn is_quiet(&mut self) -> bool {
        self.stream.send(Message::Ping("quiet?".into())).await.expect("sent");
        loop {
            let next = tokio::time::timeout(Duration::from_secs(20), self.stream.next());
            match next.await.expect("a frame in time") {
                Some(Ok(Message::Pong(_))) => return true,
                Some(Ok(Message::Ping(_))) => {}
                _ => return false,
            }
        }
    }
}

/// The decoded payload of a message.
pub fn payload(message: &Value) -> String {
    let base64 = message["messagePayload"].as_str().expect("a payload");
    String::from_utf8(STANDARD.decode(base64).expect("base64")).expect("text")
}
