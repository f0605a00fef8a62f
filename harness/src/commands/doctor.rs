//! `scenario doctor`: whether this machine can run scenarios, each point with what to do about it.

use std::io::{self, IsTerminal, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use tokio::time::Instant;

use super::library;
use crate::bench::{self, Bench, Entry, Port, matches_of};
use crate::board::netns;
use crate::report::version;
use crate::verdict::{EXIT_INFRA, EXIT_PASS};

/// One point that was looked at.
struct Finding {
    mark: Mark,
    what: &'static str,
    found: String,
    /// What to do; nothing when all is well.
    fix: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Ok,
    /// Something works less well, or not at all on one board.
    Warn,
    /// Nothing can be run.
    Broken,
}

impl Mark {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Broken => "broken",
        }
    }
}

fn ok(what: &'static str, found: impl Into<String>) -> Finding {
    Finding { mark: Mark::Ok, what, found: found.into(), fix: None }
}

fn warn(what: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { mark: Mark::Warn, what, found: found.into(), fix: Some(fix.into()) }
}

fn broken(what: &'static str, found: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { mark: Mark::Broken, what, found: found.into(), fix: Some(fix.into()) }
}

/// Looks at everything and says what to put right.
pub fn doctor() -> io::Result<u8> {
    let findings = [
        scenarios()?,
        cargo(),
        sources()?,
        loopback(),
        own_network(),
        bench(),
        #[cfg(all(feature = "boards", unix))]
        serial(),
        timers(),
        open_files(),
        cores(),
        terminal(),
    ];
    let mut out = io::stdout().lock();
    for finding in &findings {
        writeln!(out, "{:6}  {:12}  {}", finding.mark.word(), finding.what, finding.found)?;
        if let Some(fix) = &finding.fix {
            writeln!(out, "{:22}fix: {fix}", "")?;
        }
    }
    let worst = |mark| findings.iter().filter(|finding| finding.mark == mark).count();
    let (warnings, broken) = (worst(Mark::Warn), worst(Mark::Broken));
    writeln!(out)?;
    if broken > 0 {
        writeln!(out, "This machine cannot run scenarios yet: put right what is broken.")?;
        return Ok(EXIT_INFRA);
    }
    match warnings {
        0 => writeln!(out, "All is well. Next: scenario run")?,
        _ => writeln!(out, "Scenarios can be run; {warnings} to look at. Next: scenario run")?,
    }
    Ok(EXIT_PASS)
}

fn scenarios() -> io::Result<Finding> {
    const WHAT: &str = "scenarios";
    let library = library()?;
    let loaded = library.load(&[]);
    let errors = loaded.problems.iter().filter(|problem| problem.is_error()).count();
    if errors > 0 {
        let found = format!("{errors} errors in scenario files");
        return Ok(broken(WHAT, found, "`scenario lint` shows them"));
    }
    let place = match library.root() {
        Some(root) => format!("in {}", super::shown(root)),
        None => "inside this program (no scenarios/ here or above)".to_owned(),
    };
    Ok(ok(WHAT, format!("{} {place}", loaded.files.len())))
}

fn cargo() -> Finding {
    const WHAT: &str = "cargo";
    match version("cargo") {
        Some(version) => ok(WHAT, version),
        None => warn(
            WHAT,
            "not found: board host cannot build its device program",
            "install Rust, or give a built program with `run --image PATH`",
        ),
    }
}

fn sources() -> io::Result<Finding> {
    const WHAT: &str = "board host";
    let here = std::env::current_dir()?;
    let manifest = "firmware/ports/host/Cargo.toml";
    Ok(match here.ancestors().find(|above| above.join(manifest).is_file()) {
        Some(_) => ok(WHAT, "built from this checkout"),
        None => warn(
            WHAT,
            "not in a checkout: the device program cannot be built here",
            "give it with `run --image PATH`, or use `run --board sim`",
        ),
    })
}

/// Ports that one run of every job needs at once.
const PORTS: usize = 32;

fn loopback() -> Finding {
    const WHAT: &str = "ports";
    let fix = "allow TCP on 127.0.0.1, or use `run --board sim`";
    let bound: Result<Vec<TcpListener>, io::Error> =
        (0..PORTS).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect();
    match bound {
        Ok(ports) => ok(WHAT, format!("{} free ones taken on 127.0.0.1", ports.len())),
        Err(error) => warn(WHAT, format!("no listener on 127.0.0.1: {error}"), fix),
    }
}

