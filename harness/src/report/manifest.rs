//! `run.json`: everything a run depended on, and what came of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Serialize;

use super::event::RunFinished;
use super::wall::Wall;
use crate::cli::RunArgs;
use crate::verdict::Results;

/// The document.
///
/// The rule: within one [`Manifest::SCHEMA`] keys may be added and never change their meaning; a
/// reader ignores keys it does not know and refuses another schema.
#[derive(Debug, Serialize)]
pub struct Manifest {
    schema: &'static str,
    started: String,
    ended: String,
    command: Vec<String>,
    seed: u64,
    git: Option<Git>,
    tools: Vec<Tool>,
    machine: Machine,
    boards: Vec<BoardImage>,
    /// The same document as `--format json`, with where each run was recorded.
    results: Results,
    runs: Vec<Recorded>,
    interrupted: bool,
}

/// The revision of the directory that the command was given in.
#[derive(Debug, Serialize)]
struct Git {
    revision: String,
    /// Something was changed and not committed.
    changed: bool,
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: String,
}

#[derive(Debug, Serialize)]
struct Machine {
    os: &'static str,
    arch: &'static str,
    cores: usize,
}

/// What a board ran.
#[derive(Clone, Debug, Serialize)]
pub struct BoardImage {
    /// Board, as `--board` takes it.
    pub board: String,
    /// The image file, where there is one.
    pub image: Option<String>,
    /// Its SHA-256, in hex.
    pub sha256: String,
}

/// Where one run is, and what only this folder may know.
#[derive(Debug, Serialize)]
struct Recorded {
    id: String,
    board: String,
    variant: String,
    repeat: u32,
    /// The seed derived from the base seed (decision 20).
    run_seed: u64,
    took_ms: u64,
    /// Below the run folder; null when nothing was recorded.
    folder: Option<String>,
    /// What the device measured of itself last, by gauge (the unit ends its name); absent where it
    /// measured nothing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    gauges: BTreeMap<String, u64>,
}

/// What the command was, as the manifest needs it.
pub struct About<'a> {
    /// Its flags.
    pub args: &'a RunArgs,
    /// When it started.
    pub start: Wall,
    /// What each board ran.
    pub boards: Vec<BoardImage>,
    /// Ctrl-C ended it early.
    pub interrupted: bool,
}

impl Manifest {
    /// Name and version of the document.
    pub const SCHEMA: &str = "kvs-scenario-run/1";

    /// Of the runs that ended, recorded below `root`.
    pub fn new(about: About<'_>, results: Results, runs: &[RunFinished], root: &Path) -> Self {
        Self {
            schema: Self::SCHEMA,
            started: about.start.rfc3339(),
            ended: Wall::now().rfc3339(),
            command: std::env::args().collect(),
            seed: about.args.seed.unwrap_or(0),
            git: git(),
            tools: tools(),
            machine: Machine {
                os: std::env::consts::OS,
                arch: std::env::consts::ARCH,
                cores: std::thread::available_parallelism().map_or(1, usize::from),
            },
            boards: about.boards,
            results,
            runs: runs.iter().map(|run| Recorded::of(run, root)).collect(),
            interrupted: about.interrupted,
        }
    }

    /// As it is written.
    ///
    /// # Errors
    /// None in practice: it is plain data.
    pub fn text(&self) -> serde_json::Result<String> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }
}

impl Recorded {
    fn of(run: &RunFinished, root: &Path) -> Self {
        let below = |folder: &std::path::PathBuf| {
            folder.strip_prefix(root).unwrap_or(folder).display().to_string()
        };
        Self {
            id: run.run.id.clone(),
            board: run.run.board.clone(),
            variant: run.run.variant.clone(),
            repeat: run.run.repeat,
            run_seed: run.seed,
            took_ms: u64::try_from(run.took.as_millis()).unwrap_or(u64::MAX),
            folder: run.folder.as_ref().map(below),
            gauges: run.gauges.clone(),
        }
    }
}

fn git() -> Option<Git> {
    let revision = said(&["rev-parse", "HEAD"])?;
    let changed = said(&["status", "--porcelain"]).is_some_and(|lines| !lines.is_empty());
    Some(Git { revision, changed })
}

fn said(words: &[&str]) -> Option<String> {
    let asked =
        Command::new("git").args(words).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    asked.status.success().then(|| String::from_utf8_lossy(&asked.stdout).trim().to_owned())
}

/// The first line that a program says of itself.
pub fn version(program: &str) -> Option<String> {
    let asked = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&asked.stdout);
    asked.status.success().then(|| text.lines().next().unwrap_or_default().to_owned())
}

fn tools() -> Vec<Tool> {
    let scenario = Tool { name: "scenario", version: env!("CARGO_PKG_VERSION").to_owned() };
    let others = ["cargo", "rustc"]
        .into_iter()
        .filter_map(|name| version(name).map(|version| Tool { name, version }));
    std::iter::once(scenario).chain(others).collect()
}
