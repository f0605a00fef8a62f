//! The image under test: which file, which bytes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha256};

use super::BoardError;

/// What a board runs.
#[derive(Clone, Debug)]
pub struct Image {
    /// The file; none on `sim`, where it is this very program.
    pub path: Option<PathBuf>,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

impl Image {
    /// The file at `path`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &Path) -> Result<Self, BoardError> {
        let failed = |error| BoardError(format!("image {}: {error}", path.display()));
        let path = path.canonicalize().map_err(failed)?;
        let bytes = std::fs::read(&path).map_err(failed)?;
        let sha256 = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: Some(path), sha256 })
    }
}

/// The cargo that runs us, or the shell's.
#[must_use]
pub fn cargo() -> Command {
    untold(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// `program` without what a cargo that runs us has told us of our package. Build scripts (ring's) run
/// anew when that changes: passed on, each build would undo the last.
fn untold(program: OsString) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|start| text.starts_with(start));
        if ours || text == "OUT_DIR" {
            command.env_remove(&name);
        }
    }
    command
}

/// Builds package `name` of the workspace that holds the current directory; gives its program.
///
/// # Errors
/// With what is missing, or the end of what cargo said.
pub fn build(name: &str) -> Result<PathBuf, BoardError> {
    let root = workspace()?;
    let mut command = cargo();
    command.arg("build").current_dir(&root);
    // Beside ourselves, so that both have the same features of the same dependencies, built once.
    command.args(["--package", name, "--package", env!("CARGO_PKG_NAME"), "--bin", name]);
    built(command, name)
}

/// Builds package `name`, an own workspace in `folder` of the checkout, for the devices' own target,
/// with more words for cargo; gives its program.
///
/// # Errors
/// As [`build`], or when no compiler here has that target.
pub fn build_bare_metal(folder: &str, name: &str, more: &[&str]) -> Result<PathBuf, BoardError> {
    let root = workspace()?;
    let toolchain = toolchain_for(BARE_METAL)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| root.join("target")).join("bare-metal");
    let mut command = untold("cargo".into());
    // Which compiler runs us says nothing about the one for the device.
    command.env_remove("CARGO").env_remove("RUSTC");
    if let Some(toolchain) = toolchain {
        command.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    command.args(["build", "--locked", "--target", BARE_METAL]).args(more);
    command.current_dir(root.join(folder));
    // Absolute: cargo runs in another folder than we do.
    command.arg("--target-dir").arg(std::path::absolute(&target).unwrap_or(target));
    built(command, name)
}

/// The target of every device port.
const BARE_METAL: &str = "riscv32imc-unknown-none-elf";
/// The toolchain that `ci/riscv-toolchain.sh` makes where rustup cannot add the target.
const DEBIAN: &str = "debian";

/// The toolchain that has `target`: the current one, or Debian's.
fn toolchain_for(target: &str) -> Result<Option<&'static str>, BoardError> {
    for toolchain in [None, Some(DEBIAN)] {
        let mut command = Command::new("rustc");
        command.args(["--print", "target-libdir", "--target", target]);
        command.env_remove("RUSTC");
        if let Some(toolchain) = toolchain {
            command.env("RUSTUP_TOOLCHAIN", toolchain);
        }
        let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output();
        let folder = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let core = folder.ok().and_then(|folder| std::fs::read_dir(folder).ok());
        let mut files = core.into_iter().flatten().flatten();
        if files.any(|file| file.file_name().to_string_lossy().starts_with("libcore-")) {
            return Ok(toolchain);
        }
    }
    Err(BoardError(format!("no compiler here builds for {target}: `rustup target add {target}`")))
}

/// Runs `command`, a `cargo build` of package `name` but for how it reports.
fn built(mut command: Command, name: &str) -> Result<PathBuf, BoardError> {
    command.args(["--release", "--quiet", "--message-format=json-render-diagnostics"]);
    let output = command.stdin(Stdio::null()).output().map_err(|error| {
        BoardError(format!("cannot start {}: {error}", command.get_program().display()))
    })?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(BoardError(format!("building {name} failed:\n{}", tail(&said, 20))));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    program(&messages, name)
        .ok_or_else(|| BoardError(format!("cargo built no program for package {name}")))
}

/// The program in cargo's JSON messages.
fn program(messages: &str, name: &str) -> Option<PathBuf> {
    let parsed =
        messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    // The last one: a package's library and build script come before its program.
    parsed
        .filter(|message| message["target"]["name"] == name)
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back()
}

/// The checkout: the nearest directory upwards that holds the host port.
fn workspace() -> Result<PathBuf, BoardError> {
    let here = std::env::current_dir().map_err(|error| BoardError(error.to_string()))?;
    here.ancestors()
        .find(|dir| dir.join("firmware/ports/host/Cargo.toml").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| {
            BoardError(
                "no firmware sources above the current directory; name an image with --image"
                    .into(),
            )
        })
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<_> = text.lines().collect();
    all.get(all.len().saturating_sub(lines)..).unwrap_or_default().join("\n")
}
