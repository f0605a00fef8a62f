//! What GitHub Actions reads from a job's output: an error at the line of a scenario file.

use std::fmt::Write as _;

use super::event::RunFinished;
use super::summary::is_bad;

/// One `::error` line for each run that somebody has to look at.
pub fn annotations(runs: &[RunFinished]) -> String {
    let mut lines = String::new();
    for run in runs.iter().filter(|run| is_bad(run)) {
        let (file, line) = &run.file;
        let reason = run.result.reason.as_deref().unwrap_or("no reason given");
        let message = format!("{reason}\nreproduce: {}", run.result.repro);
        let title = format!("{}: {}", run.result.verdict, run.run);
        // Writing to a string cannot fail.
        let _ = writeln!(
            lines,
            "::error file={},line={line},title={}::{}",
            property(file),
            property(&title),
            data(&message)
        );
    }
    lines
}

/// Text after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which commas and colons would end.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
