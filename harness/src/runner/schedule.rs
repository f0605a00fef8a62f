//! Runs spread over threads: so many at once per board, one thread and one runtime each.
//!
//! Boards take their turns: `sim` keeps every core busy, and a board on real time must not compete
//! with it. Boards that are machines of their own play side by side, a lane for each.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::conclude::{Concluded, conclude};
use super::plan::{Ended, Plan, Played};
use super::watchdog::LATE_MAX;
use crate::board::Board;

/// A run that is not over this long after its own limit is given up. Its thread cannot be ended; it
/// ends with the program.
const WALL_LIMIT: Duration = Duration::from_secs(180);
/// Virtual time goes at least so many times faster than the wall, even in a debug build.
const VIRTUAL_SPEED: u32 = 500;
/// Runs that may be repeated because this machine was too busy: so many of a hundred…
const RETRIES_PERCENT: usize = 5;
/// …and at least so many.
const RETRIES_MIN: usize = 4;

/// What happens while the runs go on.
pub enum Progress {
    /// A run starts.
    Started(Plan),
    /// A run comes to a top-level step: its place, from 1.
    Step(usize, usize),
    /// A run is over and judged.
    Finished(Box<Finished>),
    /// A run will be repeated on its own, since the harness itself was starved.
    Retried(Plan, Duration),
}

/// A run that is over.
pub struct Finished {
    /// What was asked for.
    pub plan: Plan,
    /// What came of it.
    pub concluded: Concluded,
    /// How long it took on the wall.
    pub took: Duration,
}

/// What the threads send to the one that reports.
pub enum News {
    /// A run is over.
    Over(Box<Finished>),
    /// A run comes to a step.
    Step(usize, usize),
    /// Ctrl-C.
    Interrupted,
}

/// Runs that follow one another, so many at once.
pub struct Lane {
    waiting: VecDeque<Plan>,
    jobs: usize,
    running: Vec<usize>,
    /// The board that was played on last, until it may rest.
    board: Option<Arc<dyn Board>>,
}

impl Lane {
    /// Of `plans`, `jobs` at once.
    pub fn of(plans: impl Into<VecDeque<Plan>>, jobs: usize) -> Self {
        Self { waiting: plans.into(), jobs, running: Vec::new(), board: None }
    }
}

/// Every run of a command, on its way from waiting to over.
pub struct Schedule {
    cancel: watch::Receiver<bool>,
    news: mpsc::Receiver<News>,
    sender: mpsc::Sender<News>,
    running: BTreeMap<usize, (Plan, Instant)>,
    starved: VecDeque<Plan>,
    retries_left: usize,
    /// Runs are not started any more.
    pub interrupted: bool,
}

impl Schedule {
    /// Nothing to do yet. `sender` is `news`'s other end, for the runs.
    pub fn new(
        cancel: watch::Receiver<bool>,
        news: mpsc::Receiver<News>,
        sender: mpsc::Sender<News>,
    ) -> Self {
        Self {
            cancel,
            news,
            sender,
            running: BTreeMap::new(),
            starved: VecDeque::new(),
            retries_left: 0,
            interrupted: false,
        }
    }

    /// Plays `lanes` side by side, in each the longest first, so that none is left alone at the end;
    /// tells `tell` what happens. Runs spoilt by a starved harness come again at the end, one at a time.
    pub fn play(&mut self, mut lanes: Vec<Lane>, tell: &mut dyn FnMut(Progress)) {
        let count: usize = lanes.iter().map(|lane| lane.waiting.len()).sum();
        self.retries_left = RETRIES_MIN.max(count * RETRIES_PERCENT / 100);
        for lane in &mut lanes {
            let longest_first = |plan: &Plan| std::cmp::Reverse(super::expected(&plan.scenario));
            lane.waiting.make_contiguous().sort_by_key(longest_first);
        }
        self.drain(lanes, tell);
        let starved = std::mem::take(&mut self.starved);
        self.drain(vec![Lane::of(starved, 1)], tell);
    }

