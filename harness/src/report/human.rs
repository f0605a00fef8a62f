//! For people: progress while it goes on, about a dozen lines for each failure, a table at the end.

use std::io::{self, Write};
use std::time::Duration;

use tokio::time::Instant;

use super::event::{RunEvent, RunFinished, SuiteFinished, SuiteStarted};
use super::heartbeat::Heartbeat;
use super::overview::Overview;
use super::progress::Progress;
use crate::verdict::{CheckResult, Totals, Verdict};

/// Writes to a terminal, or to a file as plain lines.
pub struct Human<W> {
    out: W,
    colours: bool,
    progress: Option<Progress>,
    /// Every finished run gets a line of its own; a terminal shows progress instead.
    lines: Option<Heartbeat>,
}

impl<W: Write> Human<W> {
    /// Plain lines.
    pub fn plain(out: W, colours: bool) -> Self {
        Self { out, colours, progress: None, lines: Some(Heartbeat::new(Instant::now())) }
    }

    /// With a progress bar, and only what is worth reading above it.
    pub fn terminal(out: W, colours: bool) -> Self {
        Self { out, colours, progress: Some(Progress::new(colours)), lines: None }
    }

    /// Shows one event. `finished` holds every run that ended so far, the newest last.
    ///
    /// # Errors
    /// Those of the output.
    pub fn show(&mut self, event: &RunEvent, finished: &[RunFinished]) -> io::Result<()> {
        if let Some(progress) = &mut self.progress {
            progress.follow(event);
        }
        if let Some(line) = self.lines.as_mut().and_then(|beat| beat.follow(event, Instant::now()))
        {
            self.print(&line)?;
        }
        match event {
            RunEvent::SuiteStarted(started) => self.started(started),
            RunEvent::RunStarted(_) | RunEvent::StepReached { .. } | RunEvent::RunOver { .. } => {
                Ok(())
            }
            RunEvent::RunFinished(run) => self.finished(run),
            RunEvent::Note(text) => self.print(&format!("{text}\n")),
            RunEvent::SuiteFinished(end) => self.end(end, finished),
        }
    }

    /// Above the bar, if there is one.
    fn print(&mut self, text: &str) -> io::Result<()> {
        let Self { out, progress, .. } = self;
        match progress {
            Some(progress) => progress.above(|| {
                out.write_all(text.as_bytes())?;
                out.flush()
            }),
            None => out.write_all(text.as_bytes()),
        }
    }

    fn paint(&self, verdict: Verdict, text: &str) -> String {
        if !self.colours {
            return text.to_owned();
        }
        let colour = match verdict {
            Verdict::Pass => 32,
            Verdict::Warn | Verdict::Inconclusive => 33,
            Verdict::Fail => 31,
            Verdict::Skip => 90,
            Verdict::Infra => 35,
        };
        format!("\x1b[{colour}m{text}\x1b[0m")
    }

    fn started(&mut self, started: &SuiteStarted) -> io::Result<()> {
        let text = format!(
            "{} of {} on {}, seed {}, {} at a time\n",
            counted(started.runs, "run"),
            counted(started.scenarios, "scenario"),
            started.boards.join(" and "),
            started.seed,
            started.jobs,
        );
        self.print(&text)
    }

    fn finished(&mut self, run: &RunFinished) -> io::Result<()> {
        let verdict = run.result.verdict;
        let worth_reading = match verdict {
            Verdict::Pass | Verdict::Skip => false,
            Verdict::Warn | Verdict::Inconclusive | Verdict::Fail | Verdict::Infra => true,
        };
        if let Some(known) = &run.result.known {
            let line = format!("{}: known: {known}\n", self.head(run));
            return self.print(&line);
        }
        if worth_reading {
            let block = self.block(run);
            return self.print(&block);
        }
        if self.lines.is_some() {
            let mut line = self.head(run);
            if let (Verdict::Skip, Some(reason)) = (verdict, &run.result.reason) {
                line.push_str(&format!(": {reason}"));
            }
            line.push('\n');
            return self.print(&line);
        }
        Ok(())
    }

    /// `FAIL  reconnect/cut [sim] cut_at=50%`
    fn head(&self, run: &RunFinished) -> String {
        let verdict = run.result.verdict;
        let word = verdict.word().to_uppercase();
        format!(
            "{}{} {}",
            self.paint(verdict, &word),
            " ".repeat(5_usize.saturating_sub(word.len())),
            run.run
        )
    }

