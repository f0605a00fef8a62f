//! `scenario explain`

use std::io::{self, Write};

use super::{library, show};
use crate::check::Check;
use crate::cli::ExplainArgs;
use crate::scenario::explain::explain as text_of;
use crate::verdict::{EXIT_PASS, EXIT_USAGE};

/// Explains the check, or each scenario, that the argument names.
pub fn explain(args: &ExplainArgs) -> io::Result<u8> {
    if let Some(check) = Check::find(&args.scenario) {
        io::stdout().write_all(check.explain().as_bytes())?;
        return Ok(EXIT_PASS);
    }
    let loaded = library()?.load(std::slice::from_ref(&args.scenario));
    let files = match loaded.checked() {
        Ok(files) => files,
        Err(problems) => {
            show(&problems)?;
            return Ok(EXIT_USAGE);
        }
    };
    for (n, file) in files.iter().enumerate() {
        let text = text_of(file).map_err(io::Error::other)?;
        if n > 0 {
            writeln!(io::stdout(), "\n{}\n", "-".repeat(72))?;
        }
        io::stdout().write_all(text.as_bytes())?;
    }
    Ok(EXIT_PASS)
}