    fn drain(&mut self, mut lanes: Vec<Lane>, tell: &mut dyn FnMut(Progress)) {
        loop {
            for lane in &mut lanes {
                lane.running.retain(|number| self.running.contains_key(number));
                while lane.running.len() < lane.jobs && !self.interrupted {
                    let Some(plan) = lane.waiting.pop_front() else { break };
                    tell(Progress::Started(plan.clone()));
                    lane.running.push(plan.number);
                    lane.board = Some(Arc::clone(&plan.board));
                    self.start(plan, tell);
                }
                if lane.running.is_empty()
                    && let Some(board) = lane.board.take()
                {
                    board.rest();
                }
            }
            if self.running.is_empty() {
                return;
            }
            match self.news.recv_timeout(Duration::from_millis(500)) {
                Ok(News::Over(finished)) => self.over(finished, tell),
                Ok(News::Step(number, step)) => tell(Progress::Step(number, step)),
                Ok(News::Interrupted) => self.interrupted = true,
                Err(_) => self.give_up_stuck(tell),
            }
        }
    }

    fn start(&mut self, plan: Plan, tell: &mut dyn FnMut(Progress)) {
        let (cancel, sender) = (self.cancel.clone(), self.sender.clone());
        self.running.insert(plan.number, (plan.clone(), Instant::now()));
        let on_thread = plan.clone();
        let thread = std::thread::Builder::new().name(format!("run {}", plan.number));
        let spawned = thread.spawn(move || play(on_thread, cancel, &sender));
        if let Err(error) = spawned {
            let ended = Ended::Infra(format!("no thread for the run: {error}"));
            self.over(Box::new(self.spoilt(plan, ended)), tell);
        }
    }

    fn over(&mut self, finished: Box<Finished>, tell: &mut dyn FnMut(Progress)) {
        if self.running.remove(&finished.plan.number).is_none() {
            // Given up before: its verdict is told.
            return;
        }
        let late = finished.concluded.late;
        if late > LATE_MAX && self.retries_left > 0 && !self.interrupted && !finished.plan.retried {
            self.retries_left -= 1;
            self.starved.push_back(Plan { retried: true, ..finished.plan.clone() });
            return tell(Progress::Retried(finished.plan, late));
        }
        tell(Progress::Finished(finished));
    }

    fn give_up_stuck(&mut self, tell: &mut dyn FnMut(Progress)) {
        let stuck = |(plan, since): &&(Plan, Instant)| {
            let is_virtual = plan.board.spec().virtual_clock();
            let limit = plan.limit / if is_virtual { VIRTUAL_SPEED } else { 1 };
            since.elapsed() > limit + WALL_LIMIT
        };
        while let Some((plan, since)) = self.running.values().find(stuck).cloned() {
            let why = format!("no end after {} s on the wall: stuck", since.elapsed().as_secs());
            let spoilt = self.spoilt(plan, Ended::Infra(why));
            self.over(Box::new(spoilt), tell);
        }
    }

    fn spoilt(&self, plan: Plan, ended: Ended) -> Finished {
        let concluded = conclude(&plan, &Played::nothing(ended));
        Finished { plan, concluded, took: Duration::ZERO }
    }
}

/// Plays and concludes one run, and sends what came of it; a panic of ours is infra, and takes the
/// device with it.
fn play(plan: Plan, cancel: watch::Receiver<bool>, sender: &mpsc::Sender<News>) {
    let start = Instant::now();
    let steps = sender.clone();
    let number = plan.number;
    let on_step = Arc::new(move |step| {
        // Only a picture of what goes on.
        let _ = steps.send(News::Step(number, step));
    });
    let playing = std::panic::AssertUnwindSafe(|| {
        let played = super::play(plan.clone(), cancel, on_step);
        let concluded = conclude(&plan, &played);
        (played, concluded)
    });
    let (played, concluded) = std::panic::catch_unwind(playing).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("?");
        let played = Played::nothing(Ended::Infra(format!("the harness panicked: {text}")));
        let concluded = conclude(&plan, &played);
        (played, concluded)
    });
    let finished = Finished { took: start.elapsed(), plan, concluded };
    // The command may have given up waiting.
    let _ = sender.send(News::Over(Box::new(finished)));
    // A long history takes its time to be dropped, and nobody has to wait for that.
    drop(played);
}
