//! Toxiproxy's HTTP API (version 2), so that its clients can put faults on the mock's listeners and
//! on proxies of their own. `docs/toxiproxy.md` says where it differs.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::header::ORIGIN;
use http::{HeaderMap, Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::mock::Mock;
use crate::proxies::{ITSELF, ProxyError, ProxyView, ToxicSpec};

type Answer = Result<Response<Body>, Refusal>;

/// The version whose API this is.
const VERSION: &str = "2.12.0";

#[derive(Deserialize)]
struct NewProxy {
    name: String,
    #[serde(default)]
    listen: String,
    upstream: String,
    enabled: Option<bool>,
}

#[derive(Deserialize)]
struct ProxyUpdate {
    #[serde(default)]
    listen: String,
    #[serde(default)]
    upstream: String,
    enabled: Option<bool>,
}

pub(super) async fn version() -> Json<Value> {
    Json(json!({ "version": VERSION, "server": concat!("mock-kvs ", env!("CARGO_PKG_VERSION")) }))
}

/// Every proxy is up, and no toxic stands.
pub(super) async fn reset(State(mock): State<Mock>) -> StatusCode {
    mock.shared.reset_proxies();
    StatusCode::NO_CONTENT
}

pub(super) async fn list(State(mock): State<Mock>) -> Json<BTreeMap<String, ProxyView>> {
    let proxies = mock.shared.proxies().into_iter();
    Json(proxies.map(|proxy| (proxy.name.clone(), proxy)).collect())
}

pub(super) async fn create(State(mock): State<Mock>, headers: HeaderMap, body: Bytes) -> Answer {
    let wanted = read(&headers, &body)?;
    let created = create_one(&mock, wanted).await?;
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

/// Creates proxies, and leaves alone those that are there as they are wanted.
pub(super) async fn populate(State(mock): State<Mock>, headers: HeaderMap, body: Bytes) -> Answer {
    let wanted: Vec<NewProxy> = read(&headers, &body)?;
    let mut proxies = Vec::new();
    for one in wanted {
        let is_same = |found: &ProxyView| {
            found.upstream == one.upstream && (found.listen == one.listen || one.listen.is_empty())
        };
        match mock.shared.proxy(&one.name) {
            Ok(found) if is_same(&found) => proxies.push(found),
            Ok(_) => {
                mock.shared.remove_proxy(&one.name).await?;
                proxies.push(create_one(&mock, one).await?);
            }
            Err(_) => proxies.push(create_one(&mock, one).await?),
        }
    }
    Ok((StatusCode::CREATED, Json(json!({ "proxies": proxies }))).into_response())
}

pub(super) async fn show(State(mock): State<Mock>, Path(name): Path<String>) -> Answer {
    Ok(Json(mock.shared.proxy(&name)?).into_response())
}

pub(super) async fn update(
    State(mock): State<Mock>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let wanted: ProxyUpdate = read(&headers, &body)?;
    let mut proxy = mock.shared.proxy(&name)?;
    let other = |new: &str, old: &str| !new.is_empty() && new != old;
    let enabled = wanted.enabled.unwrap_or(proxy.enabled);
    if other(&wanted.listen, &proxy.listen) || other(&wanted.upstream, &proxy.upstream) {
        let or = |new: String, old: String| if new.is_empty() { old } else { new };
        let moved = NewProxy {
            listen: or(wanted.listen, proxy.listen),
            upstream: or(wanted.upstream, proxy.upstream),
            name: name.clone(),
            enabled: Some(enabled),
        };
        mock.shared.remove_proxy(&name).await?;
        create_one(&mock, moved).await?;
        for toxic in proxy.toxics {
            mock.shared.add_toxic(&name, toxic)?;
        }
        proxy = mock.shared.proxy(&name)?;
    }
    if proxy.enabled != enabled {
        proxy = mock.shared.enable_proxy(&name, enabled)?;
    }
    Ok(Json(proxy).into_response())
}

pub(super) async fn remove(State(mock): State<Mock>, Path(name): Path<String>) -> Answer {
    mock.shared.remove_proxy(&name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn toxics(State(mock): State<Mock>, Path(name): Path<String>) -> Answer {
    Ok(Json(mock.shared.proxy(&name)?.toxics).into_response())
}

pub(super) async fn add_toxic(
    State(mock): State<Mock>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let spec = ToxicSpec::read(None, read(&headers, &body)?)?;
    Ok(Json(mock.shared.add_toxic(&name, spec)?).into_response())
}

pub(super) async fn show_toxic(
    State(mock): State<Mock>,
    Path((proxy, name)): Path<(String, String)>,
) -> Answer {
    let toxics = mock.shared.proxy(&proxy)?.toxics;
    let found = toxics.into_iter().find(|toxic| toxic.name() == name);
    Ok(Json(found.ok_or(ProxyError::NoToxic)?).into_response())
}

pub(super) async fn update_toxic(
    State(mock): State<Mock>,
    Path((proxy, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let body = read(&headers, &body)?;
    Ok(Json(mock.shared.update_toxic(&proxy, &name, body)?).into_response())
}

pub(super) async fn remove_toxic(
    State(mock): State<Mock>,
    Path((proxy, name)): Path<(String, String)>,
) -> Answer {
    mock.shared.remove_toxic(&proxy, &name)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn create_one(mock: &Mock, wanted: NewProxy) -> Result<ProxyView, ProxyError> {
    if wanted.upstream == ITSELF {
        let why = "name a TCP service as the upstream; the mock's own listeners are there already";
        return Err(ProxyError::Bad(why.to_owned()));
    }
    let listen = if wanted.listen.is_empty() { "127.0.0.1:0" } else { &wanted.listen };
    let created = mock.shared.add_proxy(&wanted.name, listen, &wanted.upstream).await?;
    match wanted.enabled {
        Some(false) => mock.shared.enable_proxy(&wanted.name, false),
        Some(true) | None => Ok(created),
    }
}

/// Toxiproxy's clients do not all name a content type. A browser names where a page comes from,
/// and no page has business here.
fn read<T: for<'de> Deserialize<'de>>(headers: &HeaderMap, body: &Bytes) -> Result<T, Refusal> {
    if headers.contains_key(ORIGIN) {
        return Err(Refusal(StatusCode::FORBIDDEN, "not for web pages".to_owned()));
    }
    serde_json::from_slice(body).map_err(|error| ProxyError::Bad(error.to_string()).into())
}

/// An error in Toxiproxy's form.
pub(super) struct Refusal(StatusCode, String);

impl From<ProxyError> for Refusal {
    fn from(error: ProxyError) -> Self {
        let status = match &error {
            ProxyError::NoProxy | ProxyError::NoToxic => StatusCode::NOT_FOUND,
            ProxyError::ProxyExists | ProxyError::ToxicExists => StatusCode::CONFLICT,
            ProxyError::OwnListener | ProxyError::Bad(_) => StatusCode::BAD_REQUEST,
            ProxyError::Listen(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self(status, error.to_string())
    }
}

impl axum::response::IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let Self(status, error) = self;
        (status, Json(json!({ "error": error, "status": status.as_u16() }))).into_response()
    }
}
