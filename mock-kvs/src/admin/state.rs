//! What the service holds: as a view, and as a dump to be loaded again.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::IntoResponse as _;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{API_VERSION, refuse};
use crate::dump::Dump;
use crate::mock::Mock;

pub(super) async fn health(State(mock): State<Mock>) -> Json<Value> {
    Json(json!({
        "api": API_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
        "status": "ok",
        "now_us": mock.now_us(),
        "wall_unix_ms": mock.wall_ms(),
    }))
}

pub(super) async fn view(State(mock): State<Mock>) -> Json<Value> {
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

pub(super) async fn dump(State(mock): State<Mock>) -> Json<Dump> {
    Json(mock.dump())
}

pub(super) async fn load(
    State(mock): State<Mock>,
    dump: Result<Json<Dump>, JsonRejection>,
) -> Response<Body> {
    let dump = match dump {
        Ok(Json(dump)) => dump,
        Err(error) => return refuse(error.status(), &error.body_text()),
    };
    match mock.load(dump) {
        Ok(()) => Json(json!({ "api": API_VERSION, "loaded": true })).into_response(),
        Err(error) => refuse(StatusCode::CONFLICT, &error.to_string()),
    }
}
