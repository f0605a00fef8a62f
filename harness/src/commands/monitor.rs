//! `scenario monitor`: a board's console, with times, decoded panics and a log.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use super::attached::Attached;
use crate::board::serial::decode::Decoder;
use crate::board::serial::monitor::{Seen, monitor};
use crate::cli::MonitorArgs;
use crate::runner::interrupt;
use crate::verdict::{EXIT_INFRA, EXIT_PASS, EXIT_USAGE};

/// Notes stand below the text of their line.
const INDENT: &str = "             ";

/// Watches until Ctrl-C.
///
/// # Errors
/// When something could not be printed or logged.
pub fn watch(args: &MonitorArgs) -> io::Result<u8> {
    let board = match Attached::named(&args.board, args.bench.file.as_deref()) {
        Ok(board) => board,
        Err(why) => return refused(&why, EXIT_USAGE),
    };
    let listed = board.entry().and_then(|entry| entry.image.as_deref());
    let decoder = match args.image.as_deref().or(listed).map(Decoder::of).transpose() {
        Ok(decoder) => decoder,
        Err(error) => return refused(&error.to_string(), EXIT_INFRA),
    };
    // A run that uses the board must not lose lines to us.
    let (site, _held) = match board.take() {
        Ok(taken) => taken,
        Err(why) => return refused(&why, EXIT_INFRA),
    };
    let mut log = args.log.as_deref().map(open_log).transpose()?;
    let (path, baud) = (site.at.path.display(), site.at.baud);
    writeln!(io::stderr(), "monitor of {path} at {baud} baud; Ctrl-C ends it")?;
    let stopped = interrupt::listen(|| {});
    let mut tell = |since: Duration, seen: Seen| {
        let shown = lines(since, seen);
        io::stdout().lock().write_all(shown.as_bytes())?;
        match &mut log {
            Some(log) => log.write_all(shown.as_bytes()),
            None => Ok(()),
        }
    };
    match monitor(&mut || site.open(), decoder.as_ref(), &|| *stopped.borrow(), &mut tell) {
        Ok(watched) => watched.map(|()| EXIT_PASS),
        Err(error) => refused(&error.to_string(), EXIT_INFRA),
    }
}

fn refused(why: &str, code: u8) -> io::Result<u8> {
    writeln!(io::stderr(), "scenario: {why}")?;
    Ok(code)
}

/// At its end: a second monitor of the same board goes on in the same file.
fn open_log(path: &Path) -> io::Result<File> {
    let opened = File::options().create(true).append(true).open(path);
    opened.map_err(|error| io::Error::new(error.kind(), format!("log {}: {error}", path.display())))
}

/// What is seen, as it is shown and logged.
fn lines(since: Duration, seen: Seen) -> String {
    let stamp = format!("[{:>10.3}]", since.as_secs_f64());
    match seen {
        Seen::Line { text, notes } => {
            let mut shown = format!("{stamp} {}\n", printable(&text));
            for note in notes {
                shown.push_str(INDENT);
                shown.push_str(&note);
                shown.push('\n');
            }
            shown
        }
        Seen::Gone => format!("{stamp} -- the port is gone; waiting for it to come back\n"),
        Seen::Back { away } => {
            format!("{stamp} -- the port is back after {:.1} s\n", away.as_secs_f64())
        }
    }
}

/// Without what would command a terminal: colours of a log, and anything that is no text.
fn printable(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '\u{1b}' => {
                // `ESC [ … m` and its kind end with a letter.
                for part in rest.by_ref() {
                    if part.is_ascii_alphabetic() {
                        break;
                    }
                }
            }
            '\t' => plain.push(character),
            other if other.is_control() => plain.push('\u{fffd}'),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn a_device_does_not_command_the_terminal() {
        assert_eq!(printable("\u{1b}[0;32mI (33) boot: ok\u{1b}[0m"), "I (33) boot: ok");
        assert_eq!(printable("a\tb\u{7}c"), "a\tb\u{fffd}c");
    }
}
