//! The binary prints what a user needs, writes the ready file as a whole, keeps its authority over
//! restarts, explains a taken port, and stops at Ctrl-C.
#![cfg(unix)]

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

fn start(dir: &Path, listen: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-kvs"));
    command.args(["--listen", listen, "--admin", "127.0.0.1:0", "--channel", "door"]);
    command.args(["--thing", "camera", "--role-alias", "cameras"]);
    command.arg("--ca-dir").arg(dir.join("ca")).arg("--ready-file").arg(dir.join("ready.json"));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started")
}

fn ready(dir: &Path, child: &mut Child) -> Value {
    loop {
        if let Ok(text) = std::fs::read_to_string(dir.join("ready.json")) {
            return serde_json::from_str(&text).expect("never half a file");
        }
        assert!(child.try_wait().expect("a status").is_none(), "it ended early");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn interrupt(child: Child) -> (bool, String) {
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("signalled");
    let output = child.wait_with_output().expect("ended");
    (output.status.success(), String::from_utf8(output.stdout).expect("text"))
}

#[test]
fn from_start_to_ctrl_c() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut child = start(dir.path(), "device=127.0.0.1:0");
    let first = ready(dir.path(), &mut child);
    assert_eq!(first["version"], 1);
    let url = first["listeners"]["device"].as_str().expect("a URL").to_owned();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    assert!(first["channels"]["door"].as_str().expect("an ARN").contains(":channel/door/"));
    let ca = std::fs::read_to_string(first["ca_file"].as_str().expect("a path")).expect("a file");
    assert!(ca.contains("BEGIN CERTIFICATE"));

    let thing = &first["things"]["camera"];
    let read = |file: &Value| std::fs::read_to_string(file.as_str().expect("a path")).expect("it");
    let certificate = read(&thing["certificate_file"]);
    assert!(certificate.contains("BEGIN CERTIFICATE"));
    assert!(read(&thing["key_file"]).contains("PRIVATE KEY"));
    assert_eq!(first["role_aliases"], serde_json::json!(["cameras"]));

    let address = url.trim_start_matches("https://");
    let second_dir = tempfile::tempdir().expect("a directory");
    let mut taken = start(second_dir.path(), address);
    assert!(!taken.wait().expect("ended").success());
    let mut error = String::new();
    taken.stderr.take().expect("piped").read_to_string(&mut error).expect("text");
    assert!(error.contains("choose another port"), "{error}");

    let (is_success, printed) = interrupt(child);
    assert!(is_success, "{printed}");
    assert!(!dir.path().join("ready.json").exists(), "the file of a mock that is gone");
    for word in [&url, "--endpoint-url", first["access_key_id"].as_str().expect("a key")] {
        assert!(printed.contains(word), "{word} is not in:\n{printed}");
    }

    let mut again = start(dir.path(), "device=127.0.0.1:0");
    let second = ready(dir.path(), &mut again);
    assert_eq!(second["access_key_id"], first["access_key_id"], "the same seed, the same keys");
    let kept =
        std::fs::read_to_string(second["ca_file"].as_str().expect("a path")).expect("a file");
    assert_eq!(kept, ca);
    assert_eq!(read(&second["things"]["camera"]["certificate_file"]), certificate);
    assert!(interrupt(again).0);
}

#[test]
fn help_shows_examples() {
    let help = Command::new(env!("CARGO_BIN_EXE_mock-kvs")).arg("--help").output().expect("ran");
    let text = String::from_utf8(help.stdout).expect("text");
    assert!(text.contains("Examples:") && text.contains("--ready-file"), "{text}");
}
