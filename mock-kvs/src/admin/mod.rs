//! The admin API: rules, journal, changes, state and clock over plain HTTP on a listener of its
//! own.
//!
//! Thin: each handler is one call of [`Mock`]. `docs/admin.md` shows every request with `curl`, and
//! `/openapi.json` describes them all.

mod change;
mod clock;
mod endpoints;
mod journal;
mod metrics;
mod openapi;
mod rules;
mod state;
mod toxiproxy;
mod toxiproxy_endpoints;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::IntoResponse as _;
use axum::{Json, Router};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tower_service::Service as _;

use crate::digest::hex;
use crate::mock::{ListenError, Mock};

pub use openapi::document as openapi_document;

/// Rises when a client of an older version would misunderstand an answer. Fields may be added
/// without; a client must ignore those it does not know.
pub const API_VERSION: u32 = 1;

/// Longer than a listener takes to open or close its port on a busy machine.
const SETTLED: Duration = Duration::from_secs(2);

/// Where the admin API listens, and what it wants to see.
#[derive(Clone, PartialEq, Eq)]
pub struct AdminListener {
    /// The address, with the port that was taken.
    pub address: SocketAddr,
    /// The bearer token that every request but `GET /health` needs, when there is one.
    pub token: Option<String>,
}

impl AdminListener {
    /// The URL that paths are appended to.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Leaves out the token.
impl fmt::Debug for AdminListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminListener").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Mock {
    /// Serves the admin API. Whoever reaches it controls the mock, so that beyond loopback it wants
    /// a token: a random one when none is given.
    ///
    /// # Errors
    /// When the address cannot be bound, or the system has no randomness.
    pub async fn listen_admin(
        &self,
        address: SocketAddr,
        token: Option<String>,
    ) -> Result<AdminListener, ListenError> {
        let failed = |source| ListenError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let token = match token {
            None if !bound.ip().is_loopback() => Some(random_token().map_err(failed)?),
            given => given,
        };
        let router = router(self.clone(), token.as_deref());
        let shared = self.shared.clone();
        self.shared.spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => shared.spawn(serve(router.clone(), stream)),
                    Err(error) => {
                        tracing::warn!(%error, "the admin listener cannot accept");
                        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                    }
                }
            }
        });
        Ok(AdminListener { address: bound, token })
    }
}

async fn serve(router: Router, stream: tokio::net::TcpStream) {
    let handler = service_fn(move |request: http::Request<hyper::body::Incoming>| {
        let mut router = router.clone();
        async move { router.call(request.map(Body::new)).await }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), handler).await;
    if let Err(error) = served {
        tracing::debug!(%error, "an admin connection ended early");
    }
}

fn router(mock: Mock, token: Option<&str>) -> Router {
    let mut router = Router::new();
    for endpoint in endpoints::endpoints() {
        router = router.route(endpoint.path, (endpoint.route)());
    }
    let settling = middleware::from_fn_with_state(mock.clone(), settle);
    let router = router.fallback(unknown).with_state(mock).layer(settling);
    let router = match token {
        Some(token) => router.layer(middleware::from_fn_with_state(digest(token), authorize)),
        None => router,
    };
    router.layer(middleware::map_response(stamp))
}

/// Lets a request through that shows the token. `/health` says nothing that is worth one.
async fn authorize(State(wanted): State<Digest>, request: Request, next: Next) -> Response<Body> {
    let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| value.strip_prefix("Bearer ")).map(digest);
    if shown == Some(wanted) || request.uri().path() == "/health" {
        return next.run(request).await;
    }
    let text = "this needs `authorization: Bearer TOKEN`: the token stands in the ready file, and \
                was printed at the start";
    let mut refusal = refuse(StatusCode::UNAUTHORIZED, text);
    refusal.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    refusal
}

/// A port that a request opened or closed is so before the answer: who connects next, finds it.
async fn settle(State(mock): State<Mock>, request: Request, next: Next) -> Response<Body> {
    let only_reads = request.method().is_safe();
    let response = next.run(request).await;
    if !only_reads {
        let settled = async {
            for links in mock.shared.all_links() {
                links.settled().await;
            }
        };
        // A listener that nobody accepts on would never be.
        let _ = tokio::time::timeout(SETTLED, settled).await;
    }
    response
}

type Digest = [u8; 32];

/// Digests are compared in place of tokens: how long that takes tells nothing of the token.
fn digest(token: &str) -> Digest {
    Sha256::digest(token.as_bytes()).into()
}

fn random_token() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    let source = rustls::crypto::ring::default_provider().secure_random;
    source.fill(&mut bytes).map_err(|_| std::io::Error::other("no randomness for a token"))?;
    Ok(hex(&bytes))
}

async fn unknown() -> Response<Body> {
    let known: Vec<_> = endpoints::endpoints()
        .map(|endpoint| format!("{} {}", endpoint.method.to_uppercase(), endpoint.path))
        .collect();
    refuse(StatusCode::NOT_FOUND, &format!("there are: {}", known.join(", ")))
}

/// Every answer names the version, also those without a JSON object.
async fn stamp(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert("x-mock-kvs-api", HeaderValue::from(API_VERSION));
    response
}

fn refuse(status: StatusCode, error: &str) -> Response<Body> {
    (status, Json(json!({ "api": API_VERSION, "error": error }))).into_response()
}
