//! The command line: a contract that scripts and CI depend on. A subcommand or flag that is not
//! built yet is not here (decision 24).
#![allow(rustdoc::invalid_html_tags, reason = "help texts name placeholders in angle brackets")]

mod boards;
mod ports;
mod probe;

use std::borrow::Cow;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::scenario::filter::Filter;
use crate::scenario::model::BoardKind;
use crate::scenario::problem::nearest;
use crate::snapshot::Mode;

pub use boards::{BenchArg, BoardArgs, BoardsArgs, BoardsDeed};
pub use ports::{FlashArgs, MonitorArgs};
pub use probe::{ProbeArgs, Service};

/// Judges whether a Kinesis Video Streams WebRTC signaling client survives faults.
///
/// A scenario is one claim: a service, a device, a fault, and what must hold. `scenario run` starts
/// boards against a stand-in for the AWS service, injects the faults, records everything, and
/// judges the record.
#[derive(Debug, Parser)]
#[command(
    name = "scenario",
    version,
    styles = STYLES,
    after_help = AFTER_HELP,
    after_long_help = AFTER_LONG_HELP,
    disable_help_subcommand = true,
    max_term_width = 100,
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

const AFTER_HELP: &str = "\
Start here:
  scenario run                            every scenario on sim and host
  scenario explain reconnect/black-hole   what a scenario claims and how it is judged
  scenario init                           scenarios of your own, in an empty directory";

const AFTER_LONG_HELP: &str = "\
Start here:
  scenario run                            every scenario on sim and host
  scenario run --filter tag:smoke         a selection
  scenario explain reconnect/black-hole   what a scenario claims and how it is judged
  scenario init                           scenarios of your own, in an empty directory
  scenario doctor                         whether this machine can run them

Exit codes:
  0    every run passed (or warned, or was skipped for a stated reason)
  1    a scenario failed, or a snapshot changed
  2    nothing failed, but a run left no evidence either way
  3    infrastructure: a board, a port or an image broke, or nothing was executed
  64   wrong usage, or an invalid scenario file
  130  interrupted";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs scenarios and judges them
    Run(Box<RunArgs>),
    /// Lists scenarios, with what they need of a board
    List(ListArgs),
    /// Checks scenario files without running them
    Lint(LintArgs),
    /// Says what a scenario claims, what happens in it, and how it is judged
    Explain(ExplainArgs),
    /// Prints the JSON Schema of scenario files, or of the results
    Schema(SchemaArgs),
    /// Writes a new scenario from a template
    New(NewArgs),
    /// Writes a first scenario, a bench file and a CI job into a directory
    Init(InitArgs),
    /// Says where two recorded runs of one scenario part, whatever boards they ran on
    Diff(DiffArgs),
    /// Says whether this machine can run scenarios, and what to put right
    Doctor,
    /// Runs the stand-in for the service in the foreground, for any client
    #[command(after_help = MOCK_EXAMPLES)]
    Mock(Box<mock_kvs::standalone::Options>),
    /// Passes connections on to any TCP service, over a link with faults
    #[command(after_help = PROXY_EXAMPLES)]
    Proxy(Box<mock_kvs::standalone::ProxyOptions>),
    /// Asks the mock, or AWS, one fixed list of questions; the transcripts can be compared
    Probe(ProbeArgs),
    /// Writes an image to a board and has it read back, or into a file
    Flash(Box<FlashArgs>),
    /// Shows what a board prints, with times and decoded panics
    Monitor(MonitorArgs),
    /// Lists the boards of the bench file, and sees to one
    Boards(BoardsArgs),
}

const MOCK_EXAMPLES: &str = "\
Examples:
  scenario mock
      One TLS port, a channel `demo`, keys, the admin API, and a ready-to-paste client example.
  scenario mock --listen 127.0.0.1:0 --admin 127.0.0.1:0 --ready-file ready.json --parent-pid $$
      Free ports, found out from a file, gone with the shell: for scripts.
  scenario mock --config mock.toml --state mock.state.json
      Channels, keys and switches from a file; what clients make of them survives a restart.";

const PROXY_EXAMPLES: &str = "\
Example:
  scenario proxy --listen 127.0.0.1:9443 --upstream kinesisvideo.us-west-2.amazonaws.com:443
      The real service behind a link with faults; those above TCP are not possible there.
  curl -H 'content-type: application/json' http://127.0.0.1:8480/rules \\
       -d '{\"fault\": \"stall\", \"toward\": \"device\"}'
      Nothing comes back any more, on an open connection.";

/// `scenario diff`.
#[derive(Clone, Debug, Args)]
pub struct DiffArgs {
    /// A run's folder, or its history.jsonl
    #[arg(value_name = "RUN_A")]
    pub a: PathBuf,
    /// Another
    #[arg(value_name = "RUN_B")]
    pub b: PathBuf,
}

