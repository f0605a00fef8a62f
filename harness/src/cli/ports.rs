//! `scenario flash` and `scenario monitor`.

use std::path::PathBuf;

use clap::Args;

use super::BenchArg;
use crate::bench::CHIPS;
use crate::scenario::units::Size;

/// `scenario flash`.
#[derive(Clone, Debug, Args)]
#[command(after_help = FLASH_EXAMPLES)]
pub struct FlashArgs {
    /// The board: its name or MAC in the bench file, its port, or `auto`: the only one plugged in
    #[arg(value_name = "NAME|PORT|auto", required_unless_present = "save")]
    pub board: Option<String>,
    /// What to write: the ELF that cargo built, or an ESP-IDF build's flasher_args.json
    /// [default: the bench entry's]
    #[arg(long, value_name = "PATH")]
    pub image: Option<PathBuf>,
    /// Clears all of the flash first: what the device was told and keeps is gone
    #[arg(long)]
    pub erase: bool,
    /// Writes the flash's contents into a file; no board is needed
    #[arg(long, value_name = "FILE", requires_all = ["image", "chip"],
          conflicts_with_all = ["board", "erase"])]
    pub save: Option<PathBuf>,
    /// The chip of a saved image
    #[arg(long, value_name = "CHIP", requires = "save", value_parser = CHIPS)]
    pub chip: Option<String>,
    /// Size of a saved image
    #[arg(long, value_name = "SIZE", requires = "save", default_value = "4MiB")]
    pub size: Size,
    /// The bench file.
    #[command(flatten)]
    pub bench: BenchArg,
}

const FLASH_EXAMPLES: &str = "\
Examples:
  scenario flash auto --image target/bare-metal/riscv32imc-unknown-none-elf/release/kvs-port-esp32c3
      The only board that is plugged in: bootloader, partition table and app, read back by the chip.
  scenario flash porch --erase
      A board of bench.toml, with its own image; refused when another board hangs on its port.
  scenario flash --save flash.bin --chip esp32c3 --image app.elf
      The same bytes as a file, for an emulator.
A board with secure boot or flash encryption is never written to (harness/docs/flashing.md).";

/// `scenario monitor`.
#[derive(Clone, Debug, Args)]
#[command(after_help = MONITOR_EXAMPLES)]
pub struct MonitorArgs {
    /// The board: its name or MAC in the bench file, its port, or `auto`: the only one plugged in
    #[arg(value_name = "NAME|PORT|auto")]
    pub board: String,
    /// The ELF that runs there: addresses in a panic become functions and lines
    /// [default: the bench entry's]
    #[arg(long, value_name = "ELF")]
    pub image: Option<PathBuf>,
    /// Keeps what is shown, at the end of this file
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// The bench file.
    #[command(flatten)]
    pub bench: BenchArg,
}

const MONITOR_EXAMPLES: &str = "\
Example:
  scenario monitor auto --image app.elf --log console.log
      Lines with the seconds since the start; it waits for a board that was unplugged. Ctrl-C ends it.";
