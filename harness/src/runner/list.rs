//! Every run of a command, in the order of its report: scenarios, boards, variants, repeats.

use std::sync::Arc;

use mock_kvs::Authority;
use sha2::{Digest as _, Sha256};

use super::plan::Plan;
use crate::board::{Board, BoardError, Image};
use crate::cli::{Profile, RunArgs};
use crate::report::event::RunLabel;
use crate::scenario::model::Scenario;
use crate::scenario::needs::{self, NeededBy};
use crate::scenario::{ScenarioFile, Variant};

/// A board that was asked for, ready or not.
pub struct Ready {
    /// As `--board` takes it.
    pub name: String,
    /// The board with its image; why not, where it could not be made ready.
    pub board: Result<(Arc<dyn Board>, Image), BoardError>,
}

/// One place of the list.
pub struct Listed {
    /// Which run.
    pub label: RunLabel,
    /// The file it is of.
    pub file: Arc<ScenarioFile>,
    /// What is to be done.
    pub what: What,
}

/// What is to be done with a place of the list.
pub enum What {
    /// It is played.
    Play(Box<Plan>),
    /// The board lacks something; with the reason.
    Skip(String),
    /// The board is not there; with the reason.
    Broken(String),
}

/// Lists the runs of `files` on `boards`, as far as `args` wants them.
pub fn list(
    files: &[Arc<ScenarioFile>],
    boards: &[Ready],
    args: &RunArgs,
    authority: Option<&Authority>,
) -> Vec<Listed> {
    let mut all = Vec::new();
    for file in files {
        for ready in boards {
            let wanted =
                |variant: &&Variant| args.variant.as_ref().is_none_or(|name| *name == variant.name);
            for variant in file.variants.iter().filter(wanted) {
                for repeat in repeats(&variant.scenario, ready, args) {
                    let label = RunLabel {
                        number: all.len(),
                        id: file.id.clone(),
                        board: ready.name.clone(),
                        variant: variant.name.clone(),
                        repeat,
                    };
                    let what = what(&label, &variant.scenario, ready, args, authority);
                    all.push(Listed { label, file: Arc::clone(file), what });
                }
            }
        }
    }
    if let Some(partition) = args.partition {
        all.retain(|listed| partition.holds(listed.label.number));
        for (number, listed) in all.iter_mut().enumerate() {
            listed.label.number = number;
            if let What::Play(plan) = &mut listed.what {
                plan.number = number;
            }
        }
    }
    all
}

fn repeats(scenario: &Scenario, ready: &Ready, args: &RunArgs) -> std::ops::RangeInclusive<u32> {
    if let Some(only) = args.only_repeat {
        return only..=only;
    }
    let kind = ready.board.as_ref().ok().map(|(board, _)| board.spec().kind.in_files());
    let of_file = || kind.and_then(|kind| scenario.repeat.get(&kind).copied());
    let declared = if args.profile == Some(Profile::Ci) { of_file() } else { None };
    1..=args.repeat.or(declared).unwrap_or(1).max(1)
}

fn what(
    label: &RunLabel,
    scenario: &Arc<Scenario>,
    ready: &Ready,
    args: &RunArgs,
    authority: Option<&Authority>,
) -> What {
    let (board, image) = match &ready.board {
        Ok(ready) => ready,
        Err(error) => return What::Broken(format!("board {}: {error}", ready.name)),
    };
    for need in needs::of_scenario(scenario) {
        if let (NeededBy::Run(why), false) = (need.of, board.spec().meets(&need.name)) {
            return What::Skip(format!("{} has no `{}` ({why})", ready.name, need.name));
        }
    }
    What::Play(Box::new(Plan {
        number: label.number,
        id: label.id.clone(),
        variant: label.variant.clone(),
        repeat: label.repeat,
        base_seed: args.seed.unwrap_or(0),
        seed: run_seed(args.seed.unwrap_or(0), label),
        scenario: Arc::clone(scenario),
        board: Arc::clone(board),
        image: image.clone(),
        authority: authority.cloned(),
        limit: super::limit(scenario),
        retried: false,
        mutant: args.mutant.clone(),
    }))
}

/// hash(seed, id, variant, repeat): the same on every board (decision 20).
fn run_seed(seed: u64, label: &RunLabel) -> u64 {
    let digest = Sha256::new()
        .chain_update(seed.to_be_bytes())
        .chain_update(label.id.as_bytes())
        .chain_update([0])
        .chain_update(label.variant.as_bytes())
        .chain_update([0])
        .chain_update(label.repeat.to_be_bytes())
        .finalize();
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
