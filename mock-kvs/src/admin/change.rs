//! Changes of the running service.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::IntoResponse as _;
use http::{Response, StatusCode};
use serde_json::json;

use super::{API_VERSION, refuse};
use crate::change::Change;
use crate::mock::Mock;

pub(super) async fn change(
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
