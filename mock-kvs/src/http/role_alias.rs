//! `GET /role-aliases/<alias>/credentials`: AWS IoT's credentials provider (spec §9).

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Request, Response};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::answer::Reply;
use super::call::respond;
use super::connection::Conn;
use crate::credentials::IssuedCredentials;
use crate::fault::rules::call_word;
use crate::fault::spec::CallKind;
use crate::iot::{Refusal, certificate_id};
use crate::journal::Event;

const API: &str = call_word(CallKind::RoleAlias);
const THING_NAME: &str = "x-amzn-iot-thingname";

/// The body; its names are AWS's.
#[derive(Serialize)]
struct Output {
    credentials: Credentials,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

/// Answers a device that asks for credentials.
pub(super) async fn credentials(
    conn: Arc<Conn>,
    alias: String,
    request: Request<Body>,
) -> Response<Body> {
    conn.record(Event::Request { api: API, signed: "none", date_unix_ms: None, key: None });
    let (parts, _) = request.into_parts();
    let reply = async { reply(&conn, &alias, &parts.headers) };
    respond(&conn, API, Some(CallKind::RoleAlias), reply).await
}

fn reply(conn: &Conn, alias: &str, headers: &HeaderMap) -> Reply {
    match assume(conn, alias, headers) {
        Ok(issued) => match serde_json::to_string(&Output::of(issued)) {
            Ok(body) => Reply::ok(body),
            Err(error) => refuse(&Refusal::denied(error.to_string())),
        },
        Err(refusal) => refuse(&refusal),
    }
}

fn refuse(refusal: &Refusal) -> Reply {
    Reply::error(refusal.status, Some(refusal.error), "message", &refusal.message)
}

fn assume(conn: &Conn, alias: &str, headers: &HeaderMap) -> Result<IssuedCredentials, Refusal> {
    let shared = &conn.shared;
    let chain = conn.device.get().map_or(&[][..], Vec::as_slice);
    let wall_ms = shared.clock.now().wall_ms;
    shared.authority.verify_device(chain, wall_ms).map_err(Refusal::denied)?;
    let id = chain.first().map(|leaf| certificate_id(leaf)).unwrap_or_default();
    // A name that is no text is no thing's.
    let thing = headers.get(THING_NAME).map(|name| name.to_str().unwrap_or("?"));
    shared.with(|state, now| {
        let valid_for = state.iot.assume(now, alias, &id, thing)?;
        Ok(shared.issue(state, now, Some(valid_for)))
    })
}

impl Output {
    fn of(issued: IssuedCredentials) -> Self {
        Self {
            credentials: Credentials {
                access_key_id: issued.access_key_id,
                secret_access_key: issued.secret_key,
                session_token: issued.session_token,
                expiration: issued.expires_unix_ms.and_then(expiration),
            },
        }
    }
}

const ISO_8601: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");

/// Exactly 20 characters: AWS's C SDK takes no other form.
fn expiration(unix_ms: u64) -> Option<String> {
    let seconds = i64::try_from(unix_ms / 1000).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()?.format(ISO_8601).ok()
}
