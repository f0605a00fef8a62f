//! The port as machine code of this host: the library with feature `idf`, the component's C files, and
//! stand-ins for the functions of ESP-IDF that these call.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]
#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use mock_kvs::{Config, Mock, Tls};

/// A folder of this repository.
pub fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..").join(path)
}

/// Where this build's outputs are: the test itself stands in `deps`.
fn build_dir() -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    test.parent().expect("deps").to_path_buf()
}

/// Whether programs can be built here; says so loudly when they cannot.
pub fn has_tools() -> bool {
    let found = Command::new("cc")
        .args(["-E", "-x", "c", "-include", "openssl/ssl.h", "/dev/null"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let there = found.is_ok_and(|status| status.success());
    if !there {
        println!(
            "SKIPPED: cc or OpenSSL's headers are not installed (ci/packages.sh installs them)"
        );
    }
    there
}

/// The C API with feature `idf`, for this host. A build of its own: with the workspace's features it
/// would be the host's.
pub fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let target = build_dir().join("../../idf-host");
        let built = Command::new(env!("CARGO"))
            .args(["rustc", "--quiet", "--locked", "--offline", "-p", "kvs-capi", "--lib"])
            .args(["--crate-type", "staticlib", "--no-default-features"])
            .args(["--features", "idf,credential-providers,global-init", "--target-dir"])
            .arg(&target)
            .current_dir(folder("."))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "cargo rustc -p kvs-capi --features idf");
        target.join("debug/libkvs_capi.a")
    })
}

/// Files of a folder that end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("one").path());
    let mut files: Vec<_> = entries.filter(|path| path.to_string_lossy().ends_with(end)).collect();
    files.sort();
    assert!(!files.is_empty(), "{end} in {}", folder.display());
    files
}

/// A program on the port: `sources`, the component, the stand-ins. `None` when it cannot be built here.
pub fn program(name: &str, sources: &[&str]) -> Option<PathBuf> {
    if !has_tools() {
        return None;
    }
    let (component, stand_in) =
        (folder("firmware/esp-idf/kvs_webrtc"), folder("firmware/ports/idf/tests/stand-in"));
    let program = build_dir().join(format!("idf-{name}"));
    let output = Command::new("cc")
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-g", "-O1"])
        .arg("-fsanitize=address,undefined")
        .arg("-I")
        .arg(stand_in.join("include"))
        .arg("-I")
        .arg(component.join("include"))
        .arg("-I")
        .arg(component.join("private_include"))
        .arg("-I")
        .arg(folder("firmware/capi/include"))
        .args(sources.iter().map(|source| folder(source)))
        .args(files(&component, ".c"))
        .args(files(&stand_in, ".c"))
        .arg(library())
        .args(["-lssl", "-lcrypto", "-lpthread", "-ldl", "-lm", "-o"])
        .arg(&program)
        .output()
        .expect("cc runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(program)
}

/// A mock on TLS, with keys, its CA in a file, and a folder for NVS.
pub struct Service {
    pub runtime: tokio::runtime::Runtime,
    pub mock: Mock,
    pub address: SocketAddr,
    pub dir: tempfile::TempDir,
    keys: (String, String, String),
}

impl Service {
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let mock = runtime.block_on(async { Mock::new(Config::default()) }).expect("a mock");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let address =
            runtime.block_on(mock.listen_tcp("device", any, Tls::On)).expect("a free port");
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("ca.pem"), mock.ca_pem()).expect("written");
        std::fs::create_dir(dir.path().join("nvs")).expect("made");
        let hour = Some(std::time::Duration::from_secs(3_600));
        let issued = runtime.block_on(async { mock.issue_credentials(hour) });
        let keys =
            (issued.access_key_id, issued.secret_key, issued.session_token.unwrap_or_default());
        Self { runtime, mock, address, dir, keys }
    }

    /// A program with the environment that it reads.
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
            // By name: the resolver's thread is part of the port.
            .env("CONTROL_PLANE_URI", format!("https://localhost:{}", self.address.port()))
            .env("STAND_IN_NVS", self.dir.path().join("nvs"));
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

    /// Successful answers to that call.
    pub fn answers(&self, api: &str) -> u64 {
        let counts = self.mock.journal().counts();
        let found = counts.responses.iter().find(|((of, code), _)| *of == api && *code == 200);
        found.map_or(0, |(_, times)| *times)
    }
}

/// A program under way, and what it said so far.
pub struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    said: String,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines, said: String::new() }
    }

    /// Reads on until a line has that in it.
    pub fn says(&mut self, what: &str) {
        for line in self.lines.by_ref() {
            let line = line.expect("text");
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(what) {
                return;
            }
        }
        panic!("it never said '{what}':\n{}", self.said);
    }

    /// Waits for its end, which must be a good one.
    pub fn ends(self) -> String {
        self.converses(|word| panic!("asked for {word}"))
    }

    /// The same, doing what it asks for (`?word`) on the way.
    pub fn converses(mut self, mut answer: impl FnMut(&str)) -> String {
        let mut to = self.child.stdin.take().expect("piped");
        for line in self.lines.by_ref() {
            let line = line.expect("text");
            if let Some(word) = line.strip_prefix('?') {
                answer(word);
                to.write_all(b"ok\n").expect("it listens");
            }
            self.said.push_str(&line);
            self.said.push('\n');
        }
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}\n{}", self.said);
        self.said
    }

    /// Switches it off.
    pub fn switch_off(mut self) -> String {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        self.said
    }
}
