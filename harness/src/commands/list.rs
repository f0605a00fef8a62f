//! `scenario list`

use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use super::{library, show};
use crate::board::Spec;
use crate::cli::ListArgs;
use crate::scenario::ScenarioFile;
use crate::scenario::needs::{self, NeededBy};
use crate::verdict::{EXIT_PASS, EXIT_USAGE};

/// One scenario as `--json` shows it.
#[derive(Serialize)]
struct Listed {
    id: String,
    title: String,
    severity: &'static str,
    tags: Vec<String>,
    variants: usize,
    /// Boards that can run it.
    boards: Vec<String>,
    /// What it needs of a board to run at all.
    needs: Vec<String>,
}

/// Lists scenarios; invalid files are shown, and cost the exit code, but do not hide the others.
pub fn list(args: &ListArgs) -> io::Result<u8> {
    let loaded = library()?.load(&args.scenarios);
    let boards = Spec::built_in().map_err(io::Error::other)?;
    let wanted = |file: &&Arc<ScenarioFile>| {
        args.filter.as_ref().is_none_or(|filter| filter.fits(&file.id, file.scenario()))
    };
    let listed: Vec<Listed> =
        loaded.files.iter().filter(wanted).map(|file| describe(file, &boards)).collect();
    if args.json {
        serde_json::to_writer_pretty(io::stdout(), &listed)?;
        writeln!(io::stdout())?;
    } else {
        table(&listed)?;
    }
    let errors: Vec<_> = loaded.problems.into_iter().filter(|problem| problem.is_error()).collect();
    show(&errors)?;
    Ok(if errors.is_empty() { EXIT_PASS } else { EXIT_USAGE })
}

fn describe(file: &ScenarioFile, boards: &[Spec]) -> Listed {
    let scenario = file.scenario();
    let mut needed: Vec<String> = file
        .variants
        .iter()
        .flat_map(|variant| needs::of_scenario(&variant.scenario))
        .filter(|need| matches!(need.of, NeededBy::Run(_)))
        .map(|need| need.name)
        .collect();
    needed.sort();
    needed.dedup();
    let able = |board: &&Spec| needed.iter().all(|need| board.meets(need));
    Listed {
        id: file.id.clone(),
        title: scenario.title.clone(),
        severity: scenario.severity.word(),
        tags: scenario.tags.clone(),
        variants: file.variants.len(),
        boards: boards.iter().filter(able).map(|board| board.name.clone()).collect(),
        needs: needed,
    }
}

fn table(listed: &[Listed]) -> io::Result<()> {
    let mut rows = vec![["ID", "SEVERITY", "BOARDS", "RUNS", "TAGS", "NEEDS"].map(str::to_owned)];
    rows.extend(listed.iter().map(|one| {
        [
            one.id.clone(),
            one.severity.to_owned(),
            one.boards.join(","),
            one.variants.to_string(),
            one.tags.join(","),
            one.needs.join(","),
        ]
    }));
    let widths: Vec<usize> =
        (0..6).map(|n| rows.iter().map(|row| row[n].chars().count()).max().unwrap_or(0)).collect();
    let mut out = io::stdout().lock();
    for (n, row) in rows.iter().enumerate() {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
        if let Some(one) = n.checked_sub(1).and_then(|n| listed.get(n)) {
            writeln!(out, "    {}", one.title)?;
        }
    }
    let variants: usize = listed.iter().map(|one| one.variants).sum();
    writeln!(out, "{} scenarios, {variants} variants", listed.len())
}
