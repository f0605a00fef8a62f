//! `scenario run`.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::baseline::Baseline;
use crate::bench::{self, Wanted, is_on_the_desk};
use crate::board::serial::WITHOUT_BOARDS;
use crate::cli::{BoardName, Deny, RunArgs, Snapshots};
use crate::report::event::RunEvent;
use crate::report::{Reporters, RunFolder, Wall};
use crate::runner::suite;
use crate::scenario::ScenarioFile;
use crate::scenario::filter::Filter;
use crate::scenario::select::select;
use crate::snapshot;
use crate::verdict::{
    EXIT_INFRA, EXIT_INTERRUPTED, EXIT_USAGE, Ending, RunResult, Totals, Verdict,
};

/// What a board on the desk is tried with.
const SMOKE: &str = "tag:smoke";

/// Runs what the command line asks for, and reports it.
///
/// # Errors
/// When something could not be printed.
pub fn run(args: &RunArgs) -> io::Result<u8> {
    let wanted = match bench::wanted(args) {
        Ok(wanted) => wanted,
        Err(error) => {
            super::diagnose(&error)?;
            return Ok(EXIT_USAGE);
        }
    };
    let attached = |wanted: &Wanted| matches!(wanted.board, BoardName::Serial(_));
    if !cfg!(feature = "boards") && wanted.iter().any(attached) {
        writeln!(io::stderr(), "scenario: {WITHOUT_BOARDS}")?;
        return Ok(EXIT_INFRA);
    }
    let desk = on_the_desk(args, &wanted)?;
    run_on(&wanted, desk.as_ref().unwrap_or(args))
}

fn run_on(wanted: &[Wanted], args: &RunArgs) -> io::Result<u8> {
    let library = super::library()?;
    let files = match library.load(&args.scenarios).checked() {
        Ok(files) => files,
        Err(problems) => {
            super::show(&problems)?;
            return Ok(EXIT_USAGE);
        }
    };
    let files = match select(&files, args) {
        Ok(files) => files,
        Err(error) => {
            super::diagnose(&error)?;
            return Ok(EXIT_USAGE);
        }
    };
    if args.netns && !args.boards.iter().any(|board| matches!(board, BoardName::Exec(_))) {
        writeln!(io::stderr(), "scenario: --netns is for a board `exec:COMMAND`; none is named")?;
        return Ok(EXIT_USAGE);
    }
    let start = Wall::now();
    let baseline = match args.baseline.as_deref().map(|path| Baseline::read(path, start)) {
        None => None,
        Some(Ok(baseline)) => Some(baseline),
        Some(Err(error)) => {
            super::diagnose(&error)?;
            return Ok(EXIT_USAGE);
        }
    };
    let out = RunFolder::place(args.out.as_deref(), args.seed.unwrap_or(0), start);
    let mut reporters = Reporters::new(args, &out, start);
    if files.is_empty() {
        writeln!(io::stderr(), "scenario: nothing to run: no scenario fits")?;
    }
    let outcome = suite::play(&files, wanted, args, baseline.as_ref(), out, &mut reporters);
    let stray = stray_snapshots(&files, args, library.root());
    for path in &stray {
        let note = format!("snapshot beside no scenario: {}; remove it", path.display());
        reporters.tell(RunEvent::Note(note));
    }
    let counts = |result: &RunResult| match &result.known {
        Some(_) => Verdict::Pass,
        None => result.verdict,
    };
    let totals: Totals = outcome.results.iter().map(counts).collect();
    let baseline_wrong = outcome.findings.iter().flatten().next().is_some();
    let unkept = reporters.finish(args, outcome.images, outcome.findings, outcome.interrupted)?;
    if let Some(error) = &unkept {
        super::diagnose(error)?;
    }
    for entry in &outcome.new_boards {
        super::boards::offer(entry, args.bench.file.as_deref())?;
    }
    let ending = Ending {
        interrupted: outcome.interrupted,
        deny_warn: args.deny.contains(&Deny::Warn),
        allow_skip: args.allow_skip,
        snapshot_changed: !stray.is_empty(),
        baseline_wrong,
        board_missing: outcome.board_missing,
        ..Ending::default()
    };
    let code = ending.exit_code(&totals);
    // What could not be recorded is infrastructure, whatever the verdicts.
    Ok(if unkept.is_some() && code != EXIT_INTERRUPTED { EXIT_INFRA } else { code })
}

/// A board on the desk and no word of what to run: the scenarios that show whether it works at all.
fn on_the_desk(args: &RunArgs, wanted: &[Wanted]) -> io::Result<Option<RunArgs>> {
    let named = !args.scenarios.is_empty() || args.filter.is_some();
    let on_desk = |wanted: &Wanted| match &wanted.board {
        BoardName::Serial(which) => is_on_the_desk(which),
        BoardName::Sim
        | BoardName::Host
        | BoardName::Qemu
        | BoardName::QemuEsp32c3
        | BoardName::Exec(_) => false,
    };
    let smoke = SMOKE.parse::<Filter>().ok().filter(|_| !named && wanted.iter().all(on_desk));
    let Some(smoke) = smoke else { return Ok(None) };
    writeln!(io::stderr(), "scenario: no scenario is named: those with {SMOKE} are run")?;
    Ok(Some(RunArgs { filter: Some(smoke), ..args.clone() }))
}

/// Snapshots that belong to no scenario: errors of an unfiltered run only, since any other does not
/// know all scenarios.
fn stray_snapshots(
    files: &[Arc<ScenarioFile>],
    args: &RunArgs,
    root: Option<&Path>,
) -> Vec<PathBuf> {
    let unfiltered = args.scenarios.is_empty() && args.filter.is_none() && args.variant.is_none();
    let Some(root) = root.filter(|_| unfiltered && args.snapshots == Snapshots::Check) else {
        return Vec::new();
    };
    let known: BTreeSet<PathBuf> =
        files.iter().filter_map(|file| Path::new(&file.text.name).canonicalize().ok()).collect();
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    // A folder that cannot be listed was no trouble when its scenarios were.
    snapshot::unreferenced(&root, &known).unwrap_or_default()
}
