//! The state file: read once, written after every change, always whole.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::StandaloneError;
use crate::dump::Dump;
use crate::mock::Mock;

/// A state file that is ours while this lives.
pub(super) struct StateFile {
    path: PathBuf,
    /// Two mocks on one file would undo each other's changes.
    _lock: File,
}

impl StateFile {
    /// Takes the file for this mock, and loads what stands in it.
    ///
    /// # Errors
    /// When another mock has it, or it is damaged or of another mock: it is left as it is.
    pub fn open(path: &Path, mock: &Mock) -> Result<Self, StandaloneError> {
        let refuse = |why: String| StandaloneError::State { path: path.to_owned(), why };
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            fs::create_dir_all(dir).map_err(|error| refuse(error.to_string()))?;
        }
        let lock = beside(path, "lock");
        let lock = File::create(&lock).map_err(|error| refuse(error.to_string()))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => refuse("another mock-kvs is using it".to_owned()),
            fs::TryLockError::Error(error) => refuse(error.to_string()),
        })?;
        match fs::read(path) {
            Ok(bytes) => {
                let dump: Dump = serde_json::from_slice(&bytes).map_err(|error| {
                    refuse(format!("it is damaged ({error}); mend it, or move it away"))
                })?;
                mock.load(dump).map_err(|error| refuse(error.to_string()))?;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(refuse(error.to_string())),
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Writes the state as it is now.
    ///
    /// # Errors
    /// When it cannot be written; what stood there before is still there.
    pub fn save(&self, mock: &Mock) -> Result<(), StandaloneError> {
        let failed = |error: io::Error| StandaloneError::State {
            path: self.path.clone(),
            why: format!("it cannot be written: {error}"),
        };
        let mut text = serde_json::to_vec_pretty(&mock.dump())
            .map_err(|error| failed(io::Error::other(error)))?;
        text.push(b'\n');
        write_durably(&self.path, &text).map_err(failed)
    }

    /// Writes the state after every change, for as long as it is awaited. What cannot be written is
    /// tried again at the next change.
    pub async fn keep(&self, mock: &Mock) {
        let mut revisions = mock.revisions();
        while revisions.changed().await.is_ok() {
            if let Err(error) = self.save(mock) {
                tracing::error!("{error}");
            }
        }
    }
}

/// Beside it, to the disk, and in its place: after a crash the old or the new stands there, whole.
fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = beside(path, "new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&new, path)?;
    // The new name is in the directory, which reaches the disk on its own.
    #[cfg(unix)]
    if let Some(dir) = path.parent() {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        File::open(dir)?.sync_all()?;
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}
