//! `junit.xml`, for CI servers. Times stand in run.json alone (decision 23), so the same runs give
//! the same file.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::event::RunFinished;
use crate::verdict::Verdict;

/// The document: a suite for each board, a case for each run.
///
/// # Errors
/// When it cannot be serialised.
pub fn junit(runs: &[RunFinished]) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("scenario");
    let mut boards: Vec<&str> = Vec::new();
    for run in runs {
        if !boards.contains(&run.run.board.as_str()) {
            boards.push(&run.run.board);
        }
    }
    for board in boards {
        let mut suite = TestSuite::new(board);
        let of_board = runs.iter().filter(|run| run.run.board == board);
        suite.add_test_cases(of_board.map(case));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn case(run: &RunFinished) -> TestCase {
    let mut name = run.run.id.clone();
    if !run.run.variant.is_empty() {
        name.push_str(&format!(" {}", run.run.variant));
    }
    if run.run.repeat > 1 {
        name.push_str(&format!(" #{}", run.run.repeat));
    }
    let mut case = TestCase::new(name, status(run));
    let topic = run.run.id.rsplit_once('/').map_or("scenarios", |(topic, _)| topic);
    case.set_classname(topic.replace('/', "."));
    case
}

fn status(run: &RunFinished) -> TestCaseStatus {
    if let Some(known) = &run.result.known {
        let mut status = TestCaseStatus::skipped();
        status.set_type("known");
        let why = run.result.reason.as_deref().unwrap_or_default();
        status.set_message(format!("{known}: {why}"));
        return status;
    }
    let mut status = match run.result.verdict {
        Verdict::Pass | Verdict::Warn => return TestCaseStatus::success(),
        Verdict::Skip => TestCaseStatus::skipped(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        // JUnit knows no third verdict; an error is what is no statement about the device.
        Verdict::Inconclusive | Verdict::Infra => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    status.set_type(run.result.verdict.word());
    status.set_message(run.result.reason.clone().unwrap_or_default());
    if run.result.verdict != Verdict::Skip {
        let mut lines = run.last.clone();
        lines.push(format!("reproduce: {}", run.result.repro));
        status.set_description(lines.join("\n"));
    }
    status
}
