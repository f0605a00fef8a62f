//! `clients/`: the pytest fixture, the Node helper and the C example run as they stand there, and
//! stay short.
#![cfg(unix)]

mod support;

use std::path::PathBuf;
use std::process::Command;

use support::tools::{installed, on_path, package, succeed};

const MOCK: &str = env!("CARGO_BIN_EXE_mock-kvs");

fn clients(of: &str) -> PathBuf {
    package().join("clients").join(of)
}

#[test]
fn pytest() {
    let Some(python) = installed("python/bin/python") else { return };
    let mut command = Command::new(python);
    command.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).current_dir(clients("python"));
    command.env("MOCK_KVS", MOCK).env("PYTHONDONTWRITEBYTECODE", "1");
    let printed = succeed(&mut command);
    assert!(printed.contains("4 passed"), "{printed}");
}

#[test]
fn node() {
    let Some(node) = on_path("node") else { return };
    let mut command = Command::new(node);
    command.args(["--test", "--test-reporter", "tap"]).current_dir(clients("node"));
    let printed = succeed(command.env("MOCK_KVS", MOCK));
    assert!(printed.contains("# pass 2"), "{printed}");
}

#[test]
fn cmake() {
    let (Some(cmake), Some(ctest), Some(_)) =
        (on_path("cmake"), on_path("ctest"), on_path("curl-config"))
    else {
        return;
    };
    let dir = tempfile::tempdir().expect("a directory");
    let build = dir.path().join("build");
    succeed(Command::new(&cmake).arg("-S").arg(clients("c")).arg("-B").arg(&build));
    succeed(Command::new(&cmake).arg("--build").arg(&build));
    let mut command = Command::new(ctest);
    command.arg("--test-dir").arg(&build).args(["--output-on-failure", "--no-tests=error"]);
    succeed(command.env("MOCK_KVS", MOCK));
}

#[test]
fn each_is_at_most_sixty_lines() {
    for file in ["python/mock_kvs.py", "node/mock-kvs.js", "c/example.c", "c/CMakeLists.txt"] {
        let text = std::fs::read_to_string(clients(file)).expect("a file");
        assert!(text.lines().count() <= 60, "{file}: {}", text.lines().count());
    }
}
