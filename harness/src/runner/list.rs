//! Every run of a command, in the order of its report: scenarios, boards, variants, repeats.

use std::sync::Arc;

use mock_kvs::Authority;
use sha2::{Digest as _, Sha256};

use super::plan::Plan;
use super::snapshots::Snapshots;
use crate::board::{Board, BoardError, Image};
use crate::cli::{Profile, RunArgs};
use crate::report::event::RunLabel;
use crate::scenario::model::{BoardKind, Scenario};
use crate::scenario::needs::{self, NeededBy};
use crate::scenario::select::{Given, repro};
use crate::scenario::{ScenarioFile, Variant};

/// A board that was asked for, ready or not.
pub struct Ready {
    /// As `--board` takes it.
    pub name: String,
    /// As scenario files call it.
    pub kind: BoardKind,
    /// The board with its image; why not, where it could not be made ready.
    pub board: Result<(Arc<dyn Board>, Image), Unready>,
    /// One authority for all its runs on real time: making one takes longer than many a run.
    pub authority: Option<Authority>,
}

impl Ready {
    /// Whether it is a machine of its own, beside which others can be played.
    pub fn is_attached(&self) -> bool {
        self.kind == BoardKind::Serial
    }
}

/// Why a board cannot be used.
#[derive(Clone, Debug)]
pub enum Unready {
    /// This machine cannot have it.
    Absent(String),
    /// It is there, and something is wrong.
    Broken(BoardError),
}

/// One place of the list.
pub struct Listed {
    /// Which run.
    pub label: RunLabel,
    /// The file it is of.
    pub file: Arc<ScenarioFile>,
    /// The variant, placeholders replaced.
    pub scenario: Arc<Scenario>,
    /// How the file calls the board.
    pub kind: BoardKind,
    /// The run's own seed.
    pub seed: u64,
    /// The one command that repeats it.
    pub repro: String,
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
pub fn list(files: &[Arc<ScenarioFile>], boards: &[Ready], args: &RunArgs) -> Vec<Listed> {
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
                    all.push(listed(label, file, variant, ready, args));
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
    let of_file = || scenario.repeat.get(&ready.kind).copied();
    let declared = if args.profile == Some(Profile::Ci) { of_file() } else { None };
    1..=args.repeat.or(declared).unwrap_or(1).max(1)
}

fn listed(
    label: RunLabel,
    file: &Arc<ScenarioFile>,
    variant: &Variant,
    ready: &Ready,
    args: &RunArgs,
) -> Listed {
    let base_seed = args.seed.unwrap_or(0);
    let given = Given {
        seed: base_seed,
        image: args.image.as_deref(),
        mutant: args.mutant.as_deref(),
        netns: args.netns && ready.kind == BoardKind::Exec,
    };
    let scenario = Arc::clone(&variant.scenario);
    let seed = run_seed(base_seed, &label);
    let repro = repro(&file.argument, &label, given);
    let what = match obstacle(&scenario, ready) {
        Some(what) => what,
        None => match &ready.board {
            Err(Unready::Absent(why)) => What::Skip(why.clone()),
            Err(Unready::Broken(error)) => What::Broken(format!("board {}: {error}", ready.name)),
            Ok((board, image)) => What::Play(Box::new(Plan {
                number: label.number,
                id: label.id.clone(),
                variant: label.variant.clone(),
                repeat: label.repeat,
                base_seed,
                seed,
                scenario: Arc::clone(&scenario),
                board: Arc::clone(board),
                image: image.clone(),
                authority: ready.authority.clone(),
                limit: super::limit(&scenario),
                retried: false,
                snapshot: Snapshots::wants(ready.kind, label.repeat, base_seed),
                repro: repro.clone(),
                mutant: args.mutant.clone(),
            })),
        },
    };
    Listed { label, file: Arc::clone(file), scenario, kind: ready.kind, seed, repro, what }
}

/// The first need that the board does not meet.
fn obstacle(scenario: &Scenario, ready: &Ready) -> Option<What> {
    let (board, _) = ready.board.as_ref().ok()?;
    needs::of_scenario(scenario).into_iter().find_map(|need| match need.of {
        NeededBy::Run(why) if !board.spec().meets(&need.name) => {
            Some(What::Skip(format!("{} has no `{}` ({why})", ready.name, need.name)))
        }
        NeededBy::Run(_) | NeededBy::Check(_) => None,
    })
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
