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
use super::list::{Listed, Ready, Unready, What, list};
use super::schedule::{Finished, Lane, News, Progress, Schedule};
use super::snapshots::Snapshots;
use crate::baseline::Baseline;
use crate::bench::{Entry, Wanted};
use crate::board::{self, Board, Image, Spec};
use crate::check::sometimes::Sometimes;
use crate::cli::{BoardName, RunArgs};
use crate::report::event::{RunEvent, RunFinished, SuiteFinished, SuiteStarted};
use crate::report::{BoardImage, Reporters};
use crate::scenario::model::BoardKind;
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
    /// This machine cannot have one of the boards.
    pub board_missing: bool,
    /// What a bench file would say of boards that are in none.
    pub new_boards: Vec<Entry>,
}

/// Plays every run of `files` on the boards `wanted` that `args` asks for.
pub fn play(
    files: &[Arc<ScenarioFile>],
    wanted: &[Wanted],
    args: &RunArgs,
    baseline: Option<&Baseline>,
    out: PathBuf,
    reporters: &mut Reporters,
) -> Outcome {
    let start = Instant::now();
    let boards = make_ready(wanted, args, reporters);
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
    for group in boards.chunk_by(|one, next| one.is_attached() && next.is_attached()) {
        suite.on_boards(group, args, &mut schedule);
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
    let board_missing = boards.iter().any(|one| matches!(one.board, Err(Unready::Absent(_))));
    let ready = boards.iter().filter_map(|ready| ready.board.as_ref().ok());
    let new_boards = ready.filter_map(|(board, _)| board.entry_to_keep().cloned()).collect();
    let images = boards.into_iter().filter_map(image_of).collect();
    Outcome { results, findings, interrupted, images, board_missing, new_boards }
}

fn image_of(ready: Ready) -> Option<BoardImage> {
    let (_, image) = ready.board.ok()?;
    let path = image.path.map(|path| path.display().to_string());
    Some(BoardImage { board: ready.name, image: path, sha256: image.sha256 })
}

/// Makes every board ready that was asked for; those that are machines of their own side by side, since
/// flashing is mostly waiting.
fn make_ready(wanted: &[Wanted], args: &RunArgs, reporters: &mut Reporters) -> Vec<Ready> {
    let made: Vec<_> = wanted.iter().map(|wanted| make(wanted, args)).collect();
    for (Wanted { board, entry }, _) in wanted.iter().zip(&made).filter(|(_, made)| made.is_ok()) {
        let given = args.image.is_some();
        let doing = match board {
            BoardName::Host | BoardName::Qemu | BoardName::QemuEsp32c3 if !given => {
                "building the image of board"
            }
            BoardName::Serial(_) if given || entry.is_some() => "flashing board",
            BoardName::Serial(_) => "building an image for, and flashing, board",
            BoardName::Host | BoardName::Qemu | BoardName::QemuEsp32c3 => continue,
            BoardName::Sim | BoardName::Exec(_) => continue,
        };
        reporters.tell(RunEvent::Note(format!("{doing} {board}")));
    }
    let prepared: Vec<Prepared> = std::thread::scope(|scope| {
        let begin = |(wanted, made): (&Wanted, Made)| match wanted.board.kind() {
            BoardKind::Serial => Err(scope.spawn(|| prepare(made))),
            BoardKind::Sim
            | BoardKind::Host
            | BoardKind::Qemu
            | BoardKind::QemuEsp32c3
            | BoardKind::Exec => Ok(prepare(made)),
        };
        let begun: Vec<_> = wanted.iter().zip(made).map(begin).collect();
        let panicked = |panic| std::panic::resume_unwind(panic);
        let done = |begun: Result<_, std::thread::ScopedJoinHandle<'_, _>>| {
            begun.unwrap_or_else(|thread| thread.join().unwrap_or_else(panicked))
        };
        begun.into_iter().map(done).collect()
    });
    let ready = |(Wanted { board: name, .. }, board): (&Wanted, Prepared)| {
        if let Some(note) = board.as_ref().ok().and_then(|(board, _)| board.note()) {
            reporters.tell(RunEvent::Note(note));
        }
        let real = board.as_ref().is_ok_and(|(board, _)| !board.spec().virtual_clock());
        // Without one each run makes its own, or says why it cannot.
        let authority = if real { Authority::new().ok() } else { None };
        Ready { name: name.word().into_owned(), kind: name.kind(), board, authority }
    };
    wanted.iter().zip(prepared).map(ready).collect()
}

/// A board of which nothing was done yet.
type Made = Result<Box<dyn Board>, Unready>;
/// A board with what it runs.
type Prepared = Result<(Arc<dyn Board>, Image), Unready>;

fn make(Wanted { board, entry }: &Wanted, args: &RunArgs) -> Made {
    let spec = Spec::of(board).map_err(Unready::Broken)?;
    let board = board::board(spec, entry.clone(), args);
    board.absent().map_or(Ok(board), |why| Err(Unready::Absent(why)))
}

fn prepare(made: Made) -> Prepared {
    let mut board = made?;
    let image = board.prepare().map_err(Unready::Broken)?;
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

    /// Plays every run of some boards side by side, a lane for each.
    fn on_boards(&mut self, boards: &[Ready], args: &RunArgs, schedule: &mut Schedule) {
        let begin = Instant::now();
        let (mut lanes, mut idle) = (Vec::new(), Vec::new());
        let mut queue = Queue::default();
        for ready in boards {
            let mut plans = Vec::new();
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
            if !plans.is_empty() {
                lanes.push(Lane::of(plans, jobs(ready, args)));
            } else if let Ok((board, _)) = &ready.board {
                board.rest();
            }
        }
        let played = !lanes.is_empty();
        idle.into_iter().for_each(|over| self.over(&mut queue, over));
        let mut simulated = Duration::ZERO;
        self.flush(&mut queue);
        schedule.play(lanes, &mut |progress| match progress {
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
        let on_virtual_time = |ready: &Ready| {
            ready.board.as_ref().is_ok_and(|(board, _)| board.spec().virtual_clock())
        };
        if played && boards.iter().all(on_virtual_time) {
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
    // There is one of each board that is a thing.
    if ready.is_attached() { own() } else { args.jobs.map_or_else(own, usize::from) }
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
