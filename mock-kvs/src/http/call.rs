//! One HTTPS call, from its last byte to its answer: faults, signature, quotas, service, journal.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};

use super::answer::Reply;
use super::api::{Api, Asked};
use super::auth;
use super::connection::Conn;
use crate::fault::Answer;
use crate::fault::spec::CallKind;
use crate::journal::Event;
use crate::service::error::{ErrorType, ServiceError};

/// Longest request body: far above anything in the models.
const BODY_MAX: usize = 1 << 20;

/// Answers one of the service's calls.
pub(super) async fn call(conn: Arc<Conn>, api: Api, request: Request<Body>) -> Response<Body> {
    handle(conn, Some(api), request).await
}

/// Answers a path or method that is none of the service's.
pub(super) async fn unknown(conn: Arc<Conn>, request: Request<Body>) -> Response<Body> {
    handle(conn, None, request).await
}

async fn handle(conn: Arc<Conn>, api: Option<Api>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let name = api.map_or("unknown", Api::name);
    let body = to_bytes(body, BODY_MAX).await;
    let (claim, signed) = auth::check(&conn, &parts, body.as_deref().unwrap_or_default());
    conn.record(Event::Request {
        api: name,
        signed: claim.form,
        date_unix_ms: claim.date_unix_ms,
        key: claim.key,
    });
    let verdict = judge(&conn, api.and_then(Api::kind)).await;
    let reply = match verdict.answer.as_ref().and_then(Reply::injected) {
        Some(injected) => injected,
        None => Reply::of(signed.and_then(|()| serve(&conn, api, &parts, body))),
    };
    conn.record(Event::Response { api: name, status: reply.status, error: reply.error.clone() });
    let form = match &verdict.answer {
        Some(Answer::Body(form)) => Some(form),
        Some(Answer::Delay(_) | Answer::Error { .. } | Answer::Html { .. }) | None => None,
    };
    let response = reply.into_response(&conn, form);
    if let Some(cut) = &verdict.cut {
        cut.apply(&conn.link);
        conn.mark.begin();
    }
    response
}

/// Asks the rules, and carries out what comes before the answer: cuts at once, and delays.
pub(super) async fn judge(conn: &Conn, api: Option<CallKind>) -> crate::fault::rules::CallVerdict {
    let mut verdict = conn.shared.with(|state, now| {
        let mut verdict = state.rules.on_call(&conn.actor, api);
        for event in verdict.fired.drain(..) {
            let actor = Some(conn.actor.clone());
            conn.shared.journal.append(now.us, actor, Some(conn.id), event);
        }
        verdict
    });
    if verdict.cuts_now()
        && let Some(cut) = verdict.cut.take()
    {
        cut.apply(&conn.link);
    }
    if !verdict.delay.is_zero() {
        tokio::time::sleep(verdict.delay).await;
    }
    verdict
}

fn serve(
    conn: &Conn,
    api: Option<Api>,
    parts: &Parts,
    body: Result<Bytes, axum::Error>,
) -> Result<String, ServiceError> {
    let api = api.ok_or_else(|| {
        let text = format!("Unknown operation {} {}.", parts.method, parts.uri.path());
        ServiceError::new(ErrorType::UnknownOperation, text)
    })?;
    let body = body.map_err(|error| {
        ServiceError::new(ErrorType::Serialization, format!("The body cannot be read: {error}"))
    })?;
    let host = parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
    let asked = Asked {
        body: &body,
        host: host.unwrap_or(""),
        scheme: conn.scheme,
        region: &conn.shared.config.region,
    };
    conn.shared.with(|state, now| api.run(&mut state.service, now, &asked))
}
