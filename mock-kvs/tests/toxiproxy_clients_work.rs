//! Clients of Toxiproxy from public registries create proxies, and put toxics on them, that a
//! socket sees.
#![cfg(unix)]

mod support;

use std::process::Command;

use support::echo::echo;
use support::program::Program;
use support::tools::{installed, on_path, package, succeed};

#[tokio::test(flavor = "multi_thread")]
async fn of_node() {
    let (Some(node), Some(modules)) =
        (on_path("node"), installed("node/node_modules/toxiproxy-node-client"))
    else {
        return;
    };
    let mut command = Command::new(node);
    command.env("NODE_PATH", modules.parent().expect("node_modules"));
    command.arg(package().join("tests/foreign/toxiproxy.js"));
    assert_eq!(run(command).await, "node: ok\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_python() {
    let Some(python) = installed("python/bin/python") else { return };
    let mut command = Command::new(python);
    command.arg(package().join("tests/foreign/toxiproxy.py"));
    // A script's own folder is looked in first, and the script is called like the package.
    command.env("PYTHONSAFEPATH", "1");
    assert_eq!(run(command).await, "python: ok\n");
}

async fn run(mut command: Command) -> String {
    let dir = tempfile::tempdir().expect("a directory");
    let program = Program::start(dir.path(), &[]);
    let upstream = echo().await.to_string();
    command.env("ADMIN", program.text("admin")).env("UPSTREAM", upstream);
    let ran = tokio::task::spawn_blocking(move || succeed(&mut command)).await.expect("ran");
    program.stop();
    ran
}
