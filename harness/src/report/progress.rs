//! The bar on a terminal: the running scenario, live counts, time left.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::event::{RunEvent, RunLabel};
use crate::verdict::{Totals, Verdict};

/// A bar on stderr, so that it never mixes with what is piped.
pub struct Progress {
    bar: ProgressBar,
    colours: bool,
    running: Vec<(RunLabel, String)>,
    totals: Totals,
}

impl Progress {
    /// Hidden until the number of runs is known.
    pub fn new(colours: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        Self { bar, colours, running: Vec::new(), totals: Totals::default() }
    }

    /// Takes in what happened.
    pub fn follow(&mut self, event: &RunEvent) {
        match event {
            RunEvent::SuiteStarted(started) => {
                self.bar.set_length(started.runs as u64);
                self.bar.set_style(style(self.colours));
                self.bar.set_draw_target(ProgressDrawTarget::stderr());
                self.bar.enable_steady_tick(Duration::from_millis(200));
            }
            RunEvent::RunStarted(label) => self.running.push((label.clone(), String::new())),
            RunEvent::StepReached { run, step, of, text } => {
                if let Some((_, at)) = self.running.iter_mut().find(|(label, _)| label == run) {
                    *at = format!(" {step}/{of} {text}");
                }
            }
            RunEvent::RunOver { run, verdict } => {
                self.running.retain(|(label, _)| label != run);
                self.totals.count(*verdict);
                self.bar.inc(1);
            }
            RunEvent::RunFinished(_) | RunEvent::Note(_) | RunEvent::SuiteFinished(_) => {}
        }
        self.bar.set_message(self.message());
    }

    /// Prints with the bar out of the way.
    pub fn above<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }

    /// `5 pass, 1 fail · reconnect/cut [sim] 3/7 wait … +2`
    fn message(&self) -> String {
        let t = &self.totals;
        let counts = [
            (Verdict::Pass, t.pass + t.warn),
            (Verdict::Fail, t.fail),
            (Verdict::Inconclusive, t.inconclusive),
            (Verdict::Infra, t.infra),
        ];
        let counts: Vec<String> = counts
            .into_iter()
            .filter(|(verdict, n)| *n > 0 || *verdict == Verdict::Pass)
            .map(|(verdict, n)| format!("{n} {verdict}"))
            .collect();
        let more = match self.running.len() {
            0 | 1 => String::new(),
            n => format!(" +{}", n - 1),
        };
        let first = self.running.first().map(|(label, at)| format!("{label}{at}"));
        format!("{} · {}{more}", counts.join(", "), first.unwrap_or_default())
    }
}

fn style(colours: bool) -> ProgressStyle {
    let template = if colours {
        "{bar:24.green} {pos}/{len} {wide_msg} {eta} left"
    } else {
        "{bar:24} {pos}/{len} {wide_msg} {eta} left"
    };
    // The template is a constant; were it wrong, the default bar would do.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
