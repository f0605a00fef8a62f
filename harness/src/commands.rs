//! The subcommands. Each returns its exit code; nothing below prints an error of its own.

#[cfg(feature = "boards")]
mod attached;
mod boards;
mod diff;
mod doctor;
mod explain;
#[cfg(feature = "boards")]
mod flash;
mod init;
mod lint;
mod list;
#[cfg(feature = "boards")]
mod monitor;
mod new;
mod probe;
mod run;
mod schema;
mod serve;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};
pub use crate::report::diagnose;
use crate::scenario::library::{Library, LoadError};
use crate::verdict::{EXIT_INFRA, EXIT_PASS, EXIT_USAGE};

/// Reads the command line and carries it out.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not mistakes; clap knows where each belongs.
            let code = if error.use_stderr() { EXIT_USAGE } else { EXIT_PASS };
            return ExitCode::from(if error.print().is_ok() { code } else { EXIT_INFRA });
        }
    };
    match carry_out(cli.command) {
        Ok(code) => ExitCode::from(code),
        // Whoever read our output has gone (`scenario list | head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(EXIT_PASS),
        Err(error) => {
            let _ = writeln!(io::stderr(), "scenario: {error}");
            ExitCode::from(EXIT_INFRA)
        }
    }
}

fn carry_out(command: Command) -> io::Result<u8> {
    match command {
        Command::Run(args) => run::run(&args),
        Command::List(args) => list::list(&args),
        Command::Lint(args) => lint::lint(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::New(args) => new::new(&args),
        Command::Init(args) => init::init(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Doctor => doctor::doctor(),
        Command::Mock(options) => serve::mock(*options),
        Command::Proxy(options) => serve::proxy(*options),
        Command::Probe(args) => probe::probe(&args),
        Command::Boards(args) => boards::boards(&args),
        #[cfg(feature = "boards")]
        Command::Flash(args) => flash::flash(&args),
        #[cfg(feature = "boards")]
        Command::Monitor(args) => monitor::watch(&args),
        #[cfg(not(feature = "boards"))]
        Command::Flash(_) | Command::Monitor(_) => {
            writeln!(io::stderr(), "scenario: {}", crate::board::serial::WITHOUT_BOARDS)?;
            Ok(EXIT_INFRA)
        }
    }
}

/// The library as seen from the current directory.
///
/// # Errors
/// When there is no current directory any more.
pub fn library() -> io::Result<Library> {
    Ok(Library::seen_from(&std::env::current_dir()?))
}

/// Shows what is wrong with files and arguments, on stderr.
///
/// # Errors
/// When stderr cannot be written.
pub fn show(problems: &[LoadError]) -> io::Result<()> {
    problems.iter().try_for_each(|problem| diagnose(problem))
}

/// A path as the user would write it.
fn shown(path: &std::path::Path) -> String {
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::new());
    path.strip_prefix(&here).unwrap_or(path).display().to_string()
}
