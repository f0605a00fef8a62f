//! `summary.md`: what a reviewer reads on the job's page.

use std::fmt::{self, Write};

use super::event::RunFinished;
use super::overview::Overview;
use crate::verdict::{Results, Totals, Verdict};

/// Failures shown in full; the rest are in junit.xml.
const SHOWN_MAX: usize = 20;

/// The whole page.
///
/// # Errors
/// None in practice: it writes to a string.
pub fn summary(runs: &[RunFinished], results: &Results) -> Result<String, fmt::Error> {
    let mut out = String::new();
    writeln!(out, "## Scenarios\n")?;
    writeln!(out, "{}\n", counts(&results.totals))?;
    let overview = Overview::of(runs);
    if !overview.rows.is_empty() {
        // A command may be a pipe.
        let boards: Vec<_> = overview.boards.iter().map(|name| name.replace('|', "\\|")).collect();
        writeln!(out, "| scenario | {} |", boards.join(" | "))?;
        writeln!(out, "| --- |{}", " --- |".repeat(overview.boards.len()))?;
        for (id, cells) in &overview.rows {
            let cell = |board: &&str| cells.get(*board).map(ToString::to_string);
            let cells = overview.boards.iter().map(|board| cell(board).unwrap_or_default());
            writeln!(out, "| {id} | {} |", cells.collect::<Vec<_>>().join(" | "))?;
        }
    }
    known(&mut out, runs, results)?;
    let bad: Vec<&RunFinished> = runs.iter().filter(|run| is_bad(run)).collect();
    for run in bad.iter().take(SHOWN_MAX) {
        block(&mut out, run)?;
    }
    if bad.len() > SHOWN_MAX {
        writeln!(out, "\n{} more are in junit.xml.", bad.len() - SHOWN_MAX)?;
    }
    Ok(out)
}

/// What the baseline explains, and what it gets wrong.
fn known(out: &mut String, runs: &[RunFinished], results: &Results) -> fmt::Result {
    let known = runs.iter().filter_map(|run| Some((run, run.result.known.as_ref()?)));
    for (n, (run, why)) in known.enumerate() {
        writeln!(
            out,
            "{}- known: {} {}: {why}",
            if n == 0 { "\n" } else { "" },
            run.result.verdict,
            run.run
        )?;
    }
    for (n, finding) in results.baseline.iter().flatten().enumerate() {
        writeln!(out, "{}- baseline: {finding}", if n == 0 { "\n" } else { "" })?;
    }
    Ok(())
}

/// Whether somebody has to look at it.
pub fn is_bad(run: &RunFinished) -> bool {
    if run.result.known.is_some() {
        return false;
    }
    match run.result.verdict {
        Verdict::Pass | Verdict::Warn | Verdict::Skip => false,
        Verdict::Inconclusive | Verdict::Fail | Verdict::Infra => true,
    }
}

fn counts(totals: &Totals) -> String {
    let counts = [
        (totals.pass, "pass"),
        (totals.warn, "warn"),
        (totals.fail, "**fail**"),
        (totals.inconclusive, "inconclusive"),
        (totals.skip, "skip"),
        (totals.infra, "infra"),
    ];
    let shown = counts.iter().filter(|(n, word)| *n > 0 || *word == "pass");
    shown.map(|(n, word)| format!("{n} {word}")).collect::<Vec<_>>().join(" · ")
}

fn block(out: &mut String, run: &RunFinished) -> fmt::Result {
    writeln!(out, "\n### {}: {}\n", run.result.verdict, run.run)?;
    writeln!(out, "{}\n", run.title)?;
    if let Some(reason) = &run.result.reason {
        writeln!(out, "{reason}\n")?;
    }
    writeln!(out, "```text")?;
    for line in &run.last {
        // Nothing recorded may end the block.
        writeln!(out, "{}", line.replace("```", "'''"))?;
    }
    writeln!(out, "reproduce: {}", run.result.repro)?;
    writeln!(out, "```")
}
