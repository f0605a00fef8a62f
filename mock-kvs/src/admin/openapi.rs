//! The admin API as an OpenAPI 3.1 document, made of the table that the router is made of.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::endpoints::{Endpoint, endpoints};

/// The document, as `/openapi.json` serves it and `docs/openapi.json` keeps it.
pub fn document() -> Value {
    // OpenAPI 3.1 takes JSON Schema 2020-12 as it is, from a place of its own.
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for endpoint in endpoints() {
        let mut operation = json!({
            "operationId": operation_id(endpoint),
            "summary": endpoint.summary,
            "responses": answers(endpoint),
        });
        let parameters = parameters(endpoint);
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        if let Some(schema) = endpoint.body {
            let schema = schema(&mut schemas);
            operation["requestBody"] = json!({
                "required": true,
                "content": { "application/json": { "schema": schema } },
            });
        }
        if endpoint.path == "/health" {
            operation["security"] = json!([]);
        }
        let item = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        item[endpoint.method] = operation;
    }
    let mut components = schemas.take_definitions(true);
    components.insert("Error".to_owned(), error_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "mock-kvs admin API",
            "version": super::API_VERSION.to_string(),
            "description": "Faults, journal, changes, state and clock of a running mock-kvs. Every \
                answer has the header `x-mock-kvs-api`. A token is needed only when the listener is \
                bound beyond loopback, or was given one.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:8480" }],
        "security": [{}, { "token": [] }],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// `delete /rules/{rule}` is `delete_rules_rule`.
fn operation_id(endpoint: &Endpoint) -> String {
    let words = endpoint.path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    [endpoint.method].into_iter().chain(words).collect::<Vec<_>>().join("_")
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let in_path = endpoint.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        let schema = json!({ "type": "string" });
        Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
    });
    let in_query = endpoint.query.iter().map(|(name, meaning)| {
        let schema = json!({ "type": "integer", "minimum": 0 });
        json!({ "name": name, "in": "query", "description": meaning, "schema": schema })
    });
    in_path.chain(in_query).collect()
}

fn answers(endpoint: &Endpoint) -> Value {
    let mut answers = Map::new();
    for (status, media, meaning) in endpoint.answers {
        let schema = match (*status, *media) {
            (400.., "application/json") => json!({ "$ref": "#/components/schemas/Error" }),
            (204, _) => {
                answers.insert(status.to_string(), json!({ "description": meaning }));
                continue;
            }
            (_, "application/json") => json!({ "type": "object" }),
            (_, _) => json!({ "type": "string" }),
        };
        let mut content = Map::new();
        content.insert((*media).to_owned(), json!({ "schema": schema }));
        let answer = json!({ "description": meaning, "content": content });
        answers.insert(status.to_string(), answer);
    }
    answers.into()
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "api": { "type": "integer" },
            "error": { "type": "string", "description": "What, where, and what would be right." },
        },
    })
}
