//! One accepted connection: TLS, HTTP, and the WebSocket it may become.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::CertificateDer;
use rustls::server::Acceptor;
use rustls::{HandshakeKind, ProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use tower_service::Service as _;

use super::handshake::{self, is_h2, not_h2};
use super::router::Routes;
use super::tap::{Io, Mark, Tap};
use super::upgrade::Accepted;
use crate::journal::{By, ConnId, Event, Text};
use crate::link::{LinkHandle, LinkStream, MemoryStream};
use crate::shared::Shared;
use crate::tls::ServerConfigs;
use crate::ws;

/// The schemes of the endpoints a client is told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// `https`, `wss`: over TLS, and in memory, where a connection stands for a TLS one.
    Secure,
    /// `http`, `ws`: a plain TCP listener.
    Plain,
}

/// What a request's handler knows of its connection.
pub(crate) struct Conn {
    pub shared: Arc<Shared>,
    pub id: ConnId,
    pub actor: Text,
    pub link: LinkHandle,
    pub mark: Mark,
    pub scheme: Scheme,
    /// The chain of the client's certificate, its own first.
    pub device: OnceLock<Vec<CertificateDer<'static>>>,
    /// The WebSocket that an upgrade has made of this connection.
    pub accepted: Mutex<Option<Accepted>>,
    end: Mutex<Option<(&'static str, By)>>,
}

impl Conn {
    pub fn new(shared: Arc<Shared>, actor: Text, link: LinkHandle, scheme: Scheme) -> Arc<Self> {
        let id = shared.accepted(&actor, &link);
        let mark = Mark::new(link.clone());
        let (accepted, end) = (Mutex::new(None), Mutex::new(None));
        let device = OnceLock::new();
        Arc::new(Self { shared, id, actor, link, mark, scheme, device, accepted, end })
    }

    /// Writes a record of this connection.
    pub fn record(&self, event: Event) {
        self.shared.record(&self.actor, self.id, event);
    }

    /// Says how it ended; the first word stands.
    pub fn ended(&self, why: &'static str, by: By) {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((why, by));
    }

    /// Says how it ended by what reading or writing it gave.
    pub fn failed(&self, error: &io::Error) {
        #[allow(clippy::wildcard_enum_match_arm)] // the standard library's enum, not ours
        let why = match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => "reset",
            // FIN without TLS's close_notify: how most devices hang up.
            io::ErrorKind::UnexpectedEof => "fin",
            _ => "error",
        };
        self.ended(why, By::Client);
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        let by_fault = self.shared.reports.end_conn(&self.actor, self.link.conn());
        let end = self.end.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let (why, by) = end.unwrap_or(("shutdown", By::Service));
        let by = if by_fault { By::Fault } else { by };
        let (id, actor, counts) = (self.id, self.actor.clone(), self.link.counts());
        self.shared.with(|state, now| {
            state.service.disconnect(id);
            state.conns.remove(&id);
            let carried = state.carried.entry(actor.clone()).or_default();
            *carried = carried.and(counts);
            let end = Event::ConnEnd { why, by };
            self.shared.journal.append(now.us, Some(actor), Some(id), end);
        });
    }
}

/// Serves a connection in memory, in plain text, of a client that would show this certificate.
pub(crate) async fn serve_memory(
    shared: Arc<Shared>,
    routes: Routes,
    actor: Text,
    stream: LinkStream<MemoryStream>,
    shown: Vec<CertificateDer<'static>>,
) {
    let conn = Conn::new(shared, actor, stream.handle().clone(), Scheme::Secure);
    // A connection is identified once: nothing is there yet.
    let _ = conn.device.set(shown);
    serve(conn, routes, stream).await;
}

/// Serves a TCP connection, with TLS when there is a configuration for it.
pub(crate) async fn serve_tcp(
    shared: Arc<Shared>,
    routes: Routes,
    actor: Text,
    stream: LinkStream<TcpStream>,
    tls: Option<ServerConfigs>,
) {
    let scheme = if tls.is_some() { Scheme::Secure } else { Scheme::Plain };
    let conn = Conn::new(shared, actor, stream.handle().clone(), scheme);
    let Some(tls) = tls else { return serve(conn, routes, stream).await };
    match shake_hands(&conn, &tls, stream).await {
        Ok(stream) if is_h2(&stream) => {
            conn.record(shaken(&stream));
            not_h2(&conn, stream).await;
        }
        Ok(mut stream) => {
            count_handshake(&conn, &mut stream);
            let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
            // A connection shakes hands once: nothing is there yet.
            let _ = conn.device.set(chain.iter().map(|der| der.clone().into_owned()).collect());
            conn.record(shaken(&stream));
            serve(conn, routes, stream).await;
        }
        Err(error) => {
            conn.record(Event::Tls { ok: false, handshake: None, error: Some(error.to_string()) });
            if error.kind() == io::ErrorKind::ConnectionReset {
                conn.failed(&error);
            } else {
                conn.ended("tls", By::Client);
            }
        }
    }
}