/// Networks of a run's own, for clients that insist on port 443.
fn own_network() -> Finding {
    const WHAT: &str = "netns";
    match netns::possible() {
        Ok(()) => ok(WHAT, "`run --netns` works"),
        Err(error) => warn(WHAT, error.to_string(), "`exec:` boards run without it: see boards.md"),
    }
}

/// The boards that the directory's bench file lists, and whether they are there.
fn bench() -> Finding {
    const WHAT: &str = "bench";
    let fix = "`scenario boards` shows which; harness/docs/bench.md describes the file";
    match Bench::read_if_there(None) {
        Ok(None) => ok(WHAT, format!("no {} here: no boards on serial ports", bench::FILE)),
        Ok(Some(bench)) => {
            let plugged = |entry: &&Entry| match &entry.port {
                Port::Path(pattern) => !matches_of(pattern).unwrap_or_default().is_empty(),
                // Whether it is there is known to the other machine.
                Port::Rfc2217(_) => true,
            };
            let (all, there) = (bench.boards.len(), bench.boards.iter().filter(plugged).count());
            let drives = if cfg!(feature = "boards") { "" } else { "; this build drives none" };
            let found = format!("{there} of {all} boards plugged in{drives}");
            if there < all { warn(WHAT, found, fix) } else { ok(WHAT, found) }
        }
        Err(error) => warn(WHAT, format!("{}: {error}", bench::FILE), fix),
    }
}

/// Ports with a board on them, and whether they are ours to open.
#[cfg(all(feature = "boards", unix))]
fn serial() -> Finding {
    use crate::board::serial::port;
    const WHAT: &str = "serial";
    let there = port::boards();
    if let Some(error) = there.iter().find_map(|path| port::permitted(path).err()) {
        return warn(WHAT, error.to_string(), "then `scenario boards probe`");
    }
    let names: Vec<String> = there.iter().map(|path| path.display().to_string()).collect();
    match names.len() {
        0 => ok(WHAT, "no port that looks like a board; one by its path can be named all the same"),
        _ => ok(WHAT, format!("boards may be at {}", names.join(", "))),
    }
}

/// How late timers are: injected latency and back-off gaps on real boards are only as good.
fn timers() -> Finding {
    const WHAT: &str = "timers";
    /// Enough to meet a busy scheduler, over in a tenth of a second.
    const ROUNDS: u32 = 20;
    const WAIT: Duration = Duration::from_millis(5);
    /// Above this the slack of board host (5 ms) is eaten up.
    const LATE: Duration = Duration::from_millis(5);
    let mut late: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            std::thread::sleep(WAIT);
            start.elapsed().saturating_sub(WAIT)
        })
        .collect();
    late.sort();
    let (median, worst) = (late[late.len() / 2], late[late.len() - 1]);
    let found = format!(
        "{:.2} ms late in the median, {:.2} ms at worst",
        median.as_secs_f64() * 1e3,
        worst.as_secs_f64() * 1e3
    );
    if worst > LATE {
        return warn(WHAT, found, "run fewer at once on board host: `run --jobs 1`");
    }
    ok(WHAT, found)
}

/// Files that the default suite keeps open: eight runs, each with its sockets and pipes.
#[cfg(unix)]
const OPEN_FILES: u64 = 1_024;

#[cfg(unix)]
fn open_files() -> Finding {
    use rustix::process::{Resource, getrlimit};
    const WHAT: &str = "open files";
    match getrlimit(Resource::Nofile).current {
        Some(limit) if limit < OPEN_FILES => {
            warn(WHAT, format!("{limit} at most"), format!("`ulimit -n {OPEN_FILES}`"))
        }
        Some(limit) => ok(WHAT, format!("{limit} at most")),
        None => ok(WHAT, "no limit"),
    }
}

#[cfg(not(unix))]
fn open_files() -> Finding {
    ok("open files", "not limited per process on this system")
}

fn cores() -> Finding {
    const WHAT: &str = "cores";
    match std::thread::available_parallelism() {
        Ok(cores) if cores.get() > 1 => ok(WHAT, cores.to_string()),
        Ok(_) => warn(WHAT, "1", "expect the suite to take longer; `run --jobs 2` on host"),
        Err(error) => warn(WHAT, format!("unknown: {error}"), "say `run --jobs N`"),
    }
}

fn terminal() -> Finding {
    const WHAT: &str = "terminal";
    let colours = std::env::var_os("NO_COLOR").is_none();
    match (io::stdout().is_terminal(), colours) {
        (true, true) => ok(WHAT, "progress bar and colours"),
        (true, false) => ok(WHAT, "progress bar, no colours (NO_COLOR is set)"),
        (false, _) => ok(WHAT, "none: plain lines"),
    }
}
