//! The admin API: rules, journal, changes and state over plain HTTP on a listener of its own.
//!
//! Thin: each handler is one call of [`Mock`]. `docs/admin.md` shows every request with `curl`.

mod journal;
mod rules;

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::IntoResponse as _;
use axum::routing::{delete, get, post};
use axum::{Json, middleware};
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_service::Service as _;

use crate::change::Change;
use crate::mock::{ListenError, Mock};

/// Rises when a client of an older version would misunderstand an answer. Fields may be added
/// without; a client must ignore those it does not know.
pub const API_VERSION: u32 = 1;

impl Mock {
    /// Serves the admin API. Whoever reaches the address controls the mock: keep it on loopback.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn listen_admin(&self, address: SocketAddr) -> Result<SocketAddr, ListenError> {
        let failed = |source| ListenError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let router = router(self.clone());
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
        Ok(bound)
    }
}

async fn serve(router: Router, stream: tokio::net::TcpStream) {
    let handler = service_fn(move |request: Request<hyper::body::Incoming>| {
        let mut router = router.clone();
        async move { router.call(request.map(Body::new)).await }
    });
    let served = http1::Builder::new().serve_connection(TokioIo::new(stream), handler).await;
    if let Err(error) = served {
        tracing::debug!(%error, "an admin connection ended early");
    }
}

fn router(mock: Mock) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/rules", get(rules::list).post(rules::arm).delete(rules::heal_all))
        .route("/rules/{rule}", delete(rules::heal))
        .route("/journal", get(journal::read))
        .route("/change", post(change))
        .route("/state", get(state))
        .fallback(unknown)
        .layer(middleware::map_response(stamp))
        .with_state(mock)
}

async fn health(State(mock): State<Mock>) -> Json<Value> {
    Json(json!({
        "api": API_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
        "status": "ok",
        "now_us": mock.now_us(),
        "wall_unix_ms": mock.wall_ms(),
    }))
}

async fn change(
    State(mock): State<Mock>,
    wanted: Result<Json<Change>, JsonRejection>,
) -> Response<Body> {
    let wanted = match wanted {
        Ok(Json(wanted)) => wanted,
        Err(error) => return refuse(error.status(), &error.body_text()),
    };
    match mock.change(&wanted) {
        Ok(reached) => Json(json!({ "api": API_VERSION, "reached": reached })).into_response(),
        Err(error) => refuse(StatusCode::CONFLICT, &error.to_string()),
    }
}

async fn state(State(mock): State<Mock>) -> Json<Value> {
    let view = mock.shared.with(|state, _| {
        let connections: Vec<_> = state
            .conns
            .iter()
            .map(|(conn, connection)| {
                let identity = state.service.identity(*conn);
                json!({
                    "conn": conn,
                    "actor": &*connection.actor,
                    "role": identity.as_ref().map(|(role, _)| role.word()),
                    "client_id": identity.and_then(|(_, id)| id.map(|id| id.to_string())),
                })
            })
            .collect();
        json!({
            "api": API_VERSION,
            "channels": state.service.view(),
            "connections": connections,
            "rules": state.rules.all().len(),
        })
    });
    Json(view)
}

async fn unknown() -> Response<Body> {
    let text = "GET /health, /rules, /journal, /state; POST /rules, /change; DELETE /rules, \
                /rules/{id or name}";
    refuse(StatusCode::NOT_FOUND, text)
}

/// Every answer names the version, also those without a JSON object.
async fn stamp(mut response: Response<Body>) -> Response<Body> {
    response.headers_mut().insert("x-mock-kvs-api", HeaderValue::from(API_VERSION));
    response
}

fn refuse(status: StatusCode, error: &str) -> Response<Body> {
    (status, Json(json!({ "api": API_VERSION, "error": error }))).into_response()
}
