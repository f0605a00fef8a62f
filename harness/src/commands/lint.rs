//! `scenario lint`

use std::io::{self, Write};

use super::{library, show};
use crate::cli::{Deny, LintArgs};
use crate::scenario::library::LoadError;
use crate::verdict::{EXIT_FAIL, EXIT_PASS, EXIT_USAGE};

/// Checks files; says what is wrong, or how much was checked.
pub fn lint(args: &LintArgs) -> io::Result<u8> {
    let loaded = library()?.load(&args.scenarios);
    show(&loaded.problems)?;
    let errors = loaded.problems.iter().filter(|problem| problem.is_error()).count();
    let warnings = loaded.problems.len() - errors;
    let variants: usize = loaded.files.iter().map(|file| file.variants.len()).sum();
    writeln!(
        io::stdout(),
        "{}{}{}",
        counted(loaded.files.len(), "valid scenario"),
        format_args!(" with {}", counted(variants, "variant")),
        summary(errors, warnings, &loaded.problems),
    )?;
    Ok(match (errors, warnings) {
        (1.., _) => EXIT_USAGE,
        (0, 1..) if args.deny.contains(&Deny::Warn) => EXIT_FAIL,
        (0, _) => EXIT_PASS,
    })
}

fn summary(errors: usize, warnings: usize, problems: &[LoadError]) -> String {
    if problems.is_empty() {
        return String::new();
    }
    format!(", {}, {}", counted(errors, "error"), counted(warnings, "warning"))
}

fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
}
