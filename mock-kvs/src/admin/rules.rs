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

/// Arms one fault, or a list of them at once.
pub(super) async fn arm(
    State(mock): State<Mock>,
    body: Result<Json<Value>, JsonRejection>,
) -> Response<Body> {
    let body = match body {
        Ok(Json(body)) => body,
        Err(error) => return refuse(error.status(), &error.body_text()),
    };
    let is_list = body.is_array();
    let specs: Result<Vec<FaultSpec>, _> = if is_list {
        serde_json::from_value(body)
    } else {
        serde_json::from_value(body).map(|spec| vec![spec])
    };
    let unfit = |error: String| refuse(StatusCode::UNPROCESSABLE_ENTITY, &error);
    let specs = match specs {
        Ok(specs) => specs,
        Err(error) => return unfit(error.to_string()),
    };
    let names: Vec<_> = specs.iter().map(|spec| spec.name().to_owned()).collect();
    let ids = match mock.arm_all(specs) {
        Ok(ids) => ids,
        Err(error) => return unfit(error.to_string()),
    };
    let rules =
        ids.into_iter().zip(names).map(|(RuleId(id), name)| json!({ "id": id, "as": name }));
    let mut rules: Vec<_> = rules.collect();
    let mut answer = if is_list { json!({ "rules": rules }) } else { rules.remove(0) };
    answer["api"] = API_VERSION.into();
    (StatusCode::CREATED, Json(answer)).into_response()
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
