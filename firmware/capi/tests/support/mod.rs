//! Builds C programs against the library of this build, and runs them against a mock.

#![allow(dead_code, reason = "each test uses its part of this")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use mock_kvs::{Config, Mock, Tls};

/// Where the crate is.
pub fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where this build's outputs are: the test itself stands in `deps`.
fn build_dir() -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    test.parent().expect("deps").to_path_buf()
}

/// A library of this build, `libkvs_capi.a` or `libkvs_capi.so`.
pub fn library(name: &str) -> PathBuf {
    let deps = build_dir();
    let places = [deps.join(name), deps.parent().expect("debug").join(name)];
    let found = places.iter().find(|place| place.exists());
    found.unwrap_or_else(|| panic!("cargo builds {name} beside this test: {places:?}")).clone()
}

/// Whether a tool is there; says so loudly when it is not.
pub fn has(tool: &str) -> bool {
    let there = Command::new(tool).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !there {
        println!("SKIPPED: {tool} is not installed (ci/packages.sh installs it)");
    }
    there
}

/// What Rust's std and its crates need of the system beside the static library.
const SYSTEM: &[&str] = &["-lpthread", "-ldl", "-lm"];

/// Compiles a program of this crate with warnings denied, against the static library. `None` when the
/// compiler is absent.
pub fn compile(compiler: &str, source: &str, name: &str, flags: &[&str]) -> Option<PathBuf> {
    build(compiler, source, name, flags, &[library("libkvs_capi.a").into()])
}

/// The same against the shared library.
pub fn compile_shared(compiler: &str, source: &str, name: &str, flags: &[&str]) -> Option<PathBuf> {
    let library = library("libkvs_capi.so");
    let mut rpath = OsString::from("-Wl,-rpath,");
    rpath.push(library.parent().expect("a directory"));
    build(compiler, source, name, flags, &[library.into(), rpath])
}

fn build(
    compiler: &str,
    source: &str,
    name: &str,
    flags: &[&str],
    library: &[OsString],
) -> Option<PathBuf> {
    if !has(compiler) {
        return None;
    }
    let program = build_dir().join(format!("capi-{compiler}-{name}"));
    let output = Command::new(compiler)
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"])
        .args(flags)
        .arg("-I")
        .arg(crate_dir().join("include"))
        .arg(crate_dir().join(source))
        .args(library)
        .args(SYSTEM)
        .arg("-o")
        .arg(&program)
        .output()
        .expect("the compiler runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler} {source}:\n{said}");
    Some(program)
}

/// A mock on TLS, with keys and its CA in a file.
pub struct Service {
    pub runtime: tokio::runtime::Runtime,
    pub mock: Mock,
    pub address: SocketAddr,
    pub dir: tempfile::TempDir,
    keys: (String, String, String),
}

impl Service {
    pub fn new(config: Config) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let mock = runtime.block_on(async { Mock::new(config) }).expect("a mock");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let address =
            runtime.block_on(mock.listen_tcp("device", any, Tls::On)).expect("a free port");
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("ca.pem"), mock.ca_pem()).expect("written");
        let issued = runtime.block_on(async {
            mock.issue_credentials(Some(std::time::Duration::from_secs(3_600)))
        });
        let keys =
            (issued.access_key_id, issued.secret_key, issued.session_token.unwrap_or_default());
        Self { runtime, mock, address, dir, keys }
    }

    /// The environment that the SDK's samples read.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let (key, secret, token) = &self.keys;
        command
            .current_dir(self.dir.path())
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_SESSION_TOKEN", token)
            .env("AWS_DEFAULT_REGION", "us-west-2")
            .env("AWS_KVS_CACERT_PATH", self.dir.path().join("ca.pem"))
            .env("CONTROL_PLANE_URI", format!("https://{}", self.address));
        command
    }

    /// The keys as a file for `createFileCredentialProvider`.
    pub fn keys_file(&self) -> PathBuf {
        let (key, secret, token) = &self.keys;
        let path = self.dir.path().join("credentials");
        let text = format!("CREDENTIALS {key} 2030-01-01T00:00:00Z {secret} {token}");
        std::fs::write(&path, text).expect("written");
        path
    }

    /// Changes the service, as the admin API does.
    pub fn change(&self, change: serde_json::Value) {
        let change = serde_json::from_value(change).expect("a change");
        self.runtime.block_on(async { self.mock.change(&change) }).expect("it fits");
    }

    /// Puts a fault in force.
    pub fn fault(&self, fault: serde_json::Value) {
        let fault = serde_json::from_value(fault).expect("a fault");
        self.runtime.block_on(async { self.mock.arm(fault) }).expect("it fits");
    }

    /// Takes every fault out of force.
    pub fn heal(&self) {
        self.runtime.block_on(async { self.mock.heal_all() });
    }

    /// Answers of that status to that call.
    pub fn answers(&self, api: &str, status: u16) -> u64 {
        let counts = self.mock.journal().counts();
        let found = counts.responses.iter().find(|((of, code), _)| *of == api && *code == status);
        found.map_or(0, |(_, times)| *times)
    }
}

/// A program under way: what it says is kept, what it asks for (`?word`) is answered.
pub fn converse(mut child: Child, mut answer: impl FnMut(&str)) -> (bool, String) {
    let mut to = child.stdin.take().expect("piped");
    let from = BufReader::new(child.stdout.take().expect("piped"));
    let mut said = String::new();
    for line in from.lines() {
        let line = line.expect("text");
        if let Some(word) = line.strip_prefix('?') {
            answer(word);
            to.write_all(b"ok\n").expect("it listens");
        }
        said.push_str(&line);
        said.push('\n');
    }
    (child.wait().expect("it ends").success(), said)
}

/// Starts it with pipes.
pub fn start(command: &mut Command) -> Child {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    piped.spawn().expect("it starts")
}

/// Runs it to its end; fails with all it said when it fails.
pub fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{:?}: {}\n{said}\n{errors}",
        command.get_program(),
        output.status
    );
    said
}

/// The examples as viewer and master, compiled once.
pub fn viewer() -> &'static Path {
    static VIEWER: OnceLock<PathBuf> = OnceLock::new();
    VIEWER
        .get_or_init(|| compile("cc", "examples/viewer.c", "viewer", &[]).expect("checked before"))
}
