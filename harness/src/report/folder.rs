//! The run folder (decision 23). A file is there whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{fs, process};

use miette::Diagnostic;
use thiserror::Error;

use super::event::RunLabel;
use super::wall::Wall;

/// Where run folders go unless `--out` says otherwise.
const DEFAULT: &str = "target/scenario";

/// A folder for everything that one command records.
#[derive(Clone, Debug)]
pub struct RunFolder {
    root: PathBuf,
}

/// Something could not be recorded. The verdicts are not touched by it.
#[derive(Debug, Error, Diagnostic)]
#[error("cannot write `{path}`: {error}")]
pub struct FolderError {
    /// What was written.
    pub path: String,
    /// Why it failed.
    pub error: io::Error,
    /// What to do.
    #[help]
    pub help: String,
}

impl RunFolder {
    /// Where the folder of a command is: `--out`, or one by time and seed.
    pub fn place(out: Option<&Path>, seed: u64, start: Wall) -> PathBuf {
        match out {
            Some(out) => out.to_owned(),
            None => Path::new(DEFAULT).join(format!("{}-{seed}", start.compact())),
        }
    }

    /// Makes the folder.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn create(root: &Path) -> Result<Self, FolderError> {
        fs::create_dir_all(root).map_err(|error| explained(root, error))?;
        let folder = Self { root: root.to_owned() };
        // Better told before the runs than after them.
        let probe = root.join(".probe");
        fs::write(&probe, b"")
            .and_then(|()| fs::remove_file(&probe))
            .map_err(|error| explained(root, error))?;
        Ok(folder)
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `<id>/<board>/<variant>/<k>`, below the root.
    pub fn of_run(&self, label: &RunLabel) -> PathBuf {
        let variant = if label.variant.is_empty() { "default" } else { &label.variant };
        let id: PathBuf = label.id.split('/').map(as_name).collect();
        let last = [as_name(&label.board), as_name(variant), label.repeat.to_string()];
        self.root.join(id).join(last.iter().collect::<PathBuf>())
    }

    /// Writes one file of a run.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn write_run(
        &self,
        label: &RunLabel,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<PathBuf, FolderError> {
        let folder = self.of_run(label);
        fs::create_dir_all(&folder).map_err(|error| explained(&folder, error))?;
        whole(&folder.join(name), write)?;
        Ok(folder)
    }

    /// Writes one file of the suite.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn write(&self, name: &str, text: &str) -> Result<(), FolderError> {
        whole(&self.root.join(name), |out| out.write_all(text.as_bytes()))
    }
}

/// Writes a file under another name, and gives it its own once it is whole.
fn whole(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), FolderError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let part = path.with_file_name(format!(".{name}.{}", process::id()));
    let written = fs::File::create(&part).and_then(|file| {
        let mut out = io::BufWriter::new(file);
        write(&mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error).map(drop)
    });
    written.and_then(|()| fs::rename(&part, path)).map_err(|error| {
        // What is left of it helps nobody, and may be what fills the disk.
        let _ = fs::remove_file(&part);
        explained(path, error)
    })
}

fn explained(path: &Path, error: io::Error) -> FolderError {
    use io::ErrorKind as Kind;
    let is = |kinds: &[Kind]| kinds.contains(&error.kind());
    let help = if is(&[Kind::StorageFull, Kind::QuotaExceeded]) {
        "the disk is full: make room, or choose another place with `--out DIR`"
    } else if is(&[Kind::PermissionDenied, Kind::ReadOnlyFilesystem]) {
        "this user may not write there: choose another place with `--out DIR`"
    } else if is(&[Kind::NotADirectory, Kind::AlreadyExists]) {
        "a file is in the way: choose another place with `--out DIR`"
    } else {
        "the verdicts are not touched by it; `--out DIR` chooses another place"
    };
    FolderError { path: path.display().to_string(), error, help: help.to_owned() }
}

/// A text as a file name on every system: what is not plain becomes `_`.
fn as_name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.=,%+".contains(c);
    let name: String = text.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    // `.` and `..` are places, not names.
    if name.chars().all(|c| c == '.') { name.replace('.', "_") } else { name }
}
