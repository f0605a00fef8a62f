//! Other people's programs, installed by `ci/packages.sh`.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What `ci/packages.sh` took from registries; says loudly that it is not there.
pub fn installed(path: &str) -> Option<PathBuf> {
    // `target/tmp`, whatever the target directory is.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target directory");
    let found = target.join("tools").join(path);
    if found.exists() {
        return Some(found);
    }
    skipped(&format!("tools/{path}"));
    None
}

/// A program on the PATH; says loudly that it is not there.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    if found.is_none() {
        skipped(name);
    }
    found
}

/// Past what the test runner holds back of tests that pass.
fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} is not installed; run ci/packages.sh");
}

/// Runs it to its end; panics with what it printed when it fails.
pub fn succeed(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("started");
    let (out, err) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{out}\n{err}");
    out.into_owned()
}

/// The folder of this package.
pub fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
