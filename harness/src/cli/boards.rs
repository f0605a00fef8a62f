//! `scenario boards`, and the flag that names the bench file.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where the bench is described.
#[derive(Clone, Debug, Default, Args)]
pub struct BenchArg {
    /// File that lists the boards on serial ports [default: bench.toml]
    #[arg(long = "bench", value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// `scenario boards`.
#[derive(Clone, Debug, Args)]
#[command(after_help = BOARDS_EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct BoardsArgs {
    /// The bench file.
    #[command(flatten)]
    pub bench: BenchArg,
    /// What to do; lists them when nothing is said
    #[command(subcommand)]
    pub deed: Option<BoardsDeed>,
}

/// What can be done with the boards of a bench.
#[derive(Clone, Debug, Subcommand)]
pub enum BoardsDeed {
    /// Every board: where it hangs, and whether it is free, in use or in quarantine
    List {
        /// The bench file.
        #[command(flatten)]
        bench: BenchArg,
    },
    /// Asks every board that is free who it is
    Probe {
        /// The bench file.
        #[command(flatten)]
        bench: BenchArg,
    },
    /// Asks one board who it is: chip, MAC, flash
    Identify(BoardArgs),
    /// Restarts a board until it says something, and lifts its quarantine
    Reset(BoardArgs),
    /// Has a board forget everything it was told: Wi-Fi, CA, credentials
    Wipe(BoardArgs),
}

/// One board.
#[derive(Clone, Debug, Args)]
pub struct BoardArgs {
    /// Its name or MAC in the bench file
    #[arg(value_name = "NAME")]
    pub name: String,
    /// The bench file.
    #[command(flatten)]
    pub bench: BenchArg,
}

const BOARDS_EXAMPLES: &str = "\
Examples:
  scenario boards
      What hangs on this machine, as bench.toml says it, and who uses it.
  scenario boards reset porch
      Wakes a board that a run gave up, and lets it take part again.";
