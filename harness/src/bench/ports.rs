//! Ports by pattern.

use std::io;
use std::path::{Path, PathBuf};

use crate::glob;

/// The paths that `pattern` means now, sorted. `*` and `?` may stand in the last part only; a
/// pattern without them means itself, if it is there.
///
/// # Errors
/// When the folder can be read, but not listed. A folder that is not there has nothing in it.
pub fn matches_of(pattern: &str) -> io::Result<Vec<PathBuf>> {
    let path = Path::new(pattern);
    if !pattern.contains(['*', '?']) {
        return Ok(if path.exists() { vec![path.to_owned()] } else { Vec::new() });
    }
    let (Some(folder), Some(last)) = (path.parent(), path.file_name()) else {
        return Ok(Vec::new());
    };
    let last = last.to_string_lossy();
    let entries = match std::fs::read_dir(folder) {
        // udev makes /dev/serial with the first port, and takes it away with the last.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        if glob::fits(&last, &name.to_string_lossy()) {
            found.push(folder.join(name));
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_the_ports_that_are_there_now() {
        let dir = tempfile::tempdir().expect("a directory");
        for name in ["ttyB", "ttyA", "other"] {
            std::fs::write(dir.path().join(name), "").expect("a file");
        }
        let named = |pattern: &str| {
            let pattern = dir.path().join(pattern).display().to_string();
            matches_of(&pattern).expect("a folder")
        };
        assert_eq!(named("tty*"), [dir.path().join("ttyA"), dir.path().join("ttyB")]);
        assert_eq!(named("ttyA"), [dir.path().join("ttyA")]);
        assert!(named("ttyC").is_empty() && named("gone/tty*").is_empty());
    }
}
