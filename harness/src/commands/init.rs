//! `scenario init`: three commands to a verdict.

use std::io::{self, Write};

use super::new::{template, write_new};
use super::shown;
use crate::bench;
use crate::cli::InitArgs;
use crate::scenario::schema::{self, scenario_schema};
use crate::verdict::EXIT_PASS;

/// The id of the first scenario.
const FIRST: &str = "reconnect/first";

/// Writes a first scenario, its schema and a CI job; what is there already stays.
pub fn init(args: &InitArgs) -> io::Result<u8> {
    let files = [
        (format!("scenarios/{FIRST}.yaml"), template(FIRST)),
        (format!("scenarios/{}", schema::FILE), scenario_schema()),
        (bench::FILE.to_owned(), include_str!("../../templates/bench.toml").to_owned()),
        (
            ".github/workflows/scenarios.yml".to_owned(),
            include_str!("../../templates/scenarios.yml").to_owned(),
        ),
    ];
    let here = std::env::current_dir()?;
    let dir = here.join(&args.dir);
    let mut out = io::stdout().lock();
    for (name, text) in &files {
        let path = dir.join(name);
        let done = if write_new(&path, text)? { "wrote" } else { "kept " };
        writeln!(out, "{done}  {}", shown(&path))?;
    }
    writeln!(out, "\nNext:")?;
    if dir.canonicalize()? != here.canonicalize()? {
        writeln!(out, "  cd {}", args.dir.display())?;
    }
    writeln!(out, "  scenario lint        checks the files")?;
    writeln!(out, "  scenario run --board sim")?;
    writeln!(out, "                       runs them on the simulated board, in a second or two")?;
    writeln!(out, "  scenario new ID      writes another one")?;
    writeln!(out, "  scenario boards      what bench.toml says of boards on serial ports")?;
    writeln!(out, "  scenario list builtin:connect builtin:reconnect")?;
    writeln!(out, "                       scenarios inside this program, to read and to run")?;
    Ok(EXIT_PASS)
}
