//! What a client says of its channel and for it, as the service sees it: tags, the storage session.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]

mod support;

use mock_kvs::Config;
use serde_json::{Value, json};
use support::{Service, compile, converse, run, start};

#[test]
fn tags_are_those_that_the_channel_is_created_with() {
    let Some(program) = compile("cc", "tests/c/tagged.c", "tagged", &[]) else { return };
    let service = Service::new(Config::default());
    run(service.command(&program).arg("door"));
    let dump = serde_json::to_value(service.mock.dump()).expect("JSON");
    let tags = dump.pointer("/channels/0/tags").and_then(Value::as_object).expect("tags");
    assert_eq!(tags.len(), 50);
    assert_eq!(tags["key-00"], "a".repeat(150));
    assert_eq!(tags[&"k".repeat(128)], "i".repeat(150));
    assert_eq!(tags["key-09"], "v".repeat(256));
    assert_eq!(tags["key-10"], "Südseite: Tor/Hof = 1 + 2 @ heim_.-");
    assert_eq!(tags["key-11"], "");
}

fn stored(compiler: &str, mode: &str) {
    let name = format!("media-{mode}");
    let Some(program) = compile(compiler, "tests/c/media.c", &name, &[]) else { return };
    let service = Service::new(Config::default());
    // The core counts whole milliseconds, and loopback answers in less.
    service.fault(json!({"fault": "http-delay", "delay": "20ms"}));
    service.change(json!({"change": "create-channel", "channel": "door"}));
    let enabled = mode != "disabled";
    service.change(json!({"change": "media-storage", "channel": "door", "enabled": enabled}));
    if mode == "refused" {
        service.fault(json!({"fault": "http-error", "call": "join-storage", "status": 500}));
    }
    let mut command = service.command(&program);
    let (passed, said) = converse(start(command.args(["door", mode])), |word| match word {
        "close" => service.change(json!({"change": "close", "to": {"role": "master"}})),
        "reconnect-ice" => {
            service.change(json!({"change": "reconnect-ice", "to": {"role": "master"}}));
        }
        "granted" => service.heal(),
        other => panic!("asked for {other}"),
    });
    assert!(passed && said.ends_with("stored\n"), "{mode}:\n{said}");
}

#[test]
fn a_storage_session_is_joined_before_connect_returns() {
    stored("gcc", "enabled");
    stored("clang", "enabled");
}

#[test]
fn a_channel_that_stores_nothing_is_connected_to() {
    stored("cc", "disabled");
}

#[test]
fn a_join_that_is_refused_twice_ends_the_call_and_may_be_tried_again() {
    stored("cc", "refused");
}
