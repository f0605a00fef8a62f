//! Programs for Node with packages from npm: AWS's JavaScript SDK.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where the programs are, and the list of the packages they need.
pub fn programs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../mock-kvs/clients/aws-js")
}

/// The packages, installed once as `package-lock.json` says, or why there are none.
///
/// They stay in the target directory.
pub fn packages() -> Result<PathBuf, String> {
    let found = |program: &str| {
        let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
        let well = output.is_ok_and(|output| output.status.success());
        if well { Ok(()) } else { Err(format!("there is no `{program}` (Debian: nodejs, npm)")) }
    };
    found("node")?;
    found("npm")?;
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws-js");
    let failed = |error: std::io::Error| format!("{}: {error}", place.display());
    fs::create_dir_all(&place).map_err(failed)?;
    // Two test programs may want them at once.
    let lock = fs::File::create(place.join(".lock")).map_err(failed)?;
    lock.lock().map_err(failed)?;
    let list = fs::read_to_string(programs().join("package-lock.json")).map_err(failed)?;
    let installed = place.join("installed");
    if fs::read_to_string(&installed).is_ok_and(|last| last == list) {
        return Ok(place.join("node_modules"));
    }
    for name in [".npmrc", "package.json", "package-lock.json"] {
        fs::copy(programs().join(name), place.join(name)).map_err(failed)?;
    }
    let output = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"])
        .current_dir(&place)
        .stdin(Stdio::null())
        .output()
        .map_err(failed)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        // The registry may be out of reach; a list that contradicts itself is our mistake.
        assert!(!said.contains("EUSAGE"), "npm ci: {said}");
        return Err(format!("npm ci: {}", said.trim()));
    }
    fs::write(&installed, list).map_err(failed)?;
    Ok(place.join("node_modules"))
}

/// `node PROGRAM`, which finds its packages.
pub fn node(packages: &Path, program: &str) -> Command {
    let mut command = Command::new("node");
    command.arg(programs().join(program)).env("NODE_PATH", packages).stdin(Stdio::null());
    command
}
