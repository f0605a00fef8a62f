//! `scenario run`.

use std::io;

use crate::cli::{Deny, RunArgs};
use crate::report::{Reporters, RunFolder, Wall};
use crate::runner::suite;
use crate::scenario::select::select;
use crate::verdict::{EXIT_INFRA, EXIT_USAGE, Ending, Totals};

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
    let mut reporters = match Reporters::new(args, &out, start) {
        Ok(reporters) => reporters,
        Err(error) => {
            super::diagnose(&error)?;
            return Ok(EXIT_INFRA);
        }
    };
    let outcome = suite::play(&files, args, out, &mut reporters);
    let totals: Totals = outcome.results.iter().map(|result| result.verdict).collect();
    if let Some(error) = reporters.finish(args, outcome.images, outcome.interrupted)? {
        super::diagnose(&error)?;
    }
    let ending = Ending {
        interrupted: outcome.interrupted,
        deny_warn: args.deny.contains(&Deny::Warn),
        allow_skip: args.allow_skip,
        ..Ending::default()
    };
    Ok(ending.exit_code(&totals))
}
