//! `scenario run`: boards made ready, runs played and judged, everything told to the reporters.
//!
//! The order in which runs are told is stable: board after board, and on each in the list's order,
//! whatever finished first.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use mock_kvs::Authority;
use tokio::time::Instant;

use super::conclude::Concluded;
use super::coverage::Coverage;
use super::interrupt;
use super::list::{Listed, Ready, What, list};
use super::schedule::{Finished, News, Progress, Schedule};
use super::snapshots::Snapshots;
use crate::baseline::Baseline;
use crate::board::{self, Board, BoardError, Image, Spec};
use crate::check::sometimes::Sometimes;
use crate::cli::{BoardName, RunArgs};
use crate::report::event::{RunEvent, RunFinished, SuiteFinished, SuiteStarted};
use crate::report::{BoardImage, Reporters};
use crate::scenario::select::boards;
use crate::scenario::{ScenarioFile, describe};
use crate::verdict::{CheckResult, RunResult, Totals, Verdict};

/// What a suite came to.
pub struct Outcome {
    /// Every result, in the list's order.
    pub results: Vec<RunResult>,
    /// What the results say against the baseline, if there is one.
    pub findings: Option<Vec<String>>,
    /// Ctrl-C ended it early.
    pub interrupted: bool,
    /// What each board ran.
    pub images: Vec<BoardImage>,
}

/// Plays every run of `files` that `args` asks for.
pub fn play(
    files: &[Arc<ScenarioFile>],
    args: &RunArgs,
    baseline: Option<&Baseline>,
    out: PathBuf,
    reporters: &mut Reporters,
) -> Outcome {
    let start = Instant::now();
    let boards = make_ready(args, reporters);
    let runs = list(files, &boards, args);
    let (sender, news) = mpsc::channel();
    let to_main = sender.clone();
    let cancel = interrupt::listen(move || {
        // The suite may be over already.
        let _ = to_main.send(News::Interrupted);
    });
    let mut schedule = Schedule::new(cancel, news, sender);
    let coverage = Coverage::of(&runs, args);
    let snapshots = Snapshots::of(&runs, args.snapshots.into());
    let mut suite =
        Suite { results: vec![None; runs.len()], runs, coverage, snapshots, reporters, baseline };
    suite.announce(&boards, args, out);
    for ready in &boards {
        suite.on_board(ready, args, &mut schedule);
    }
    for line in suite.snapshots.settle() {
        suite.reporters.tell(RunEvent::Note(line));
    }
    let results: Vec<_> = suite.results.into_iter().flatten().collect();
    let totals: Totals = results.iter().map(|result| result.verdict).collect();
    let interrupted = schedule.interrupted;
    // A run that was cut short says nothing of what it did not come to.
    let findings = baseline.filter(|_| !interrupted).map(|baseline| baseline.findings(&results));
    for finding in findings.iter().flatten() {
        reporters.tell(RunEvent::Note(format!("baseline: {finding}")));
    }
    reporters.tell(RunEvent::SuiteFinished(SuiteFinished {
        totals,
        took: start.elapsed(),
        interrupted,
    }));
    let images = boards.into_iter().filter_map(image_of).collect();
    Outcome { results, findings, interrupted, images }
}

fn image_of(ready: Ready) -> Option<BoardImage> {
    let (_, image) = ready.board.ok()?;
    let path = image.path.map(|path| path.display().to_string());
    Some(BoardImage { board: ready.name, image: path, sha256: image.sha256 })
}

/// Makes every board ready that was asked for.
fn make_ready(args: &RunArgs, reporters: &mut Reporters) -> Vec<Ready> {
    let boards = boards(args).into_iter();
    boards
        .map(|board| {
            let (name, kind) = (board.word().into_owned(), board.kind());
            if matches!(board, BoardName::Host | BoardName::Qemu) && args.image.is_none() {
                reporters.tell(RunEvent::Note(format!("building the image of board {name}")));
            }
            let board = ready(&board, args);
            let real = board.as_ref().is_ok_and(|(board, _)| !board.spec().virtual_clock());
            // Without one each run makes its own, or says why it cannot.
            let authority = if real { Authority::new().ok() } else { None };
            Ready { name, kind, board, authority }
        })
        .collect()
}

