//! `scenario boards`: what hangs on this machine, and seeing to one board.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use crate::bench::{
    Bench, BenchError, Entry, FILE, Port, StateDir, describe, holder, matches_of, quarantine,
};
#[cfg(not(feature = "boards"))]
use crate::board::serial::WITHOUT_BOARDS;
#[cfg(feature = "boards")]
use crate::board::serial::hand;
use crate::cli::{BoardArgs, BoardsArgs, BoardsDeed};
use crate::report::Wall;
use crate::verdict::{EXIT_INFRA, EXIT_PASS, EXIT_USAGE};

/// Carries out what was asked for.
pub fn boards(args: &BoardsArgs) -> io::Result<u8> {
    let outer = args.bench.file.as_deref();
    match &args.deed {
        None => with_bench(outer, list),
        Some(BoardsDeed::List { bench }) => with_bench(bench.file.as_deref(), list),
        Some(BoardsDeed::Probe { bench }) => with_bench(bench.file.as_deref(), probe),
        Some(BoardsDeed::Identify(board)) => with_board(board, identify),
        Some(BoardsDeed::Reset(board)) => with_board(board, reset),
        Some(BoardsDeed::Wipe(board)) => with_board(board, wipe),
    }
}

fn with_bench(
    file: Option<&Path>,
    deed: fn(&Bench, &StateDir) -> io::Result<u8>,
) -> io::Result<u8> {
    match Bench::read(file) {
        Ok(bench) => deed(&bench, &StateDir::open()?),
        Err(error) => wrong(&error),
    }
}

fn with_board(
    args: &BoardArgs,
    deed: fn(&Entry, &StateDir) -> io::Result<Result<(), String>>,
) -> io::Result<u8> {
    let bench = match Bench::read(args.bench.file.as_deref()) {
        Ok(bench) => bench,
        Err(error) => return wrong(&error),
    };
    let meant = match bench.meant_by(&args.name) {
        Ok(meant) => meant,
        Err(error) => return wrong(&error),
    };
    let state = StateDir::open()?;
    let mut code = EXIT_PASS;
    // A tag stands for several.
    for entry in meant {
        if let Err(why) = deed(entry, &state)? {
            writeln!(io::stderr(), "scenario: {why}")?;
            code = EXIT_INFRA;
        }
    }
    Ok(code)
}

fn wrong(error: &BenchError) -> io::Result<u8> {
    super::diagnose(error)?;
    Ok(EXIT_USAGE)
}

