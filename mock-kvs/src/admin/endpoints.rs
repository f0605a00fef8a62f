//! Every request the admin API takes: the router is made of this table, and so is `/openapi.json`.

use axum::Json;
use axum::routing::{MethodRouter, delete, get, post, put};
use schemars::{Schema, SchemaGenerator};

use super::{change, clock, journal, metrics, openapi, rules, state, toxiproxy_endpoints};
use crate::change::Change;
use crate::fault::FaultSpec;
use crate::mock::Mock;

/// One method on one path.
pub(super) struct Endpoint {
    /// In lower case, as OpenAPI has it.
    pub method: &'static str,
    /// With parameters in braces, as axum and OpenAPI have them.
    pub path: &'static str,
    pub summary: &'static str,
    /// Query parameters: name, and what it means.
    pub query: &'static [(&'static str, &'static str)],
    pub body: Option<fn(&mut SchemaGenerator) -> Schema>,
    /// Status, media type and meaning, the good one first.
    pub answers: &'static [(u16, &'static str, &'static str)],
    pub route: fn() -> MethodRouter<Mock>,
}

pub(super) const JSON: &str = "application/json";

/// What most of them are made of.
pub(super) const PLAIN: Endpoint = Endpoint {
    method: "get",
    path: "/",
    summary: "",
    query: &[],
    body: None,
    answers: &[],
    route: MethodRouter::new,
};

/// Every request.
pub(super) fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().chain(toxiproxy_endpoints::ENDPOINTS)
}

const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/health",
        summary: "Version, status and clocks. Needs no token.",
        answers: &[(200, JSON, "`status: ok`")],
        route: || get(state::health),
        ..PLAIN
    },
    Endpoint {
        path: "/metrics",
        summary: "Counters and levels for Prometheus.",
        answers: &[(200, "text/plain", "Prometheus' text format 0.0.4")],
        route: || get(metrics::read),
        ..PLAIN
    },
    Endpoint {
        path: "/openapi.json",
        summary: "This document.",
        answers: &[(200, JSON, "OpenAPI 3.1")],
        route: || get(async || Json(openapi::document())),
        ..PLAIN
    },
    Endpoint {
        path: "/rules",
        summary: "Rules in force, in order: `id`, `as`, `spec`.",
        answers: &[(200, JSON, "`rules`")],
        route: || get(rules::list),
        ..PLAIN
    },
    Endpoint {
        method: "post",
        path: "/rules",
        summary: "Arms one fault, or a list of them: all before anything else happens, or none.",
        body: Some(one_or_more_faults),
        answers: &[
            (201, JSON, "`id` and `as`; for a list, `rules` of those"),
            (422, JSON, "a field does not fit the fault"),
        ],
        route: || post(rules::arm),
        ..PLAIN
    },
    Endpoint {
        method: "delete",
        path: "/rules",
        summary: "Heals every rule.",
        answers: &[(200, JSON, "`healed`: how many there were")],
        route: || delete(rules::heal_all),
        ..PLAIN
    },
    Endpoint {
        method: "delete",
        path: "/rules/{rule}",
        summary: "Heals one rule by its id, or all of a name.",
        answers: &[(200, JSON, "`healed`"), (404, JSON, "no such rule is in force")],
        route: || delete(rules::heal),
        ..PLAIN
    },
    Endpoint {
        path: "/journal",
        summary: "What happened, one JSON record a line; as a stream with `follow=1`.",
        query: &[
            ("since", "the first `seq` wanted; 0 when absent"),
            ("follow", "1: stay, and send each new record"),
        ],
        answers: &[
            (200, "application/x-ndjson", "records"),
            (400, JSON, "a parameter is not a number"),
        ],
        route: || get(journal::read),
        ..PLAIN
    },
    Endpoint {
        method: "post",
        path: "/change",
        summary: "Changes the running service.",
        body: Some(|schemas| schemas.subschema_for::<Change>()),
        answers: &[
            (200, JSON, "`reached`: how many connections, keys or channels"),
            (409, JSON, "nothing fits what was asked for"),
            (422, JSON, "not a change"),
        ],
        route: || post(change::change),
        ..PLAIN
    },
    Endpoint {
        path: "/state",
        summary: "Channels with who is connected and what waits, connections, number of rules.",
        answers: &[(200, JSON, "`channels`, `connections`, `rules`")],
        route: || get(state::view),
        ..PLAIN
    },
    Endpoint {
        path: "/state/dump",
        summary: "All that outlives a process, with its secrets: what `--state` keeps.",
        answers: &[(200, JSON, "a dump")],
        route: || get(state::dump),
        ..PLAIN
    },
    Endpoint {
        method: "put",
        path: "/state/dump",
        summary: "Loads a dump in place of the present state; open WebSockets end.",
        body: Some(any_object),
        answers: &[
            (200, JSON, "`loaded: true`"),
            (409, JSON, "of another version, region or account; nothing changed"),
            (422, JSON, "not a dump; nothing changed"),
        ],
        route: || put(state::load),
        ..PLAIN
    },
    Endpoint {
        path: "/clock",
        summary: "The service's clocks.",
        answers: &[(200, JSON, "`now_us`, `wall_unix_ms`, `offset_ms`")],
        route: || get(clock::read),
        ..PLAIN
    },
    Endpoint {
        method: "put",
        path: "/clock",
        summary: "Moves the service's wall clock.",
        body: Some(|schemas| schemas.subschema_for::<clock::Setting>()),
        answers: &[(200, JSON, "the clocks then"), (422, JSON, "not a setting")],
        route: || put(clock::set),
        ..PLAIN
    },
];

fn one_or_more_faults(schemas: &mut SchemaGenerator) -> Schema {
    let one = schemas.subschema_for::<FaultSpec>();
    let more = schemas.subschema_for::<Vec<FaultSpec>>();
    schemars::json_schema!({ "oneOf": [one, more] })
}

pub(super) fn any_object(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "object" })
}

pub(super) fn any_list(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "array", "items": { "type": "object" } })
}
