//! `scenario run`.

use std::io::{self, Write};

use crate::cli::{Deny, RunArgs};
use crate::report::{Reporters, RunFolder, Wall};
use crate::runner::suite;
use crate::scenario::select::select;
use crate::verdict::{EXIT_INFRA, EXIT_INTERRUPTED, EXIT_USAGE, Ending, Totals};

/// Runs what the command line asks for, and reports it.
///
/// # Errors
/// When something could not be printed.
pub fn run(args: &RunArgs) -> io::Result<u8> {
    let files = match super::library()?.load(&args.scenarios).checked() {
        Ok(files) => files,
        Err(problems) => {
            super::show(&problems)?;
            return Ok(EXIT_USAGE);
        }
    };
    let files = match select(&files, args) {
        Ok(files) => files,
        Err(error) => {
            super::diagnose(&error)?;
            return Ok(EXIT_USAGE);
        }
    };
    let start = Wall::now();
    let out = RunFolder::place(args.out.as_deref(), args.seed.unwrap_or(0), start);
    let mut reporters = Reporters::new(args, &out, start);
    if files.is_empty() {
        writeln!(io::stderr(), "scenario: nothing to run: no scenario fits")?;
    }
    let outcome = suite::play(&files, args, out, &mut reporters);
    let totals: Totals = outcome.results.iter().map(|result| result.verdict).collect();
    let unkept = reporters.finish(args, outcome.images, outcome.interrupted)?;
    if let Some(error) = &unkept {
        super::diagnose(error)?;
    }
    let ending = Ending {
        interrupted: outcome.interrupted,
        deny_warn: args.deny.contains(&Deny::Warn),
        allow_skip: args.allow_skip,
        ..Ending::default()
    };
    let code = ending.exit_code(&totals);
    // What could not be recorded is infrastructure, whatever the verdicts.
    Ok(if unkept.is_some() && code != EXIT_INTERRUPTED { EXIT_INFRA } else { code })
}
