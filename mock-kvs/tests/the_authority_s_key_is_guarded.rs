//! The authority that is kept on disk: its key for its owner only and in no other file, good for the
//! service's names only, and taken by OpenSSL all the same.
#![cfg(unix)]

mod support;

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use support::program::{Program, refusal};
use support::tools::on_path;

const CA: [&str; 2] = ["--ca-dir", "ca"];

#[test]
fn the_key_stands_in_one_file_that_its_owner_reads() {
    let dir = tempfile::tempdir().expect("a directory");
    let more = [&CA[..], &["--state", "state.json", "--thing", "camera"]].concat();
    let program = Program::start(dir.path(), &more);
    let key = dir.path().join("ca/ca-key.pem");
    let secret = std::fs::read_to_string(&key).expect("the key");
    let mode = |path: &Path| path.metadata().expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&key), 0o600);
    for file in ["ca/thing-camera-key.pem", "state.json", "ready.json"] {
        assert_eq!(mode(&dir.path().join(file)), 0o600, "{file}");
    }
    let body = secret.lines().nth(1).expect("base64").to_owned();
    for file in ["ca/ca.pem", "ca/thing-camera-key.pem", "state.json", "ready.json"] {
        let text = std::fs::read_to_string(dir.path().join(file)).expect("text");
        assert!(!text.contains(&body), "the key is in {file}");
    }
    program.stop();

    set_permissions(&key, Permissions::from_mode(0o644)).expect("opened");
    let refused = refusal(dir.path(), &CA);
    assert!(refused.contains("mode 0644") && refused.contains("chmod 600"), "{refused}");
    set_permissions(&key, Permissions::from_mode(0o600)).expect("closed");
    Program::start(dir.path(), &CA).stop();
}

#[test]
fn another_region_needs_another_authority() {
    let dir = tempfile::tempdir().expect("a directory");
    Program::start(dir.path(), &CA).stop();
    let refused = refusal(dir.path(), &["--ca-dir", "ca", "--region", "eu-west-1"]);
    assert!(refused.contains("eu-west-1") && refused.contains("--ca-dir"), "{refused}");
    let refused = refusal(dir.path(), &["--ca-dir", "ca", "--name", "mock.lab"]);
    assert!(refused.contains("--name"), "{refused}");
    let named = ["--ca-dir", "other", "--region", "eu-west-1", "--name", "mock.lab"];
    Program::start(dir.path(), &named).stop();
    Program::start(dir.path(), &named).stop();
}

#[test]
fn openssl_takes_it_for_the_service_s_names() {
    let Some(openssl) = on_path("openssl") else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let program = Program::start(dir.path(), &CA);
    let at = program.text("url").trim_start_matches("https://");
    let status = |host: &str| {
        Command::new(&openssl)
            .args(["s_client", "-connect", at, "-servername", host, "-verify_hostname", host])
            .args(["-verify_return_error", "-CAfile", program.text("ca_file")])
            .stdin(Stdio::null())
            .output()
            .expect("ran")
            .status
    };
    assert!(status("m-1.kinesisvideo.us-west-2.amazonaws.com").success());
    assert!(!status("example.org").success());
    program.stop();
}