fn shaken(stream: &TlsStream<LinkStream<TcpStream>>) -> Event {
    let handshake = stream.get_ref().1.handshake_kind().map(|kind| match kind {
        HandshakeKind::Full | HandshakeKind::FullWithHelloRetryRequest => "full",
        HandshakeKind::Resumed => "resumed",
    });
    Event::Tls { ok: true, handshake, error: None }
}

/// Corrects what the link takes for round trips: the tickets that follow a handshake of TLS 1.3 look
/// like an answer, and no client waits for them.
fn count_handshake(conn: &Conn, stream: &mut TlsStream<LinkStream<TcpStream>>) {
    let tls = stream.get_mut().1;
    let asked = tls.process_new_packets().is_ok_and(|state| state.plaintext_bytes_to_read() > 0);
    let kind = tls.handshake_kind();
    let trips = match (tls.protocol_version(), kind) {
        (Some(ProtocolVersion::TLSv1_2), Some(HandshakeKind::Full)) => 2,
        (_, Some(HandshakeKind::FullWithHelloRetryRequest)) => 2,
        (_, Some(HandshakeKind::Full | HandshakeKind::Resumed) | None) => 1,
    };
    conn.link.shook_hands(trips, asked);
}

async fn shake_hands(
    conn: &Conn,
    tls: &ServerConfigs,
    stream: LinkStream<TcpStream>,
) -> io::Result<TlsStream<LinkStream<TcpStream>>> {
    let start = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
    let fault = conn.shared.with(|state, now| {
        let (handshake, fired) = state.rules.on_handshake(&conn.actor)?;
        conn.shared.journal.append(now.us, Some(conn.actor.clone()), Some(conn.id), fired);
        Some(handshake)
    });
    match fault {
        Some(fault) => handshake::faulty(conn, tls, start, fault).await,
        None => {
            let config = tls.of(start.client_hello().server_name());
            start.into_stream(config).await
        }
    }
}

async fn serve<S: Io>(conn: Arc<Conn>, routes: Routes, stream: S) {
    let tap = TokioIo::new(Tap::new(stream, conn.mark.clone()));
    let handler = {
        let conn = Arc::clone(&conn);
        service_fn(move |request| answer(Arc::clone(&conn), routes.clone(), request))
    };
    // `Date` is the service's business: its clock may be virtual, or wrong on purpose.
    let served = http1::Builder::new()
        .auto_date_header(false)
        .serve_connection(tap, handler)
        .with_upgrades()
        .await;
    let accepted = conn.accepted.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let (Ok(()), Some(accepted)) = (&served, accepted) {
        return become_socket::<S>(&conn, accepted).await;
    }
    match served {
        Ok(()) => conn.ended("fin", By::Client),
        Err(error) => match source(&error) {
            Some(io) => conn.failed(io),
            None => conn.ended("error", By::Client),
        },
    }
}

async fn answer(
    conn: Arc<Conn>,
    mut routes: Routes,
    request: Request<Incoming>,
) -> Result<Response<Body>, std::convert::Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(conn);
    routes.call(request).await
}

async fn become_socket<S: Io>(conn: &Arc<Conn>, accepted: Accepted) {
    let upgraded = match accepted.upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => {
            return match source(&error) {
                Some(io) => conn.failed(io),
                None => conn.ended("error", By::Client),
            };
        }
    };
    // It is the very stream given to hyper above.
    let Ok(parts) = upgraded.downcast::<TokioIo<Tap<S>>>() else { return };
    let stream = parts.io.into_inner().into_inner();
    ws::serve(conn, stream, &parts.read_buf, accepted.orders, accepted.identity).await;
}

fn source(error: &hyper::Error) -> Option<&io::Error> {
    std::error::Error::source(error)?.downcast_ref::<io::Error>()
}