fn ready(name: &BoardName, args: &RunArgs) -> Result<(Arc<dyn Board>, Image), BoardError> {
    let spec = Spec::of(name)?;
    let mut board = board::board(spec, args);
    let image = board.prepare()?;
    Ok((Arc::from(board), image))
}

struct Suite<'a> {
    runs: Vec<Listed>,
    results: Vec<Option<RunResult>>,
    coverage: Coverage,
    snapshots: Snapshots,
    reporters: &'a mut Reporters,
    baseline: Option<&'a Baseline>,
}

/// A run that is over, waiting for those before it to be told.
struct Over {
    run: usize,
    result: RunResult,
    seen: Vec<(Sometimes, bool)>,
    last: Vec<String>,
    took: Duration,
    seed: u64,
    folder: Option<PathBuf>,
    gauges: BTreeMap<String, u64>,
    /// The top-level step that was not met, from 1; 0 when all were.
    failed_step: usize,
}

impl Suite<'_> {
    fn announce(&mut self, boards: &[Ready], args: &RunArgs, out: PathBuf) {
        let mut scenarios: Vec<_> = self.runs.iter().map(|run| &run.label.id).collect();
        scenarios.dedup();
        let most = boards.iter().map(|ready| jobs(ready, args)).max();
        let started = SuiteStarted {
            runs: self.runs.len(),
            scenarios: scenarios.len(),
            boards: boards.iter().map(|ready| ready.name.clone()).collect(),
            seed: args.seed.unwrap_or(0),
            jobs: most.unwrap_or(1),
            out,
        };
        self.reporters.tell(RunEvent::SuiteStarted(started));
    }

    /// Plays every run of one board.
    fn on_board(&mut self, ready: &Ready, args: &RunArgs, schedule: &mut Schedule) {
        let begin = Instant::now();
        let (mut plans, mut idle) = (Vec::new(), Vec::new());
        let mut queue = Queue::default();
        for (index, run) in self.runs.iter().enumerate() {
            if run.label.board != ready.name {
                continue;
            }
            queue.order.push(index);
            let over = match &run.what {
                What::Play(plan) => {
                    plans.push((**plan).clone());
                    continue;
                }
                What::Skip(why) => unplayed(index, run, Verdict::Skip, why, args),
                What::Broken(why) => unplayed(index, run, Verdict::Infra, why, args),
            };
            idle.push(over);
        }
        idle.into_iter().for_each(|over| self.over(&mut queue, over));
        let mut simulated = Duration::ZERO;
        self.flush(&mut queue);
        let count = plans.len();
        schedule.play(plans, jobs(ready, args), &mut |progress| match progress {
            Progress::Started(plan) => {
                let label = self.runs[plan.number].label.clone();
                self.reporters.tell(RunEvent::RunStarted(label));
            }
            Progress::Step(number, step) => self.step(number, step),
            Progress::Retried(plan, late) => {
                let label = &self.runs[plan.number].label;
                let note = format!(
                    "{label}: this machine was too busy to judge it (a timer {} ms late); \
                     it comes again, alone",
                    late.as_millis()
                );
                self.reporters.tell(RunEvent::Note(note));
            }
            Progress::Finished(finished) => {
                simulated += finished.concluded.simulated;
                let over = self.kept(*finished);
                self.over(&mut queue, over);
                self.flush(&mut queue);
            }
        });
        // What was never started leaves gaps when the suite was interrupted.
        queue.order.retain(|index| queue.over.contains_key(index));
        self.flush(&mut queue);
        let is_virtual =
            ready.board.as_ref().is_ok_and(|(board, _)| board.spec().virtual_clock()) && count > 0;
        if is_virtual {
            self.reporters.tell(RunEvent::Note(speed(simulated, begin.elapsed())));
        }
    }

    fn step(&mut self, number: usize, step: usize) {
        let run = &self.runs[number];
        let steps = &run.scenario.steps;
        let text = steps.get(step.saturating_sub(1)).map(describe::step);
        self.reporters.tell(RunEvent::StepReached {
            run: run.label.clone(),
            step,
            of: steps.len(),
            text: text.unwrap_or_default(),
        });
    }

    fn kept(&mut self, finished: Finished) -> Over {
        let Finished { plan, concluded, took } = finished;
        let Concluded { judged, kept, section, failed_step, gauges, .. } = concluded;
        let run = &self.runs[plan.number];
        let folder = self.reporters.keep(&run.label, &kept);
        let (mut result, seen, last) = (judged.result, judged.seen, judged.last);
        if let Some(check) = section.and_then(|new| self.snapshots.compare(run, new)) {
            result.checks.push(check);
            (result.verdict, result.reason) = RunResult::conclude(&result.checks);
        }
        let (run, seed) = (plan.number, plan.seed);
        Over { run, result, seen, last, took, seed, folder, gauges, failed_step }
    }

    fn over(&mut self, queue: &mut Queue, over: Over) {
        let run = self.runs[over.run].label.clone();
        self.reporters.tell(RunEvent::RunOver { run, verdict: over.result.verdict });
        queue.over.insert(over.run, over);
    }

    /// Tells what is over as far as nothing before it is still to come.
    fn flush(&mut self, queue: &mut Queue) {
        while let Some(over) = queue.order.get(queue.told).and_then(|run| queue.over.remove(run)) {
            queue.told += 1;
            let run = &self.runs[over.run];
            let mut result = over.result;
            self.coverage.over(run, &over.seen, &mut result);
            if let Some(baseline) = self.baseline {
                baseline.mark(&mut result);
            }
            let finished = RunFinished {
                run: run.label.clone(),
                result: result.clone(),
                title: run.scenario.title.as_str().into(),
                file: (run.file.text.name.clone(), run.file.line_of_step(over.failed_step)),
                last: over.last,
                took: over.took,
                seed: over.seed,
                folder: over.folder,
                gauges: over.gauges,
            };
            self.results[over.run] = Some(result);
            self.reporters.tell(RunEvent::RunFinished(Box::new(finished)));
        }
    }
}

