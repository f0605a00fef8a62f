//! The part of the table of requests that is Toxiproxy's.

use axum::routing::{delete, get, patch, post};

use super::endpoints::{Endpoint, JSON, PLAIN, any_list, any_object};
use super::toxiproxy;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/version",
        summary: "Toxiproxy: the version whose API this is.",
        answers: &[(200, JSON, "`version`")],
        route: || get(toxiproxy::version),
        ..PLAIN
    },
    Endpoint {
        path: "/proxies",
        summary: "Toxiproxy: every proxy by name; each listener of the mock is one.",
        answers: &[(200, JSON, "proxies")],
        route: || get(toxiproxy::list),
        ..PLAIN
    },
    Endpoint {
        method: "post",
        path: "/proxies",
        summary: "Toxiproxy: a new proxy, `name`, `listen`, `upstream`, `enabled`.",
        body: Some(any_object),
        answers: &[
            (201, JSON, "the proxy"),
            (400, JSON, "bad request body"),
            (409, JSON, "the name is taken"),
        ],
        route: || post(toxiproxy::create),
        ..PLAIN
    },
    Endpoint {
        method: "post",
        path: "/populate",
        summary: "Toxiproxy: several proxies, unless they are there already.",
        body: Some(any_list),
        answers: &[(201, JSON, "`proxies`"), (400, JSON, "bad request body")],
        route: || post(toxiproxy::populate),
        ..PLAIN
    },
    Endpoint {
        method: "post",
        path: "/reset",
        summary: "Toxiproxy: every proxy is up, and no toxic stands.",
        answers: &[(204, JSON, "done")],
        route: || post(toxiproxy::reset),
        ..PLAIN
    },
    Endpoint {
        path: "/proxies/{proxy}",
        summary: "Toxiproxy: one proxy.",
        answers: &[(200, JSON, "the proxy"), (404, JSON, "no such proxy")],
        route: || get(toxiproxy::show),
        ..PLAIN
    },
    Endpoint {
        method: "post",
        path: "/proxies/{proxy}",
        summary: "Toxiproxy: takes a proxy down or up (`enabled`), or moves it.",
        body: Some(any_object),
        answers: &[
            (200, JSON, "the proxy"),
            (400, JSON, "bad request body"),
            (404, JSON, "no such proxy"),
        ],
        route: || post(toxiproxy::update),
        ..PLAIN
    },
    Endpoint {
        method: "patch",
        path: "/proxies/{proxy}",
        summary: "Toxiproxy: takes a proxy down or up (`enabled`), or moves it.",
        body: Some(any_object),
        answers: &[
            (200, JSON, "the proxy"),
            (400, JSON, "bad request body"),
            (404, JSON, "no such proxy"),
        ],
        route: || patch(toxiproxy::update),
        ..PLAIN
    },
    Endpoint {
        method: "delete",
        path: "/proxies/{proxy}",
        summary: "Toxiproxy: ends a proxy; a listener of the mock stays.",
        answers: &[
            (204, JSON, "done"),
            (400, JSON, "a listener of the mock"),
            (404, JSON, "no such proxy"),
        ],
        route: || delete(toxiproxy::remove),
        ..PLAIN
    },
    Endpoint {
        path: "/proxies/{proxy}/toxics",
        summary: "Toxiproxy: the toxics of a proxy.",
        answers: &[(200, JSON, "toxics"), (404, JSON, "no such proxy")],
        route: || get(toxiproxy::toxics),
        ..PLAIN
    },
    Endpoint {
        method: "post",
        path: "/proxies/{proxy}/toxics",
        summary: "Toxiproxy: a new toxic, `type`, `stream`, `toxicity`, `attributes`.",
        body: Some(any_object),
        answers: &[
            (200, JSON, "the toxic"),
            (400, JSON, "no such type, or a bad attribute"),
            (404, JSON, "no such proxy"),
            (409, JSON, "the name is taken"),
        ],
        route: || post(toxiproxy::add_toxic),
        ..PLAIN
    },
    Endpoint {
        path: "/proxies/{proxy}/toxics/{toxic}",
        summary: "Toxiproxy: one toxic.",
        answers: &[(200, JSON, "the toxic"), (404, JSON, "no such proxy")],
        route: || get(toxiproxy::show_toxic),
        ..PLAIN
    },
    Endpoint {
        method: "post",
        path: "/proxies/{proxy}/toxics/{toxic}",
        summary: "Toxiproxy: changes attributes or toxicity.",
        body: Some(any_object),
        answers: &[
            (200, JSON, "the toxic"),
            (400, JSON, "a bad attribute"),
            (404, JSON, "no such proxy"),
        ],
        route: || post(toxiproxy::update_toxic),
        ..PLAIN
    },
    Endpoint {
        method: "patch",
        path: "/proxies/{proxy}/toxics/{toxic}",
        summary: "Toxiproxy: changes attributes or toxicity.",
        body: Some(any_object),
        answers: &[
            (200, JSON, "the toxic"),
            (400, JSON, "a bad attribute"),
            (404, JSON, "no such proxy"),
        ],
        route: || patch(toxiproxy::update_toxic),
        ..PLAIN
    },
    Endpoint {
        method: "delete",
        path: "/proxies/{proxy}/toxics/{toxic}",
        summary: "Toxiproxy: heals a toxic.",
        answers: &[(204, JSON, "done"), (404, JSON, "no such proxy")],
        route: || delete(toxiproxy::remove_toxic),
        ..PLAIN
    },
];
