//! The binary ends with its parent and at SIGTERM, logs JSON, reads a configuration and names the
//! mistakes in it.
#![cfg(unix)]

mod support;

use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use mock_kvs::IssuedCredentials;
use rustix::process::Signal;
use serde_json::{Value, json};
use support::ask::ask;
use support::program::{Program, refusal, until};
use support::socket::{presigned, upgrade};
use support::tools::package;
use tokio::net::TcpStream;

#[test]
fn it_ends_when_its_parent_does() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut parent = Command::new("sleep").arg("600").spawn().expect("a parent");
    let program = Program::start(dir.path(), &["--parent-pid", &parent.id().to_string()]);
    parent.kill().expect("killed");
    let (status, logged) = program.ended();
    assert!(status.success(), "{logged}");
    assert!(logged.contains("the parent has ended"), "{logged}");
    assert!(!dir.path().join("ready.json").exists());

    // One that is gone already is no parent to wait for.
    parent.wait().expect("reaped");
    let gone = ["--parent-pid", &parent.id().to_string(), "--ready-file", "gone.json"];
    let (status, logged) = Program::start_unready(dir.path(), &gone).ended();
    assert!(status.success() && logged.contains("the parent has ended"), "{logged}");
}

#[test]
fn it_ends_in_order_at_sigterm_and_logs_json() {
    let dir = tempfile::tempdir().expect("a directory");
    let program = Program::start(dir.path(), &["--log-format", "json"]);
    program.signal(Signal::TERM);
    let (status, logged) = program.ended();
    assert!(status.success(), "{logged}");
    let lines: Vec<Value> =
        logged.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let named = |message: &str| lines.iter().find(|line| line["message"] == message);
    assert_eq!(named("listening").expect("a line")["actor"], "device");
    assert_eq!(named("stopping").expect("a line")["why"], "SIGTERM");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_goodbye_to_open_sockets() {
    let dir = tempfile::tempdir().expect("a directory");
    let program = Program::start(dir.path(), &["--plain"]);
    let health = ask(program.admin(), "GET", "/health", &Value::Null).await.json();
    let wall_ms = health["wall_unix_ms"].as_u64().expect("a number");
    let keys = IssuedCredentials {
        access_key_id: program.text("access_key_id").to_owned(),
        secret_key: program.text("secret_access_key").to_owned(),
        session_token: None,
        expires_unix_ms: None,
    };
    let now = UNIX_EPOCH + Duration::from_millis(wall_ms);
    let url = presigned(&keys, now, program.text("channel_arn"), None, 299);
    let address = program.text("url").trim_start_matches("http://");
    let stream = TcpStream::connect(address).await.expect("connected");
    // In plain text, whatever the URL says: the stream is given.
    let mut master = upgrade(stream, &url.replace("wss://", "ws://")).await.expect("a master");
    program.signal(Signal::TERM);
    assert_eq!(master.close_code().await, 1001);
    let ended = tokio::task::spawn_blocking(|| program.ended()).await.expect("ended");
    assert!(ended.0.success(), "{}", ended.1);
}

#[test]
fn the_guide_s_configuration_is_taken() {
    let dir = tempfile::tempdir().expect("a directory");
    let guide = std::fs::read_to_string(package().join("docs/standalone.md")).expect("the guide");
    let (_, rest) = guide.split_once("```toml\n").expect("an example");
    let (example, _) = rest.split_once("```").expect("its end");
    std::fs::write(dir.path().join("mock.toml"), example).expect("written");
    let program = Program::start(dir.path(), &["--config", "mock.toml", "--channel", "porch"]);
    let ready = &program.ready;
    assert_eq!(ready["region"], "eu-central-1");
    assert_eq!(ready["listeners"].as_object().expect("a map").len(), 2);
    assert_eq!(ready["admin_token"], "let-me-in");
    assert_eq!(ready["access_key_id"], "AKIAIOSFODNN7EXAMPLE");
    assert!(ready["keys"][1]["session_token"].is_string(), "a temporary key has one");
    assert!(ready["things"]["camera"]["key_file"].is_string());
    let arn = program.text("channel_arn");
    assert!(arn.contains(":210987654321:channel/porch/"), "the command line wins: {arn}");
    assert!(program.text("ca_pem").contains("BEGIN CERTIFICATE"));
    program.stop();
}

#[test]
fn mistakes_in_a_configuration_are_named() {
    let dir = tempfile::tempdir().expect("a directory");
    let refuse = |text: &str| {
        std::fs::write(dir.path().join("mock.toml"), text).expect("written");
        refusal(dir.path(), &["--config", "mock.toml"])
    };
    let unknown = refuse("seed = 1\n[policies]\ndisplacd = \"deaf\"\n");
    assert!(unknown.contains("line 3"), "{unknown}");
    assert!(unknown.contains("did you mean `displaced`?"), "{unknown}");
    let value = refuse("[policies]\ndisplaced = \"def\"\n");
    assert!(value.contains("did you mean `deaf`?"), "{value}");
    let unit = refuse("message_ttl = \"30\"\n");
    assert!(unit.contains("it has no unit"), "{unit}");
    let half = refuse("[[key]]\naccess_key_id = \"AKIAIOSFODNN7EXAMPLE\"\n");
    assert!(half.contains("needs secret_access_key"), "{half}");
    let missing = refusal(dir.path(), &["--config", "elsewhere.toml"]);
    assert!(missing.contains("cannot read elsewhere.toml"), "{missing}");
}

#[test]
fn a_ready_file_holds_what_a_client_needs_and_is_its_owner_s() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let program = Program::start(dir.path(), &[]);
    for key in ["url", "ca_file", "ca_pem", "access_key_id", "secret_access_key", "channel_arn"] {
        assert!(!program.text(key).is_empty());
    }
    assert_eq!(program.ready["admin_token"], json!(null), "on loopback none is needed");
    let mode = std::fs::metadata(dir.path().join("ready.json")).expect("it").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    program.stop();
    until("the file to go", || (!dir.path().join("ready.json").exists()).then_some(()));
}