/// `scenario run`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = RUN_EXAMPLES)]
pub struct RunArgs {
    /// Scenario files, folders or ids; every scenario when none is given
    ///
    /// A folder means all below it. An id is a path below `scenarios/` without its extension
    /// (`reconnect/close-1001`), and `builtin:reconnect/close-1001` is the one inside this program.
    #[arg(value_name = "PATH|ID")]
    pub scenarios: Vec<String>,
    /// Board to run on; may be given several times [default: sim and host]
    ///
    /// `serial:NAME`: a board of the bench file, by name, MAC or tag; `serial:auto` and
    /// `serial:/dev/ttyX`: one on the desk, without such a file. `sim`, `host`, `qemu`, `qemu-esp32c3`,
    /// or `exec:COMMAND`: any other client as a black box, told in environment
    /// variables where the service is (harness/docs/boards.md lists them).
    #[arg(long = "board", value_name = "BOARD")]
    pub boards: Vec<BoardName>,
    /// Base seed: the same seed gives the same run [default: 0]
    #[arg(long, value_name = "N", value_parser = seed)]
    pub seed: Option<u64>,
    /// Runs each variant N times, whatever its file says [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: Option<u32>,
    /// Runs only this one of the repeats, as a failure's `reproduce:` line names it
    #[arg(long, value_name = "K", conflicts_with = "repeat",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub only_repeat: Option<u32>,
    /// Runs only this variant, such as `cut_at=50%,offer_size=900B`
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Runs only what fits: `tag:reconnect and not severity:info`, `id~reconnect/*`
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<Filter>,
    /// Runs the I-th of N equal parts, for several machines
    #[arg(long, value_name = "I/N")]
    pub partition: Option<Partition>,
    /// Folder for everything recorded [default: target/scenario/<utc>-<seed>]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// What happens when a snapshot differs
    #[arg(long, value_enum, default_value_t, value_name = "HOW")]
    pub snapshots: Snapshots,
    /// Device program for board `host` [default: built from this checkout]
    #[arg(long, value_name = "PATH")]
    pub image: Option<PathBuf>,
    /// The bench file.
    #[command(flatten)]
    pub bench: BenchArg,
    /// Gives each run of an `exec:` board a network of its own (Linux, root)
    ///
    /// For clients that insist on port 443: the service is on 127.0.0.1:443 under AWS's names.
    #[arg(long)]
    pub netns: bool,
    /// Switches a deliberate defect on, in an image built with `--cfg kvs_mutants`: tests the tests
    #[arg(long, value_name = "NAME", hide = true)]
    pub mutant: Option<String>,
    /// Runs at a time [default: 8 on host, one per core on sim]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// `ci` repeats each variant as often as its file says
    #[arg(long, value_enum, value_name = "NAME")]
    pub profile: Option<Profile>,
    /// Verdicts that count as failures
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub deny: Vec<Deny>,
    /// Failures that are known: they are reported and do not change the exit code
    ///
    /// New ones do, and so do entries that expired or whose failure is gone (harness/docs/running.md).
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// A named board that is missing, or nothing executed, is fine
    #[arg(long)]
    pub allow_skip: bool,
}

const RUN_EXAMPLES: &str = "\
Examples:
  scenario run
      Every scenario on sim and host: the default suite.
  scenario run reconnect/reset-during-offer --board sim --seed 7
      One scenario on the simulated board, which repeats exactly for one seed.
  scenario run --filter 'tag:reconnect and not tag:soak' --board host
      A selection, with real sockets and TLS.
  scenario run --profile ci --partition 1/4 --deny warn
      The first of four parts of the suite in CI; warnings fail.
  scenario run --filter tag:smoke --board \"exec:node master.js\"
      Any other client as the device, judged by what the service sees of it.
  scenario run --board \"exec:node master.js\" --baseline known.yaml
      The same client with what it is known to fail: only what is new fails.
  scenario run my/claims --format json > results.json
      Own files; one JSON document on stdout (schema: scenario schema results).";

/// Before the command of a board that is any other client.
pub const EXEC: &str = "exec:";
/// Before the name or port of a board on a serial port.
pub const SERIAL: &str = "serial:";
/// The only board that is plugged in.
pub const AUTO: &str = "auto";

/// A board as `--board` takes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BoardName {
    /// The device code in this process, on a virtual clock.
    Sim,
    /// The device as a process on this machine, over TCP and TLS.
    Host,
    /// The bare-metal image on QEMU.
    Qemu,
    /// The ESP32-C3 image on Espressif's QEMU.
    QemuEsp32c3,
    /// On a serial port: a name of the bench file, `auto`, or a port.
    Serial(String),
    /// Any other client: `exec:` and a command for the shell.
    Exec(String),
}

impl BoardName {
    /// The boards of a run that names none.
    pub const DEFAULT: [Self; 2] = [Self::Sim, Self::Host];

    /// The word on the command line.
    pub fn word(&self) -> Cow<'_, str> {
        match self {
            Self::Sim => "sim".into(),
            Self::Host => "host".into(),
            Self::Qemu => "qemu".into(),
            Self::QemuEsp32c3 => "qemu-esp32c3".into(),
            Self::Serial(which) => format!("{SERIAL}{which}").into(),
            Self::Exec(command) => format!("{EXEC}{command}").into(),
        }
    }

    /// How scenario files call it.
    pub const fn kind(&self) -> BoardKind {
        match self {
            Self::Sim => BoardKind::Sim,
            Self::Host => BoardKind::Host,
            Self::Qemu => BoardKind::Qemu,
            Self::QemuEsp32c3 => BoardKind::QemuEsp32c3,
            Self::Serial(_) => BoardKind::Serial,
            Self::Exec(_) => BoardKind::Exec,
        }
    }
}

