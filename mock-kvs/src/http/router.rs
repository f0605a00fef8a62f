//! Which path is which call (spec §1.3, §1.4).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Extension;
use axum::routing::{any, post};
use http::Request;

use super::api::Api;
use super::call::{call, unknown};
use super::connection::Conn;
use super::upgrade::upgrade;

/// Every API of the service. Cheap to clone.
pub(crate) type Routes = Router;

pub(crate) fn routes() -> Routes {
    let mut router = Router::new().route("/", any(at_root));
    for api in Api::ALL {
        let handler = move |Extension(conn): Extension<Arc<Conn>>, request: Request<Body>| {
            call(conn, api, request)
        };
        router = router.route(api.path(), post(handler).fallback(not_found));
    }
    router.fallback(not_found)
}

async fn at_root(
    Extension(conn): Extension<Arc<Conn>>,
    request: Request<Body>,
) -> http::Response<Body> {
    if request.headers().contains_key(http::header::UPGRADE) {
        upgrade(&conn, request).await
    } else {
        unknown(conn, request).await
    }
}

async fn not_found(
    Extension(conn): Extension<Arc<Conn>>,
    request: Request<Body>,
) -> http::Response<Body> {
    unknown(conn, request).await
}
