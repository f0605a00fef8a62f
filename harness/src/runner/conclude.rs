//! Everything that comes of a run once it is over, done on its own thread: verdict, files, and what
//! a snapshot would hold.

use std::collections::BTreeMap;
use std::time::Duration;

use super::judge::{Judged, judge};
use super::plan::{Plan, Played};
use crate::history::{DEVICE, HARNESS, Header, History};
use crate::redact::Redactor;
use crate::report::Kept;
use crate::snapshot::Section;
use crate::verdict::{CheckResult, Verdict};

/// Records from which on it pays to write the file on a thread of its own while the checks read.
const LONG: usize = 5_000;

/// A run that is over, without its history.
pub struct Concluded {
    /// Verdict, checks, last words.
    pub judged: Judged,
    /// Its files.
    pub kept: Kept,
    /// What a snapshot would hold of it, when it came out well and that is wanted.
    pub section: Option<Section>,
    /// The top-level step that was not met, from 1; 0 when all were.
    pub failed_step: usize,
    /// The device's last reading of each of its gauges.
    pub gauges: BTreeMap<String, u64>,
    /// Time on the run's own clock.
    pub simulated: Duration,
    /// The latest a harness timer was.
    pub late: Duration,
}

/// Concludes `played` of `plan`.
pub fn conclude(plan: &Plan, played: &Played) -> Concluded {
    let files = || {
        let section = plan.snapshot.then(|| Section::of(&plan.variant, &played.history));
        (jsonl(plan, played, &played.history), section)
    };
    let (judged, (mut history, section)) = if played.history.len() < LONG {
        (judge(plan, played), files())
    } else {
        std::thread::scope(|scope| {
            let writing = scope.spawn(files);
            let judged = judge(plan, played);
            // Its panic is this run's.
            (judged, writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    };
    let redactor = Redactor::new(&played.secrets);
    let leaked = |check: &CheckResult| check.id == "secrets" && check.verdict == Verdict::Fail;
    if judged.result.checks.iter().any(leaked) {
        let mut records = played.history.records().to_vec();
        records.iter_mut().for_each(|record| redactor.mask_record(record));
        history = jsonl(plan, played, &records.into_iter().collect());
    }
    let well = matches!(judged.result.verdict, Verdict::Pass | Verdict::Warn);
    Concluded {
        judged,
        kept: Kept { history, console: redactor.mask(&played.console).into_owned() },
        section: section.filter(|_| well),
        failed_step: failed_step(&played.history),
        gauges: gauges(&played.history),
        simulated: played.simulated,
        late: played.late,
    }
}

fn jsonl(plan: &Plan, played: &Played, history: &History) -> Vec<u8> {
    let header = Header {
        scenario: plan.id.clone(),
        board: plan.board.spec().name.clone(),
        variant: plan.variant.clone(),
        seed: plan.base_seed,
        repeat: plan.repeat,
        wall_start_unix_ms: played.wall_start_unix_ms,
    };
    let mut bytes = Vec::new();
    // Memory takes everything, and every value of a record has a JSON form.
    let _ = history.write(&header, &mut bytes);
    bytes
}

fn gauges(history: &History) -> BTreeMap<String, u64> {
    let readings = history.all(DEVICE, "gauge").map(|(_, record)| record);
    readings
        .filter_map(|record| Some((record.text("name")?.to_owned(), record.uint("value")?)))
        .collect()
}

/// The top-level step that was not met, from 1; 0 when all were.
fn failed_step(history: &History) -> usize {
    let failed = history.records().iter().rfind(|record| record.is(HARNESS, "step.failed"));
    let number = failed.and_then(|record| record.text("n")).and_then(|n| n.split('.').next());
    number.and_then(|n| n.parse().ok()).unwrap_or(0)
}
