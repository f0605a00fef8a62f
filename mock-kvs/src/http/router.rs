//! Which path is which call (spec §1.3, §1.4).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Path};
use axum::routing::{any, get, post};
use http::Request;

use super::api::Api;
use super::call::{call, unknown};
use super::connection::Conn;
use super::role_alias::credentials;
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
    router
        .route("/role-aliases/{alias}/credentials", get(role_alias).fallback(not_found))
        .fallback(not_found)
}

async fn role_alias(
    Extension(conn): Extension<Arc<Conn>>,
    Path(alias): Path<String>,
    request: Request<Body>,
) -> http::Response<Body> {
    credentials(conn, alias, request).await
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
