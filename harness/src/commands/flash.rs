//! `scenario flash`: writes an image to a board, or into a file.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::attached::Attached;
use crate::board::serial::flash::{self, Flashable, Flashed, Progress};
use crate::board::serial::save::save;
use crate::board::serial::{Contents, desk};
use crate::cli::FlashArgs;
use crate::verdict::{EXIT_INFRA, EXIT_PASS, EXIT_USAGE};

/// Writes it.
///
/// # Errors
/// When something could not be printed.
pub fn flash(args: &FlashArgs) -> io::Result<u8> {
    if let (Some(to), Some(image), Some(chip)) = (&args.save, &args.image, &args.chip) {
        return to_file(image, chip, args.size.0, to);
    }
    let Some(word) = &args.board else {
        return refused("name a board, or a file with --save", EXIT_USAGE);
    };
    let board = match Attached::named(word, args.bench.file.as_deref()) {
        Ok(board) => board,
        Err(why) => return refused(&why, EXIT_USAGE),
    };
    let image = match (board.entry(), &args.image) {
        (_, Some(image)) => image.clone(),
        (None, None) => {
            return refused(
                "what is to be written? --image PATH: the ELF that cargo built",
                EXIT_USAGE,
            );
        }
        (Some(entry), None) => match desk::wanted_image(entry, None) {
            Ok(image) => image,
            Err(error) => return refused(&error.to_string(), EXIT_INFRA),
        },
    };
    match to_board(&board, &image, args.erase) {
        Ok((path, flashed)) => {
            say(&path, &flashed)?;
            Ok(EXIT_PASS)
        }
        Err(why) => refused(&why, EXIT_INFRA),
    }
}

fn refused(why: &str, code: u8) -> io::Result<u8> {
    writeln!(io::stderr(), "scenario: {why}")?;
    Ok(code)
}

fn to_file(image: &Path, chip: &str, bytes: u64, to: &Path) -> io::Result<u8> {
    let Ok(flash_bytes) = u32::try_from(bytes) else {
        return refused("--size: no flash is that large", EXIT_USAGE);
    };
    let saved = Flashable::of(image).and_then(|what| save(&what, chip, flash_bytes, to));
    match saved {
        Ok(saved) => {
            let mut out = io::stdout().lock();
            let mib = flash_bytes >> 20;
            writeln!(
                out,
                "saved {}: {mib} MiB of {chip} flash, {} bytes of them written",
                to.display(),
                saved.bytes
            )?;
            if let Some(sha256) = &saved.image {
                writeln!(out, "  image {} (the ELF's SHA-256 begins so)", short(sha256))?;
            }
            Ok(EXIT_PASS)
        }
        Err(error) => refused(&error.to_string(), EXIT_INFRA),
    }
}

fn to_board(board: &Attached, image: &Path, erase: bool) -> Result<(PathBuf, Flashed), String> {
    let what = Flashable::of(image).map_err(|error| error.to_string())?;
    let (site, _held) = board.take()?;
    let reset = site.enter_loader().map_err(|error| error.to_string())?;
    let mac = board.entry().map(|entry| entry.mac);
    let mut bar = Bar::new();
    let flashed =
        flash::flash(&site.at, reset, &what, mac, erase, &mut |progress| bar.show(progress));
    bar.clear();
    match flashed {
        Ok(flashed) => Ok((site.at.path.clone(), flashed)),
        Err(error) => Err(match error.contents() {
            Contents::AsBefore => error.to_string(),
            Contents::HalfFlashed => {
                format!("{error}\nhalf-flashed: what this board does now says nothing of any image")
            }
        }),
    }
}

fn say(path: &Path, flashed: &Flashed) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let identity = &flashed.identity;
    let (chip, mac, mib) = (&identity.chip, identity.mac, identity.flash_bytes >> 20);
    writeln!(out, "flashed {}: {chip} {mac}, {mib} MiB", path.display())?;
    let bytes = flashed.bytes;
    match &flashed.image {
        Some(sha256) => writeln!(
            out,
            "  image {} (the ELF's SHA-256 begins so), {bytes} bytes, read back by the chip",
            short(sha256)
        )?,
        None => writeln!(
            out,
            "  {bytes} bytes, read back by the chip; none is an app that says its hash"
        )?,
    }
    if !flashed.restarted {
        writeln!(out, "  press RESET to start it: it could not be restarted from here")?;
    }
    Ok(())
}

/// As `hello` says it.
fn short(sha256: &str) -> &str {
    sha256.get(..16).unwrap_or(sha256)
}

/// A bar on a terminal, a line for each thing begun elsewhere.
struct Bar {
    bar: ProgressBar,
    terminal: bool,
    last: Option<&'static str>,
}

impl Bar {
    fn new() -> Self {
        let terminal = io::stderr().is_terminal();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        // A constant; were it wrong, the default bar would do.
        let style =
            ProgressStyle::with_template("{bar:24} {bytes} of {total_bytes} {msg} {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, terminal, last: None }
    }

    fn show(&mut self, progress: Progress) {
        let doing = match progress {
            Progress::Begins { total } => {
                self.bar.set_length(total);
                if self.terminal {
                    self.bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                return;
            }
            Progress::Erasing => "erasing",
            Progress::Written { bytes, .. } => {
                self.bar.set_position(bytes);
                "writing"
            }
            Progress::Verifying => "verifying",
        };
        self.bar.set_message(doing);
        if !self.terminal && self.last != Some(doing) {
            // Whoever closed stderr wants no progress.
            let _ = writeln!(io::stderr(), "{doing} …");
        }
        self.last = Some(doing);
    }

    fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