    /// What was required, what happened, what came last, and how to repeat it.
    fn block(&self, run: &RunFinished) -> String {
        let mut lines = vec![self.head(run), format!("      {}", run.title)];
        let bad = |check: &&CheckResult| check.verdict == run.result.verdict;
        let mut checks = run.result.checks.iter().filter(bad);
        match checks.next() {
            Some(check) => {
                lines.push(format!("  required   {}: {}", check.id, check.required));
                lines.push(format!("  happened   {}", check.found));
            }
            None => lines.extend(run.result.reason.iter().map(|why| format!("  happened   {why}"))),
        }
        for (n, line) in run.last.iter().enumerate() {
            let title = if n == 0 { "  before it  " } else { "             " };
            lines.push(format!("{title}{line}"));
        }
        let others: Vec<String> = checks.map(|check| check.id.clone()).collect();
        if !others.is_empty() {
            lines.push(format!("  as well    {}", others.join(", ")));
        }
        lines.push(format!("  reproduce: {}", run.result.repro));
        if let Some(folder) = &run.folder {
            lines.push(format!("  recorded   {}", folder.display()));
        }
        lines.push(String::new());
        lines.iter().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    fn end(&mut self, end: &SuiteFinished, finished: &[RunFinished]) -> io::Result<()> {
        if let Some(progress) = self.progress.take() {
            progress.finish();
        }
        let mut text = self.table(finished);
        if self.lines.is_none() {
            text.push_str(&skipped(finished));
        }
        let counts = tally(&end.totals, |verdict, text| self.paint(verdict, &text));
        let cut_short = if end.interrupted { "interrupted: " } else { "" };
        text.push_str(&format!("\n{cut_short}{counts} in {}\n", brief(end.took)));
        self.print(&text)
    }

    fn table(&self, finished: &[RunFinished]) -> String {
        let overview = Overview::of(finished);
        if overview.rows.is_empty() {
            return String::new();
        }
        let width =
            overview.rows.iter().map(|(id, _)| id.chars().count()).max().unwrap_or(0).max(8);
        const COLUMN: usize = 16;
        let heads =
            overview.boards.iter().map(|board| format!("{:COLUMN$}", head(board, COLUMN - 2)));
        let head = format!("{:width$}  {}", "SCENARIO", heads.collect::<String>());
        let mut text = format!("\n{}\n", head.trim_end());
        for (id, cells) in &overview.rows {
            let mut line = format!("{id:width$}  ");
            let mut gap = 0;
            for board in &overview.boards {
                line.push_str(&" ".repeat(gap));
                let cell = cells.get(board).map(|cell| (cell.verdict, cell.to_string()));
                let length = cell.as_ref().map_or(0, |(_, word)| word.len());
                line.extend(cell.map(|(verdict, word)| self.paint(verdict, &word)));
                gap = COLUMN.saturating_sub(length);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A board's name over its column. A command is no word to be shouted, and may be long.
fn head(board: &str, room: usize) -> String {
    if !board.contains(':') {
        return board.to_uppercase();
    }
    if board.chars().count() <= room {
        return board.to_owned();
    }
    board.chars().take(room - 1).chain(['…']).collect()
}

/// Why runs were skipped, each reason once.
fn skipped(finished: &[RunFinished]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for run in finished.iter().filter(|run| run.result.verdict == Verdict::Skip) {
        let reason = run.result.reason.as_deref().unwrap_or("no reason given");
        let id = run.run.id.as_str();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, ids)) if ids.contains(&id) => {}
            Some((_, ids)) => ids.push(id),
            None => reasons.push((reason, vec![id])),
        }
    }
    let line =
        |(reason, ids): &(&str, Vec<&str>)| format!("skipped {}: {reason}\n", ids.join(", "));
    let lines: String = reasons.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// `12 pass, 1 fail`: passes always, the rest when there are any.
pub fn tally(totals: &Totals, paint: impl Fn(Verdict, String) -> String) -> String {
    let counts = [
        (Verdict::Pass, totals.pass),
        (Verdict::Warn, totals.warn),
        (Verdict::Fail, totals.fail),
        (Verdict::Inconclusive, totals.inconclusive),
        (Verdict::Skip, totals.skip),
        (Verdict::Infra, totals.infra),
    ];
    let told = counts.into_iter().filter(|(verdict, n)| *n > 0 || *verdict == Verdict::Pass);
    let told: Vec<String> =
        told.map(|(verdict, n)| paint(verdict, format!("{n} {}", verdict.word()))).collect();
    told.join(", ")
}

/// `3 runs`, `1 run`.
fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}

/// `12.3 s`, `2 min 5 s`.
pub fn brief(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
