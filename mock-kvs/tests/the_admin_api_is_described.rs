//! `/openapi.json` and the router agree: every documented request is served, and none is that is
//! not documented. The committed document is the one served (`BLESS=1` writes it).

mod support;

use serde_json::Value;
use support::Bench;
use support::ask::ask;
use support::tools::{installed, package, succeed};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[tokio::test]
async fn every_route_is_in_the_document_and_vice_versa() {
    let bench = Bench::new().await;
    let any = "127.0.0.1:0".parse().expect("an address");
    let admin = bench.mock.listen_admin(any, None).await.expect("a port").address;
    let document = ask(admin, "GET", "/openapi.json", &Value::Null).await.json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("a map");
    assert!(paths.len() >= 10, "{}", paths.len());
    for (path, item) in paths {
        // A name that stands for nothing: 404 is then an answer of the handler, not of the router.
        let asked = path.replace(['{', '}'], "");
        for method in METHODS {
            let answer = ask(admin, &method.to_uppercase(), &asked, &Value::Null).await;
            let is_served = answer.status != 405 && !answer.body.contains("there are: ");
            assert_eq!(is_served, item.get(method).is_some(), "{method} {path}: {answer:?}");
        }
    }
    let unknown = ask(admin, "GET", "/unknown", &Value::Null).await;
    assert_eq!(unknown.status, 404);
    for path in paths.keys() {
        assert!(unknown.body.contains(path.as_str()), "{path} is not listed");
    }
}

#[test]
fn the_committed_document_is_the_one_served() {
    let file = package().join("docs/openapi.json");
    let served = format!("{:#}\n", mock_kvs::admin::openapi_document());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &served).expect("written");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == served, "docs/openapi.json is not what is served: BLESS=1 writes it");
}

#[test]
fn a_validator_takes_it() {
    let Some(python) = installed("python/bin/python") else { return };
    let mut command = std::process::Command::new(python);
    command.args(["-m", "openapi_spec_validator"]).arg(package().join("docs/openapi.json"));
    assert!(succeed(&mut command).contains("OK"));
}

#[test]
fn references_lead_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(target)) => found.push(target),
                (_, value) => references(value, found),
            }),
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = mock_kvs::admin::openapi_document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for target in found {
        let pointer = target.strip_prefix('#').expect("within the document");
        assert!(document.pointer(pointer).is_some(), "{target} is not there");
    }
}
