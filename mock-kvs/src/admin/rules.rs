//! Rules in force: list, arm, heal.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::{API_VERSION, refuse};
use crate::fault::FaultSpec;
use crate::mock::{Mock, RuleId};

pub(super) async fn list(State(mock): State<Mock>) -> Json<Value> {
    let rules: Vec<_> = mock.shared.with(|state, _| {
        let rules = state.rules.all().iter();
        rules
            .map(|rule| json!({ "id": rule.tag.0, "as": &**rule.name(), "spec": rule.spec }))
            .collect()
    });
    Json(json!({ "api": API_VERSION, "rules": rules }))
}

pub(super) async fn arm(
    State(mock): State<Mock>,
    spec: Result<Json<FaultSpec>, JsonRejection>,
) -> Response<Body> {
    let spec = match spec {
        Ok(Json(spec)) => spec,
        Err(error) => return refuse(error.status(), &error.body_text()),
    };
    let name = spec.name().to_owned();
    match mock.arm(spec) {
        Ok(RuleId(id)) => {
            let armed = json!({ "api": API_VERSION, "id": id, "as": name });
            (StatusCode::CREATED, Json(armed)).into_response()
        }
        Err(error) => refuse(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

pub(super) async fn heal_all(State(mock): State<Mock>) -> Json<Value> {
    Json(json!({ "api": API_VERSION, "healed": mock.heal_all() }))
}

/// Heals by number, or every rule of a name.
pub(super) async fn heal(State(mock): State<Mock>, Path(rule): Path<String>) -> Response<Body> {
    let meant: Vec<_> = mock.shared.with(|state, _| {
        let fits = |tag: u64, name: &str| rule.parse() == Ok(tag) || rule == name;
        let rules = state.rules.all().iter();
        rules.filter(|rule| fits(rule.tag.0, rule.name())).map(|rule| RuleId(rule.tag.0)).collect()
    });
    let healed = meant.iter().filter(|rule| mock.heal(rule)).count();
    if healed == 0 {
        let text = format!("no rule `{rule}` is in force; GET /rules lists those that are");
        return refuse(StatusCode::NOT_FOUND, &text);
    }
    Json(json!({ "api": API_VERSION, "healed": healed })).into_response()
}
