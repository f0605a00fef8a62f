//! The journal as lines of JSON, as far as it is or for as long as the client stays.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use futures_util::{StreamExt as _, stream};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response};
use serde::Deserialize;

use super::refuse;
use crate::journal::Record;
use crate::mock::Mock;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    /// The first `seq`.
    #[serde(default)]
    since: u64,
    /// 1: stay, and send every new record.
    #[serde(default)]
    follow: u8,
}

pub(super) async fn read(
    State(mock): State<Mock>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response<Body> {
    let wanted = match wanted {
        Ok(Query(wanted)) => wanted,
        Err(error) => return refuse(error.status(), &error.body_text()),
    };
    let body = if wanted.follow == 0 {
        let records = mock.journal().since(wanted.since);
        Body::from(records.iter().flat_map(line).collect::<Vec<u8>>())
    } else {
        let (before, after) = mock.journal().follow(wanted.since);
        let after = stream::unfold(after, |mut after| async move {
            after.recv().await.map(|record| (record, after))
        });
        let records = stream::iter(before).chain(after);
        Body::from_stream(records.map(|record| Ok::<_, std::convert::Infallible>(line(&record))))
    };
    let mut response = Response::new(body);
    let ndjson = HeaderValue::from_static("application/x-ndjson");
    response.headers_mut().insert(CONTENT_TYPE, ndjson);
    response
}

fn line(record: &Arc<Record>) -> Vec<u8> {
    // A record is plain words and numbers: it always becomes JSON.
    let mut line = serde_json::to_vec(&**record).unwrap_or_default();
    line.push(b'\n');
    line
}