fn list(bench: &Bench, state: &StateDir) -> io::Result<u8> {
    let now = Wall::now();
    let row = |entry: &Entry| -> [String; 6] {
        let port = match &entry.port {
            Port::Rfc2217(url) => url.clone(),
            Port::Path(pattern) => match &matches_of(pattern).unwrap_or_default()[..] {
                [] => "not plugged in".into(),
                [port] => port.display().to_string(),
                several => format!("one of {}", several.len()),
            },
        };
        let sick = quarantine::of(state, entry.mac, now);
        let doing = match (holder(state, entry.mac), sick) {
            (Some(who), _) => format!("in use by {}", describe(Some(&who))),
            (None, Some(sick)) => format!(
                "quarantine until {}: {}",
                Wall::from_unix(sick.until_unix_s).rfc3339(),
                sick.why
            ),
            (None, None) => "free".into(),
        };
        let chip = entry.chip.clone().unwrap_or_else(|| "any".into());
        [entry.name.clone(), entry.mac.to_string(), chip, entry.tags.join(","), port, doing]
    };
    let heads = ["board", "MAC", "chip", "tags", "port", "state"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(heads).chain(bench.boards.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..6).map(|column| width(column).unwrap_or(0)).collect();
    let mut out = io::stdout().lock();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    if bench.boards.is_empty() {
        writeln!(out, "{} lists no board yet", bench.file.display())?;
    }
    Ok(EXIT_PASS)
}

#[cfg(feature = "boards")]
fn probe(bench: &Bench, state: &StateDir) -> io::Result<u8> {
    let mut code = EXIT_PASS;
    for entry in &bench.boards {
        if let Err(why) = identify(entry, state)? {
            writeln!(io::stderr(), "{why}")?;
            code = EXIT_INFRA;
        }
    }
    Ok(code)
}

#[cfg(feature = "boards")]
fn identify(entry: &Entry, state: &StateDir) -> io::Result<Result<(), String>> {
    let (path, who) = match hand::identify(entry, state) {
        Ok(found) => found,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let secured = if who.secured { ", secured: it cannot be flashed" } else { "" };
    let mib = who.flash_bytes >> 20;
    let (name, chip, mac, path) = (&entry.name, &who.chip, who.mac, path.display());
    writeln!(io::stdout(), "{name}  {chip}  {mac}  {mib} MiB flash  {path}{secured}")?;
    Ok(Ok(()))
}

#[cfg(feature = "boards")]
fn reset(entry: &Entry, state: &StateDir) -> io::Result<Result<(), String>> {
    let (tried, line) = match hand::wake(entry, state) {
        Ok(woken) => woken,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let after: Vec<_> = tried.iter().map(|rung| rung.word()).collect();
    let after =
        if after.is_empty() { String::new() } else { format!(" after {}", after.join(", ")) };
    writeln!(io::stdout(), "{}  awake{after}: {line}", entry.name)?;
    Ok(Ok(()))
}

#[cfg(feature = "boards")]
fn wipe(entry: &Entry, state: &StateDir) -> io::Result<Result<(), String>> {
    let flashed = match hand::wipe(entry, state) {
        Ok(flashed) => flashed,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let (name, bytes) = (&entry.name, flashed.bytes);
    writeln!(io::stdout(), "{name}  erased, with all it kept; {bytes} bytes written anew")?;
    Ok(Ok(()))
}

#[cfg(not(feature = "boards"))]
fn probe(_bench: &Bench, _state: &StateDir) -> io::Result<u8> {
    writeln!(io::stderr(), "scenario: {WITHOUT_BOARDS}")?;
    Ok(EXIT_INFRA)
}

#[cfg(not(feature = "boards"))]
fn identify(_entry: &Entry, _state: &StateDir) -> io::Result<Result<(), String>> {
    Ok(Err(WITHOUT_BOARDS.into()))
}

#[cfg(not(feature = "boards"))]
fn reset(entry: &Entry, state: &StateDir) -> io::Result<Result<(), String>> {
    identify(entry, state)
}

#[cfg(not(feature = "boards"))]
fn wipe(entry: &Entry, state: &StateDir) -> io::Result<Result<(), String>> {
    identify(entry, state)
}

/// Offers to keep a board that was found in no bench file: asks on a terminal, prints elsewhere.
pub fn offer(entry: &Entry, file: Option<&Path>) -> io::Result<()> {
    let file = file.unwrap_or(Path::new(FILE));
    let mut err = io::stderr().lock();
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return writeln!(
            err,
            "\nTo keep this board by name, add to {}:\n\n{entry}",
            file.display()
        );
    }
    write!(err, "Name to keep this board under in {} (empty: do not keep it): ", file.display())?;
    err.flush()?;
    let mut name = String::new();
    io::stdin().read_line(&mut name)?;
    let name = name.trim();
    if name.is_empty() {
        return Ok(());
    }
    let entry = Entry { name: name.to_owned(), ..entry.clone() };
    let before = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => "schema = 1\n".into(),
        Err(error) => return Err(error),
    };
    let text = format!("{before}\n{entry}");
    // Never a file that the next command refuses.
    if let Err(error) = Bench::parse(file, text.clone()) {
        drop(err);
        return super::diagnose(&error);
    }
    std::fs::write(file, text)?;
    writeln!(err, "kept: `scenario run --board serial:{name}`")
}
