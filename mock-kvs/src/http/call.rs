//! One HTTPS call, from its last byte to its answer: faults, signature, quotas, service, journal.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use tokio::sync::oneshot;

use super::answer::{Reply, misdate};
use super::api::{Api, Asked, Outcome, alexa};
use super::auth;
use super::connection::Conn;
use crate::fault::Answer;
use crate::fault::spec::CallKind;
use crate::journal::Event;
use crate::service::AlexaCall;
use crate::service::error::{ErrorType, ServiceError};
use crate::shared::Shared;

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
    let reply = async {
        let served = match signed {
            Ok(()) => serve(&conn, api, &parts, body).await,
            Err(error) => Err(error),
        };
        served.map_or_else(|error| refusal(api, &error), Reply::ok)
    };
    respond(&conn, name, api.map(Api::kind), reply).await
}

/// Gives a reply as the rules want it: later, in pieces, cut off, or another one altogether, and
/// then nothing is carried out.
pub(super) async fn respond(
    conn: &Conn,
    name: &'static str,
    kind: Option<CallKind>,
    reply: impl Future<Output = Reply>,
) -> Response<Body> {
    let verdict = judge(conn, kind).await;
    let injected = verdict.answer.as_ref().and_then(|answer| Reply::injected(answer, kind));
    let mut reply = match injected {
        Some(injected) => injected,
        None => reply.await,
    };
    if let Some(Answer::Edit(edit)) = &verdict.answer {
        reply.edit(edit);
    }
    conn.record(Event::Response { api: name, status: reply.status, error: reply.error.clone() });
    let form = match &verdict.answer {
        Some(Answer::Body(form)) => Some(form),
        Some(
            Answer::Delay(_)
            | Answer::Error { .. }
            | Answer::Html { .. }
            | Answer::Redirect { .. }
            | Answer::Edit(_)
            | Answer::Date(_),
        )
        | None => None,
    };
    let mut response = reply.into_response(conn, form);
    misdate(conn, response.headers_mut(), verdict.answer.as_ref());
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

fn refusal(api: Option<Api>, error: &ServiceError) -> Reply {
    Reply::refusal(error, api.map_or(error.kind.message_key(), |api| api.message_key(error.kind)))
}

async fn serve(
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
    let started =
        conn.shared.with(|state, now| match api.run(&mut state.service, now, &asked)? {
            Outcome::Body(body) => Ok(Started::Done(body)),
            Outcome::Waits(call) => {
                let (sender, answer) = oneshot::channel();
                state.answers.insert(call.id, sender);
                Ok(Started::Waits(Waiting { shared: Arc::clone(&conn.shared), call, answer }))
            }
        })?;
    match started {
        Started::Done(body) => Ok(body),
        Started::Waits(waiting) => waiting.answer().await,
    }
}

/// A call that was carried out, or begun.
enum Started {
    Done(String),
    Waits(Waiting),
}

/// A call that waits for the master's answer; dropped when the client hangs up before that.
struct Waiting {
    shared: Arc<Shared>,
    call: AlexaCall,
    answer: oneshot::Receiver<String>,
}

impl Waiting {
    async fn answer(mut self) -> Result<String, ServiceError> {
        let text = match tokio::time::timeout(self.call.ttl, &mut self.answer).await {
            Ok(Ok(answer)) => return alexa::answered(&answer),
            Ok(Err(_)) => "A newer offer of the same client took over.",
            Err(_) => "The master did not answer within the message TTL.",
        };
        Err(ServiceError::new(ErrorType::ResourceNotFound, text))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let id = self.call.id;
        self.shared.with(|state, _| {
            state.answers.remove(&id);
            state.service.forget_alexa(id);
        });
    }
}
