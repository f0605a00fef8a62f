//! `scenario diff`

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use crate::cli::DiffArgs;
use crate::history::{Header, History};
use crate::snapshot::Section;
use crate::snapshot::milestone::Milestones;
use crate::verdict::{EXIT_FAIL, EXIT_PASS, EXIT_USAGE};

/// Compares two recorded runs of one scenario: line by line when both are of `sim`, by their
/// milestones else.
pub fn diff(args: &DiffArgs) -> io::Result<u8> {
    let (a, b) = match (read(&args.a), read(&args.b)) {
        (Ok(a), Ok(b)) => (a, b),
        (Err(why), _) | (_, Err(why)) => {
            writeln!(io::stderr(), "scenario diff: {why}")?;
            return Ok(EXIT_USAGE);
        }
    };
    let mut out = io::stdout();
    for (mark, run) in [("A", &a), ("B", &b)] {
        let Header { scenario, board, variant, seed, repeat, .. } = &run.header;
        let variant = if variant.is_empty() { "default" } else { variant };
        writeln!(out, "{mark}  {scenario} [{board}] {variant}, seed {seed}, repeat {repeat}")?;
    }
    let told = [&a, &b].map(|run| (&run.header.scenario, &run.header.variant));
    let unlike = told[0] != told[1];
    if unlike {
        writeln!(out, "these are not runs of the same scenario and variant")?;
    }
    let parts = parting(&a, &b);
    match &parts {
        None => writeln!(out, "no difference")?,
        Some(text) => writeln!(out, "{text}")?,
    }
    Ok(if parts.is_none() && !unlike { EXIT_PASS } else { EXIT_FAIL })
}

struct Recorded {
    header: Header,
    section: Section,
}

/// The history at `path`, or in the folder of a run.
fn read(path: &Path) -> Result<Recorded, String> {
    let file: PathBuf = if path.is_dir() { path.join("history.jsonl") } else { path.to_owned() };
    let shown = file.display();
    let opened = File::open(&file).map_err(|error| format!("{shown}: {error}"))?;
    let read = History::read(BufReader::new(opened));
    let (header, history) = read.map_err(|error| format!("{shown}: {error}"))?;
    let section = Section::of(header.variant.clone(), &history);
    Ok(Recorded { header, section })
}

/// Where they part, in words; `None` when they do not.
fn parting(a: &Recorded, b: &Recorded) -> Option<String> {
    let sim = |run: &Recorded| run.header.board == "sim";
    if sim(a) && sim(b) {
        return a.section.difference(&b.section).map(|difference| difference.to_string());
    }
    let too_long = "a history of this length is not kept line by line: only whole ones compare";
    let (Some(of_a), Some(of_b)) = (Milestones::of(&a.section), Milestones::of(&b.section)) else {
        return (a.section != b.section).then(|| too_long.to_owned());
    };
    let parting = of_a.compare(&of_b)?;
    let named = |milestone: &Option<String>| match milestone {
        Some(milestone) => format!("`{milestone}`"),
        None => "nothing more".to_owned(),
    };
    let mut text = format!("first difference: {}", parting.lane);
    for milestone in &parting.common {
        text.push_str(&format!("\n     {milestone}"));
    }
    text.push_str(&format!("\n  A  {}", named(&parting.expected)));
    text.push_str(&format!("\n  B  {}", named(&parting.found)));
    Some(text)
}