impl FromStr for BoardName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sim" => Ok(Self::Sim),
            "host" => Ok(Self::Host),
            "qemu" => Ok(Self::Qemu),
            "qemu-esp32c3" => Ok(Self::QemuEsp32c3),
            other => match other.split_once(':') {
                Some((start, rest)) if is_prefix(start, EXEC) => match rest.trim() {
                    "" => Err("a command must follow, such as `exec:node master.js`".into()),
                    command => Ok(Self::Exec(command.to_owned())),
                },
                Some((start, rest)) if is_prefix(start, SERIAL) => match rest.trim() {
                    "" => Err("a name, `auto` or a port must follow, such as `serial:auto`".into()),
                    which => Ok(Self::Serial(which.to_owned())),
                },
                Some(_) | None => {
                    let words = ["sim", "host", "qemu", "qemu-esp32c3", SERIAL, EXEC].into_iter();
                    Err(format!("no such board; {}", nearest(other, words)))
                }
            },
        }
    }
}

/// Whether `start` and the colon after it are `prefix`.
fn is_prefix(start: &str, prefix: &str) -> bool {
    prefix.strip_suffix(':') == Some(start)
}

impl std::fmt::Display for BoardName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.word())
    }
}

/// `I/N`: the I-th of N parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// From 1.
    pub part: u32,
    /// How many there are.
    pub of: u32,
}

impl Partition {
    /// Whether the run at this place of the list, from 0, belongs to the part.
    pub const fn holds(self, place: usize) -> bool {
        place % self.of as usize == self.part as usize - 1
    }
}

impl FromStr for Partition {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "write it like 1/4: the first of four parts";
        let (part, of) = text.split_once('/').ok_or(SHAPE)?;
        let (part, of) = (part.parse().map_err(|_| SHAPE)?, of.parse().map_err(|_| SHAPE)?);
        if part == 0 || part > of { Err("parts count from 1 to N") } else { Ok(Self { part, of }) }
    }
}

/// What `run` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: progress, failures, a table
    #[default]
    Human,
    /// For programs: one JSON document on stdout
    Json,
}

/// What happens when a snapshot differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Snapshots {
    /// The run fails, and the new one is written beside it for review
    #[default]
    Check,
    /// The new one is taken
    Accept,
    /// Snapshots are not looked at
    Off,
}

impl From<Snapshots> for Mode {
    fn from(how: Snapshots) -> Self {
        match how {
            Snapshots::Check => Self::Check,
            Snapshots::Accept => Self::Accept,
            Snapshots::Off => Self::Off,
        }
    }
}

/// Sets of defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Repeats as the files say
    Ci,
}

/// Verdicts that may be denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Deny {
    /// Passed with something to look at
    Warn,
}

/// `scenario list`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  scenario list --filter 'tag:smoke or severity:must'")]
pub struct ListArgs {
    /// Scenario files, folders or ids; every scenario when none is given
    #[arg(value_name = "PATH|ID")]
    pub scenarios: Vec<String>,
    /// Lists only what fits, as in `run`
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<Filter>,
    /// Prints JSON
    #[arg(long)]
    pub json: bool,
}

/// `scenario lint`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  scenario lint scenarios/reconnect my-claim.yaml")]
pub struct LintArgs {
    /// Scenario files, folders or ids; every scenario when none is given
    #[arg(value_name = "PATH|ID")]
    pub scenarios: Vec<String>,
    /// Warnings count as errors
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub deny: Vec<Deny>,
}

/// `scenario explain`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  scenario explain reconnect/black-hole\n  scenario explain backoff"
)]
pub struct ExplainArgs {
    /// The scenario, or a check by its word
    #[arg(value_name = "PATH|ID|CHECK")]
    pub scenario: String,
}

/// `scenario schema`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  scenario schema > scenario.schema.json\n\n\
    An editor with a YAML language server completes and checks a file that begins with\n  \
    # yaml-language-server: $schema=scenario.schema.json")]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum, default_value_t, value_name = "WHAT")]
    pub of: SchemaOf,
}

/// What a schema is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// Scenario files
    #[default]
    Scenario,
    /// The document of `run --format json`
    Results,
}

/// `scenario new`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  scenario new reconnect/wifi-roam\n  \
    writes scenarios/reconnect/wifi-roam.yaml, which runs as it is")]
pub struct NewArgs {
    /// The id: a path below `scenarios/` without extension
    pub id: String,
}

/// `scenario init`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Three commands to a verdict:\n  scenario init\n  scenario lint\n  scenario run"
)]
pub struct InitArgs {
    /// The directory; made when it is not there
    #[arg(default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
}

/// A seed, decimal or `0x…`.
fn seed(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("a seed is a whole number up to {}, or 0x… ", u64::MAX))
}