/// The runs of one board in the order they are told, and those that are over.
#[derive(Default)]
struct Queue {
    order: Vec<usize>,
    told: usize,
    over: BTreeMap<usize, Over>,
}

fn jobs(ready: &Ready, args: &RunArgs) -> usize {
    let own = || ready.board.as_ref().map_or(1, |(board, _)| board.spec().jobs());
    args.jobs.map_or_else(own, usize::from)
}

/// The result of a run that was not played.
fn unplayed(number: usize, run: &Listed, verdict: Verdict, why: &str, args: &RunArgs) -> Over {
    let checks = vec![CheckResult::new("board", verdict, "a board that can do this", why)];
    let result = RunResult {
        id: run.label.id.clone(),
        board: run.label.board.clone(),
        variant: run.label.variant.clone(),
        seed: args.seed.unwrap_or(0),
        repeat: run.label.repeat,
        verdict,
        reason: Some(why.to_owned()),
        checks,
        duration_ms: 0,
        recovery_ms: None,
        repro: run.repro.clone(),
        known: None,
    };
    Over {
        run: number,
        result,
        seen: Vec::new(),
        last: Vec::new(),
        took: Duration::ZERO,
        seed: run.seed,
        folder: None,
        gauges: BTreeMap::new(),
        failed_step: 0,
    }
}

/// How fast virtual time went: the figure of `sim`.
fn speed(simulated: Duration, took: Duration) -> String {
    let hours = simulated.as_secs_f64() / 3_600.0;
    let seconds = took.as_secs_f64().max(1e-6);
    let rate = hours / (seconds / 3_600.0);
    format!("simulated {hours:.1} h in {seconds:.2} s: {} h/h", thousands(rate))
}

/// `123,000`: three figures that count.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
