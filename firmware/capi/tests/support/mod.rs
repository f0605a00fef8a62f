//! Builds C programs against the library of this build, and runs them against a mock.

#![allow(dead_code, reason = "each test uses its part of this")]

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

mod service;

pub use service::Service;

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
