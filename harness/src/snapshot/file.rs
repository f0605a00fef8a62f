//! Files in insta's format: a header between two lines of `---`, then the contents.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

/// What insta shows as the snapshot's expression.
const EXPRESSION: &str = "sim, seed 0, repeat 1";

/// The contents of a snapshot file; `None` when there is no such file.
pub(super) fn read(path: &Path) -> io::Result<Option<String>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let contents = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    match contents {
        Some((_, contents)) => Ok(Some(format!("{}\n", contents.trim_end()))),
        None => {
            let message = format!("{} is no snapshot: its header is missing", path.display());
            Err(io::Error::new(ErrorKind::InvalidData, message))
        }
    }
}

/// Writes a snapshot file whole or not at all.
pub(super) fn write(path: &Path, source: &str, contents: &str) -> io::Result<()> {
    let header = format!("---\nsource: {}\nexpression: \"{EXPRESSION}\"\n---\n", quoted(source));
    let mut file = temporary(path)?;
    let written = file
        .1
        .write_all(header.as_bytes())
        .and_then(|()| file.1.write_all(contents.as_bytes()))
        .and_then(|()| file.1.sync_all())
        .and_then(|()| std::fs::rename(&file.0, path));
    if written.is_err() {
        // The first error is the one to report.
        let _ = std::fs::remove_file(&file.0);
    }
    written
}

/// A new file beside `path`: a rename replaces a file whole only within one file system.
fn temporary(path: &Path) -> io::Result<(std::path::PathBuf, std::fs::File)> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let file = std::fs::File::create(&temporary)?;
    Ok((temporary, file))
}

/// Removes a file that may not be there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A path as a YAML scalar.
fn quoted(source: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if source.chars().all(plain) { source.to_owned() } else { format!("{source:?}") }
}
