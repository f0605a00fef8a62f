//! `--state`: channels, tags, versions, keys and things outlive the process, also a killed one; a
//! damaged file is refused and left as it is.
#![cfg(unix)]

mod support;

use std::path::Path;

use rustix::process::Signal;
use serde_json::{Value, json};
use support::ask::ask;
use support::program::{Program, refusal, until};

const MORE: [&str; 6] = ["--state", "kept.json", "--thing", "camera", "--channel", "door"];

fn kept(dir: &Path) -> Value {
    let text = std::fs::read_to_string(dir.join("kept.json")).expect("the file");
    serde_json::from_str(&text).expect("whole")
}

#[tokio::test]
async fn what_clients_made_is_there_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let first = Program::start(dir.path(), &MORE);
    let create = json!({ "change": "create-channel", "channel": "garage" });
    assert_eq!(ask(first.admin(), "POST", "/change", &create).await.status, 200);
    let before = ask(first.admin(), "GET", "/state/dump", &Value::Null).await.json();
    let holds = || (kept(dir.path())["channels"] == before["channels"]).then_some(());
    until("the change to reach the file", holds);
    first.signal(Signal::KILL);
    let ready = first.ready.clone();
    assert!(!first.ended().0.success());
    // Nobody removed it.
    std::fs::remove_file(dir.path().join("ready.json")).expect("removed");

    let second = Program::start(dir.path(), &MORE);
    let after = ask(second.admin(), "GET", "/state/dump", &Value::Null).await.json();
    assert_eq!(after, before);
    for key in ["channel_arn", "access_key_id", "secret_access_key"] {
        assert_eq!(second.ready[key], ready[key], "{key}");
    }
    let rival = refusal(dir.path(), &[&MORE[..], &["--ready-file", "rival.json"]].concat());
    assert!(rival.contains("another mock-kvs is using it"), "{rival}");
    second.stop();
}

#[tokio::test]
async fn an_expired_key_is_followed_by_another() {
    let dir = tempfile::tempdir().expect("a directory");
    let more = [&MORE[..], &["--credentials-valid-for", "1h"]].concat();
    let first = Program::start(dir.path(), &more);
    let expire = json!({ "change": "expire-credentials" });
    assert_eq!(ask(first.admin(), "POST", "/change", &expire).await.json()["reached"], 1);
    let key = first.text("access_key_id").to_owned();
    first.stop();
    let second = Program::start(dir.path(), &more);
    assert_ne!(second.text("access_key_id"), key);
    let dump = ask(second.admin(), "GET", "/state/dump", &Value::Null).await.json();
    let keys = dump["keys"].as_array().expect("a list");
    assert!(keys.iter().any(|known| known["access_key_id"] == key.as_str()), "it stays expired");
    second.stop();
}

#[test]
fn what_is_not_a_state_is_left_as_it_is() {
    let dir = tempfile::tempdir().expect("a directory");
    Program::start(dir.path(), &MORE).stop();
    let whole = std::fs::read_to_string(dir.path().join("kept.json")).expect("the file");
    let refuse = |text: &str, more: &[&str]| {
        std::fs::write(dir.path().join("kept.json"), text).expect("written");
        let error = refusal(dir.path(), &[&MORE[..], more].concat());
        let left = std::fs::read_to_string(dir.path().join("kept.json")).expect("the file");
        assert_eq!(left, text, "it was overwritten");
        error
    };
    let half = refuse(&whole[..whole.len() / 2], &[]);
    assert!(half.contains("kept.json: it is damaged"), "{half}");
    let newer = refuse(&whole.replace("\"version\": 1,", "\"version\": 2,"), &[]);
    assert!(newer.contains("its version is 2"), "{newer}");
    let elsewhere = refuse(&whole, &["--region", "eu-west-1", "--ca-dir", "another"]);
    assert!(elsewhere.contains("region us-west-2"), "{elsewhere}");
}
