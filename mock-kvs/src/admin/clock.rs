//! The service's wall clock: read, and moved.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::IntoResponse as _;
use http::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{API_VERSION, refuse};
use crate::change::Change;
use crate::mock::Mock;

/// How the wall clock is set: `Date`, signature windows and expiries go by it. Message lifetimes,
/// idle times and quotas do not: they go by a clock that nobody sets.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
pub(super) enum Setting {
    /// Ahead of the machine's clock by this many milliseconds; negative is behind, 0 puts it right.
    #[serde(rename = "offset_ms")]
    Offset(i64),
    /// It shows this moment now, in milliseconds since 1970.
    #[serde(rename = "wall_unix_ms")]
    Wall(u64),
    /// It goes forward by this many milliseconds; negative is back.
    #[serde(rename = "advance_ms")]
    Advance(i64),
}

pub(super) async fn read(State(mock): State<Mock>) -> Json<Value> {
    Json(view(&mock))
}

pub(super) async fn set(
    State(mock): State<Mock>,
    wanted: Result<Json<Setting>, JsonRejection>,
) -> Response<Body> {
    let wanted = match wanted {
        Ok(Json(wanted)) => wanted,
        Err(error) => return refuse(error.status(), &error.body_text()),
    };
    let offset_ms = mock.shared.with(|state, now| {
        let present = state.clock_offset_ms;
        match wanted {
            Setting::Offset(offset) => offset,
            Setting::Advance(by) => present.saturating_add(by),
            Setting::Wall(wall) => {
                present.saturating_add_unsigned(wall).saturating_sub_unsigned(now.wall_ms)
            }
        }
    });
    // Moving the clock always succeeds; it reaches one service.
    match mock.change(&Change::Clock { offset_ms }) {
        Ok(_) => Json(view(&mock)).into_response(),
        Err(error) => refuse(http::StatusCode::CONFLICT, &error.to_string()),
    }
}

fn view(mock: &Mock) -> Value {
    json!({
        "api": API_VERSION,
        "now_us": mock.now_us(),
        "wall_unix_ms": mock.wall_ms(),
        "offset_ms": mock.shared.with(|state, _| state.clock_offset_ms),
    })
}
