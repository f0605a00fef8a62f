//! The port as machine code of this host: the library with feature `idf`, the component's C files, and
//! stand-ins for the functions of ESP-IDF that these call.

#![allow(clippy::print_stdout, reason = "a skipped test says so")]
#![allow(dead_code, reason = "each test uses a part of it")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use mock_kvs::Config;

#[path = "../../../../capi/tests/support/service.rs"]
mod service;

pub use service::Service;

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

/// A mock on TLS, with a folder for NVS beside its CA.
pub fn service() -> Service {
    let service = Service::new(Config::default());
    std::fs::create_dir(nvs(&service)).expect("made");
    service
}

fn nvs(service: &Service) -> PathBuf {
    service.dir.path().join("nvs")
}

/// A program with the environment that it reads.
pub fn command(service: &Service, program: &Path) -> Command {
    let mut command = service.command(program);
    command
        // By name: the resolver's thread is part of the port.
        .env("CONTROL_PLANE_URI", format!("https://localhost:{}", service.address.port()))
        .env("STAND_IN_NVS", nvs(service));
    command
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
