//! Snapshots during a suite: each run held against its scenario's, and what is new kept.
//!
//! The snapshot is that of `sim`, seed 0, repeat 1 (decision 17). Runs on other boards are compared
//! with its milestones; other seeds and repeats are not compared.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::list::Listed;
use crate::scenario::ScenarioFile;
use crate::scenario::model::BoardKind;
use crate::snapshot::milestone::Milestones;
use crate::snapshot::{Mode, Section, Settled, Snapshot};
use crate::verdict::{CheckResult, Verdict};

/// The snapshots of one command.
pub struct Snapshots {
    mode: Mode,
    files: BTreeMap<String, Beside>,
}

/// What belongs to one scenario file.
struct Beside {
    file: Arc<ScenarioFile>,
    known: Snapshot,
    new: BTreeMap<String, Section>,
}

impl Snapshots {
    /// Of the scenarios of `runs`, as far as they are files.
    pub fn of(runs: &[Listed], mode: Mode) -> Self {
        let mut files = BTreeMap::new();
        for run in runs.iter().filter(|_| mode != Mode::Off) {
            let path = Path::new(&run.file.text.name);
            if path.is_file() && !files.contains_key(&run.label.id) {
                // One that cannot be read is written again, or said so at the end.
                let known = Snapshot::read(path).ok().flatten().unwrap_or_default();
                let file = Arc::clone(&run.file);
                files.insert(run.label.id.clone(), Beside { file, known, new: BTreeMap::new() });
            }
        }
        Self { mode, files }
    }

    /// Whether a run's section is wanted: what is no longer, costs nothing.
    pub fn wants(kind: BoardKind, repeat: u32, base_seed: u64) -> bool {
        let first = base_seed == 0 && repeat == 1;
        match kind {
            BoardKind::Sim => first,
            BoardKind::Host | BoardKind::Qemu | BoardKind::QemuEsp32c3 | BoardKind::Serial => true,
            // Another client takes another way, and shows less of it.
            BoardKind::Exec => false,
        }
    }

    /// A run came out well. Gives a check where it differs from the snapshot.
    pub fn compare(&mut self, run: &Listed, section: Section) -> Option<CheckResult> {
        let beside = self.files.get_mut(&run.label.id)?;
        let known = beside.known.section(&run.label.variant);
        let found = match run.kind {
            BoardKind::Sim => {
                let found = known.and_then(|known| known.difference(&section));
                let found = found.map(|difference| difference.to_string());
                beside.new.insert(run.label.variant.clone(), section);
                found
            }
            BoardKind::Host
            | BoardKind::Qemu
            | BoardKind::QemuEsp32c3
            | BoardKind::Serial
            | BoardKind::Exec => {
                // Without a snapshot, or with one too long to hold all, there is nothing to hold
                // the run against.
                let known = Milestones::of(known?)?;
                known.compare(&Milestones::of(&section)?).map(|parting| parting.to_string())
            }
        };
        let found = found.filter(|_| self.mode == Mode::Check)?;
        // `sim` repeats exactly; on real time another order may be as good, and somebody should look.
        let (verdict, required) = match run.kind {
            BoardKind::Sim => (Verdict::Fail, "the history of the snapshot"),
            BoardKind::Host
            | BoardKind::Qemu
            | BoardKind::QemuEsp32c3
            | BoardKind::Serial
            | BoardKind::Exec => (Verdict::Warn, "the milestones of the snapshot"),
        };
        Some(CheckResult::new("snapshot", verdict, required, found))
    }

    /// The suite is over: writes what is new or changed, as the mode says. Gives a line for each.
    pub fn settle(self) -> Vec<String> {
        let mut told = Vec::new();
        for (id, beside) in self.files {
            if beside.new.is_empty() {
                continue;
            }
            let snapshot = beside.merged();
            let path = Path::new(&beside.file.text.name);
            let source = format!("scenarios/{id}.yaml");
            match snapshot.settle(path, &source, self.mode) {
                Ok(Settled::Same) => {}
                Ok(Settled::Accepted(path)) => {
                    told.push(format!("snapshot accepted: {}", path.display()));
                }
                Ok(Settled::Changed { new, .. }) => told.push(format!(
                    "snapshot changed: {}; look with `cargo insta review`, take it with \
                     --snapshots accept",
                    new.display()
                )),
                Ok(Settled::Missing { new }) => told.push(format!(
                    "no snapshot of {id} yet: {}; take it with --snapshots accept",
                    new.display()
                )),
                Err(error) => told.push(format!("cannot settle the snapshot of {id}: {error}")),
            }
        }
        told
    }
}

impl Beside {
    /// New sections in the scenario's order; those of variants that did not run as they were.
    fn merged(&self) -> Snapshot {
        let section =
            |name: &String| self.new.get(name).or_else(|| self.known.section(name)).cloned();
        let names = self.file.variants.iter().map(|variant| &variant.name);
        Snapshot { sections: names.filter_map(section).collect() }
    }
}
