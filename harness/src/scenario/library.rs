//! Finding scenarios: files, folders and ids, on disk and inside this program.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use miette::Diagnostic;
use thiserror::Error;

use super::parse::{ScenarioFile, parse};
use super::problem::{Problem, Weight, closest};

/// The library inside this program: ids with their texts, in order.
pub const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// Before an id that is meant as the one inside this program.
pub const BUILTIN_PREFIX: &str = "builtin:";

/// The folder in which ids begin.
pub const FOLDER: &str = "scenarios";

/// What stands in the way of the scenarios that were asked for.
#[derive(Debug, Error, Diagnostic)]
pub enum LoadError {
    /// Something in a file.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(Box<Problem>),
    /// A path or id that leads nowhere.
    #[error("no scenario `{argument}`")]
    Unknown {
        /// As given.
        argument: String,
        /// What might have been meant.
        #[help]
        help: String,
    },
    /// A file that cannot be read.
    #[error("cannot read `{path}`: {error}")]
    #[diagnostic(help("a scenario is a UTF-8 text file that this user may read"))]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        error: io::Error,
    },
}

impl LoadError {
    fn of(problem: Problem) -> Self {
        Self::File(Box::new(problem))
    }

    /// Whether it keeps scenarios from being run.
    pub const fn is_error(&self) -> bool {
        match self {
            Self::File(problem) => matches!(problem.weight, Weight::Error),
            Self::Unknown { .. } | Self::Unreadable { .. } => true,
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Loaded {
    /// Valid files, in order of id, each once.
    pub files: Vec<Arc<ScenarioFile>>,
    /// What is wrong, warnings included.
    pub problems: Vec<LoadError>,
}

impl Loaded {
    /// The files, when nothing but warnings is wrong.
    ///
    /// # Errors
    /// Every problem, warnings included.
    pub fn checked(self) -> Result<Vec<Arc<ScenarioFile>>, Vec<LoadError>> {
        if self.problems.iter().any(LoadError::is_error) {
            Err(self.problems)
        } else {
            Ok(self.files)
        }
    }
}

/// The places where scenarios are looked for.
#[derive(Clone, Debug)]
pub struct Library {
    here: PathBuf,
    root: Option<PathBuf>,
}

/// A scenario that was found and not read yet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    id: String,
    /// What the user would type for it.
    argument: String,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    File(PathBuf),
    Builtin(&'static str),
}

impl Library {
    /// As seen from a directory: its `scenarios/`, or that of the nearest directory above.
    pub fn seen_from(here: &Path) -> Self {
        let root = here.ancestors().map(|above| above.join(FOLDER)).find(|root| root.is_dir());
        Self { here: here.to_owned(), root }
    }

    /// The `scenarios/` folder, if there is one.
    pub fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// Reads the scenarios that the arguments name; without any, all of them.
    pub fn load(&self, arguments: &[String]) -> Loaded {
        let mut found = BTreeSet::new();
        let mut loaded = Loaded::default();
        if arguments.is_empty() {
            found.extend(self.everything());
        }
        for argument in arguments {
            match self.find(argument) {
                Ok(more) => found.extend(more),
                Err(problem) => loaded.problems.push(problem),
            }
        }
        for one in found {
            self.read(&one, &mut loaded);
        }
        loaded
    }

    /// Every id that can be asked for, with whether it is inside this program only.
    fn everything(&self) -> Vec<Found> {
        match &self.root {
            Some(root) => self.below(root),
            None => BUILTIN.iter().map(|(id, text)| builtin(id, text)).collect(),
        }
    }

    fn find(&self, argument: &str) -> Result<Vec<Found>, LoadError> {
        if let Some(id) = argument.strip_prefix(BUILTIN_PREFIX) {
            let found = builtins(id);
            return if found.is_empty() { Err(self.unknown(argument)) } else { Ok(found) };
        }
        let path = self.here.join(argument);
        if path.is_dir() {
            return Ok(self.below(&path));
        }
        if path.is_file() {
            return Ok(vec![self.on_disk(&path)]);
        }
        if let Some(root) = &self.root {
            let file = root.join(format!("{argument}.yaml"));
            if file.is_file() {
                return Ok(vec![self.on_disk(&file)]);
            }
            if root.join(argument).is_dir() {
                return Ok(self.below(&root.join(argument)));
            }
        }
        let found = builtins(argument);
        if found.is_empty() { Err(self.unknown(argument)) } else { Ok(found) }
    }

    fn unknown(&self, argument: &str) -> LoadError {
        let known: Vec<String> = self
            .everything()
            .into_iter()
            .map(|found| found.id)
            .chain(BUILTIN.iter().map(|(id, _)| (*id).to_owned()))
            .collect();
        let wanted = argument.strip_prefix(BUILTIN_PREFIX).unwrap_or(argument);
        let help = match closest(wanted, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`? `scenario list` shows all"),
            None => "`scenario list` shows all; `scenario new ID` writes one".to_owned(),
        };
        LoadError::Unknown { argument: argument.to_owned(), help }
    }

    fn below(&self, folder: &Path) -> Vec<Found> {
        let mut found = Vec::new();
        for path in yaml_files(folder) {
            found.push(self.on_disk(&path));
        }
        found
    }

    fn on_disk(&self, path: &Path) -> Found {
        let id = id_of(path, &self.here);
        let in_root = self.root.as_ref().is_some_and(|root| path.starts_with(root));
        let argument = if in_root { id.clone() } else { self.shown(path) };
        Found { id, argument, place: Place::File(path.to_owned()) }
    }

    /// A path as the user would write it.
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.here).unwrap_or(path).display().to_string()
    }

    fn read(&self, found: &Found, loaded: &mut Loaded) {
        let (name, text) = match &found.place {
            Place::Builtin(text) => (found.argument.clone(), (*text).to_owned()),
            Place::File(path) => match fs::read_to_string(path) {
                Ok(text) => (self.shown(path), text),
                Err(error) => {
                    let path = self.shown(path);
                    return loaded.problems.push(LoadError::Unreadable { path, error });
                }
            },
        };
        match parse(&found.id, &name, &text) {
            Ok(mut file) => {
                file.argument.clone_from(&found.argument);
                loaded.problems.extend(file.warnings.iter().cloned().map(LoadError::of));
                loaded.files.push(Arc::new(file));
            }
            Err(problems) => loaded.problems.extend(problems.into_iter().map(LoadError::of)),
        }
    }
}

fn builtin(id: &'static str, text: &'static str) -> Found {
    let argument = format!("{BUILTIN_PREFIX}{id}");
    Found { id: id.to_owned(), argument, place: Place::Builtin(text) }
}

/// The built-in scenario of an id, or all below a folder of ids.
fn builtins(wanted: &str) -> Vec<Found> {
    let folder = format!("{}/", wanted.trim_end_matches('/'));
    let meant = |id: &str| id == wanted || id.starts_with(&folder);
    BUILTIN.iter().filter(|(id, _)| meant(id)).map(|(id, text)| builtin(id, text)).collect()
}

/// Every `.yaml` file below a folder, in order; what cannot be listed holds none.
pub fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The id of a file: its path below the nearest `scenarios/`, else below the current directory,
/// without extension.
fn id_of(path: &Path, here: &Path) -> String {
    let parts: Vec<String> = path
        .with_extension("")
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            Component::Prefix(_)
            | Component::RootDir
            | Component::CurDir
            | Component::ParentDir => None,
        })
        .collect();
    if let Some(folder) = parts[..parts.len().saturating_sub(1)].iter().rposition(|p| p == FOLDER) {
        return parts[folder + 1..].join("/");
    }
    let below = path.strip_prefix(here).ok().map(|below| below.with_extension(""));
    match below {
        Some(below) => below.to_string_lossy().replace('\\', "/"),
        None => parts.last().cloned().unwrap_or_default(),
    }
}

#[cfg(test)]
#[path = "library/tests.rs"]
mod tests;
