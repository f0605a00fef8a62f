//! A fleet of clients: connected over TLS, pinged, and sending through the server.

use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::stream::{self, SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _};
use http::Uri;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::SEATS;
use crate::process::Server;
use crate::server::Kind;

type Socket = WebSocketStream<TlsStream<TcpStream>>;

/// Clients that connect at once.
const AT_ONCE: usize = 64;
/// Messages of one channel under way at once.
const WINDOW: usize = 16;
/// Before base64.
const PAYLOAD: usize = 1024;

/// Connected clients, channel by channel: the master, then its viewers.
pub struct Fleet {
    sockets: Vec<Socket>,
    /// How long all the upgrades took, TCP and TLS included.
    pub took: Duration,
}

impl Fleet {
    pub async fn connect(server: &Server, kind: Kind, count: usize) -> io::Result<Self> {
        let connector = connector(server)?;
        let port = server.ready.port;
        let uris: Vec<Uri> = (0..count).map(|n| uri(server, kind, n)).collect::<io::Result<_>>()?;
        let start = Instant::now();
        let sockets = stream::iter(uris)
            .map(|uri| dial(connector.clone(), port, uri))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(Self { sockets, took: start.elapsed() })
    }

    /// Pings on every connection; how many pongs came.
    pub async fn ping_all(&mut self) -> io::Result<usize> {
        let mut pongs = 0;
        for socket in &mut self.sockets {
            socket.send(Message::Ping(b"still there?".as_slice().into())).await.map_err(other)?;
        }
        for socket in &mut self.sockets {
            while let Some(came) = socket.next().await {
                if came.map_err(other)?.is_pong() {
                    pongs += 1;
                    break;
                }
            }
        }
        Ok(pongs)
    }

    /// From the first viewer of each channel to its master; how long it took until all were there.
    pub async fn relay(&mut self, messages: usize) -> io::Result<Duration> {
        let sockets = std::mem::take(&mut self.sockets);
        let mut pairs: Vec<(Socket, Socket)> = Vec::new();
        let mut idle = Vec::new();
        let mut sockets = sockets.into_iter();
        while let Some(master) = sockets.next() {
            let mut viewers = sockets.by_ref().take(SEATS - 1);
            match viewers.next() {
                Some(viewer) => pairs.push((master, viewer)),
                None => idle.push(master),
            }
            idle.extend(viewers);
        }
        let channels = pairs.len();
        let share = |n: usize| messages / channels + usize::from(n < messages % channels);
        let start = Instant::now();
        let pairs = pairs.into_iter().enumerate();
        let done = pairs.map(|(n, (master, viewer))| tokio::spawn(pass(master, viewer, share(n))));
        for (n, task) in done.collect::<Vec<_>>().into_iter().enumerate() {
            let (came, ends) = task.await.map_err(io::Error::other)??;
            assert_eq!(came, share(n), "every message arrives");
            idle.extend(ends);
        }
        let took = start.elapsed();
        self.sockets = idle;
        Ok(took)
    }
}

async fn pass(master: Socket, viewer: Socket, count: usize) -> io::Result<(usize, [Socket; 2])> {
    let payload = STANDARD.encode(vec![b'x'; PAYLOAD]);
    let text = format!(r#"{{"action":"ICE_CANDIDATE","messagePayload":"{payload}"}}"#);
    let (to_master, mut at_master): (SplitSink<_, _>, SplitStream<_>) = master.split();
    let (mut from_viewer, at_viewer) = viewer.split();
    let (mut sent, mut came) = (0, 0);
    while came < count {
        while sent < count && sent - came < WINDOW {
            from_viewer.feed(Message::text(text.clone())).await.map_err(other)?;
            sent += 1;
        }
        from_viewer.flush().await.map_err(other)?;
        match at_master.next().await {
            Some(Ok(Message::Text(_))) => came += 1,
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(other(error)),
            None => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
    let master = at_master.reunite(to_master).map_err(io::Error::other)?;
    let viewer = at_viewer.reunite(from_viewer).map_err(io::Error::other)?;
    Ok((came, [master, viewer]))
}

async fn dial(connector: TlsConnector, port: u16, uri: Uri) -> io::Result<Socket> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    let stream = connector.connect(name, stream).await?;
    let request = uri.into_client_request().map_err(other)?;
    let small = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(0);
    let (socket, _) =
        client_async_with_config(request, stream, Some(small)).await.map_err(other)?;
    Ok(socket)
}

fn connector(server: &Server) -> io::Result<TlsConnector> {
    let ca = STANDARD.decode(&server.ready.ca).map_err(io::Error::other)?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from(ca)).map_err(io::Error::other)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Each is a device of its own: none has a session to resume.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Where client `n` goes: presigned for the mock, a plain path for the relay.
fn uri(server: &Server, kind: Kind, n: usize) -> io::Result<Uri> {
    let (channel, seat) = (n / SEATS, n % SEATS);
    let authority = format!("localhost:{}", server.ready.port);
    if kind == Kind::Plain {
        return format!("wss://{authority}/{channel}/{seat}").parse().map_err(io::Error::other);
    }
    let arn = server.ready.arns.get(channel).ok_or(io::ErrorKind::NotFound)?;
    let arn = arn.replace(':', "%3A").replace('/', "%2F");
    let mut uri = format!("wss://{authority}/?X-Amz-ChannelARN={arn}");
    if seat > 0 {
        uri.push_str(&format!("&X-Amz-ClientId=viewer-{seat}"));
    }
    presigned(server, &authority, &uri).map_err(io::Error::other)
}

fn presigned(
    server: &Server,
    authority: &str,
    uri: &str,
) -> Result<Uri, Box<dyn std::error::Error + Send + Sync>> {
    let (key, secret) = (&server.ready.access_key_id, &server.ready.secret_key);
    let identity = Credentials::new(key, secret, None, None, "load").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(299));
    #[expect(clippy::disallowed_methods, reason = "the server runs on the same clock")]
    let now = SystemTime::now();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-west-2")
        .name("kinesisvideo")
        .time(now)
        .settings(settings)
        .build()?
        .into();
    let headers = std::iter::once(("host", authority));
    let request = SignableRequest::new("GET", uri, headers, SignableBody::Bytes(&[]))?;
    let (instructions, _) = sign(request, &params)?.into_parts();
    let mut signed = http::Request::builder().uri(uri).body(())?;
    instructions.apply_to_request_http1x(&mut signed);
    Ok(signed.uri().clone())
}

fn other(error: tokio_tungstenite::tungstenite::Error) -> io::Error {
    io::Error::other(error)
}
