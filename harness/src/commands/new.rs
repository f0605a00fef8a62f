//! `scenario new`

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{library, shown};
use crate::cli::NewArgs;
use crate::scenario::library::FOLDER;
use crate::scenario::schema::{self, scenario_schema};
use crate::verdict::{EXIT_PASS, EXIT_USAGE};

/// Writes a scenario that is valid and runs as it is.
pub fn new(args: &NewArgs) -> io::Result<u8> {
    let id = args.id.trim_end_matches(".yaml").trim_start_matches("scenarios/");
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    };
    if !id.split('/').all(part) {
        writeln!(
            io::stderr(),
            "scenario: `{}` cannot be an id: write topic/claim, of letters, digits, `-` and `_`",
            args.id
        )?;
        return Ok(EXIT_USAGE);
    }
    let root = match library()?.root() {
        Some(root) => root.to_owned(),
        None => std::env::current_dir()?.join(FOLDER),
    };
    let path = root.join(format!("{id}.yaml"));
    if !write_new(&path, &template(id))? {
        writeln!(io::stderr(), "scenario: `{}` is there already; it stays as it is", shown(&path))?;
        return Ok(EXIT_USAGE);
    }
    write_new(&root.join(schema::FILE), &scenario_schema())?;
    writeln!(
        io::stdout(),
        "wrote {}\n\nNext:\n  scenario explain {id}\n  scenario run {id} --board sim",
        shown(&path)
    )?;
    Ok(EXIT_PASS)
}

/// The first scenario of an id, valid as it stands.
pub fn template(id: &str) -> String {
    let header = schema::header(id.matches('/').count());
    include_str!("../../templates/scenario.yaml")
        .replace("# @@HEADER@@", &header)
        .replace("@@ID@@", id)
}

/// Writes a file that is not there yet, with the folders above it; says whether it did.
pub fn write_new(path: &Path, text: &str) -> io::Result<bool> {
    let describe = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot write `{}`: {error}", shown(path)))
    };
    std::fs::create_dir_all(path.parent().unwrap_or(&PathBuf::from("."))).map_err(describe)?;
    match std::fs::File::create_new(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true).map_err(describe),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(describe(error)),
    }
}
