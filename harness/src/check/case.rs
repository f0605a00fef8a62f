//! Collects what a check finds and turns it into one result with one truthful sentence.

use crate::verdict::{CheckResult, Verdict};

/// Records shown as evidence at most: enough to see it, few enough to read.
const EVIDENCE_MAX: usize = 12;

/// What one check has found so far.
#[derive(Debug)]
pub(super) struct Case {
    id: &'static str,
    required: String,
    failed: Findings,
    unknown: Findings,
    warned: Findings,
}

#[derive(Debug, Default)]
struct Findings {
    first: Option<String>,
    more: usize,
    evidence: Vec<usize>,
}

impl Case {
    /// Nothing found yet. `required` is what must hold, with its numbers.
    pub(super) fn new(id: &'static str, required: impl Into<String>) -> Self {
        let (failed, unknown, warned) = Default::default();
        Self { id, required: required.into(), failed, unknown, warned }
    }

    /// It does not hold.
    pub(super) fn fail(
        &mut self,
        found: impl Into<String>,
        shown_by: impl IntoIterator<Item = usize>,
    ) {
        self.failed.add(found.into(), shown_by);
    }

    /// Something that must be known is not.
    pub(super) fn unknown(
        &mut self,
        found: impl Into<String>,
        shown_by: impl IntoIterator<Item = usize>,
    ) {
        self.unknown.add(found.into(), shown_by);
    }

    /// It holds, but not as it should.
    pub(super) fn warn(
        &mut self,
        found: impl Into<String>,
        shown_by: impl IntoIterator<Item = usize>,
    ) {
        self.warned.add(found.into(), shown_by);
    }

    /// Whether anything was found against it.
    pub(super) fn is_clean(&self) -> bool {
        self.failed.first.is_none() && self.unknown.first.is_none()
    }

    /// The result; `held` says what was seen when nothing speaks against it.
    pub(super) fn conclude(
        self,
        held: impl Into<String>,
        shown_by: impl IntoIterator<Item = usize>,
    ) -> CheckResult {
        let Self { id, required, failed, unknown, warned } = self;
        // A failure that was seen stands, whatever else could not be seen.
        let worst =
            [(Verdict::Fail, failed), (Verdict::Inconclusive, unknown), (Verdict::Warn, warned)];
        for (verdict, findings) in worst {
            if findings.first.is_some() {
                let (found, evidence) = findings.text();
                return CheckResult::new(id, verdict, required, found).shown_by(evidence);
            }
        }
        let evidence = shown_by.into_iter().take(EVIDENCE_MAX);
        CheckResult::new(id, Verdict::Pass, required, held).shown_by(evidence)
    }
}

impl Findings {
    fn add(&mut self, found: String, shown_by: impl IntoIterator<Item = usize>) {
        match self.first {
            None => self.first = Some(found),
            Some(_) => self.more += 1,
        }
        let room = EVIDENCE_MAX.saturating_sub(self.evidence.len());
        self.evidence.extend(shown_by.into_iter().take(room));
    }

    fn text(self) -> (String, Vec<usize>) {
        let first = self.first.unwrap_or_default();
        let text = match self.more {
            0 => first,
            more => format!("{first} (and {more} more)"),
        };
        (text, self.evidence)
    }
}

/// `0.150 s`, `12.000 s`: times in texts.
pub(super) fn seconds(us: u64) -> String {
    // Rounded to the millisecond, which is the device's own resolution.
    let ms = (us + 500) / 1_000;
    format!("{}.{:03} s", ms / 1_000, ms % 1_000)
}

/// `1 gap`, `3 gaps`, `2 losses`, `2 refreshes`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let hissing = noun.ends_with('s') || noun.ends_with("sh");
    match (number, hissing) {
        (1, _) => format!("1 {noun}"),
        (_, true) => format!("{number} {noun}es"),
        (_, false) => format!("{number} {noun}s"),
    }
}
