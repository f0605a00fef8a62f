//! ConnectAsMaster and ConnectAsViewer: the WebSocket upgrade (spec §2.3, §3.1).

use std::sync::{Arc, PoisonError};

use axum::body::Body;
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::answer::{Reply, misdate, standard_headers};
use super::auth::{self, Claim};
use super::call::judge;
use super::connection::Conn;
use crate::change::Role;
use crate::fault::spec::CallKind;
use crate::journal::{Event, Text};
use crate::service::Connect;
use crate::service::error::{ErrorType, ServiceError};
use crate::shared::Order;

/// An upgrade that was answered with 101.
pub(crate) struct Accepted {
    pub upgrade: OnUpgrade,
    pub orders: mpsc::UnboundedReceiver<Order>,
    pub identity: Identity,
}

/// Who a WebSocket belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub role: Role,
    pub client_id: Option<Text>,
}

/// Answers an upgrade request.
pub(super) async fn upgrade(conn: &Arc<Conn>, mut request: Request<Body>) -> Response<Body> {
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let (claim, signed) = auth::check(conn, &parts, b"");
    let query = Query::of(parts.uri.query().unwrap_or(""));
    let verdict = judge(conn, Some(CallKind::Connect)).await;
    let (sender, orders) = mpsc::unbounded_channel();
    let call = Some(CallKind::Connect);
    let injected = verdict.answer.as_ref().and_then(|answer| Reply::injected(answer, call));
    let refusal = match injected {
        Some(injected) => Some(injected),
        None => signed
            .and_then(|()| accept_key(&parts.method, &parts.headers).map(drop))
            .and_then(|()| seat(conn, &query, sender))
            .err()
            .map(|error| Reply::refusal(&error, error.kind.message_key())),
    };
    let (status, error) = match &refusal {
        Some(reply) => (reply.status, reply.error.clone()),
        None => (101, None),
    };
    let identity = query.identity();
    conn.record(record(&claim, &identity, status, error));
    let mut response = match refusal {
        Some(reply) => reply.into_response(conn, None),
        None => {
            let accepted = Accepted { upgrade, orders, identity };
            *conn.accepted.lock().unwrap_or_else(PoisonError::into_inner) = Some(accepted);
            switching_protocols(conn, &parts)
        }
    };
    misdate(conn, response.headers_mut(), verdict.answer.as_ref());
    if let Some(cut) = &verdict.cut {
        cut.apply(&conn.link);
        conn.mark.begin();
    }
    response
}

/// The query's own parameters.
struct Query {
    arn: Option<String>,
    client_id: Option<String>,
}

impl Query {
    fn of(query: &str) -> Self {
        let find = |wanted: &str| crate::sigv4::query_value(query, wanted);
        Self { arn: find("X-Amz-ChannelARN"), client_id: find("X-Amz-ClientId") }
    }

    fn identity(&self) -> Identity {
        let role = if self.client_id.is_some() { Role::Viewer } else { Role::Master };
        // Whatever a client calls itself, the journal keeps no more than an id may have.
        let client_id = self
            .client_id
            .as_deref()
            .map(|id| Text::from(id.chars().take(256).collect::<String>()));
        Identity { role, client_id }
    }
}

fn seat(
    conn: &Conn,
    query: &Query,
    sender: mpsc::UnboundedSender<Order>,
) -> Result<(), ServiceError> {
    let arn = query.arn.as_deref().ok_or_else(|| {
        ServiceError::new(ErrorType::InvalidArgument, "X-Amz-ChannelARN is missing.")
    })?;
    let client_id = query.client_id.as_deref();
    conn.shared.with(|state, now| {
        state.service.connect(now, &Connect { conn: conn.id, arn, client_id })?;
        if let Some(connection) = state.conns.get_mut(&conn.id) {
            connection.socket = Some(sender);
        }
        Ok(())
    })
}

/// RFC 6455 section 4.2.1: what makes a request an opening handshake. No extension is ever
/// accepted, so permessage-deflate is not either, whatever is offered.
fn accept_key(method: &http::Method, headers: &HeaderMap) -> Result<String, ServiceError> {
    let has = |name: http::HeaderName, token: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.split(',').any(|part| part.trim().eq_ignore_ascii_case(token)))
    };
    let key = headers.get(SEC_WEBSOCKET_KEY);
    let is_handshake = method == http::Method::GET
        && has(UPGRADE, "websocket")
        && has(CONNECTION, "upgrade")
        && has(http::header::SEC_WEBSOCKET_VERSION, "13");
    match key {
        Some(key) if is_handshake => Ok(derive_accept_key(key.as_bytes())),
        Some(_) | None => Err(ServiceError::new(
            ErrorType::InvalidArgument,
            "The request is not a WebSocket opening handshake of version 13.",
        )),
    }
}

fn switching_protocols(conn: &Conn, parts: &Parts) -> Response<Body> {
    let mut headers = standard_headers(conn);
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    let key = accept_key(&parts.method, &parts.headers).unwrap_or_default();
    if let Ok(value) = HeaderValue::try_from(key) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, value);
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    *response.headers_mut() = headers;
    response
}

fn record(claim: &Claim, identity: &Identity, status: u16, error: Option<String>) -> Event {
    Event::Upgrade {
        role: identity.role.word(),
        client_id: identity.client_id.clone(),
        date_unix_ms: claim.date_unix_ms,
        expires_s: claim.expires_s,
        signature: claim.signature,
        key: claim.key,
        key_left_s: claim.key_left_s,
        status,
        error,
    }
}
